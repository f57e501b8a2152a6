"""Parameters that are easily passed over: each is heeded, or refused by its name."""

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.ecs.conftest import REGION


def refused(call, *arguments, **settings):
    with pytest.raises(ClientError) as error:
        call(*arguments, **settings)
    return "{Code}: {Message}".format(**error.value.response["Error"])


def test_a_call_that_is_made_twice_starts_its_tasks_once(place):
    definition = place.definition("once", command=["/bin/sh", "-c", "exit 0"], portMappings=[])
    first = place.run(definition, clientToken="the-same")
    assert place.run(definition, clientToken="the-same") == first
    other = place.run(definition, clientToken="another")
    assert other != first
    for task in (first, other):
        place.ended(task)


def test_ports_of_the_host_are_those_of_the_container(place):
    said = refused(place.definition, "x", portMappings=[{"containerPort": 8080, "hostPort": 80}])
    assert said == (
        "ClientException: When networkMode=awsvpc, the host ports and container ports in port mappings must match."
    )


@pytest.mark.parametrize(
    ("port", "named"),
    [
        ({"containerPortRange": "8000-8010"}, "containerPortRange"),
        ({"containerPort": 53, "protocol": "udp"}, "the protocol udp of a port"),
    ],
)
def test_ports_that_nothing_is_published_on(place, port, named):
    ended = place.ended(place.run(place.definition("odd-ports", portMappings=[port])))
    assert (ended["stopCode"], named in ended["stoppedReason"]) == ("TaskFailedToStart", True), ended["stoppedReason"]


def test_what_is_not_done_is_named(place):
    definition = place.definition("x")
    assert "enableFaultInjection" in refused(place.definition, "x", task={"enableFaultInjection": True})
    assert "reference ids" in refused(place.run, definition, referenceId="mine")
    assert "roles by which" in refused(place.service, definition, role="ecsServiceRole")


def test_a_container_that_takes_too_long_is_waited_for_no_longer(place):
    def container(name, command, **more):
        options = {"awslogs-group": "/app", "awslogs-region": REGION, "awslogs-stream-prefix": name}
        logs = {"logDriver": "awslogs", "options": options}
        return {
            "name": name,
            "image": place.image,
            "command": ["/bin/sh", "-c", command],
            "logConfiguration": logs,
            **more,
        }

    slow = container("slow", "sleep 600", essential=False, startTimeout=2, stopTimeout=2)
    after = container("after", "echo after", dependsOn=[{"containerName": "slow", "condition": "COMPLETE"}])
    ended = place.ended(place.run(place.definition("late", task={"containerDefinitions": [after, slow]})))
    assert ended["stopCode"] == "TaskFailedToStart"
    assert ended["stoppedReason"] == "ContainerDependencyError: container slow did not reach COMPLETE in time"


def test_what_makes_no_difference_here_is_kept(place):
    name = place.service(place.definition("x"), count=0, availabilityZoneRebalancing="ENABLED")
    assert place.described(name)["availabilityZoneRebalancing"] == "ENABLED"
    place.delete(name)
