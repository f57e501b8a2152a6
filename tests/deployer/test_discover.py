"""`python -m deployer discover` against load balancers in memory."""

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.load_balancer import LoadBalancer
from tests.support.releases import CHANGED, NEW, OLD, OTHER, PACKAGE

pytestmark = pytest.mark.usefixtures("built")

EXPORTED = {"LIVE", "LIVE_IMAGE", "CANDIDATE", "CANDIDATE_IMAGE", "PACKAGE", "SUMMARY"}


def build(tag: Any) -> None:
    """Hand over a tag, as the image's build does."""
    Path("build.json").write_text(json.dumps({"tag": tag}))


def package(name: Any) -> None:
    """Name the package."""
    Path("package.json").write_text(json.dumps({"package": name, "app": "greeter"}))


def pins() -> dict[str, str]:
    """Read what is handed over."""
    found: dict[str, str] = json.loads(Path("build.json").read_text())
    return found


def exported() -> dict[str, str]:
    """Source build.env in a shell as the buildspec does, and read what a child of that shell sees."""
    script = "set -a; . ./build.env; set +a; env -0"
    listed = subprocess.run(["sh", "-c", script], env={}, capture_output=True, text=True, check=True).stdout
    everything = dict(line.split("=", 1) for line in listed.split("\0") if line)
    return {name: value for name, value in everything.items() if name in EXPORTED}


@pytest.fixture
def running(aws: None) -> LoadBalancer:
    """Run the old release on Code1, which is live, and another on Code2."""
    balancer = LoadBalancer()
    balancer.tag("Code1", IsProduction="true", Image=OLD, Package=PACKAGE)
    balancer.tag("Code2", IsProduction="false", Image=OTHER, Package=CHANGED)
    return balancer


def test_the_first_run_gives_the_release_to_both_sides(deployer: Any) -> None:
    run = deployer("discover", "--package", "package.json")
    assert (run.code, run.err) == (0, "")
    assert pins() == {"Code1": NEW, "Code2": NEW, "Code1Package": PACKAGE, "Code2Package": PACKAGE, "Live": "Code1"}
    assert exported() == {
        "LIVE": "Code1",
        "LIVE_IMAGE": NEW,
        "CANDIDATE": "Code1",
        "CANDIDATE_IMAGE": NEW,
        "PACKAGE": PACKAGE,
        "SUMMARY": "First release: 222222222222 starts on both sides, Code1 is live. Approving changes nothing.",
    }
    assert "There is no load balancer greeter yet." in run.out


def test_a_release_goes_to_the_idle_side(deployer: Any, running: LoadBalancer) -> None:
    package(CHANGED)
    run = deployer("discover", "--package", "package.json")
    assert (run.code, run.err) == (0, "")
    assert pins() == {"Code1": OLD, "Code2": NEW, "Code1Package": PACKAGE, "Code2Package": CHANGED, "Live": "Code1"}
    assert exported() == {
        "LIVE": "Code1",
        "LIVE_IMAGE": OLD,
        "CANDIDATE": "Code2",
        "CANDIDATE_IMAGE": NEW,
        "PACKAGE": CHANGED,
        "SUMMARY": "Live: 111111111111 on Code1. Approving makes 222222222222 on Code2 live.",
    }
    before = f"Code1, which runs {OLD} (package {'a' * 12}), is live; Code2, which runs {OTHER} (package {'b' * 12})"
    assert run.out.splitlines() == [
        f"greeter: {before}, is not.",
        f"Code1 is to run {OLD} (package aaaaaaaaaaaa).",
        f"Code2 is to run {NEW} (package bbbbbbbbbbbb).",
        "Live: 111111111111 on Code1. Approving makes 222222222222 on Code2 live.",
    ]


def test_the_rules_say_who_is_live_and_not_the_tags(deployer: Any, running: LoadBalancer) -> None:
    running.point("production", running.sides["Code2"])
    running.point("test", running.sides["Code1"])
    assert deployer("discover", "--package", "package.json").code == 0
    assert pins() == {"Code1": NEW, "Code2": OTHER, "Code1Package": PACKAGE, "Code2Package": CHANGED, "Live": "Code2"}
    assert exported()["LIVE"] == "Code2"
    assert exported()["CANDIDATE"] == "Code1"


