import json

import pytest
from botocore.stub import Stubber

from pipeline.ask import Asker
from pipeline.errors import UserMistake
from pipeline.publish.bucket import TemplateBucket, default_name, refusal
from pipeline.publish.bucket_parts import PARTS
from tests.support.clients import client
from tests.support.terminals import a_log, somebody
from traffic.errors import Refused

NAME = "greeter-templates-123456789012-eu-west-1"
EU = {"LocationConstraint": "eu-west-1"}


def bucket(s3, account, terminal=None, *, yes=False):
    return TemplateBucket(s3, account, Asker(terminal or a_log(), yes), (("team", "shop"),))


def look(s3):
    """All that was set on the bucket."""
    policy = json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"])
    return {
        "versioning": s3.get_bucket_versioning(Bucket=NAME)["Status"],
        "public": set(s3.get_public_access_block(Bucket=NAME)["PublicAccessBlockConfiguration"].values()),
        "policy": [(one["Effect"], one["Condition"]) for one in policy["Statement"]],
        "encryption": s3.get_bucket_encryption(Bucket=NAME)["ServerSideEncryptionConfiguration"]["Rules"][0][
            "ApplyServerSideEncryptionByDefault"
        ]["SSEAlgorithm"],
        "events": "EventBridgeConfiguration" in s3.get_bucket_notification_configuration(Bucket=NAME),
        "expires": s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"][0]["NoncurrentVersionExpiration"][
            "NoncurrentDays"
        ],
        "tags": {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=NAME)["TagSet"]},
    }


WHOLE = {
    "versioning": "Enabled",
    "public": {True},
    "policy": [("Deny", {"Bool": {"aws:SecureTransport": "false"}})],
    "encryption": "AES256",
    "events": True,
    "expires": 365,
    "tags": {"flipside:templates": "true", "team": "shop"},
}


def test_a_bucket_is_made_with_all_that_it_needs(s3, account):
    bucket(s3, account).ensure(NAME, create=True)

    assert look(s3) == WHOLE
    assert s3.get_bucket_location(Bucket=NAME)["LocationConstraint"] == "eu-west-1"


def test_what_is_complete_is_left_alone(s3, account):
    bucket(s3, account).ensure(NAME, create=True)
    log = a_log()
    calls = []
    s3.meta.events.register("before-call.s3", lambda model, **_: calls.append(model.name))

    bucket(s3, account, log).ensure(NAME, create=True)

    assert log.out.getvalue() == ""
    assert not [call for call in calls if call.startswith(("Put", "Create", "Delete"))]


@pytest.mark.parametrize("survived", range(1, len(PARTS)))
def test_a_making_that_was_cut_off_is_completed_unasked(s3, account, survived):
    make_partly(s3, account, survived)

    bucket(s3, account).ensure(NAME, create=False)

    assert look(s3) == WHOLE


class CutError(Exception):
    """The network cable was pulled."""


def make_partly(s3, account, survived):
    done = []

    def cut(model, **_):
        if model.name.startswith("Put"):
            if len(done) == survived:
                raise CutError
            done.append(model.name)

    s3.meta.events.register("before-call.s3", cut, unique_id="cut")
    with pytest.raises(CutError):
        bucket(s3, account).ensure(NAME, create=True)
    s3.meta.events.unregister("before-call.s3", unique_id="cut")


