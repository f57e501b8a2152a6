"""Tasks that do not start, do not last, or do not answer, and what services make of them."""

import json

import pytest

from rehearsal import ecs
from tests.rehearsal.ecs.conftest import POLICY
from tests.rehearsal.ecs.samples import fetch, until

BREAKER = {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}}


def of(name, message):
    return f"(service {name}) {message}"


def stopped(place, name):
    return until(lambda: [task for task in place.tasks(name, "STOPPED") if task["lastStatus"] == "STOPPED"])


def failed(place, name):
    return until(
        lambda: [one for one in place.described(name)["deployments"] if one["rolloutState"] == "FAILED"],
        told=lambda: place.story(name),
    )[0]


@pytest.fixture(scope="module")
def served(place):
    group, url = place.group()
    name = place.service(place.definition("good"), group, count=2, **BREAKER)
    place.stable(name)
    return name, url


def test_a_release_that_crashes_is_rolled_back_and_production_never_notices(place, served):
    name, url = served
    before = {task["taskArn"] for task in place.tasks(name)}
    good = place.primary(name)["id"]
    place.update(name, taskDefinition=place.definition("bad", variables={"CRASH": "3"}))
    bad = place.primary(name)["id"]
    until(lambda: place.primary(name)["id"] == good, told=lambda: place.story(name))
    after = place.stable(name)
    assert {task["taskArn"] for task in place.tasks(name)} == before
    assert fetch(url) == (200, "good")
    assert after["deployments"][0]["rolloutState"] == "COMPLETED"
    said = place.said(name)
    assert of(name, f"(deployment {bad}) deployment failed: tasks failed to start.") in said
    assert of(name, f"rolling back to deployment {good}.") in said
    ended = [task for task in stopped(place, name) if task["startedBy"] == bad]
    # Those that had just been started were taken back with the release.
    failures = [task for task in ended if task["stopCode"] == "EssentialContainerExited"]
    assert len(failures) >= 3
    assert {task["stoppedReason"] for task in failures} == {"Essential container in task exited"}
    assert {task["containers"][0]["exitCode"] for task in failures} == {3}


def test_a_task_that_dies_is_replaced_at_once(place, served):
    name, url = served
    before = place.tasks(name)
    dead = before[0]["taskArn"]
    assert ecs.kill_task(place.cluster, dead, "a fault that was asked for")
    after = until(
        lambda: place.described(name)["runningCount"] == 2 and len(place.tasks(name)) == 2 and place.tasks(name)
    )
    assert dead not in {task["taskArn"] for task in after}
    (gone,) = place.ecs.describe_tasks(cluster=place.cluster, tasks=[dead])["tasks"]
    assert gone["stoppedReason"] == "Essential container in task exited"
    assert gone["containers"][0]["exitCode"] == 137
    assert gone["containers"][0]["reason"] == "a fault that was asked for"
    until(lambda: place.described(name)["deployments"][0]["runningCount"] == 2)
    assert fetch(url) == (200, "good")
    assert not ecs.kill_task(place.cluster, dead, "again")
    until(lambda: place.said(name)[-1] == of(name, "has reached a steady state."))


def test_a_task_that_falls_sick_is_replaced(place, served):
    name, url = served
    sick = place.tasks(name)[0]["taskArn"]
    assert ecs.sicken_task(place.cluster_arn, sick, "a fault that was asked for")
    until(lambda: place.task(sick)["lastStatus"] == "STOPPED", told=lambda: place.story(name))
    assert place.task(sick)["stoppedReason"] == "Task failed container health checks"
    assert of(name, f"(task {sick.rpartition('/')[2]}) failed container health checks.") in place.said(name)
    until(lambda: len(place.tasks(name)) == 2 and place.described(name)["pendingCount"] == 0)
    assert fetch(url) == (200, "good")


def test_without_a_release_that_was_good_the_deployment_stays_failed(place):
    name = place.service(place.definition("never", variables={"CRASH": "1"}), place.group()[0], **BREAKER)
    found = failed(place, name)
    assert found["status"] == "PRIMARY"
    assert found["failedTasks"] == 3
    assert found["rolloutStateReason"] == "ECS deployment circuit breaker: tasks failed to start."
    until(lambda: len(stopped(place, name)) == 3)
    place.update(name, healthCheckGracePeriodSeconds=1)
    assert len(place.tasks(name) + stopped(place, name)) == 3
    place.delete(name)


