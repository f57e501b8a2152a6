"""`python -m deployer image` with ECR in memory and an engine that says what the test tells it to say."""

import base64
import json
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.fake_docker import BUILT, DIGEST, FakeEngine
from tests.support.releases import COMMIT, URI

MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"})

pytestmark = pytest.mark.usefixtures("project")

HandedOver = Callable[[], dict[str, Any] | None]


def put_image(tag: str = COMMIT) -> str:
    """Put an image into the repository, as another run would, and return its digest."""
    put = boto3.client("ecr").put_image(repositoryName="greeter", imageManifest=MANIFEST, imageTag=tag)
    return str(put["image"]["imageId"]["imageDigest"])


def variables(folder: Path) -> dict[str, str]:
    """Read build.env as a shell would."""
    return dict(word.split("=", 1) for word in shlex.split((folder / "build.env").read_text()))


def test_builds_pushes_and_hands_over(deployer: Any, fake: FakeEngine, folder: Path, handed_over: HandedOver) -> None:
    run = deployer("image")
    assert (run.code, run.err) == (0, "")
    assert handed_over() == {"tag": COMMIT}
    assert variables(folder) == {"IMAGE_TAG": COMMIT, "IMAGE_URI": f"{URI}:{COMMIT}", "IMAGE_DIGEST": DIGEST}
    assert sorted(path.name for path in folder.iterdir()) == ["build.env", "build.json"]


def test_tells_the_engine_what_to_build(deployer: Any, fake: FakeEngine) -> None:
    deployer("image")
    path, build, _ = fake.asked[0]
    assert path.endswith("/build")
    assert json.loads(build.pop("labels")) == {
        "org.opencontainers.image.revision": COMMIT,
        "org.opencontainers.image.version": COMMIT,
    }
    expected = {"t": f"{URI}:{COMMIT}", "dockerfile": "Dockerfile", "platform": "linux/amd64", "rm": "True"}
    assert {key: build[key] for key in expected} == expected
    assert build["forcerm"] == "True"
    assert build["pull"] == "False"
    assert "buildargs" not in build


def test_the_password_goes_to_the_registry_and_nowhere_else(deployer: Any, fake: FakeEngine, folder: Path) -> None:
    run = deployer("image")
    path, push, headers = fake.asked[1]
    assert (path.split("/images/")[1], push) == (f"{URI}/push", {"tag": COMMIT})
    login = json.loads(base64.urlsafe_b64decode(headers["X-Registry-Auth"]))
    assert login["username"] == "AWS"
    assert login["password"]
    assert login["password"] not in run.out + run.err
    assert not list(folder.parent.rglob(".docker"))
    written = [path.read_text() for path in folder.parent.rglob("*") if path.is_file()]
    assert not any(login["password"] in text for text in written)


def test_reuses_an_image_that_is_there(deployer: Any, folder: Path, handed_over: HandedOver) -> None:
    digest = put_image()
    run = deployer("image")
    assert run.code == 0
    assert "reused, not rebuilt" in run.out
    assert handed_over() == {"tag": COMMIT}
    assert variables(folder)["IMAGE_DIGEST"] == digest


def test_gives_each_layer_a_line_for_each_state(deployer: Any, fake: FakeEngine) -> None:
    def layer(name: str, status: str, **detail: int) -> dict[str, Any]:
        return {"id": name, "status": status, "progressDetail": detail}

    fake.push[1:1] = [
        *(layer(name, state) for name in ("aaa", "bbb") for state in ("Preparing", "Waiting")),
        *(layer("aaa", "Pushing", current=done, total=25_000_000) for done in range(0, 25_000_000, 50_000)),
        layer("bbb", "Layer already exists"),
        layer("aaa", "Pushed"),
    ]
    lines = deployer("image").out.splitlines()
    pushing = lines.index(f"Pushing {URI}:{COMMIT}.")
    assert lines[pushing + 1 :] == [
        "  The push refers to repository [x]",
        "  aaa: Pushing 25.0 MB",
        "  bbb: Layer already exists",
        "  aaa: Pushed",
        f"{URI}:{COMMIT} is {DIGEST}.",
    ]