@pytest.mark.parametrize("side", ["Code1", "Code2"])
def test_when_a_flip_died_half_way_production_wins(deployer: Any, running: LoadBalancer, side: str) -> None:
    for listener in ("production", "test"):
        running.point(listener, running.sides[side])
    assert deployer("discover", "--package", "package.json").code == 0
    assert pins()["Live"] == side
    assert pins()[side] == {"Code1": OLD, "Code2": OTHER}[side]
    assert [name for name, image in pins().items() if image == NEW] == [{"Code1": "Code2", "Code2": "Code1"}[side]]


def test_the_other_side_s_release_can_be_released_again(deployer: Any, running: LoadBalancer) -> None:
    build(OTHER)
    package(CHANGED)
    assert deployer("discover", "--package", "package.json").code == 0
    assert pins() == {"Code1": OLD, "Code2": OTHER, "Code1Package": PACKAGE, "Code2Package": CHANGED, "Live": "Code1"}
    assert exported()["CANDIDATE"] == "Code2"


def test_what_is_live_already_leaves_the_way_back(deployer: Any, running: LoadBalancer) -> None:
    build(OLD)
    assert deployer("discover", "--package", "package.json").code == 0
    assert pins() == {"Code1": OLD, "Code2": OTHER, "Code1Package": PACKAGE, "Code2Package": CHANGED, "Live": "Code1"}
    assert exported() == {
        "LIVE": "Code1",
        "LIVE_IMAGE": OLD,
        "CANDIDATE": "Code1",
        "CANDIDATE_IMAGE": OLD,
        "PACKAGE": PACKAGE,
        "SUMMARY": "111111111111 is already live on Code1. Approving changes nothing.",
    }


def test_other_settings_are_a_release_of_their_own(deployer: Any, running: LoadBalancer) -> None:
    build(OLD)
    package("c" * 64)
    assert deployer("discover", "--package", "package.json").code == 0
    assert pins() == {"Code1": OLD, "Code2": OLD, "Code1Package": PACKAGE, "Code2Package": "c" * 64, "Live": "Code1"}
    assert exported()["SUMMARY"] == (
        "Live: 111111111111 on Code1. Approving makes the same image with other settings "
        "(package cccccccccccc) on Code2 live."
    )


def test_an_image_alone_is_run_with_the_live_package(deployer: Any, running: LoadBalancer) -> None:
    run = deployer("discover")
    assert (run.code, run.err) == (0, "")
    assert pins() == {"Code1": OLD, "Code2": NEW, "Code1Package": PACKAGE, "Code2Package": PACKAGE, "Live": "Code1"}
    assert exported()["PACKAGE"] == PACKAGE


def test_an_image_alone_on_the_first_run_is_pinned_to_no_package(deployer: Any) -> None:
    run = deployer("discover")
    assert run.code == 0
    assert run.err == "No package is named and none is live: the release is pinned to none.\n"
    assert pins() == {"Code1": NEW, "Code2": NEW, "Code1Package": "", "Code2Package": "", "Live": "Code1"}
    assert exported()["PACKAGE"] == ""


@pytest.mark.parametrize(
    ("operation", "status", "code"),
    [
        (operation, status, code)
        for operation in ("LoadBalancers", "Listeners", "Rules", "TargetGroups", "Tags")
        for status, code in ((403, "AccessDenied"), (400, "Throttling"), (503, "ServiceUnavailable"))
    ]
    + [(operation, 400, "LoadBalancerNotFound") for operation in ("Listeners", "TargetGroups", "Tags")],
)
def test_no_other_error_is_taken_for_a_first_run(
    deployer: Any, running: LoadBalancer, answer: Any, operation: str, status: int, code: str
) -> None:
    answer(f"elastic-load-balancing-v2.Describe{operation}", status, code, "this time not")
    run = deployer("discover", "--package", "package.json")
    assert (run.code, run.err) == (1, f"AWS answered {code} to Describe{operation}: this time not\n")
    assert pins() == {"tag": NEW}
    assert not Path("build.env").exists()


