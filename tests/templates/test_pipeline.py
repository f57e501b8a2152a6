"""The pipeline: its stages, what starts it, and that releases leave its definition alone."""

import json
from typing import Any

import pytest

from tests.templates import samples, variants


def pipeline(name: str = "minimal") -> dict[str, Any]:
    """Return the pipeline's properties."""
    return samples.templates(name)["pipeline"]["Resources"]["Pipeline"]["Properties"]


def actions(name: str = "minimal") -> dict[str, dict[str, Any]]:
    """Return the actions by name."""
    return {action["Name"]: action for stage in pipeline(name)["Stages"] for action in stage["Actions"]}


def rules(name: str) -> dict[str, Any]:
    """Return the patterns of the events that start the pipeline."""
    found = samples.of_type(samples.templates(name)["pipeline"], "AWS::Events::Rule")
    return {
        title: each["Properties"]["EventPattern"]
        for title, each in found.items()
        if "codepipeline" in str(each["Properties"]["Targets"])
    }


def test_stages_and_actions_are_in_their_order() -> None:
    stages = [(stage["Name"], [action["Name"] for action in stage["Actions"]]) for stage in pipeline()["Stages"]]
    assert stages == [
        ("Source", ["App", "Package"]),
        ("Build", ["Image"]),
        ("Release", ["Discover", "Deploy", "Approve", "Flip"]),
    ]
    assert [actions()[name]["RunOrder"] for name in ("Discover", "Deploy", "Approve", "Flip")] == [1, 2, 3, 4]
    assert (pipeline()["PipelineType"], pipeline()["ExecutionMode"]) == ("V2", "SUPERSEDED")


def test_namespaces_are_the_ones_that_the_actions_use() -> None:
    namespaces = {action.get("Namespace") for action in actions().values()} - {None}
    assert namespaces == {"App", "Package", "Build", "Discover", "Deploy", "Flip"}


def test_the_cluster_is_deployed_from_the_package() -> None:
    deploy = actions()["Deploy"]["Configuration"]
    assert (deploy["ActionMode"], deploy["StackName"]) == ("CREATE_UPDATE", "greeter-cluster")
    assert (deploy["TemplatePath"], deploy["Capabilities"]) == ("Discovered::cluster.json", "CAPABILITY_NAMED_IAM")
    assert deploy["RoleArn"] == {"Fn::GetAtt": ["CloudFormationRole", "Arn"]}


def test_approval_shows_evidence() -> None:
    shown = actions("minimal")["Approve"]["Configuration"]
    assert shown["CustomData"] == "#{Discover.SUMMARY}"
    assert shown["ExternalEntityLink"] == "#{Deploy.TestUrl}"
    assert shown["NotificationArn"] == {"Ref": "Topic"}


def test_approval_tells_the_topic_of_the_settings_and_alarms_still_have_theirs() -> None:
    given = "arn:aws:sns:eu-west-1:123456789012:ledger-releases"
    assert actions("existing-vpc")["Approve"]["Configuration"]["NotificationArn"] == given
    assert samples.templates("existing-vpc")["pipeline"]["Outputs"]["ApprovalTopic"]["Value"] == given
    topics = samples.of_type(samples.templates("existing-vpc")["pipeline"], "AWS::SNS::Topic")
    assert [each["Properties"]["TopicName"] for each in topics.values()] == ["ledger-releases"]


def test_every_approver_is_subscribed() -> None:
    subscriptions = samples.of_type(samples.templates("large")["pipeline"], "AWS::SNS::Subscription")
    addresses = {each["Properties"]["Endpoint"] for each in subscriptions.values()}
    assert addresses == set(samples.settings("large").release.approvers)


@pytest.mark.parametrize(("base", "field"), [case for case in variants.CASES if case[1].startswith("container.")])
def test_a_release_leaves_the_definition_alone(base: str, field: str) -> None:
    """CodePipeline refuses to roll back a stage once the definition has changed."""
    after = samples.parsed(variants.synthesis(base, field))["pipeline"]["Resources"]
    before = samples.templates(base)["pipeline"]["Resources"]
    # The image is built on the processor for which it is meant; the build's project is no part of the definition.
    assert {title for title in after if after[title] != before[title]} <= {"Image"}
    assert (after["Image"] != before["Image"]) == (field == "container.architecture")


def test_nothing_in_the_pipelines_stack_names_a_template_by_its_content() -> None:
    made = samples.synthesis("minimal")
    text = made.templates["pipeline"].decode()
    assert [name for name, key in made.keys.items() if key in text or key.split("/")[-1].split(".")[0] in text] == []


