"""Dockerfiles: what each instruction does, the same on both engines.

Long because every instruction of a Dockerfile has its cases.
"""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import docker
import pytest

from tests.support.docker_engine import output_of

from .conftest import Site, archive

if TYPE_CHECKING:
    from pathlib import Path

PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


LISTING = "cd x && /bin/busybox find . ! -type d -exec /bin/busybox sh -c 'echo $0=$(/bin/busybox cat $0)' {} ';'"


def files_of(site: Site, dockerfile: str, files: dict[str, Any]) -> list[str]:
    """Build an image that has a shell, and return its files below /x with their contents, as a container sees them."""
    image = site.image(dockerfile, files)
    shell = ["/bin/busybox", "sh", "-c", LISTING]
    return sorted(output_of(site.client, image.tags[0], shell, working_dir="/").decode().split())


def said(lines: list[dict[str, Any]]) -> str:
    return "".join(line.get("stream", "") for line in lines)


def test_the_output_is_the_classic_builders(site: Site) -> None:
    _, answer = site.build('FROM scratch\n# why\nENV A=1 \\\n  B=2\nCMD ["x"]\n')
    assert answer.headers["Content-Type"] == "application/json"
    text = said(answer.lines)
    assert text.startswith("Step 1/3 : FROM scratch\n ---> \nStep 2/3 : ENV A=1   B=2\n --->")
    assert 'Step 3/3 : CMD ["x"]\n' in text
    *_, aux, built, tagged = answer.lines
    assert aux["aux"]["ID"].startswith("sha256:")
    assert built["stream"] == f"Successfully built {aux['aux']['ID'][7:19]}\n"
    assert tagged["stream"].startswith("Successfully tagged rehearsal-tests-")


EVERYTHING = r"""
ARG BASE=scratch
ARG SHARED=from-the-top
FROM ${BASE}
ARG SHARED
ARG GIVEN=default
ARG KEPT=default
ENV S=$SHARED G=${GIVEN} K=${KEPT} EMPTY= ESCAPED=\$G
ENV D=${NONE:-fallback} P=${G:+present} N=${NONE:+absent} Q="a b" R='$G'
ENV LEGACY one two  three
LABEL one=1 "two words"="b c" \
      three=$G
EXPOSE 8080 9000-9001/tcp 53/udp
USER nobody:nogroup
STOPSIGNAL SIGINT
VOLUME /data
WORKDIR /srv
WORKDIR app
HEALTHCHECK --interval=2s --timeout=1m30s --start-period=500ms --retries=2 CMD check it
ENTRYPOINT ["/entry", "a b"]
CMD serve --now
"""


def test_every_instruction_lands_in_the_configuration(site: Site) -> None:
    image = site.image(EVERYTHING, buildargs=json.dumps({"GIVEN": "given", "UNUSED": "x"}).replace(" ", ""))
    config = image.attrs["Config"]
    assert config["Env"] == [
        PATH,
        "S=from-the-top",
        "G=given",
        "K=default",
        "EMPTY=",
        "ESCAPED=$G",
        "D=fallback",
        "P=present",
        "N=",
        "Q=a b",
        "R=$G",
        "LEGACY=one two  three",
    ]
    assert config["Labels"] == {"one": "1", "two words": "b c", "three": "given"}
    assert set(config["ExposedPorts"]) == {"8080/tcp", "9000/tcp", "9001/tcp", "53/udp"}
    assert (config["User"], config["StopSignal"], config["Volumes"]) == ("nobody:nogroup", "SIGINT", {"/data": {}})
    assert config["WorkingDir"] == "/srv/app"
    assert config["Healthcheck"] == {
        "Test": ["CMD-SHELL", "check it"],
        "Interval": 2_000_000_000,
        "Timeout": 90_000_000_000,
        "StartPeriod": 500_000_000,
        "Retries": 2,
    }
    assert config["Entrypoint"] == ["/entry", "a b"]
    assert config["Cmd"] == ["/bin/sh", "-c", "serve --now"]


