import json

import boto3
import pytest
from botocore.exceptions import ClientError


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def refused(call, code="AccessDeniedException"):
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


def test_the_operator_may_do_everything(account):
    assert account.cloud.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    ("service", "call", "settings", "code"),
    [
        ("ecs", "list_clusters", {}, "AccessDeniedException"),
        ("lambda", "invoke", {"FunctionName": "f"}, "AccessDeniedException"),
        ("elbv2", "describe_load_balancers", {}, "AccessDenied"),
        ("cloudformation", "describe_stacks", {}, "AccessDenied"),
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation"),
        ("s3", "list_objects_v2", {"Bucket": "b"}, "AccessDenied"),
        ("s3", "head_object", {"Bucket": "b", "Key": "k"}, "403"),
        ("codepipeline", "list_pipelines", {}, "AccessDeniedException"),
        ("events", "list_rules", {}, "AccessDeniedException"),
        ("codebuild", "list_projects", {}, "AccessDeniedException"),
        ("logs", "describe_log_groups", {}, "AccessDeniedException"),
        ("cloudwatch", "describe_alarms", {}, "AccessDeniedException"),
        ("iam", "list_roles", {}, "AccessDenied"),
    ],
)
def test_a_role_without_policies_may_do_nothing(account, service, call, settings, code):
    client = account.as_(account.role(), service)
    refused(lambda: getattr(client, call)(**settings), code)