def test_earlier_packages_are_kept_long_enough_to_go_back_to(s3, account):
    sent = []
    s3.meta.events.register(
        "provide-client-params.s3.PutBucketLifecycleConfiguration", lambda params, **_: sent.append(params)
    )

    bucket(s3, account).ensure(NAME, create=True)

    (rule,) = sent[0]["LifecycleConfiguration"]["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 365, "NewerNoncurrentVersions": 100}
    assert "Expiration" not in rule, "a side that is live may be pinned to a template of any age"


def test_on_a_terminal_it_is_offered(s3, account):
    screen = somebody("y")
    bucket(s3, account, screen).ensure(NAME, create=False)

    assert f"There is no bucket {NAME}. Make it?" in screen.out.getvalue()
    assert look(s3) == WHOLE


def test_declined_it_is_not_made(s3, account):
    with pytest.raises(Refused, match="nothing was changed"):
        bucket(s3, account, somebody("n")).ensure(NAME, create=False)

    assert s3.list_buckets()["Buckets"] == []


def test_off_a_terminal_the_flag_is_named(s3, account):
    with pytest.raises(UserMistake, match=rf"no bucket {NAME}: add --create-bucket"):
        bucket(s3, account).ensure(NAME, create=False)


def test_a_bucket_of_the_users_is_completed_with_consent_only(s3, account):
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration=EU)
    screen = somebody("n")

    with pytest.raises(
        Refused, match=r"cannot hold the templates without public access block, TLS-only policy, EventBr"
    ):
        bucket(s3, account, screen).ensure(NAME, create=False)
    assert "Status" not in s3.get_bucket_versioning(Bucket=NAME)

    bucket(s3, account, somebody("y")).ensure(NAME, create=False)
    assert s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"


def test_what_the_user_has_on_it_stays(s3, account):
    theirs = {
        "Sid": "Theirs",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObject",
        "Resource": f"arn:aws:s3:::{NAME}/*",
    }
    s3.create_bucket(Bucket=NAME, CreateBucketConfiguration=EU)
    s3.put_bucket_policy(Bucket=NAME, Policy=json.dumps({"Version": "2012-10-17", "Statement": theirs}))
    topic = {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:theirs", "Events": ["s3:ObjectCreated:*"]}
    client("sns").create_topic(Name="theirs")
    s3.put_bucket_notification_configuration(Bucket=NAME, NotificationConfiguration={"TopicConfigurations": [topic]})

    bucket(s3, account, yes=True).ensure(NAME, create=False)

    policy = json.loads(s3.get_bucket_policy(Bucket=NAME)["Policy"])
    told = s3.get_bucket_notification_configuration(Bucket=NAME)
    assert [one["Sid"] for one in policy["Statement"]] == ["Theirs", "TlsOnly"]
    assert told["TopicConfigurations"][0]["TopicArn"] == topic["TopicArn"]
    assert "EventBridgeConfiguration" in told


def test_a_bucket_in_another_region_is_refused(s3, account):
    north = client("s3", "eu-north-1")
    north.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-north-1"})

    with pytest.raises(Refused, match=r"is in eu-north-1; the stacks are to be in eu-west-1.*--region eu-north-1"):
        bucket(s3, account, yes=True).ensure(NAME, create=True)


def answered(status, **headers):
    """A client whose HeadBucket is answered like this."""
    made = client("s3")
    stub = Stubber(made)
    expected = {"Bucket": NAME, "ExpectedBucketOwner": "123456789012"}
    stub.add_client_error("head_bucket", str(status), http_status_code=status, expected_params=expected)
    stub._queue[-1]["response"][1]["ResponseMetadata"]["HTTPHeaders"] = headers
    stub.activate()
    return made


def test_somebody_elses_bucket_is_refused(account):
    with pytest.raises(
        Refused, match=rf"{NAME} belongs to another account, or arn:aws:iam::123456789012:user/ann may not"
    ):
        bucket(answered(403), account).ensure(NAME, create=True)


def test_a_redirect_says_the_region(account):
    elsewhere = answered(301, **{"x-amz-bucket-region": "us-west-2"})

    with pytest.raises(Refused, match="is in us-west-2"):
        bucket(elsewhere, account).ensure(NAME, create=True)


@pytest.mark.parametrize("name", ["Upper", "ab", "with.dot", "-x-", "a" * 64, "under_score"])
def test_a_name_that_cannot_be_one_is_refused_before_any_call(account, name):
    with pytest.raises(UserMistake, match="cannot name the template bucket"):
        bucket(answered(403), account).ensure(name, create=True)


def test_the_longest_app_has_a_bucket(account):
    assert refusal(default_name("a" * 24, account)) is None
