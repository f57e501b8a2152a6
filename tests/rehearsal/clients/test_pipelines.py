"""A pipeline that is fed by `git push` and led by the AWS command line."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.support.local_aws import eventually

NAME = "docs"
ROLE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["codestar-connections:UseConnection"], "Resource": "*"},
    ],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture(scope="module")
def checkout(cloud, run, tmp_path_factory):
    """A clone of a repository that the server keeps."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    status, _, body = cloud.fetch("repositories", {"name": "team/docs"})
    assert status == 200, body
    folder = tmp_path_factory.mktemp("git") / "docs"
    run("git", "clone", "--quiet", json.loads(body)["path"], folder)
    run("git", "checkout", "-q", "-B", "main", folder=folder)
    return folder


@pytest.fixture(scope="module")
def push(run, checkout):
    """Commit a text and push it; returns the commit's id."""

    def commit(text):
        (checkout / "README").write_text(text)
        run("git", "add", "README", folder=checkout)
        run("git", "commit", "--quiet", "-m", text, folder=checkout)
        run("git", "push", "--quiet", "origin", "main", folder=checkout)
        return run("git", "rev-parse", "HEAD", folder=checkout).strip()

    return commit


@pytest.fixture(scope="module")
def pipeline(cloud, push):
    """Source and approval; returns the commit that was there before."""
    first = push("first")
    s3, iam = cloud.client("s3"), cloud.client("iam")
    s3.create_bucket(Bucket="docs-artifacts")
    s3.put_bucket_versioning(Bucket="docs-artifacts", VersioningConfiguration={"Status": "Enabled"})
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName=NAME, PolicyName="all", PolicyDocument=json.dumps(ROLE_POLICY))
    hub = cloud.client("codestar-connections").create_connection(ProviderType="GitHub", ConnectionName="hub")
    cloud.client("codepipeline").create_pipeline(**declaration(role, hub["ConnectionArn"]))
    return first


def declaration(role, connection):
    def action(name, category, provider, configuration, **settings):
        owner = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
        return {"name": name, "actionTypeId": owner, "configuration": configuration, **settings}

    where = {"ConnectionArn": connection, "FullRepositoryId": "team/docs", "BranchName": "main"}
    source = action("Docs", "Source", "CodeStarSourceConnection", where, outputArtifacts=[{"name": "Docs"}])
    approve = action("Read", "Approval", "Manual", {"CustomData": "Is it well written?"})
    stages = [{"name": "Source", "actions": [source]}, {"name": "Review", "actions": [approve]}]
    store = {"type": "S3", "location": "docs-artifacts"}
    return {"pipeline": {"name": NAME, "roleArn": role, "artifactStore": store, "pipelineType": "V2", "stages": stages}}


def review(cloud):
    # Looking again and again is left to what looks quickly.
    stage = cloud.client("codepipeline").get_pipeline_state(name=NAME)["stageStates"][1]
    return stage.get("latestExecution", {}), stage["actionStates"][0].get("latestExecution", {})


@pytest.fixture(scope="module")
def decide(cloud, aws):
    """Answer the approval that waits, and return the execution that it belongs to."""

    def answer(status):
        token = eventually(lambda: review(cloud)[1].get("token"))
        words = ("--pipeline-name", NAME, "--stage-name", "Review", "--action-name", "Read", "--token", token)
        aws("codepipeline", "put-approval-result", *words, "--result", f"summary=read,status={status}")
        ended = {"Approved": "Succeeded", "Rejected": "Failed"}[status]
        eventually(lambda: review(cloud)[0]["status"] == ended)
        return review(cloud)[0]["pipelineExecutionId"]

    return answer


def revision(cloud, execution):
    asked = {"pipelineName": NAME, "pipelineExecutionId": execution}
    found = cloud.client("codepipeline").get_pipeline_execution(**asked)["pipelineExecution"]
    return found["artifactRevisions"][0]["revisionId"]


def test_push_approve_and_go_back(cloud, aws, pipeline, push, decide):
    first = decide("Approved")
    assert revision(cloud, first) == pipeline
    second_commit = push("second")
    second = decide("Approved")
    assert revision(cloud, second) == second_commit
    words = ("--pipeline-name", NAME, "--stage-name", "Review", "--target-pipeline-execution-id", first)
    back = aws("codepipeline", "rollback-stage", *words)["pipelineExecutionId"]
    assert decide("Approved") == back
    assert revision(cloud, back) == pipeline
    started = aws("codepipeline", "start-pipeline-execution", "--name", NAME)["pipelineExecutionId"]
    assert decide("Rejected") == started
    stage = aws("codepipeline", "get-pipeline-state", "--name", NAME)["stageStates"][1]
    assert stage["latestExecution"] == {"pipelineExecutionId": started, "status": "Failed", "type": "STANDARD"}
    listed = cloud.client("codepipeline").list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]
    assert [one["status"] for one in listed] == ["Failed", "Succeeded", "Succeeded", "Succeeded"]


def test_the_artifact_is_what_was_pushed(aws, pipeline, run, tmp_path):
    aws("s3", "cp", "--recursive", f"s3://docs-artifacts/{NAME}", tmp_path / "artifacts")
    archives = [one for one in (tmp_path / "artifacts").rglob("*") if one.is_file()]
    texts = {
        run("python3", "-c", f"import zipfile; print(zipfile.ZipFile({str(one)!r}).read('README').decode())")
        for one in archives
    }
    assert {"first\n", "second\n"} == texts


def test_files_go_there_and_back(aws, tmp_path):
    aws("s3", "mb", "s3://copies")
    # Larger than one part of a multipart upload.
    (tmp_path / "large").write_bytes(bytes(range(256)) * 40_000)
    aws("s3", "cp", tmp_path / "large", "s3://copies/a/large")
    aws("s3", "cp", "s3://copies/a/large", tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "large").read_bytes()
    assert "large" in aws("s3", "ls", "s3://copies/a/")
    aws("s3", "sync", "--delete", tmp_path, "s3://copies/b")
    assert "again" in aws("s3", "ls", "s3://copies/b/")
