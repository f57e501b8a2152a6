import threading

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.ecs.samples import fetch, until


@pytest.fixture(scope="module")
def web(place):
    """A service of two tasks behind a load balancer, and where it is reached."""
    group, url = place.group()
    name = place.service(place.definition("v1"), group, count=2)
    place.stable(name)
    return name, url, group


def test_a_service_serves_and_says_how_it_got_there(place, web):
    name, url, group = web
    assert fetch(url) == (200, "v1")
    started, *registered, completed, steady = place.said(name)
    tasks = place.tasks(name)
    assert started.startswith(f"(service {name}) has started 2 tasks: (task ")
    assert all(f"(task {task['taskArn'].rpartition('/')[2]})" in started for task in tasks)
    assert registered == [f"(service {name}) registered 1 targets in (target-group {group})"] * 2
    assert completed == f"(service {name}) (deployment {place.primary(name)['id']}) deployment completed."
    assert steady == f"(service {name}) has reached a steady state."


def test_tasks_are_described(place, web):
    name, _, group = web
    service = place.described(name)
    assert (service["runningCount"], service["pendingCount"], service["desiredCount"]) == (2, 0, 2)
    tasks = place.tasks(name)
    assert {task["lastStatus"] for task in tasks} == {"RUNNING"}
    assert {task["group"] for task in tasks} == {f"service:{name}"}
    assert {task["availabilityZone"] for task in tasks} == {"eu-west-1a", "eu-west-1b"}
    details = [
        {each["name"]: each["value"] for each in attachment["details"]}
        for task in tasks
        for attachment in task["attachments"]
    ]
    addresses = {each["privateIPv4Address"] for each in details}
    health = place.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert {each["Target"]["Id"] for each in health} == addresses
    (container,) = tasks[0]["containers"]
    assert container["lastStatus"] == "RUNNING"
    assert container["imageDigest"].startswith("sha256:")
    cluster = place.ecs.describe_clusters(clusters=[place.cluster])["clusters"][0]
    assert cluster["runningTasksCount"] >= 2
    assert cluster["activeServicesCount"] >= 1


def test_what_a_container_writes_is_in_the_logs(place, web):
    until(lambda: place.written("v1").count("starting v1") >= 2)


def test_an_update_loses_no_request(place, web):
    name, url, group = web
    before = {task["taskArn"] for task in place.tasks(name)}
    answers, stop = [], threading.Event()

    def ask():
        while not stop.is_set():
            answers.append(fetch(url))

    callers = [threading.Thread(target=ask) for _ in range(2)]
    for caller in callers:
        caller.start()
    place.update(name, taskDefinition=place.definition("v2"))
    under_way = place.described(name)["deployments"]
    assert [each["status"] for each in under_way][:2] == ["PRIMARY", "ACTIVE"]
    place.stable(name)
    stop.set()
    for caller in callers:
        caller.join()
    assert {status for status, _ in answers} == {200}
    assert {body for _, body in answers} == {"v1", "v2"}
    assert not before & {task["taskArn"] for task in place.tasks(name)}
    assert fetch(url) == (200, "v2")
    stopped = [task for task in place.tasks(name, "STOPPED") if task["taskArn"] in before]
    assert {task["stopCode"] for task in stopped} == {"ServiceSchedulerInitiated"}
    assert {task["lastStatus"] for task in stopped} == {"STOPPED"}
    said = place.said(name)
    assert f"(service {name}) has begun draining connections on 1 tasks." in said
    assert f"(service {name}) deregistered 1 targets in (target-group {group})" in said
    # They were asked to end before they were ended.
    until(lambda: "ending v1" in place.written("v1"))


def test_the_number_of_tasks_can_be_changed(place, web):
    name, _, _ = web
    deployment = place.primary(name)["id"]
    place.update(name, desiredCount=3)
    assert len(until(lambda: place.described(name)["runningCount"] == 3 and place.tasks(name))) == 3
    place.update(name, desiredCount=1)
    until(lambda: place.described(name)["runningCount"] == 1)
    assert place.primary(name)["id"] == deployment


def test_a_new_deployment_can_be_forced(place, web):
    name, _, _ = web
    (before,) = place.tasks(name)
    place.update(name, forceNewDeployment=True)
    place.stable(name)
    (after,) = place.tasks(name)
    assert after["taskArn"] != before["taskArn"]


def test_the_waiter_of_the_sdk_is_satisfied(place, web):
    name, _, _ = web
    waiter = place.ecs.get_waiter("services_stable")
    waiter.wait(cluster=place.cluster, services=[name], WaiterConfig={"Delay": 1, "MaxAttempts": 5})


def test_a_service_that_runs_is_deleted_with_force_only(place):
    name = place.service(place.definition("brief"))
    place.stable(name)
    with pytest.raises(ClientError, match="cannot be stopped while it is scaled above 0"):
        place.ecs.delete_service(cluster=place.cluster, service=name)
    with pytest.raises(ClientError) as refused:
        place.ecs.delete_cluster(cluster=place.cluster)
    assert refused.value.response["Error"]["Code"] == "ClusterContainsServicesException"
    place.delete(name)
    assert place.tasks(name, "STOPPED")
    waiter = place.ecs.get_waiter("services_inactive")
    waiter.wait(cluster=place.cluster, services=[name], WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    with pytest.raises(ClientError) as gone:
        place.update(name, desiredCount=1)
    assert gone.value.response["Error"]["Code"] == "ServiceNotActiveException"


def test_nothing_is_left_on_the_engine_of_what_has_ended(place):
    for arn in place.ecs.list_services(cluster=place.cluster)["serviceArns"]:
        place.delete(arn.rpartition("/")[2])
    assert place.containers() == []
