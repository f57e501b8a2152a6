from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from rehearsal.codepipeline.records import Outcome
from rehearsal.sources.repositories import RepositoryError
from tests.rehearsal.codepipeline.conftest import build, connected, stage, zipped


class Repositories:
    """Plays the git server."""

    def head(self, name, branch):
        if branch != "main":
            raise RepositoryError(f"no branch {branch}")
        date = datetime(2024, 1, 1, tzinfo=UTC)
        return SimpleNamespace(id="c" * 40, message="A change", author="Ann", date=date)

    def archive(self, name, commit):
        return zipped({"commit.txt": commit})


def denying(denied):
    return lambda role, act, resource, context: f"not authorized to perform: {act}" if act == denied else None


@pytest.mark.parametrize("action", ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"])
def test_what_the_documentation_asks_of_a_role_is_asked_here_too(line, cloud, action):
    cloud.driver.repositories = Repositories()
    declared = line.declared(stage("Build", build()))
    declared["stages"][0]["actions"] = [connected()]
    line.name = declared["name"]
    cloud.driver.gate = denying(action)
    line.api.create_pipeline(pipeline=declared)
    line.ended(line.executions()[0]["pipelineExecutionId"], "Failed")
    cloud.driver.gate = None
    assert line.action("Source", "App")["errorDetails"] == {
        "code": "PermissionError",
        "message": f"not authorized to perform: {action}",
    }


def test_a_commit_behind_a_connection_becomes_the_source(line, cloud, fakes):
    cloud.driver.repositories = Repositories()
    declared = line.declared(stage("Build", build()))
    declared["stages"][0]["actions"] = [connected()]
    line.name = declared["name"]
    line.api.create_pipeline(pipeline=declared)
    fakes.end_with("Image", Outcome())
    line.ended(line.executions()[0]["pipelineExecutionId"])
    revision = line.executions()[0]["sourceRevisions"][0]
    assert (revision["actionName"], revision["revisionId"]) == ("App", "c" * 40)
    assert line.run("App")["output"]["outputVariables"]["CommitMessage"] == "A change"
    wanted = [{"actionName": "App", "revisionType": "COMMIT_ID", "revisionValue": "d" * 40}]
    second = line.start(sourceRevisions=wanted)
    fakes.end_with("Image", Outcome())
    line.ended(second)
    assert line.execution(second)["artifactRevisions"][0]["revisionId"] == "d" * 40
    cloud.driver.gate = denying("codestar-connections:UseConnection")
    line.ended(line.start(), "Failed")
    cloud.driver.gate = None
    error = line.action("Source", "App")["errorDetails"]
    assert error["code"] == "PermissionError"
    assert "codestar-connections:UseConnection" in error["message"]


def test_a_source_that_is_not_there_fails_with_its_name(line, cloud):
    declared = line.declared(stage("Build", build()))
    declared["stages"][0]["actions"][0]["configuration"]["S3ObjectKey"] = "none.zip"
    line.name = declared["name"]
    line.api.create_pipeline(pipeline=declared)
    line.ended(line.executions()[0]["pipelineExecutionId"], "Failed")
    assert "none.zip" in line.action("Source", "App")["errorDetails"]["message"]


def test_a_branch_that_is_not_there_fails_with_its_name(line, cloud):
    declared = line.declared(stage("Build", build()))
    declared["stages"][0]["actions"] = [connected("other")]
    line.name = declared["name"]
    line.api.create_pipeline(pipeline=declared)
    line.ended(line.executions()[0]["pipelineExecutionId"], "Failed")
    assert "other" in line.action("Source", "App")["errorDetails"]["message"]