def test_an_argument_that_no_instruction_wants_is_a_warning(site: Site) -> None:
    _, answer = site.build("FROM scratch\nENV A=1\n", buildargs='{"UNUSED":"x"}')
    assert "[Warning] One or more build-args [UNUSED] were not consumed" in said(answer.lines)


def test_an_entrypoint_of_its_own_drops_the_bases_command(site: Site) -> None:
    base = site.image('FROM scratch\nCMD ["base"]\n')
    assert site.image(f'FROM {base.tags[0]}\nENTRYPOINT ["own"]\n').attrs["Config"]["Cmd"] is None
    kept = site.image(f'FROM {base.tags[0]}\nCMD ["mine"]\nENTRYPOINT ["own"]\n')
    assert kept.attrs["Config"]["Cmd"] == ["mine"]


def test_a_base_image_is_built_upon(site: Site) -> None:
    base = site.image("FROM scratch\nENV A=1\nCOPY f /f\n", {"f": "1"})
    image = site.image(f"FROM {base.tags[0]}\nENV B=2\nCOPY f /g\n", {"f": "2"})
    assert image.attrs["Config"]["Env"] == [PATH, "A=1", "B=2"]
    layers = image.attrs["RootFS"]["Layers"]
    assert layers[:1] == base.attrs["RootFS"]["Layers"]
    assert len(layers) == 2


COPIES = {
    "a.txt": "A",
    "b.txt": "B",
    "c.md": "C",
    "dir/one": "1",
    "dir/deep/two": "2",
    "dir/link": "->one",
    "lnk": "->a.txt",
    "sp ace": "S",
    "links/real/keep": "K",
    "links/there": "->real",
}


CASES: list[tuple[str, dict[str, str]]] = [
    ("COPY a.txt /x/N/", {"a.txt": "A"}),
    ("COPY a.txt /x/N/renamed", {"renamed": "A"}),
    ("COPY /a.txt ./b.txt /x/N/", {"a.txt": "A", "b.txt": "B"}),
    ("COPY *.txt /x/N/", {"a.txt": "A", "b.txt": "B"}),
    ("COPY ?.[mt]* /x/N/", {"a.txt": "A", "b.txt": "B", "c.md": "C"}),
    ("COPY d*/on? /x/N/", {"one": "1"}),
    ("COPY dir /x/N/", {"deep/two": "2", "link": "1", "one": "1"}),
    ("COPY dir/ /x/N/sub", {"sub/deep/two": "2", "sub/link": "1", "sub/one": "1"}),
    ("COPY lnk /x/N/", {"lnk": "A"}),
    ('COPY ["sp ace", "/x/N/s"]', {"s": "S"}),
    ("WORKDIR /x/N\nCOPY a.txt .", {"a.txt": "A"}),
    ("WORKDIR /x/N\nCOPY a.txt sub/", {"sub/a.txt": "A"}),
    ("COPY dir /x/N/\nCOPY a.txt /x/N/deep", {"deep/a.txt": "A", "deep/two": "2", "link": "1", "one": "1"}),
    ("COPY a.txt /x/N/f\nCOPY b.txt /x/N/f", {"f": "B"}),
    ("ARG F=b\nCOPY ${F}.txt /x/N/", {"b.txt": "B"}),
    ("COPY --chown=1:1 a.txt /x/N/", {"a.txt": "A"}),
    ("ADD packed.tgz /x/N/", {"in/side": "I"}),
    ("ADD a.txt /x/N/", {"a.txt": "A"}),
    # Where a link in the image leads is where the file goes.
    ("COPY links /x/N/\nCOPY b.txt /x/N/there/f", {"real/f": "B", "real/keep": "K", "there": ""}),
]


def test_copies(site: Site, busybox: Path) -> None:
    packed = gzip.compress(archive({"in/side": "I"}))
    steps = [instructions.replace("/N", f"/{number}") for number, (instructions, _) in enumerate(CASES)]
    dockerfile = "\n".join([f"FROM {site.shell(busybox)}", *steps])
    found = files_of(site, dockerfile, {**COPIES, "packed.tgz": packed})
    for number, (instructions, expected) in enumerate(CASES):
        wanted = sorted(f"./{number}/{name}={content}" for name, content in expected.items())
        assert [line for line in found if line.startswith(f"./{number}/")] == wanted, instructions