def test_a_failed_step_is_named_with_its_last_lines(deployer: Any, fake: FakeEngine, handed_over: HandedOver) -> None:
    message = "The command '/bin/sh -c make' returned a non-zero code: 2"
    fake.build = [
        {"stream": "Step 1/3 : FROM scratch\n"},
        {"stream": " ---> from an earlier step\n"},
        {"stream": "Step 2/3 : RUN make\n"},
        *({"stream": f"line {number}\n"} for number in range(30)),
        {"stream": "10%\r50%\r\x1b[91mcc: no"},
        {"stream": " such file\x1b[0m"},
        {"errorDetail": {"code": 2, "message": message}, "error": message},
    ]
    run = deployer("image")
    assert run.code == 1
    sentence, title, *last = run.err.splitlines()
    assert sentence == f"Building the image failed at step 2/3 : RUN make: {message}"
    assert title == "The step's last lines:"
    assert last == [f"  line {number}" for number in range(11, 30)] + ["  cc: no such file"]
    assert "earlier step" in run.out
    assert handed_over() is None


def test_only_the_failed_step_s_lines_are_shown(deployer: Any, fake: FakeEngine) -> None:
    fake.build = [
        {"stream": "Step 1/2 : FROM scratch\n"},
        {"stream": " ---> from an earlier step\n"},
        {"stream": "Step 2/2 : COPY nothing /\n"},
        {"error": "COPY failed: no such file"},
    ]
    run = deployer("image")
    assert run.err == "Building the image failed at step 2/2 : COPY nothing /: COPY failed: no such file\n"


def test_an_error_after_the_last_step_is_one(deployer: Any, fake: FakeEngine) -> None:
    fake.build.append({"errorDetail": {"message": "the image cannot be named"}})
    run = deployer("image")
    assert run.code == 1
    assert "the image cannot be named" in run.err


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([{"error": "no space left on device"}], id="error"),
        pytest.param([{"errorDetail": {"message": "no space left on device"}}], id="errorDetail"),
    ],
)
def test_an_error_in_either_form_fails(deployer: Any, fake: FakeEngine, events: list[dict[str, Any]]) -> None:
    fake.build = events
    run = deployer("image")
    assert (run.code, run.err) == (1, "Building the image failed: no space left on device\n")
    fake.build, fake.push = BUILT, events
    run = deployer("image")
    assert (run.code, run.err) == (1, "Pushing the image failed: no space left on device\n")


def test_a_failed_push_hands_nothing_over(
    deployer: Any, fake: FakeEngine, folder: Path, handed_over: HandedOver
) -> None:
    (folder / "build.json").write_text('{"tag": "from-before"}')
    fake.push.insert(1, {"errorDetail": {"message": "denied"}, "error": "denied"})
    assert deployer("image").code == 1
    assert handed_over() == {"tag": "from-before"}


def test_a_stream_that_breaks_off_is_a_failure(deployer: Any, fake: FakeEngine, handed_over: HandedOver) -> None:
    fake.breaks_off = True
    run = deployer("image")
    assert run.code == 1
    assert run.err.startswith("The Docker engine stopped answering while building the image: ")
    assert handed_over() is None


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        ({"build": BUILT[:1]}, "Building the image failed at step 1/1 : FROM scratch: the engine stopped"),
        ({"push": [{"status": "The push refers to repository [x]"}]}, "Pushing the image failed: the engine stopped"),
    ],
)
def test_no_error_is_not_yet_success(deployer: Any, fake: FakeEngine, events: dict[str, Any], sentence: str) -> None:
    vars(fake).update(events)
    run = deployer("image")
    assert run.code == 1
    assert run.err.startswith(sentence)


