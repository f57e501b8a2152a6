"""What all resources have in common: tags, encrypted logs that end, reasons for exemptions."""

from typing import Any

import pytest
import troposphere

from tests.support.project import ROOT
from tests.templates import samples

# A tag of these would come from settings that the live side never approved, or from a rule that has to stay the same.
UNTAGGED = {"Code1Side", "Code2Side", "ProductionRule", "TestRule", "SideRule"}
MODULES = {
    "ElasticLoadBalancingV2": "elasticloadbalancingv2",
    "Lambda": "awslambda",
}


def taggable(kind: str) -> bool:
    """Say whether a type of resource takes tags."""
    _, service, name = kind.split("::")
    module = __import__(f"troposphere.{MODULES.get(service, service.lower())}", fromlist=[name])
    classes = [each for each in vars(module).values() if getattr(each, "resource_type", "") == kind]
    return any("Tags" in each.props for each in classes if issubclass(each, troposphere.AWSObject))


def tags(properties: dict[str, Any]) -> dict[str, Any]:
    """Return a resource's tags."""
    return {tag["Key"]: tag["Value"] for tag in properties.get("Tags", [])}


@pytest.mark.parametrize("stack", ["main", "network", "pipeline", "cluster", "load_balancer", "service"])
def test_the_settings_tags_are_on_everything_that_takes_tags(stack: str) -> None:
    wanted = samples.settings("secure").tags
    resources = samples.templates("secure")[stack]["Resources"]
    untagged = {
        title
        for title, each in resources.items()
        if taggable(each["Type"]) and not wanted.items() <= tags(each["Properties"]).items()
    }
    assert untagged <= UNTAGGED
    assert UNTAGGED & set(resources) <= untagged


@pytest.mark.parametrize("name", samples.NAMES)
def test_logs_are_encrypted_and_end(name: str) -> None:
    days = samples.settings(name).release.log_retention
    groups = [
        each["Properties"]
        for template in samples.templates(name).values()
        for each in samples.of_type(template, "AWS::Logs::LogGroup").values()
    ]
    assert len(groups) >= 5
    assert {each["RetentionInDays"] for each in groups} == {days}
    assert all(each["KmsKeyId"] == {"Ref": "Key"} for each in groups)
    assert all(f"/flipside/{samples.settings(name).app}/" in str(each["LogGroupName"]) for each in groups)


def test_exemptions_from_policy_checks_are_documented() -> None:
    documented = (ROOT / "docs" / "security.md").read_text()
    excused = {
        skip["id"]
        for name, stack in samples.every_template()
        for each in samples.templates(name)[stack]["Resources"].values()
        for skip in each.get("Metadata", {}).get("checkov", {}).get("skip", [])
    }
    assert excused
    assert {check for check in excused if f"`{check}`" not in documented} == set()


def test_dashboard_shows_both_sides_in_their_own_colours() -> None:
    cluster = samples.templates("minimal")["cluster"]
    body = cluster["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][0]
    for side, colour in (("Code1", "#1f77b4"), ("Code2", "#2ca02c")):
        assert body.count(f'"label":"{side}') == body.count(colour) == 7


def test_parent_links_to_what_a_person_opens() -> None:
    outputs = samples.templates("minimal")["main"]["Outputs"]
    links = {title for title, each in outputs.items() if "https://" in str(each["Value"])}
    assert links >= {"PipelineUrl", "DashboardUrl", "ClusterStackUrl", "LogsUrl", "RepositoryUrl", "ClusterUrl"}
    assert set(outputs) - links == {
        "ApprovalTopic",
        "ArtifactBucket",
        "ClusterStack",
        "KeyArn",
        "LogBucket",
        "RepositoryUri",
        "Vpc",
    }