def test_an_aws_that_cannot_be_reached_is_a_failure(deployer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    run = deployer("discover", "--package", "package.json")
    assert run.code == 1
    assert run.err.startswith("AWS could not be asked: Could not connect to the endpoint URL")
    assert pins() == {"tag": NEW}


@pytest.fixture
def one_a_page(session: boto3.Session) -> Iterator[set[str]]:
    """Make AWS give one thing a page, and return the operations whose later pages were asked for."""
    turned = set()

    def before(params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context["page"] = int(params["body"].pop("Marker", 0))
        if context["page"]:
            turned.add(model.name)

    def after(parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        listed, page = model.name.removeprefix("Describe"), context["page"]
        everything = parsed[listed]
        parsed[listed] = everything[page : page + 1]
        if page + 1 < len(everything):
            parsed["NextMarker"] = str(page + 1)

    with contextlib.ExitStack() as hooks:
        for operation in ("Listeners", "Rules", "TargetGroups"):
            for moment, hook in (("before", before), ("after", after)):
                event = f"{moment}-call.elastic-load-balancing-v2.Describe{operation}"
                session.events.register(event, hook)
                hooks.callback(session.events.unregister, event, hook)
        yield turned


def test_every_page_is_read(deployer: Any, running: LoadBalancer, one_a_page: set[str]) -> None:
    assert deployer("discover", "--package", "package.json").code == 0
    assert one_a_page == {"DescribeListeners", "DescribeRules", "DescribeTargetGroups"}
    assert pins() == {"Code1": OLD, "Code2": NEW, "Code1Package": PACKAGE, "Code2Package": PACKAGE, "Live": "Code1"}


def test_a_side_that_nobody_is_tagged_as(deployer: Any, running: LoadBalancer) -> None:
    running.untag("Code2", "Identifier")
    run = deployer("discover", "--package", "package.json")
    assert run.code == 1
    assert run.err.startswith("No target group of the load balancer greeter is tagged Identifier=Code2")
    assert pins() == {"tag": NEW}


def test_a_side_that_two_are_tagged_as(deployer: Any, running: LoadBalancer) -> None:
    running.tag("Code1", Identifier="Code2")
    run = deployer("discover", "--package", "package.json")
    assert run.code == 1
    assert all(arn in run.err for arn in running.sides.values())
    assert pins() == {"tag": NEW}


@pytest.mark.parametrize(
    ("tag", "arguments"),
    [("Image", ()), ("Image", ("--package", "package.json")), ("Package", ("--package", "package.json"))],
)
def test_what_production_runs_is_not_guessed(
    deployer: Any, running: LoadBalancer, tag: str, arguments: tuple[str, ...]
) -> None:
    running.untag("Code1", tag)
    run = deployer("discover", *arguments)
    assert run.code == 1
    assert "Code1 is live, but its target group" in run.err
    assert running.sides["Code1"] in run.err
    assert pins() == {"tag": NEW}


def test_an_image_alone_needs_no_package_where_none_is_used(deployer: Any, running: LoadBalancer) -> None:
    for side in running.sides:
        running.untag(side, "Package")
    assert deployer("discover").code == 0
    assert pins() == {"Code1": OLD, "Code2": NEW, "Code1Package": "", "Code2Package": "", "Live": "Code1"}


def test_what_the_idle_side_runs_does_not_matter(deployer: Any, running: LoadBalancer) -> None:
    running.untag("Code2", "Image", "Package")
    assert deployer("discover", "--package", "package.json").code == 0
    assert pins()["Code2"] == NEW


def test_a_rule_to_neither_side(deployer: Any, running: LoadBalancer) -> None:
    running.point("production", running.add_target_group("elsewhere", Team="other"))
    run = deployer("discover", "--package", "package.json")
    assert run.code == 1
    assert "production listener" in run.err
    assert "neither side" in run.err
    assert pins() == {"tag": NEW}


def test_a_listener_that_is_not_there(deployer: Any, running: LoadBalancer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_PORT", "8443")
    running.forget_side_rules()
    run = deployer("discover", "--package", "package.json")
    assert run.code == 1
    assert "no listener on port 8443; its listeners: 80, 8080." in run.err


def test_a_summary_fits_and_is_plain_whatever_the_tags_hold(deployer: Any, running: LoadBalancer) -> None:
    running.tag("Code1", Image="\u00e9t\u00e9 '$(reboot)' " + "x" * 200)
    build("y" * 128)
    assert deployer("discover", "--package", "package.json").code == 0
    summary = exported()["SUMMARY"]
    assert len(summary) <= 300
    assert summary.isascii()
    assert summary.isprintable()
    assert exported()["LIVE_IMAGE"] == pins()["Code1"] == "\u00e9t\u00e9 '$(reboot)' " + "x" * 200