def test_the_sentence_is_that_of_aws(account):
    role = account.role()
    message = refused(lambda: account.as_(role, "ecs").delete_cluster(cluster="shop"))
    name = role.rsplit("/", 1)[-1]
    assert message == (
        f"User: arn:aws:sts::123456789012:assumed-role/{name}/test is not authorized to perform: ecs:DeleteCluster on "
        "resource: arn:aws:ecs:eu-west-1:123456789012:cluster/shop because no identity-based policy allows the "
        "ecs:DeleteCluster action"
    )
    asked = {"action": "ecs:DeleteCluster", "resource": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"}
    assert account.audit(f"/{name}/") == [
        {
            "who": f"arn:aws:sts::123456789012:assumed-role/{name}/test",
            **asked,
            "allowed": False,
            "reason": "because no identity-based policy allows the ecs:DeleteCluster action",
        }
    ]


def test_objects_and_the_key_that_they_are_encrypted_with(account):
    s3, kms = account.cloud.client("s3"), account.cloud.client("kms")
    s3.create_bucket(Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    key = kms.create_key()["KeyMetadata"]["Arn"]
    store = {"Bucket": "kept", "Key": "in/a", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    s3.put_object(**store, Body=b"x")
    objects = allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::kept/in/*")
    blind = account.as_(account.role(objects), "s3")
    assert f"kms:GenerateDataKey on resource: {key}" in refused(lambda: blind.put_object(**store), "AccessDenied")
    assert "kms:Decrypt" in refused(lambda: blind.get_object(Bucket="kept", Key="in/a"), "AccessDenied")
    via = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}
    seeing = account.role(objects, allow(["kms:Decrypt", "kms:GenerateDataKey"], key, Condition=via))
    account.as_(seeing, "s3").put_object(**store, Body=b"y" * 100_000)
    assert len(account.as_(seeing, "s3").get_object(Bucket="kept", Key="in/a")["Body"].read()) == 100_000
    refused(lambda: account.as_(seeing, "s3").get_object(Bucket="kept", Key="out"), "AccessDenied")
    refused(lambda: account.as_(seeing, "kms").decrypt(CiphertextBlob=b"x", KeyId=key))


def test_the_policy_of_a_bucket(account):
    s3 = account.cloud.client("s3")
    s3.create_bucket(Bucket="shared", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="shared", Key="a", Body=b"x")
    role = account.role()
    granted = {**allow("s3:GetObject", "arn:aws:s3:::shared/*"), "Principal": {"AWS": role}}
    tls = {**granted, "Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket="shared", Policy=json.dumps({"Version": "2012-10-17", "Statement": [granted, tls]}))
    assert account.as_(role, "s3").get_object(Bucket="shared", Key="a")["Body"].read() == b"x"
    refused(lambda: account.as_(account.role(), "s3").get_object(Bucket="shared", Key="a"), "AccessDenied")


def test_passing_a_role(account):
    task = account.role()
    passing = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    register = allow("ecs:RegisterTaskDefinition")
    definition = {
        "family": "web",
        "taskRoleArn": task,
        "containerDefinitions": [{"name": "web", "image": "web", "memory": 64}],
    }
    without = account.as_(account.role(register), "ecs")
    assert f"iam:PassRole on resource: {task}" in refused(lambda: without.register_task_definition(**definition))
    may = account.role(register, allow("iam:PassRole", task, Condition=passing))
    account.as_(may, "ecs").register_task_definition(**definition)


def test_boundaries_of_roles_that_are_made(account):
    boundary = account.policy(allow("s3:*"))
    here = "arn:aws:iam::123456789012:role/made-*"
    bound = {"ArnEquals": {"iam:PermissionsBoundary": boundary}}
    maker = account.as_(account.role(allow(["iam:CreateRole", "iam:PutRolePolicy"], here, Condition=bound)), "iam")
    make = {"RoleName": "made-1", "AssumeRolePolicyDocument": "{}"}
    refused(lambda: maker.create_role(**make), "AccessDenied")
    maker.create_role(**make, PermissionsBoundary=boundary)
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]})
    maker.put_role_policy(RoleName="made-1", PolicyName="all", PolicyDocument=document)
    account.iam.create_role(RoleName="made-2", AssumeRolePolicyDocument="{}")
    refused(lambda: maker.put_role_policy(RoleName="made-2", PolicyName="p", PolicyDocument=document), "AccessDenied")
    bounded = account.as_("arn:aws:iam::123456789012:role/made-1", "ecs")
    assert "no permissions boundary allows" in refused(bounded.list_clusters)


def test_assuming_a_role_takes_its_trust(account):
    caller = account.role(allow("sts:AssumeRole"))
    own = account.role(trust={"Effect": "Allow", "Principal": {"AWS": caller}, "Action": "sts:AssumeRole"})
    service = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    sts = account.as_(caller, "sts")
    sts.assume_role(RoleArn=own, RoleSessionName="other")
    refused(lambda: sts.assume_role(RoleArn=account.role(trust=service), RoleSessionName="other"), "AccessDenied")
    assert sts.get_caller_identity()["Arn"].endswith("/test")


def test_a_session_may_do_less_than_its_role(account):
    role = account.role(allow("ecs:*"))
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("ecs:ListClusters")]})
    client = account.as_(role, "ecs", Policy=policy)
    client.list_clusters()
    assert "no session policy allows" in refused(lambda: client.create_cluster(clusterName="x"))


def test_users_and_their_groups(account):
    account.iam.create_user(UserName="ann")
    account.iam.create_group(GroupName="readers")
    account.iam.add_user_to_group(GroupName="readers", UserName="ann")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow("ecs:List*")]})
    account.iam.put_group_policy(GroupName="readers", PolicyName="p", PolicyDocument=policy)
    key = account.iam.create_access_key(UserName="ann")["AccessKey"]
    credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    ecs = boto3.client("ecs", "eu-west-1", endpoint_url=account.cloud.endpoint, **credentials)
    ecs.list_clusters()
    refused(lambda: ecs.create_cluster(clusterName="x"))


def test_what_is_no_call_of_its_own(account):
    connection = "arn:aws:codestar-connections:eu-west-1:123456789012:connection/1"
    only = {"StringEqualsIfExists": {"codestar-connections:FullRepositoryId": "team/app"}}
    role = account.role(allow("codestar-connections:UseConnection", connection, Condition=only))

    def ask(repository):
        asked = {"codestar-connections:FullRepositoryId": repository}
        return account.cloud.gate(role, "codestar-connections:UseConnection", connection, asked)

    assert ask("team/app") is None
    assert "codestar-connections:UseConnection" in ask("team/other")