def test_stages_are_copied_from(site: Site, busybox: Path) -> None:
    dockerfile = (
        "FROM scratch AS first\nCOPY a.txt /d/\nFROM scratch AS second\nCOPY --from=first /d/a.txt /d/b\n"
        f"FROM {site.shell(busybox)}\nCOPY --from=0 /d /x/zero\nCOPY --from=second /d/b /x/"
    )
    assert files_of(site, dockerfile, COPIES) == ["./b=A", "./zero/a.txt=A"]


def test_a_build_can_stop_at_a_stage(site: Site) -> None:
    dockerfile = "FROM scratch AS one\nENV A=1\nFROM one AS two\nENV B=2\nFROM two\nENV C=3\n"
    assert site.image(dockerfile, target="two").attrs["Config"]["Env"] == [PATH, "A=1", "B=2"]
    _, answer = site.build(dockerfile, target="nine")
    assert "failed to reach build target nine in Dockerfile" in str(answer.body)


def test_another_dockerfile_and_labels_may_be_named(site: Site) -> None:
    files = {"x/Other": "FROM scratch\nENV A=1\n"}
    image = site.image(
        "FROM nowhere", files, dockerfile="x/Other", labels=json.dumps({"a": "b"}, separators=(",", ":"))
    )
    assert image.attrs["Config"]["Env"] == [PATH, "A=1"]
    assert image.attrs["Config"]["Labels"] == {"a": "b"}


def test_the_same_again_is_the_same_image(site: Site) -> None:
    dockerfile, files = "FROM scratch\nCOPY f /f\nENV A=1\n", {"f": "content"}
    first = site.image(dockerfile, files)
    again, answer = site.build(dockerfile, files)
    assert "Using cache" in said(answer.lines)
    assert site.client.images.get(again).id == first.id
    assert site.image(dockerfile, {"f": "other"}).id != first.id
    assert site.image(dockerfile, files, nocache="1").id != first.id


def test_a_quiet_build_says_the_id_alone(site: Site) -> None:
    name, answer = site.build("FROM scratch\nENV A=1\n", q="1")
    assert answer.lines[0] == {"stream": f"{site.client.images.get(name).id}\n"}


TOO_FEW = "COPY requires at least two arguments, but only one was provided. Destination could not be determined"


@pytest.mark.parametrize(
    ("dockerfile", "message"),
    [
        ("FOO x", "dockerfile parse error line 1: unknown instruction: FOO"),
        ("FROM", "dockerfile parse error line 1: FROM requires either one or three arguments"),
        ("FROM scratch\n\n# x\nWORKDIR", "dockerfile parse error line 4: WORKDIR requires exactly one argument"),
        ("FROM scratch\nCOPY --foo app /q", "dockerfile parse error line 2: Unknown flag: foo"),
        ("FROM scratch\nCOPY app", f"dockerfile parse error line 2: {TOO_FEW}"),
        ("FROM scratch\nENV a", "failed to parse Dockerfile: ENV must have two arguments"),
        ("\n# nothing\n", "failed to parse Dockerfile: file with no instructions"),
        ("COPY a b\nFROM scratch", "no build stage in current context"),
    ],
)
def test_what_is_no_dockerfile_is_refused(site: Site, dockerfile: str, message: str) -> None:
    _, answer = site.build(dockerfile, {"app": "x"})
    assert (answer.status, answer.message) == (400, message)


NOT_FOUND = "COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist"


