"""One side: what its tasks run, how they are watched, and what its tags say."""

from typing import Any

import pytest

from templates.service import reach
from tests.templates import samples
from tests.templates.resolution import resolved
from traffic import listener_rules

PINS = {"Image": "abc", "Package": "0" * 16, "IsProduction": "true", "Identifier": "Code2"}


def resources(name: str) -> dict[str, Any]:
    """Return the properties of Code2's resources."""
    template = samples.templates(name)["service"]
    found = resolved(template["Resources"], template, PINS)
    return {title: each["Properties"] for title, each in found.items()}


def container(name: str) -> dict[str, Any]:
    """Return the container of Code2's tasks."""
    [only] = resources(name)["TaskDefinition"]["ContainerDefinitions"]
    return only


@pytest.mark.parametrize("name", samples.NAMES)
def test_target_group_carries_the_sides_state(name: str) -> None:
    group = resources(name)["TargetGroup"]
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert {key: tags[key] for key in PINS} == PINS
    assert group["Name"] == f"{samples.settings(name).app}-code2"


def test_task_runs_the_image_to_which_the_side_is_pinned() -> None:
    assert container("minimal")["Image"] == "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/greeter:abc"


def test_container_is_confined() -> None:
    confined = container("minimal")
    assert (confined["Privileged"], confined["ReadonlyRootFilesystem"]) == (False, True)
    assert confined["LinuxParameters"] == {"InitProcessEnabled": True}
    assert confined["MountPoints"] == [{"SourceVolume": "tmp", "ContainerPath": "/tmp", "ReadOnly": False}]
    assert resources("minimal")["TaskDefinition"]["Volumes"] == [{"Name": "tmp"}]


def test_container_that_may_write_needs_no_volume() -> None:
    assert container("existing-vpc")["ReadonlyRootFilesystem"] is False
    assert "MountPoints" not in container("existing-vpc")
    assert "Volumes" not in resources("existing-vpc")["TaskDefinition"]


def test_container_is_what_the_settings_say() -> None:
    made, said = container("secure"), samples.settings("secure").container
    environment = {each["Name"]: each["Value"] for each in made["Environment"]}
    assert environment == {**said.environment, "RELEASE_IMAGE": "abc", "RELEASE_SIDE": "Code2"}
    assert {each["Name"]: each["ValueFrom"] for each in made["Secrets"]} == said.secrets
    assert made["Command"] == list(said.command)
    assert [each["ContainerPort"] for each in made["PortMappings"]] == [said.port]
    task = resources("secure")["TaskDefinition"]
    assert (task["Cpu"], task["Memory"]) == (str(said.cpu), str(said.memory))
    assert task["RuntimePlatform"] == {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}


def test_service_keeps_the_old_tasks_until_new_ones_are_healthy() -> None:
    service = resources("secure")["Service"]
    assert service["DeploymentConfiguration"] == {
        "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
        "MinimumHealthyPercent": 100,
        "MaximumPercent": 200,
    }
    assert service["DesiredCount"] == samples.settings("secure").container.desired_count
    assert service["HealthCheckGracePeriodSeconds"] == samples.settings("secure").container.health_check.grace
    assert service["EnableExecuteCommand"] is False
    assert service["NetworkConfiguration"]["AwsvpcConfiguration"]["AssignPublicIp"] == "DISABLED"


def test_service_waits_until_its_target_group_belongs_to_the_load_balancer() -> None:
    assert "SideRule" in samples.templates("minimal")["service"]["Resources"]["Service"]["DependsOn"]


def test_health_check_and_draining_are_what_the_settings_say() -> None:
    group, check = resources("secure")["TargetGroup"], samples.settings("secure").container.health_check
    assert (group["HealthCheckPath"], group["Matcher"]) == (check.path, {"HttpCode": check.codes})
    assert (group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]) == (check.interval, check.timeout)
    assert (group["HealthyThresholdCount"], group["UnhealthyThresholdCount"]) == (3, 2)
    assert group["TargetGroupAttributes"] == [{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}]


def test_only_the_load_balancer_reaches_the_tasks_and_only_on_their_port() -> None:
    made = resources("secure")
    [way_in] = made["TaskSecurityGroup"]["SecurityGroupIngress"]
    assert way_in["SourceSecurityGroupId"] == "<LoadBalancerSecurityGroup>"
    assert (way_in["FromPort"], way_in["ToPort"]) == (3000, 3000)
    way = made["WayToTheTasks"]
    assert (way["GroupId"], way["DestinationSecurityGroupId"]) == (
        "<LoadBalancerSecurityGroup>",
        "<TaskSecurityGroup.GroupId>",
    )
    assert (way["FromPort"], way["ToPort"]) == (3000, 3000)


@pytest.mark.parametrize("title", ["FailuresAlarm", "HostsAlarm", "LatencyAlarm"])
def test_alarms_tell_the_topic(title: str) -> None:
    alarm = resources("existing-vpc")[title]
    assert alarm["AlarmName"].startswith("ledger-code2-")
    assert alarm["AlarmActions"] == ["arn:aws-us-gov:sns:us-gov-west-1:123456789012:ledger-releases"]


def test_silence_means_health_except_where_nothing_is_registered() -> None:
    made = resources("minimal")
    missing = {title: made[title]["TreatMissingData"] for title in ("FailuresAlarm", "LatencyAlarm", "HostsAlarm")}
    assert missing == {"FailuresAlarm": "notBreaching", "LatencyAlarm": "notBreaching", "HostsAlarm": "breaching"}


def test_a_few_failures_at_night_raise_no_alarm() -> None:
    [share] = [each for each in resources("minimal")["FailuresAlarm"]["Metrics"] if each.get("Expression")]
    assert share["Expression"] == "IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)"


def test_the_listener_that_tells_the_sides_apart_is_known_by_the_header_it_asks_for() -> None:
    assert reach.SIDE_HEADER == listener_rules.SIDE_HEADER
