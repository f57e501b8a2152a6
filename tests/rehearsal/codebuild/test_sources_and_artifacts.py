import io
import json
import subprocess
import zipfile

import pytest

from rehearsal.sources.repositories import Repositories
from tests.rehearsal.codebuild.conftest import context, phases, spec, zipped

OUT = {"files": ["**/*"], "base-directory": "out"}


def put(cloud, bucket, key, **files):
    return cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=zipped(**files))


def names(cloud, bucket, key):
    body = cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_pipeline_gives_zips_and_takes_zips(builds, cloud, bucket):
    text = spec(
        'mkdir -p out/deep; cat one.txt "$CODEBUILD_SRC_DIR_Second/two.txt" > out/deep/both.txt; echo x > more.json',
        'echo "$CODEBUILD_RESOLVED_SOURCE_VERSION $CODEBUILD_INITIATOR"',
        artifacts={**OUT, "secondary-artifacts": {"More": {"files": "more.json"}}},
    )
    put(cloud, bucket, "pipe/first", one__txt="1", buildspec__yml=text)
    put(cloud, bucket, "pipe/second", two__txt="2")
    pipeline = {"type": "CODEPIPELINE"}
    build = builds.run(
        source=pipeline,
        artifacts=pipeline,
        overrides={
            "sourceLocationOverride": f"arn:aws:s3:::{bucket}/pipe/first",
            "sourceVersion": "c0ffee",
            "secondarySourcesOverride": [
                {"type": "CODEPIPELINE", "location": f"{bucket}/pipe/second", "sourceIdentifier": "Second"}
            ],
            "artifactsOverride": {"type": "CODEPIPELINE", "location": f"{bucket}/pipe/Out/abc"},
            "secondaryArtifactsOverride": [
                {"type": "CODEPIPELINE", "location": f"{bucket}/pipe/More/abc", "artifactIdentifier": "More"}
            ],
            "environmentVariablesOverride": [{"name": "CODEBUILD_INITIATOR", "value": "codepipeline/pipe"}],
        },
    )
    assert build["buildStatus"] == "SUCCEEDED"
    assert names(cloud, bucket, "pipe/Out/abc") == {"deep/both.txt": "12"}
    assert names(cloud, bucket, "pipe/More/abc") == {"more.json": "x\n"}
    assert build["artifacts"]["location"] == f"arn:aws:s3:::{bucket}/pipe/Out/abc"
    assert build["initiator"] == "codepipeline/pipe"
    assert build["resolvedSourceVersion"] == "c0ffee"
    assert builds.said(build) == ["c0ffee codepipeline/pipe"]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"packaging": "ZIP"}, "project"),
        ({"packaging": "ZIP", "path": "a/b", "name": "c.zip"}, "a/b/c.zip"),
        ({"packaging": "ZIP", "namespaceType": "BUILD_ID", "name": "c.zip"}, "build/c.zip"),
        ({"packaging": "ZIP", "overrideArtifactName": True}, "named.zip"),
        ({"path": "plain", "name": "/"}, "plain/f"),
    ],
)
def test_where_artifacts_go(builds, cloud, bucket, settings, key):
    text = spec("mkdir out", "echo 1 > out/f", artifacts={**OUT, "name": "named.zip"})
    build = builds.run(text, artifacts={"type": "S3", "location": bucket, **settings})
    key = key.replace("project", build["projectName"]).replace("build", build["id"].split(":")[1])
    assert cloud.client("s3").head_object(Bucket=bucket, Key=key)
    assert build["artifacts"]["location"].startswith(f"arn:aws:s3:::{bucket}/")


def test_files_can_be_chosen(builds, cloud, bucket):
    made = "mkdir -p a/b; touch a/x.py a/b/y.py a/b/z.txt .hidden"
    chosen = {"files": ["a/**/*.py", ".hidden"], "exclude-paths": ["a/x.py"], "discard-paths": "yes"}
    settings = {"type": "S3", "location": bucket, "packaging": "ZIP", "name": "chosen.zip"}
    builds.run(spec(made, artifacts=chosen), artifacts=settings)
    assert set(names(cloud, bucket, "chosen.zip")) == {"y.py", ".hidden"}


def test_artifacts_that_are_not_there_fail_the_build(builds, bucket):
    build = builds.run(spec("true", artifacts={"files": "none.txt"}), artifacts={"type": "S3", "location": bucket})
    assert build["buildStatus"] == "FAILED"
    assert context(build, "UPLOAD_ARTIFACTS")["message"] == "no matching artifact paths found: none.txt"


def test_a_source_that_is_not_there_fails_the_build(builds, bucket):
    build = builds.run(source={"type": "S3", "location": f"{bucket}/nothing.zip"})
    assert phases(build)["DOWNLOAD_SOURCE"] == "FAILED"
    assert "NoSuchKey" in context(build, "DOWNLOAD_SOURCE")["message"]


def test_a_source_from_s3_with_its_buildspec(builds, cloud, bucket):
    put(cloud, bucket, "source.zip", other__yml=spec("cat word.txt"), word__txt="hello")
    build = builds.run(source={"type": "S3", "location": f"{bucket}/source.zip", "buildspec": "other.yml"})
    assert builds.said(build) == ["hello"]


def test_a_key_of_ones_own_is_used(builds, cloud, bucket):
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    settings = {"type": "S3", "location": bucket, "packaging": "ZIP", "name": "sealed.zip"}
    builds.run(spec("echo 1 > f", artifacts={"files": "f"}), artifacts=settings, encryptionKey=key)
    assert cloud.client("s3").head_object(Bucket=bucket, Key="sealed.zip")["SSEKMSKeyId"] == key
    build = builds.run(source={"type": "S3", "location": f"{bucket}/sealed.zip", "buildspec": spec("cat f")})
    assert builds.said(build) == ["1"]


def test_a_repository_is_cloned(builds, cloud, tmp_path):
    path = Repositories(cloud.state).create("org/app")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
    (tmp_path / "buildspec.yml").write_text(
        json.dumps({"version": 0.2, "phases": {"build": {"commands": ["git log --format=%s"]}}})
    )
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "."],
        ["commit", "-qm", "first"],
        ["push", "-q", str(path), "main"],
    ):
        subprocess.run([*git, *command], check=True)
    build = builds.run(source={"type": "GITHUB", "location": "https://github.com/org/app.git"})
    assert builds.said(build) == ["first"]
    assert len(build["resolvedSourceVersion"]) == 40
    build = builds.run(source={"type": "GITHUB", "location": "https://github.com/org/nothing.git"})
    assert "There is no repository org/nothing" in context(build, "DOWNLOAD_SOURCE")["message"]
