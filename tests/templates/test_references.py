"""What the parts call each other exists: parameters, outputs, variables, artifacts."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from lambdas import flip_parameters
from lambdas.stack_event import AT_REST
from templates.pipeline.functions import SETTLED
from tests.support.project import ROOT
from tests.templates import samples
from tests.templates.resolution import REFERENCE
from tests.templates.test_limits import VARIABLE, values, variables


def references(value: Any) -> Iterator[str]:
    """Yield everything that a value refers to, attributes with their dots."""
    if isinstance(value, list):
        for each in value:
            yield from references(each)
    if not isinstance(value, dict):
        return
    for function, argument in value.items():
        if function == "Ref":
            yield argument
        elif function == "Fn::GetAtt":
            yield argument if isinstance(argument, str) else ".".join(argument)
        elif function == "Fn::Sub":
            pattern, own = (argument, {}) if isinstance(argument, str) else argument
            yield from (name for literal, name in REFERENCE.findall(pattern) if not literal and name not in own)
            yield from references(own)
        else:
            yield from references(argument)


def nested(template: samples.Template) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return a template's nested stacks: which template each is made from, and its parameters."""
    stacks = {}
    for title, each in samples.of_type(template, "AWS::CloudFormation::Stack").items():
        address = each["Properties"]["TemplateURL"]["Fn::Sub"]
        stacks[title] = (address.split("/")[-2], each["Properties"]["Parameters"])
    return stacks


@pytest.mark.parametrize(("name", "stack"), samples.every_template())
def test_references_lead_somewhere(name: str, stack: str) -> None:
    template = samples.templates(name)[stack]
    here = {*template["Resources"], *template.get("Parameters", {})}
    for reference in references([template["Resources"], template["Outputs"]]):
        assert reference.startswith("AWS::") or reference.split(".")[0] in here, reference
    assert {name for each in template["Resources"].values() for name in _list(each.get("DependsOn", []))} <= here


def _list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(("name", "stack"), samples.every_template())
def test_parameters_are_used(name: str, stack: str) -> None:
    template = samples.templates(name)[stack]
    used = set(references([template["Resources"], template["Outputs"], template.get("Conditions", {})]))
    assert set(template.get("Parameters", {})) - used == set()


@pytest.mark.parametrize(("name", "stack"), [("minimal", "main"), ("minimal", "cluster"), ("existing-vpc", "main")])
def test_nested_stacks_are_given_exactly_what_they_take(name: str, stack: str) -> None:
    stacks = samples.templates(name)
    assert nested(stacks[stack])
    for title, (made_from, given) in nested(stacks[stack]).items():
        assert set(given) == set(stacks[made_from]["Parameters"]), title


@pytest.mark.parametrize(("name", "stack"), samples.every_template())
def test_outputs_of_nested_stacks_exist(name: str, stack: str) -> None:
    stacks = samples.templates(name)
    template = stacks[stack]
    for reference in references([template["Resources"], template["Outputs"]]):
        title, _, output = reference.partition(".Outputs.")
        if output:
            assert output in stacks[nested(template)[title][0]]["Outputs"], reference


def actions(name: str) -> list[dict[str, Any]]:
    """Return the pipeline's actions in their order."""
    stages = samples.templates(name)["pipeline"]["Resources"]["Pipeline"]["Properties"]["Stages"]
    return [action for stage in stages for action in stage["Actions"]]


def exported(buildspec: str) -> set[str]:
    """Return the variables that a build hands on."""
    return set(yaml.safe_load((ROOT / buildspec).read_text())["env"]["exported-variables"])


@pytest.mark.parametrize("name", samples.NAMES)
def test_variables_come_from_an_earlier_action(name: str) -> None:
    offered = {
        "codepipeline": {"PipelineExecutionId"},
        "App": {"VersionId"} if samples.settings(name).source.provider == "s3" else {"CommitId"},
        "Build": exported("buildspec.yml"),
        "Discover": exported("deployer/discover.yml"),
        "Deploy": set(samples.templates(name)["cluster"]["Outputs"]),
    }
    seen = {"codepipeline"}
    for action in actions(name):
        for namespace, _, variable in (
            found.partition(".") for found in VARIABLE.findall(str(action["Configuration"]))
        ):
            assert namespace in seen, f"{action['Name']} uses {namespace} too early"
            assert variable in offered[namespace], f"{action['Name']} uses {namespace}.{variable}"
        seen.add(action.get("Namespace", ""))


@pytest.mark.parametrize("name", samples.NAMES)
def test_artifacts_come_from_an_earlier_action(name: str) -> None:
    made: set[str] = set()
    for action in actions(name):
        assert {each["Name"] for each in action.get("InputArtifacts", [])} <= made, action["Name"]
        made |= {each["Name"] for each in action.get("OutputArtifacts", [])}
    assert made == {"App", "Package", "Built", "Discovered"}


@pytest.mark.parametrize("name", samples.NAMES)
def test_cluster_is_deployed_with_exactly_what_it_takes(name: str) -> None:
    given = json.loads(values(name)["Deploy.ParameterOverrides"])
    assert set(given) == set(samples.templates(name)["cluster"]["Parameters"])
    decided = {key: value["Fn::GetParam"] for key, value in given.items() if isinstance(value, dict)}
    assert decided == {key: ["Discovered", "build.json", key] for key in decided}
    assert set(decided) == {"Code1", "Code2", "Code1Package", "Code2Package", "Live"}


@pytest.mark.parametrize("name", samples.NAMES)
def test_the_flip_understands_what_it_is_told(name: str) -> None:
    told = flip_parameters.parse(values(name)["Flip.UserParameters"])
    settings = samples.settings(name)
    outputs = {name: value for name, value in variables(settings.app).items() if name.startswith("Deploy.")}
    wanted = ("ProductionRule", "TestRule", "Code1TargetGroup", "Code2TargetGroup")
    assert tuple(told.junction) == tuple(outputs[f"Deploy.{each}"] for each in wanted)
    assert (told.watch, told.alarms) == (settings.release.watch, settings.release.alarms)


@pytest.mark.parametrize("name", samples.NAMES)
def test_functions_and_builds_name_files_that_exist(name: str) -> None:
    pipeline = samples.templates(name)["pipeline"]
    for each in samples.of_type(pipeline, "AWS::Lambda::Function").values():
        module, _, function = each["Properties"]["Handler"].rpartition(".")
        assert f"def {function}(" in (ROOT / f"{module.replace('.', '/')}.py").read_text()
    for each in samples.of_type(pipeline, "AWS::CodeBuild::Project").values():
        assert (ROOT / each["Properties"]["Source"]["BuildSpec"]).is_file()


def test_whatever_wakes_the_settler_is_a_status_that_it_settles() -> None:
    assert set(SETTLED) <= AT_REST
