import pytest

from rehearsal.iam import objects, passing, scopes

HERE = ("eu-west-1", "123456789012")
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("ecs", "UpdateService", {"cluster": CLUSTER, "service": "web"}, ["service/shop/web"]),
        ("ecs", "UpdateService", {"service": "web"}, ["service/default/web"]),
        ("ecs", "DescribeServices", {"cluster": "shop", "services": ["a", "b"]}, ["service/shop/a", "service/shop/b"]),
        ("ecs", "RegisterTaskDefinition", {"family": "web"}, ["task-definition/web:*"]),
        ("ecs", "DeregisterTaskDefinition", {"taskDefinition": "web:1"}, "*"),
        ("ecs", "DescribeClusters", {"clusters": ["shop"]}, ["cluster/shop"]),
        ("ecs", "CreateCluster", {"clusterName": "shop"}, ["cluster/shop"]),
        ("lambda", "Invoke", {"FunctionName": "f"}, ["function:f"]),
        ("logs", "PutLogEvents", {"logGroupName": "g", "logStreamName": "s"}, ["log-group:g:log-stream:s"]),
        ("logs", "CreateLogGroup", {"logGroupName": "g"}, ["log-group:g:log-stream:"]),
        ("cloudformation", "CreateStack", {"StackName": "s"}, ["stack/s/*"]),
        ("codepipeline", "PutApprovalResult", {"pipelineName": "p", "stageName": "s", "actionName": "a"}, ["p/s/a"]),
        ("codepipeline", "PutJobSuccessResult", {"jobId": "1"}, "*"),
        ("ssm", "GetParameters", {"Names": ["/a/b", "c"]}, ["parameter/a/b", "parameter/c"]),
        ("ec2", "CreateSecurityGroup", {"VpcId": "vpc-1"}, ["security-group/*", "vpc/vpc-1"]),
        ("ec2", "CreateTags", {"Resources": ["sg-1"]}, ["security-group/sg-1"]),
        ("ec2", "DescribeVpcs", {"VpcIds": ["vpc-1"]}, "*"),
        ("elasticloadbalancing", "CreateLoadBalancer", {"Name": "shop"}, ["loadbalancer/app/shop/*"]),
        ("elasticloadbalancing", "DescribeListeners", {"LoadBalancerArn": "arn:aws:x"}, "*"),
        ("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a", "b"]}, ["alarm:a", "alarm:b"]),
        ("ecr", "PutImage", {"repositoryName": "team/app"}, ["repository/team/app"]),
        ("codebuild", "StartBuild", {"projectName": "p"}, ["project/p"]),
        ("codebuild", "BatchGetBuilds", {"ids": ["p:1", "arn:x:build/q:2"]}, ["project/p", "project/q"]),
        ("codebuild", "StopBuild", {"id": "p:1"}, ["project/p"]),
        ("quantum", "Leap", {"To": "x"}, "*"),
    ],
)
def test_a_call_names_its_resources(service, operation, parameters, expected):
    wanted = ["*"] if expected == "*" else [f"arn:aws:{service}:eu-west-1:123456789012:{each}" for each in expected]
    assert scopes.resources(service, operation, parameters, *HERE) == wanted


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "b")]),
        ("HeadObject", {"Bucket": "b", "Key": "k"}, [("s3:GetObject", "b/k")]),
        ("GetObject", {"Bucket": "b", "Key": "k", "VersionId": "1"}, [("s3:GetObjectVersion", "b/k")]),
        (
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": "c/d%20e"},
            [("s3:PutObject", "b/k"), ("s3:GetObject", "c/d e")],
        ),
        (
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "1"}, {"Key": "2", "VersionId": "v"}]}},
            [("s3:DeleteObject", "b/1"), ("s3:DeleteObjectVersion", "b/2")],
        ),
    ],
)
def test_objects(operation, parameters, expected):
    found = list(objects.permissions(operation, parameters))
    assert found == [(action, f"arn:aws:s3:::{path}") for action, path in expected]


def test_roles_are_found_wherever_they_are_passed():
    actions = [{"roleArn": "arn:aws:iam::1:role/a"}, {}]
    given = {"pipeline": {"roleArn": "arn:aws:iam::1:role/p", "stages": [{"actions": actions}, {"actions": actions}]}}
    assert list(passing.passed("codepipeline", "CreatePipeline", given, "1")) == [
        ("arn:aws:iam::1:role/p", "codepipeline.amazonaws.com"),
        ("arn:aws:iam::1:role/a", "codepipeline.amazonaws.com"),
    ]
