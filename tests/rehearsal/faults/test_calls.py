import time

import pytest
from botocore.exceptions import ClientError

# An operation of each protocol, and what throttling looks like there.
THROTTLED = [
    ("ecs", "list_clusters", "ThrottlingException", 400),
    ("codepipeline", "list_pipelines", "ThrottlingException", 400),
    ("elbv2", "describe_load_balancers", "Throttling", 400),
    ("cloudformation", "list_stacks", "Throttling", 400),
    ("iam", "list_roles", "Throttling", 400),
    ("ec2", "describe_vpcs", "RequestLimitExceeded", 503),
    ("s3", "list_buckets", "SlowDown", 503),
    ("lambda", "list_functions", "TooManyRequestsException", 429),
]


def error_of(call, *arguments, **settings):
    with pytest.raises(ClientError) as caught:
        call(*arguments, **settings)
    return caught.value.response


@pytest.mark.parametrize(("service", "operation", "code", "status"), THROTTLED)
def test_throttling_has_the_words_of_the_service(desk, service, operation, code, status):
    desk.order("throttle", service=service)
    client = desk.client(service)
    error = error_of(getattr(client, operation))
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert desk.listed() == []
    getattr(client, operation)()


def test_a_client_that_tries_again_gets_through(desk):
    desk.order("throttle", service="ecs", operation="ListClusters", count=2)
    answer = desk.client("ecs", attempts=3).list_clusters()
    assert answer["ResponseMetadata"]["RetryAttempts"] == 2


def test_only_the_calls_that_are_meant(desk):
    role, other = desk.role("ecs:*"), desk.role("ecs:*")
    fault = desk.order("throttle", service="ecs", operation="ListClusters", role=role, after=1, count=2)
    assert (fault["after"], fault["count"], fault["struck"]) == (1, 2, 0)
    meant = desk.client("ecs", role)
    desk.client("ecs").list_clusters()
    desk.client("ecs", other).list_clusters()
    meant.list_task_definitions()
    meant.list_clusters()
    assert error_of(meant.list_clusters)["Error"]["Message"] == "Rate exceeded"
    (listed,) = desk.listed()
    assert (listed["id"], listed["struck"]) == (fault["id"], 1)
    error_of(meant.list_clusters)
    meant.list_clusters()


def test_denials_read_as_if_a_permission_was_missing(desk):
    role = desk.role("ecs:*")
    desk.order("deny", service="ecs", operation="DescribeServices", role=role.rsplit("/", 1)[-1])
    error = error_of(desk.client("ecs", role).describe_services, cluster="main", services=["web"])["Error"]
    name = role.rsplit("/", 1)[-1]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"] == (
        f"User: arn:aws:sts::123456789012:assumed-role/{name}/test is not authorized to perform: ecs:DescribeServices "
        "on resource: arn:aws:ecs:eu-west-1:123456789012:service/main/web because no identity-based policy allows the "
        "ecs:DescribeServices action"
    )


def test_denials_of_other_protocols(desk):
    for service in ("s3", "ec2", "elbv2"):
        desk.order("deny", service=service)
    assert error_of(desk.client("s3").get_object, Bucket="b", Key="k")["Error"]["Code"] == "AccessDenied"
    assert error_of(desk.client("ec2").describe_vpcs)["Error"]["Code"] == "UnauthorizedOperation"
    said = error_of(desk.client("elbv2").describe_rules, ListenerArn="arn:aws:x")["Error"]
    assert said["Code"] == "AccessDenied"
    assert "arn:aws:iam::123456789012:root is not authorized to perform: elasticloadbalancing:Des" in said["Message"]


def test_errors_before_the_call_leave_nothing_and_after_it_only_the_answer_is_lost(desk):
    ecs = desk.client("ecs")
    fault = {"service": "ecs", "operation": "CreateCluster", "code": "ServerException", "message": "Gone."}
    desk.order("error", **fault)
    error = error_of(ecs.create_cluster, clusterName="before")
    assert (error["Error"]["Code"], error["Error"]["Message"]) == ("ServerException", "Gone.")
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert desk.order("error", **fault, when="after", status=503)["when"] == "after"
    assert error_of(ecs.create_cluster, clusterName="after")["ResponseMetadata"]["HTTPStatusCode"] == 503
    names = {arn.rsplit("/", 1)[-1] for arn in ecs.list_clusters()["clusterArns"]}
    assert names & {"before", "after"} == {"after"}


def test_delays_add_up_until_they_are_taken_back(desk):
    first = desk.order("delay", service="ecs", seconds=0.6, count=None)
    desk.order("delay", service="ecs", seconds=0.6, count=1)
    ecs = desk.client("ecs")
    took = []
    for _ in range(2):
        start = time.monotonic()
        ecs.list_clusters()
        took.append(time.monotonic() - start)
    assert took[0] >= 1.2 > took[1] >= 0.6
    assert desk.ask("DELETE", f"faults?id={first['id']}") == (200, [first["id"]])
    start = time.monotonic()
    ecs.list_clusters()
    assert time.monotonic() - start < 0.6


def test_all_are_taken_back_at_once(desk):
    names = [desk.order("throttle", service="s3")["id"], desk.order("deny")["id"]]
    assert [each["id"] for each in desk.listed()] == names
    assert desk.ask("DELETE") == (200, names)
    desk.client("s3").list_buckets()


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({}, "'kind' is None; it has to be one of delay, deny, error,"),
        ({"kind": "throttle", "seconds": 1}, "A fault of the kind throttle has no seconds; it has after, count, kind,"),
        ({"kind": "throttle", "service": "none"}, "There is no service 'none'."),
        ({"kind": "throttle", "service": "elbv2", "operation": "X"}, "The service elbv2 has no operation 'X'."),
        ({"kind": "throttle", "operation": "X"}, "Name the 'service' of the operation, too."),
        ({"kind": "throttle", "count": 0}, "'count' is a whole number from 1 on."),
        ({"kind": "throttle", "after": True}, "'after' is a whole number from 0 on."),
        ({"kind": "delay"}, "'seconds' is a number above 0, up to 900."),
        ({"kind": "error"}, "'code' is missing."),
        ({"kind": "error", "code": "X", "when": "never"}, "'when' is 'before' or 'after'."),
        ({"kind": "kill-lambda", "function": "f", "call": 0}, "'call' is a whole number from 1 on."),
        ({"kind": "stop-task", "cluster": "c"}, "Name either a 'task' or the 'service' whose tasks are meant."),
        ({"kind": "kill-task", "cluster": "c", "task": "t"}, "There is no task t that runs in the cluster c."),
        ({"kind": "stop-task", "cluster": "c", "task": "t"}, "Cluster not found."),
        ({"kind": "unhealthy-target", "target_group": "none"}, "One or more target groups not found"),
    ],
)
def test_orders_that_make_no_sense(desk, fault, why):
    status, told = desk.ask("POST", told=fault)
    assert (status, told[: len(why)]) == (400, why)


def test_a_fault_that_is_not_there(desk):
    assert desk.ask("DELETE", "faults?id=call-0") == (404, "There is no fault call-0.")