def test_without_a_breaker_it_is_tried_again_and_again_with_pauses(place):
    name = place.service(place.definition("stubborn", variables={"CRASH": "1"}), place.group()[0])
    until(lambda: any("is unable to consistently start tasks successfully." in said for said in place.said(name)))
    assert place.primary(name)["rolloutState"] == "IN_PROGRESS"
    assert place.primary(name)["failedTasks"] >= 4
    # What helps is a new release, and it does not have to wait.
    place.update(name, taskDefinition=place.definition("cured"))
    place.stable(name)
    place.delete(name)


def test_an_image_that_is_not_there(place):
    missing = place.image.replace(":1", ":none")
    name = place.service(place.definition("lost", image=missing), count=1, **BREAKER)
    failed(place, name)
    task = stopped(place, name)[0]
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: ")
    assert missing in task["stoppedReason"]
    assert "exitCode" not in task["containers"][0]
    assert any(said.startswith(of(name, "was unable to place a task. Reason: Cannot")) for said in place.said(name))
    place.delete(name)


@pytest.mark.parametrize(
    ("action", "beginning"),
    [
        ("ecr:GetAuthorizationToken", "ResourceInitializationError: unable to pull secrets or registry auth: "),
        ("ecr:BatchGetImage", "CannotPullContainerError: "),
        ("ecr:GetDownloadUrlForLayer", "CannotPullContainerError: "),
        ("logs:CreateLogStream", "ResourceInitializationError: failed to validate logger args: "),
    ],
)
def test_an_execution_role_that_may_not(place, action, beginning):
    name = action.replace(":", "-")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [each for one in POLICY["Statement"] for each in one["Action"]],
                "Resource": "*",
            },
            {"Effect": "Deny", "Action": action, "Resource": "*"},
        ],
    }
    role = place.new_role(name, policy)
    task = place.run(place.definition("may-not", task={"executionRoleArn": role}))
    ended = place.ended(task)
    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith(beginning)
    assert f"is not authorized to perform: {action} on resource: " in ended["stoppedReason"]


def test_a_log_group_that_is_not_there(place):
    options = {"awslogs-group": "/none", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "x"}
    logging = {"logDriver": "awslogs", "options": options}
    ended = place.ended(place.run(place.definition("mute", logConfiguration=logging)))
    assert "The specified log group does not exist." in ended["stoppedReason"]


def test_a_role_that_does_not_trust_tasks(place):
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    role = place.iam.create_role(RoleName="aloof", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    name = place.service(place.definition("aloof", task={"taskRoleArn": role}), count=1, **BREAKER)
    failed(place, name)
    beginning = f"failed to launch a task with (error ECS was unable to assume the role '{role}'"
    assert any(said.startswith(of(name, beginning)) for said in place.said(name))
    place.delete(name)


def test_what_no_task_can_be_given_is_named(place):
    volumes = [{"name": "shared", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]
    ended = place.ended(place.run(place.definition("files", task={"volumes": volumes})))
    assert ended["stopCode"] == "TaskFailedToStart"
    assert "efsVolumeConfiguration" in ended["stoppedReason"]


def test_a_program_that_is_not_in_the_image(place):
    ended = place.ended(place.run(place.definition("nothing", command=["/no/such/program"])))
    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"].startswith("CannotStartContainerError: Error response from daemon: ")


def test_a_task_that_fails_the_load_balancers_checks_is_replaced(place):
    group, _ = place.group(interval=5, threshold=2)
    name = place.service(place.definition("sick", variables={"SICK": "1"}), group, count=3, **BREAKER)
    found = failed(place, name)
    assert found["failedTasks"] >= 3
    task = stopped(place, name)[0]
    assert task["stopCode"] == "ServiceSchedulerInitiated"
    assert task["stoppedReason"] == f"Task failed ELB health checks in (target-group {group})"
    identity = task["taskArn"].rpartition("/")[2]
    reason = "(reason Health checks failed with these codes: [404])"
    message = f"(task {identity}) (port 8080) is unhealthy in (target-group {group}) due to {reason}."
    assert of(name, message) in place.said(name)
    place.delete(name)


@pytest.mark.parametrize(("path", "health"), [("/dev/null", "HEALTHY"), ("/no", "UNHEALTHY")])
def test_container_health_checks(place, path, health):
    check = {"command": ["CMD-SHELL", f"cat {path}"], "interval": 5, "retries": 1, "startPeriod": 0}
    name = place.service(place.definition(f"self{health}", healthCheck=check), count=1)
    if health == "HEALTHY":
        place.stable(name)
        assert place.tasks(name)[0]["healthStatus"] == "HEALTHY"
    else:
        assert stopped(place, name)[0]["stoppedReason"] == "Task failed container health checks"
        assert any("failed container health checks." in said for said in place.said(name))
    place.delete(name)
