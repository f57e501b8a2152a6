"""Single tasks: what they are given, how they end, and what is told about them."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.ecs.conftest import REGION
from tests.rehearsal.ecs.samples import until


def ran(place, release, command, task=(), **container):
    """Run a command to its end, and return the task and what it wrote."""
    settings = {"command": ["/bin/sh", "-c", command], "portMappings": [], **container}
    ended = place.ended(place.run(place.definition(release, task=task, **settings)))
    return ended, place.written(release)


def test_a_task_runs_to_its_end(place):
    ended, written = ran(place, "once", "echo one; echo two >&2; exit 4")
    assert sorted(written) == ["one", "two"]
    assert (ended["stopCode"], ended["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert ended["containers"][0]["exitCode"] == 4
    assert ended["createdAt"] <= ended["startedAt"] <= ended["stoppedAt"]
    assert ended["group"] == "family:web"
    assert place.containers() == []


def test_a_task_is_stopped_by_whoever_wants_it(place):
    arn = place.run(place.definition("endless"), count=1, startedBy="me")
    until(lambda: place.task(arn)["lastStatus"] == "RUNNING")
    assert [task["taskArn"] for task in place.tasks(startedBy="me")] == [arn]
    assert place.ecs.stop_task(cluster=place.cluster, task=arn, reason="enough")["task"]["desiredStatus"] == "STOPPED"
    ended = place.ended(arn)
    assert (ended["stopCode"], ended["stoppedReason"]) == ("UserInitiated", "enough")
    assert ended["containers"][0]["exitCode"] == 0
    until(lambda: "ending endless" in place.written("endless"))
    waiter = place.ecs.get_waiter("tasks_stopped")
    waiter.wait(cluster=place.cluster, tasks=[arn], WaiterConfig={"Delay": 1, "MaxAttempts": 1})


def test_a_task_that_does_not_listen_is_ended(place):
    definition = place.definition("deaf", command=["/bin/sh", "-c", "trap '' TERM; echo deaf; sleep 60"], stopTimeout=2)
    arn = place.run(definition)
    until(lambda: "deaf" in place.written("deaf"))
    place.ecs.stop_task(cluster=place.cluster, task=arn)
    assert place.ended(arn)["containers"][0]["exitCode"] == 137


def test_the_caller_may_want_it_otherwise(place):
    override = {"name": "app", "command": ["/bin/sh", "-c", "echo $RELEASE $MORE"]}
    override["environment"] = [{"name": "MORE", "value": "more"}]
    arn = place.run(place.definition("other"), overrides={"containerOverrides": [override]})
    ended = place.ended(arn)
    assert place.written("other") == ["other more"]
    assert ended["overrides"]["containerOverrides"][0]["command"] == override["command"]


@pytest.fixture(scope="module")
def reader(place):
    """An execution role that may read secrets."""
    names = ["ecr:*", "logs:*", "ssm:GetParameters", "secretsmanager:GetSecretValue"]
    return place.new_role("reader", {"Statement": [{"Effect": "Allow", "Action": names, "Resource": "*"}]})


def test_secrets_are_fetched_by_the_execution_role(place, reader):
    ssm, manager = place.client("ssm"), place.client("secretsmanager")
    ssm.put_parameter(Name="/app/word", Value="plain word", Type="String")
    ssm.put_parameter(Name="alone", Value="by name", Type="SecureString")
    arn = manager.create_secret(Name="login", SecretString=json.dumps({"user": "u", "port": 5}))["ARN"]
    prefix = f"arn:aws:ssm:{REGION}:123456789012:parameter"
    wanted = {"A": f"{prefix}/app/word", "B": "alone", "C": arn, "D": f"{arn}:user::", "E": f"{arn}:port::"}
    secrets = [{"name": name, "valueFrom": value} for name, value in wanted.items()]
    _, written = ran(place, "told", 'echo "$A|$B|$C|$D|$E"', secrets=secrets, task={"executionRoleArn": reader})
    assert written == ['plain word|by name|{"user": "u", "port": 5}|u|5']


@pytest.mark.parametrize(
    ("where", "role", "problem"),
    [
        ("/app/none", "reader", "invalid ssm parameters: /app/none"),
        ("/app/word", "execution", "is not authorized to perform: ssm:GetParameters"),
        (f"arn:aws:secretsmanager:{REGION}:123456789012:secret:none", "reader", "ResourceNotFoundException"),
        (f"arn:aws:secretsmanager:{REGION}:123456789012:secret:x", "execution", "secretsmanager:GetSecretValue"),
    ],
)
def test_secrets_that_are_not_to_be_had(place, reader, where, role, problem):
    arn = f"arn:aws:iam::123456789012:role/{role}"
    ended, _ = ran(place, "untold", "echo", secrets=[{"name": "A", "valueFrom": where}], task={"executionRoleArn": arn})
    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets or registry auth: ")
    assert problem in ended["stoppedReason"]


def test_a_task_has_the_credentials_of_its_role_and_keeps_them_to_itself(place):
    role = place.new_role(
        "actor", {"Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
    )
    ask = 'wget -q -O - --header "Authorization: $TOKEN" "$AWS_CONTAINER_CREDENTIALS_FULL_URI"; echo'
    both = f"TOKEN=$AWS_CONTAINER_AUTHORIZATION_TOKEN; {ask}; TOKEN=wrong; {ask}; echo $AWS_REGION"
    if place.server.engine.kind == "docker":
        pytest.skip("a container of a real engine has another loopback interface than the server")
    _, written = ran(place, "actor", both, task={"taskRoleArn": role})
    given = json.loads(next(line for line in written if line.startswith("{")))
    assert given["RoleArn"] == role
    assert given["Token"]
    assert {"AccessKeyId", "SecretAccessKey", "Expiration"} <= set(given)
    assert sum(line.startswith("{") for line in written) == 1
    assert REGION in written


def test_what_a_container_may_write_to(place):
    if place.server.engine.kind == "embedded":
        pytest.skip("the embedded engine isolates nothing")
    mounts = [
        {"sourceVolume": "data", "containerPath": "/data"},
        {"sourceVolume": "fixed", "containerPath": "/fixed", "readOnly": True},
    ]
    # What is written there can be run, too.
    run = "cp /bin/busybox /data/sh && /data/sh -c 'echo writable'"
    ended, written = ran(
        place,
        "writing",
        f"touch /x || echo no root; touch /fixed/x || echo not fixed; {run}; pwd",
        task={"volumes": [{"name": "data"}, {"name": "fixed"}]},
        readonlyRootFilesystem=True,
        mountPoints=mounts,
        workingDirectory="/data",
        linuxParameters={"initProcessEnabled": True},
    )
    assert ended["containers"][0]["exitCode"] == 0
    assert [line for line in written if not line.startswith("touch: ")] == ["no root", "not fixed", "writable", "/data"]
    _, written = ran(place, "somebody", "id -u", user="65532")
    assert written == ["65532"]


def test_containers_wait_for_what_they_depend_on(place):
    logs = {"awslogs-group": "/app", "awslogs-region": REGION}

    def container(name, command, **more):
        options = {**logs, "awslogs-stream-prefix": f"chain-{name}"}
        environment = [{"name": "RELEASE", "value": name}]
        return {
            "name": name,
            "image": place.image,
            "command": ["/bin/sh", "-c", command],
            "environment": environment,
            "logConfiguration": {"logDriver": "awslogs", "options": options},
            **more,
        }

    first = container("first", "sleep 0.3; echo first", essential=False)
    second = container(
        "second", "echo second", dependsOn=[{"containerName": "first", "condition": "SUCCESS"}], portMappings=[]
    )
    ended = place.ended(place.run(place.definition("chain", task={"containerDefinitions": [second, first]})))
    assert {each["name"]: each["exitCode"] for each in ended["containers"]} == {"first": 0, "second": 0}
    bad = container("first", "exit 7", essential=False)
    ended = place.ended(place.run(place.definition("chain", task={"containerDefinitions": [second, bad]})))
    assert "container first exited with code 7" in ended["stoppedReason"]


def test_everything_that_happens_is_on_the_bus(place):
    sqs, events = place.client("sqs"), place.client("events")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
            }
        ]
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    events.put_rule(Name="ecs", EventPattern=json.dumps({"source": ["aws.ecs"]}))
    events.put_targets(Rule="ecs", Targets=[{"Id": "1", "Arn": arn}])
    name = place.service(place.definition("announced"))
    place.stable(name)
    (task,) = place.tasks(name)
    place.delete(name)
    seen = []

    def all_told():
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        seen.extend(json.loads(message["Body"]) for message in messages)
        return any(event["detail"].get("lastStatus") == "STOPPED" for event in seen)

    until(all_told)
    events.remove_targets(Rule="ecs", Ids=["1"])
    events.delete_rule(Name="ecs")
    states = [event["detail"] for event in seen if event["detail-type"] == "ECS Task State Change"]
    assert {each["taskArn"] for each in states} == {task["taskArn"]}
    assert [each["lastStatus"] for each in states if each["desiredStatus"] == "RUNNING"] == [
        "PROVISIONING",
        "PENDING",
        "ACTIVATING",
        "RUNNING",
    ]
    assert [each["lastStatus"] for each in states][-1] == "STOPPED"
    assert states[0]["group"] == f"service:{name}"
    service = f"arn:aws:ecs:{REGION}:123456789012:service/{place.cluster}/{name}"
    others = [(event["detail-type"], event["detail"]["eventName"]) for event in seen if event["resources"] == [service]]
    assert others == [
        ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_IN_PROGRESS"),
        ("ECS Deployment State Change", "SERVICE_DEPLOYMENT_COMPLETED"),
        ("ECS Service Action", "SERVICE_STEADY_STATE"),
    ]


def test_tasks_that_are_not_there(place):
    found = place.ecs.describe_tasks(cluster=place.cluster, tasks=["f" * 32])
    assert found["tasks"] == []
    assert found["failures"][0]["reason"] == "MISSING"
    with pytest.raises(ClientError, match="The referenced task was not found"):
        place.ecs.stop_task(cluster=place.cluster, task="f" * 32)