@pytest.mark.parametrize("name", samples.NAMES)
def test_nothing_is_polled(name: str) -> None:
    for action in actions(name).values():
        if action["ActionTypeId"]["Category"] == "Source":
            polling = {key: action["Configuration"].get(key) for key in ("PollForSourceChanges", "DetectChanges")}
            assert sorted(str(value) for value in polling.values()) == ["None", "false"], action["Name"]


def test_a_new_package_starts_the_pipeline() -> None:
    assert rules("minimal") == {
        "PackageRule": {
            "source": ["aws.s3"],
            "detail-type": ["Object Created"],
            "detail": {"bucket": {"name": [{"Ref": "TemplateBucket"}]}, "object": {"key": ["greeter/package.zip"]}},
        }
    }


def test_a_push_through_a_connection_starts_the_pipeline_by_a_trigger() -> None:
    [trigger] = pipeline("per-az")["Triggers"]
    assert trigger == {
        "ProviderType": "CodeStarSourceConnection",
        "GitConfiguration": {
            "SourceActionName": "App",
            "Push": [
                {
                    "Branches": {"Includes": ["production"]},
                    "FilePaths": {"Includes": ["web/**", "shared/**"], "Excludes": ["**/*.md", "web/docs/**"]},
                }
            ],
        },
    }
    assert "FilePaths" not in pipeline("minimal")["Triggers"][0]["GitConfiguration"]["Push"][0]
    assert actions("per-az")["App"]["Configuration"]["DetectChanges"] == "false"


def test_a_push_to_codecommit_starts_the_pipeline_by_an_event() -> None:
    event = rules("existing-vpc")["PushRule"]
    assert event["source"] == ["aws.codecommit"]
    assert event["detail"]["referenceName"] == ["main"]
    assert event["detail"]["event"] == ["referenceCreated", "referenceUpdated"]
    assert "Triggers" not in pipeline("existing-vpc")


def test_a_new_object_in_s3_starts_the_pipeline_by_an_event() -> None:
    event = rules("no-nat")["PushRule"]
    assert event["detail"] == {"bucket": {"name": ["acme-handoffs"]}, "object": {"key": ["vault/source.zip"]}}
    assert actions("no-nat")["App"]["Configuration"]["S3ObjectKey"] == "vault/source.zip"
    assert "#{App.VersionId}" in actions("no-nat")["Image"]["Configuration"]["EnvironmentVariables"]


def test_image_is_built_with_privileges_on_its_own_processor_and_discovery_without() -> None:
    machines = {
        name: {
            title: (each["Properties"]["Environment"]["Type"], each["Properties"]["Environment"]["PrivilegedMode"])
            for title, each in samples.of_type(samples.templates(name)["pipeline"], "AWS::CodeBuild::Project").items()
        }
        for name in ("minimal", "secure")
    }
    assert machines == {
        "minimal": {"Image": ("LINUX_CONTAINER", True), "Discover": ("LINUX_CONTAINER", False)},
        "secure": {"Image": ("ARM_CONTAINER", True), "Discover": ("LINUX_CONTAINER", False)},
    }


def test_only_the_pipeline_repeats_a_flip() -> None:
    resources = samples.templates("minimal")["pipeline"]["Resources"]
    retries = resources["FlipRetries"]["Properties"]
    assert (retries["FunctionName"], retries["MaximumRetryAttempts"]) == ({"Ref": "Flip"}, 0)
    assert "DeadLetterConfig" not in resources["Flip"]["Properties"]


def test_settling_hears_of_the_cluster_stack_and_not_of_its_nested_stacks() -> None:
    pattern = samples.templates("minimal")["pipeline"]["Resources"]["ClusterSettled"]["Properties"]["EventPattern"]
    [stack] = pattern["detail"]["stack-id"]
    assert stack["prefix"]["Fn::Sub"].endswith(":stack/greeter-cluster/")
    assert {"UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"} <= set(pattern["detail"]["status-details"]["status"])


@pytest.mark.parametrize("name", samples.NAMES)
def test_images_that_a_side_may_run_never_expire(name: str) -> None:
    repository = samples.templates(name)["pipeline"]["Resources"]["Repository"]["Properties"]
    rules = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert [rule["selection"]["tagStatus"] for rule in rules] == ["untagged"]
    assert repository["ImageTagMutability"] == "IMMUTABLE"


def test_what_holds_data_outlives_a_stack_unless_the_stack_never_came_to_be() -> None:
    kept = {"ArtifactBucket", "LogBucket", "Repository", "Key"}
    for stack in ("pipeline", "main"):
        for title, each in samples.templates("minimal")[stack]["Resources"].items():
            assert (each.get("DeletionPolicy") == "RetainExceptOnCreate") == (title in kept), title
