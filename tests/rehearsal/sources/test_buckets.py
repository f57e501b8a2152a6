"""What buckets tell of themselves is what they were told."""

import itertools

import pytest
from botocore.exceptions import ClientError

numbers = itertools.count()


@pytest.fixture
def bucket(cloud):
    name = f"bucket-{next(numbers)}"
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return {"Bucket": name}


def told(s3, bucket):
    found = s3.get_bucket_notification_configuration(**bucket)
    found.pop("ResponseMetadata")
    return found


def test_whether_eventbridge_hears_of_it(cloud, bucket):
    s3 = cloud.client("s3")
    assert told(s3, bucket) == {}
    s3.put_bucket_notification_configuration(**bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert told(s3, bucket) == {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(**bucket, NotificationConfiguration={})
    assert told(s3, bucket) == {}


def test_and_whoever_else_does(cloud, bucket):
    s3 = cloud.client("s3")
    queue = cloud.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    queues = [{"Id": "one", "QueueArn": attributes["QueueArn"], "Events": ["s3:ObjectCreated:*"]}]
    for wanted in ({"QueueConfigurations": queues, "EventBridgeConfiguration": {}}, {"QueueConfigurations": queues}):
        s3.put_bucket_notification_configuration(**bucket, NotificationConfiguration=wanted)
        assert told(s3, bucket) == wanted


def test_how_long_and_how_many_earlier_versions_it_keeps(cloud, bucket):
    s3 = cloud.client("s3")
    rules = [
        {
            "ID": "many",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 365, "NewerNoncurrentVersions": 100},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        },
        {
            "ID": "long",
            "Status": "Disabled",
            "Filter": {"Prefix": "old/"},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 9},
        },
    ]
    s3.put_bucket_lifecycle_configuration(**bucket, LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(**bucket)["Rules"] == rules
    s3.delete_bucket_lifecycle(**bucket)
    with pytest.raises(ClientError, match="lifecycle configuration does not exist"):
        s3.get_bucket_lifecycle_configuration(**bucket)