@pytest.mark.parametrize(
    ("rest", "message"),
    [
        ("COPY nope /x", NOT_FOUND),
        ("COPY ../a /x", "COPY failed: forbidden path outside the build context: ../a ()"),
        (
            "COPY a b /x",
            "When using COPY with more than one source file, the destination must be a directory and end with a /",
        ),
        ("COPY zz* /x/", "COPY failed: no source files were specified"),
        ("EXPOSE foo", "Invalid containerPort: foo"),
        ("STOPSIGNAL FOO", "Invalid signal: FOO"),
        ("ENV A=${b:?msg}", 'failed to process "${b:?msg}": b: msg'),
        ("", "No image was generated. Is your Dockerfile empty?"),
    ],
)
def test_what_goes_wrong_in_a_step_is_the_last_thing_said(site: Site, rest: str, message: str) -> None:
    name, answer = site.build(f"FROM scratch\n{rest}\n", {"a": "1", "b": "2"})
    assert answer.status == 200
    assert answer.lines[-1] == {"errorDetail": {"message": message}, "error": message}
    with pytest.raises(docker.errors.ImageNotFound):
        site.client.images.get(name)


def test_a_context_that_is_no_archive_is_refused(site: Site) -> None:
    answer = site.call("POST", "/v1.41/build", b"nonsense" * 100, Content_Type="application/x-tar")
    assert answer.status == 500
    assert "tar" in answer.message


def test_a_packed_context_is_unpacked(site: Site) -> None:
    context = gzip.compress(archive({"Dockerfile": "FROM scratch\nCOPY f /f\n", "f": "x"}))
    answer = site.call("POST", f"/v1.41/build?t={site.name()}", context, Content_Type="application/x-tar")
    assert "Successfully tagged" in answer.lines[-1]["stream"]


def test_the_sdk_builds_from_a_folder(site: Site, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /x/\n")
    (tmp_path / ".dockerignore").write_text("*.log\n")
    (tmp_path / "big.log").write_bytes(b"x" * 300_000)
    (tmp_path / "same").write_text("once")
    (tmp_path / "again").hardlink_to(tmp_path / "same")
    image, lines = site.client.images.build(path=str(tmp_path), tag=site.name(), rm=True)
    assert image.attrs["Size"] < 100_000
    assert any("Successfully built" in line.get("stream", "") for line in lines)


# What only the embedded engine refuses, because it isolates nothing.


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("RUN pip install flask", "RUN executes a program inside the image, which this engine cannot isolate"),
        ("RUN <<EOF\necho hi\nEOF", "RUN executes a program"),
        ("ONBUILD COPY a b", "ONBUILD instructions are kept for other builds"),
        ('SHELL ["bash"]', "SHELL sets the shell of RUN"),
        ("COPY <<EOF /x\nhi\nEOF", "COPY with a here-document needs BuildKit"),
        ("ADD https://example.com/x /x", "the embedded engine adds files of the build context only"),
    ],
)
def test_what_needs_docker_is_said_to_need_it(embedded: Site, line: str, reason: str) -> None:
    _, answer = embedded.build(f"FROM scratch\nENV A=1\n{line}\n", {"a": "1"})
    told = answer.message if answer.status != 200 else answer.lines[-1]["error"]
    assert reason in told
    if line.startswith("RUN"):
        assert "Dockerfile line 3: RUN" in told
        assert "start a Docker engine to build this image" in told
        assert "Step" not in str(answer.body)


@pytest.mark.parametrize("base", ["python:3.12-slim", "ghcr.io/team/app:1"])
def test_a_base_image_from_elsewhere_is_a_sentence(embedded: Site, base: str) -> None:
    _, answer = embedded.build(f"FROM {base}\n")
    assert "reaches only registries on this machine" in answer.lines[-1]["error"]
    assert "start a Docker engine to use its images, or build FROM scratch" in answer.lines[-1]["error"]


@pytest.mark.parametrize("option", ["version=2", "remote=http://x/y.git", "squash=1"])
def test_builds_of_another_kind_are_refused(embedded: Site, option: str) -> None:
    key, value = option.split("=")
    _, answer = embedded.build("FROM scratch\nENV A=1\n", **{key: value})
    assert answer.status == 501
    assert "the embedded engine cannot do this" in answer.message


def test_a_file_mode_may_be_given(embedded: Site, busybox: Path) -> None:
    image = embedded.image("FROM scratch\nCOPY --chmod=750 busybox /bin/b\n", {"busybox": busybox})
    output = embedded.client.containers.run(image.tags[0], ["stat", "-c", "%a", "/bin/b"], remove=True)
    assert output == b"750\n"
