"""Which release each side is to run next."""

import pytest

from traffic.discovery import Discovered
from traffic.errors import Refused
from traffic.listener_rules import Route
from traffic.pins import pin
from traffic.sides import Release, Side

OLD, LIVE, NEW = (Release(f"v{number}", str(number) * 64) for number in (1, 2, 3))


def behind(live: Release | None, idle: Release | None, side: str = "Code2") -> Discovered:
    """A load balancer with a live and an idle side."""
    other = {"Code1": "Code2", "Code2": "Code1"}[side]
    return Discovered(
        load_balancer="greeter",
        live=Side(side, f"arn:{side}", live, is_production=True),
        idle=Side(other, f"arn:{other}", idle, is_production=False),
        production=Route("rule/1", f"arn:{side}"),
        test=Route("rule/10", f"arn:{other}"),
    )


def test_the_first_release_goes_to_both_sides() -> None:
    assert pin(None, NEW).as_parameters() == {
        "Code1": "v3",
        "Code2": "v3",
        "Code1Package": "3" * 64,
        "Code2Package": "3" * 64,
        "Live": "Code1",
    }


def test_a_new_release_goes_to_the_idle_side_and_the_live_one_stays_pinned() -> None:
    assert pin(behind(LIVE, OLD), NEW).as_parameters() == {
        "Code1": "v3",
        "Code2": "v2",
        "Code1Package": "3" * 64,
        "Code2Package": "2" * 64,
        "Live": "Code2",
    }
    assert pin(behind(LIVE, OLD, side="Code1"), NEW) == (LIVE, NEW, "Code1")


def test_new_settings_alone_go_to_the_idle_side_too() -> None:
    changed = LIVE._replace(package="f" * 64)
    assert pin(behind(LIVE, OLD), changed) == (changed, LIVE, "Code2")


def test_what_is_live_already_changes_nothing_and_keeps_the_way_back() -> None:
    assert pin(behind(LIVE, OLD), LIVE) == (OLD, LIVE, "Code2")


@pytest.mark.parametrize("idle", [None, Release("v1")])
def test_an_idle_side_that_nobody_knows_gets_what_is_known(idle: Release | None) -> None:
    assert pin(behind(LIVE, idle), LIVE) == (LIVE, LIVE, "Code2")
    assert pin(behind(LIVE, idle), NEW) == (NEW, LIVE, "Code2")


def test_going_back_changes_nothing_either() -> None:
    assert pin(behind(LIVE, OLD), OLD) == (OLD, LIVE, "Code2")


@pytest.mark.parametrize(("live", "tag"), [(None, "Image"), (Release("v2"), "Package")])
def test_what_production_runs_is_not_guessed(live: Release | None, tag: str) -> None:
    with pytest.raises(Refused, match=f"Code2 is live, but its target group carries no {tag} tag: arn:Code2"):
        pin(behind(live, OLD), NEW)


def test_where_packages_are_not_used_none_is_asked_for() -> None:
    assert pin(None, Release("v3")) == (Release("v3"), Release("v3"), "Code1")
    pins = pin(behind(Release("v2"), Release("v1")), Release("v3"))
    assert pins.as_parameters() == {
        "Code1": "v3",
        "Code2": "v2",
        "Code1Package": "",
        "Code2Package": "",
        "Live": "Code2",
    }
