"""What protects production from CloudFormation: constants, whatever the settings say, and sides that keep pins."""

from typing import Any

import pytest

from templates.synthesis import Synthesis
from tests.templates import samples, variants
from tests.templates.resolution import resolved

PLACE = {
    "Vpc": "vpc-1",
    "PublicSubnets": "subnet-1,subnet-2",
    "PrivateSubnets": "subnet-3,subnet-4",
    "TemplateBucket": "templates",
    "Key": "key",
}
LIVE, IDLE = "Code2", "Code1"
# Whatever else a change of these does, the sides' own template has nothing of it.
SHARED = {"release.approvers", "release.approval_topic_arn", "release.healthy", "release.watch", "release.alarms"}
SHARED_TABLES = ("source", "network", "listener")


def forwarding(stacks: dict[str, samples.Template]) -> dict[str, Any]:
    """Return everything that decides where requests go."""
    rules = {
        title: rule
        for stack in ("cluster", "service", "load_balancer")
        for title, rule in samples.of_type(stacks[stack], "AWS::ElasticLoadBalancingV2::ListenerRule").items()
    }
    listeners = samples.of_type(stacks["load_balancer"], "AWS::ElasticLoadBalancingV2::Listener")
    defaults = {title: each["Properties"]["DefaultActions"] for title, each in listeners.items() if title != "Redirect"}
    group = stacks["service"]["Resources"]["TargetGroup"]["Properties"]
    identity = {name: group[name] for name in ("Name", "Port", "Protocol", "TargetType", "VpcId")}
    return {"rules": rules, "defaults": defaults, "target group": identity}


def side(synthesized: Synthesis, identifier: str, pins: dict[str, str]) -> Any:
    """Return a side's nested stack as CloudFormation sees it after the deployer has pinned both sides."""
    cluster = samples.parsed(synthesized)["cluster"]
    return resolved(cluster["Resources"][f"{identifier}Side"], cluster, {**PLACE, **pins})


def pins(released: Synthesis, before: Synthesis) -> dict[str, str]:
    """Return the pins of a release while the one before is live."""
    return {
        LIVE: "1" * 40,
        f"{LIVE}Package": before.package,
        IDLE: "2" * 40,
        f"{IDLE}Package": released.package,
        "Live": LIVE,
    }


def test_every_field_has_an_alternative() -> None:
    assert set(variants.fields()) == set(variants.ALTERNATIVES)


@pytest.mark.parametrize(("base", "field"), variants.CASES)
def test_an_alternative_is_one(base: str, field: str) -> None:
    assert variants.varied(base, field) != samples.settings(base)


@pytest.mark.parametrize(("base", "field"), variants.CASES)
def test_forwarding_is_the_same_for_all_settings(base: str, field: str) -> None:
    assert "ProductionRule" in forwarding(samples.templates(base))["rules"]
    assert forwarding(samples.parsed(variants.synthesis(base, field))) == forwarding(samples.templates(base))


@pytest.mark.parametrize("name", samples.NAMES)
def test_forwarding_is_the_same_for_all_files(name: str) -> None:
    assert forwarding(samples.templates(name)) == forwarding(samples.templates("minimal"))


@pytest.mark.parametrize(("base", "field"), [case for case in variants.CASES if case[1] != "app"])
def test_new_settings_leave_the_live_side_as_it_is(base: str, field: str) -> None:
    before, after = samples.synthesis(base), variants.synthesis(base, field)
    now = side(before, LIVE, pins(before, before))
    assert side(after, LIVE, pins(after, before)) == now
    assert now["Properties"]["Parameters"]["IsProduction"] == "true"


@pytest.mark.parametrize("field", ["container.cpu", "release.draining", "tags"])
def test_new_settings_reach_the_idle_side(field: str) -> None:
    before, after = samples.synthesis("minimal"), variants.synthesis("minimal", field)
    was, becomes = (side(now, IDLE, pins(now, before))["Properties"] for now in (before, after))
    assert was["TemplateURL"] != becomes["TemplateURL"]
    assert becomes["TemplateURL"].endswith(f"/service/{after.package}.json")
    assert becomes["Parameters"]["IsProduction"] == "false"


@pytest.mark.parametrize(("base", "field"), variants.CASES)
def test_the_package_changes_with_what_a_release_may_change_and_with_nothing_else(base: str, field: str) -> None:
    after = variants.synthesis(base, field).package
    shared = field in SHARED or field.split(".", maxsplit=1)[0] in SHARED_TABLES
    assert (after == samples.synthesis(base).package) == shared


@pytest.mark.parametrize(("base", "field"), variants.CASES)
def test_old_and_new_sides_speak_with_the_cluster_alike(base: str, field: str) -> None:
    changed = samples.parsed(variants.synthesis(base, field))["service"]
    for part in ("Parameters", "Outputs"):
        assert changed[part] == samples.templates(base)["service"][part]


def test_the_interface_of_a_side_is_what_it_always_was() -> None:
    """Live sides were made from older templates: a parameter or output more or less would fail every release."""
    service = samples.templates("minimal")["service"]
    assert {name: each["Type"] for name, each in service["Parameters"].items()} == {
        "Cluster": "String",
        "Identifier": "String",
        "Image": "String",
        "IsProduction": "String",
        "Key": "String",
        "LoadBalancerName": "String",
        "LoadBalancerSecurityGroup": "AWS::EC2::SecurityGroup::Id",
        "Package": "String",
        "SidePriority": "Number",
        "Subnets": "List<AWS::EC2::Subnet::Id>",
        "TestListener": "String",
        "Vpc": "AWS::EC2::VPC::Id",
    }
    assert set(service["Outputs"]) == {"TargetGroup", "TargetGroupName"}


def test_production_begins_on_one_side_and_the_test_listener_on_the_other() -> None:
    rules = forwarding(samples.templates("minimal"))["rules"]
    said = {
        title: (rule["Properties"]["Priority"], rule["Properties"]["Actions"][0]["TargetGroupArn"])
        for title, rule in rules.items()
    }
    assert said == {
        "ProductionRule": (1, {"Fn::GetAtt": ["Code1Side", "Outputs.TargetGroup"]}),
        "TestRule": (10, {"Fn::GetAtt": ["Code2Side", "Outputs.TargetGroup"]}),
        "SideRule": ({"Ref": "SidePriority"}, {"Ref": "TargetGroup"}),
    }


@pytest.mark.parametrize("live", ["Code1", "Code2"])
def test_live_feeds_the_tags_and_nothing_else(live: str) -> None:
    cluster = samples.templates("minimal")["cluster"]
    told = {**PLACE, "Code1": "a", "Code2": "b", "Code1Package": "0" * 16, "Code2Package": "1" * 16}
    one, other = (resolved(cluster["Resources"], cluster, {**told, "Live": each}) for each in (live, "neither"))
    for title in one:
        one[title]["Properties"].get("Parameters", {}).pop("IsProduction", None)
        other[title]["Properties"].get("Parameters", {}).pop("IsProduction", None)
    assert one == other