def test_the_winner_of_a_race_is_used(deployer: Any, fake: FakeEngine, folder: Path, handed_over: HandedOver) -> None:
    refusal = f"tag invalid: The image tag '{COMMIT}' already exists in the 'greeter' repository"
    winners: list[str] = []
    fake.before_push = lambda: winners.append(put_image())
    fake.push = [{"errorDetail": {"message": refusal}, "error": refusal}]
    run = deployer("image")
    assert run.code == 0
    assert "Another run had pushed this tag meanwhile" in run.out
    assert handed_over() == {"tag": COMMIT}
    assert variables(folder)["IMAGE_DIGEST"] == winners[0] != DIGEST


def test_a_dockerfile_that_the_engine_refuses(deployer: Any, fake: FakeEngine) -> None:
    fake.refusal = "dockerfile parse error line 1: unknown instruction: FORM"
    run = deployer("image")
    assert run.code == 1
    assert run.err == f"The Docker engine refused while building the image: {fake.refusal}\n"


def test_no_engine_is_said_in_a_sentence(deployer: Any) -> None:
    run = deployer("image")
    assert run.code == 1
    assert run.err.startswith(
        "No Docker engine answers; a CodeBuild project that builds images runs in privileged mode."
    )


def test_a_repository_that_is_not_there_is_a_failure(deployer: Any, fake: FakeEngine, monkeypatch: Any) -> None:
    monkeypatch.setenv("REPOSITORY_URI", URI.replace("greeter", "other"))
    run = deployer("image")
    assert run.code == 1
    assert run.err.startswith("AWS answered RepositoryNotFoundException to DescribeImages: ")
    assert fake.asked == []


def test_what_aws_denies_is_a_failure(deployer: Any, fake: FakeEngine, answer: Any) -> None:
    answer("ecr.DescribeImages", 400, "AccessDeniedException", "not you")
    run = deployer("image")
    assert (run.code, run.err) == (1, "AWS answered AccessDeniedException to DescribeImages: not you\n")
    assert fake.asked == []


def test_missing_credentials_are_said_in_a_sentence(deployer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    boto3.setup_default_session()
    run = deployer("image")
    assert (run.code, run.err) == (1, "AWS could not be asked: Unable to locate credentials\n")


@pytest.mark.parametrize("value", [None, "", "  "])
@pytest.mark.parametrize("name", ["REPOSITORY_URI", "COMMIT", "APP_DIR"])
def test_a_variable_that_is_missing_is_named(
    deployer: Any, fake: FakeEngine, monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    run = deployer("image")
    assert run.code == 2
    assert run.err.startswith(f"The environment variable {name} is missing or empty; it holds the ")


@pytest.mark.parametrize("uri", ["greeter", f"{URI}:latest", f"https://{URI}", "host/UPPER", "host/", "/greeter"])
def test_a_uri_that_is_none(deployer: Any, monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("REPOSITORY_URI", uri)
    run = deployer("image")
    assert run.code == 2
    assert run.err.startswith(f"REPOSITORY_URI is {uri!r}; a repository's URI looks like ")


def test_a_file_that_cannot_be_replaced_is_said(deployer: Any, fake: FakeEngine, folder: Path) -> None:
    (folder / "build.json").mkdir()
    run = deployer("image")
    assert (run.code, run.err) == (1, "build.json cannot be written: Is a directory.\n")
    assert sorted(path.name for path in folder.iterdir()) == ["build.env", "build.json"]


def test_other_programs_may_read_what_is_handed_over(deployer: Any, fake: FakeEngine, folder: Path) -> None:
    deployer("image")
    assert stat.S_IMODE((folder / "build.json").stat().st_mode) & stat.S_IRGRP


def test_tracebacks_only_when_asked_for(deployer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMMIT")
    assert "Traceback" not in deployer("image").err
    assert "Traceback" in deployer("--debug", "image").err
