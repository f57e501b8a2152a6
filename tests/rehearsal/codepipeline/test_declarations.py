"""Pipelines that AWS would not take, and those it would."""

import pytest

from rehearsal.codepipeline import triggers
from tests.rehearsal.codepipeline.conftest import action, approve, build, connected, refused, source, stage

STRUCTURE, ACTION, STAGE = (
    "InvalidStructureException",
    "InvalidActionDeclarationException",
    "InvalidStageDeclarationException",
)
LAMBDA = {"FunctionName": "flip"}
STACK = {"StackName": "x", "RoleArn": "r"}
TAGS = [{"tags": {"includes": ["v*"]}}]
CHECK = {"conditions": [{"result": "FAIL"}]}


def triggered(**by):
    return {"providerType": "CodeStarSourceConnection", "gitConfiguration": {"sourceActionName": "App", **by}}


@pytest.mark.parametrize(
    ("stages", "settings", "code", "part"),
    [
        ((), {}, STRUCTURE, "minimum of 2 stages"),
        ((stage("Source", build()),), {}, STRUCTURE, "'Source' is there twice"),
        ((stage("Build", source("Again")),), {}, STRUCTURE, "only allowed in the first stage"),
        ((stage("Build", build(), build()),), {}, STAGE, "'Image' is there twice"),
        ((stage("Build", build(leaves=("App",))),), {}, STRUCTURE, "Output artifact names"),
        ((stage("Build", build("No") | {"inputArtifacts": [{"name": "Nix"}]}),), {}, STRUCTURE, "'Nix'"),
        ((stage("Build", build(namespace="App")),), {}, STRUCTURE, "used by 'App' and by 'Image'"),
        ((stage("Build", build(namespace="codepipeline")),), {}, STRUCTURE, "reserved"),
        ((stage("Go", action("Flip", "Lambda")),), {}, ACTION, "missing required configuration 'FunctionName'"),
        ((stage("Go", action("Flip", "Lambda", LAMBDA | {"X": "1"})),), {}, ACTION, "unknown configuration 'X'"),
        (
            (stage("Go", action("Flip", "Lambda", LAMBDA | {"UserParameters": "x" * 1001})),),
            {},
            "ValidationException",
            "1000",
        ),
        ((stage("Go", action("Flip", "Lambda", {"FunctionName": "#{No.Such}"})),), {}, ACTION, "#{No.Such}"),
        ((stage("Go", action("D", "CloudFormation", STACK | {"ActionMode": "X"})),), {}, ACTION, "ActionMode 'X'"),
        (
            (stage("Go", action("D", "CloudFormation", STACK | {"ActionMode": "CREATE_UPDATE"})),),
            {},
            ACTION,
            "TemplatePath",
        ),
        ((stage("Go", approve() | {"inputArtifacts": [{"name": "App"}]}),), {}, ACTION, "takes 0 to 0"),
        ((stage("Go", build(region="us-west-2")),), {}, "ValidationException", "us-west-2"),
        ((stage("Go", approve(), onFailure=CHECK),), {}, "ValidationException", "onFailure"),
        ((stage("Go", approve()),), {"executionMode": "PARALLEL"}, "ValidationException", "PARALLEL"),
        ((stage("Go", approve()),), {"triggers": [triggered(push=TAGS)]}, "ValidationException", "triggers by tags"),
        (
            (stage("Go", approve()),),
            {"triggers": [triggered(pullRequest=[{}])]},
            "ValidationException",
            "pull requests",
        ),
        ((stage("Go", approve()),), {"executionMode": "QUEUED", "pipelineType": "V1"}, STRUCTURE, "V2"),
        ((stage("Go", approve()),), {"name": "not valid"}, "ValidationException", "pipeline.name"),
        ((stage("Go", approve()),), {"roleArn": "arn:aws:iam::123456789012:role/none"}, STRUCTURE, "AssumeRole"),
        ((stage("Go!", approve()),), {}, "ValidationException", "pipeline.stages.2.member.name"),
    ],
)
def test_a_pipeline_that_could_not_work_is_refused(line, stages, settings, code, part):
    declared = line.declared(*stages, **settings)
    assert part in refused(lambda: line.api.create_pipeline(pipeline=declared), code)


def test_a_name_is_taken_once_and_an_update_makes_a_version(line):
    line.make(stage("Release", approve()))
    declared = line.declared(stage("Release", approve()), name=line.name)
    refused(lambda: line.api.create_pipeline(pipeline=declared), "PipelineNameInUseException")
    assert line.api.update_pipeline(pipeline=declared)["pipeline"]["version"] == 2
    assert line.api.get_pipeline(name=line.name, version=1)["pipeline"]["version"] == 1
    refused(lambda: line.api.update_pipeline(pipeline={**declared, "name": "none"}), "PipelineNotFoundException")


def test_an_execution_that_no_longer_fits_is_cancelled(line, fakes):
    first = line.make(stage("Build", build()), stage("Release", approve()))
    fakes.started(1)
    line.api.update_pipeline(pipeline=line.declared(stage("Other", approve()), name=line.name))
    fakes.end_with("Image")
    line.ended(first, "Cancelled")


def test_variables_must_be_declared_and_have_values(line):
    variables = [{"name": "Color"}]
    line.make(stage("Release", approve()), variables=variables)
    assert "Color" in refused(line.start, "ValidationException")
    given = [{"name": "Size", "value": "big"}]
    assert "Size" in refused(lambda: line.start(variables=given), "ValidationException")
    assert line.start(variables=[{"name": "Color", "value": "red"}])


def push(branch="main", paths=("src/app.py",), provider="CodeStarSourceConnection", repository="team/app"):
    return triggers.pushed(provider, repository, branch, "c" * 40, "A change", "Ann", paths)


def test_a_push_starts_the_pipelines_that_listen(line):
    filters = {
        "branches": {"includes": ["main", "release/*"]},
        "filePaths": {"includes": ["src/**"], "excludes": ["**/*.md"]},
    }
    settings = {"sourceActionName": "App", "push": [filters]}
    declared = line.declared(
        stage("Release", approve()),
        triggers=[{"providerType": "CodeStarSourceConnection", "gitConfiguration": settings}],
    )
    declared["stages"][0]["actions"] = [connected()]
    line.name = declared["name"]
    line.api.create_pipeline(pipeline=declared)
    started = push()
    assert line.execution(started[0])["trigger"]["triggerType"] == "WebhookV2"
    assert push("release/1")
    for nothing in (
        push("other"),
        push(paths=("docs/a.txt",)),
        push(paths=("src/deep/README.md",)),
        push(provider="CodeCommit"),
        push(repository="team/other"),
    ):
        assert nothing == []


def test_without_triggers_the_branch_decides(line):
    declared = line.declared(stage("Release", approve()))
    declared["stages"][0]["actions"] = [connected()]
    line.name = declared["name"]
    line.api.create_pipeline(pipeline=declared)
    assert push("other") == []
    assert len(push()) == 1


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("main", "main", True),
        ("feature/*", "feature/a/b", False),
        ("feature/**", "feature/a/b", True),
        ("**/*.py", "a.py", True),
        ("*.p?", "a.py", True),
        ("a.b", "axb", False),
    ],
)
def test_patterns_match_as_git_providers_do(pattern, text, matches):
    assert triggers.glob(pattern, text) is matches
