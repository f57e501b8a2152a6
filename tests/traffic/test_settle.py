"""Rules and tags come to rest, whoever else is at work on them."""

import itertools
from typing import Any

import pytest

from tests.support.sides import OTHER, Sides
from tests.traffic.test_promote import junction
from traffic.errors import FlipsideError
from traffic.promote import Overtaken, Unfinished, promote
from traffic.settle import ROUNDS, settle
from traffic.sides import Release


def restless(sides: Sides, undisturbed: int = 0) -> None:
    """Let somebody else move production to the other side before each look of ours, after the first few."""
    looks = itertools.count()

    def move(**_: Any) -> None:
        if next(looks) >= undisturbed:
            sides.point("production", OTHER[sides.serving("production")])

    sides.elbv2.meta.events.register("before-call.elastic-load-balancing-v2.DescribeRules", move)


@pytest.mark.parametrize("live", ["Code1", "Code2"])
@pytest.mark.parametrize("test", ["Code1", "Code2"])
@pytest.mark.parametrize("tags", [("true", "true"), ("false", "true"), ("", "false")])
def test_everything_follows_production(sides: Sides, live: str, test: str, tags: tuple[str, str]) -> None:
    sides.point("production", live)
    sides.point("test", test)
    for side, tag in zip(("Code1", "Code2"), tags, strict=True):
        sides.tag(side, IsProduction=tag)
    view = settle(sides.elbv2, junction(sides), lambda: None)
    assert (view.live.identifier, view.idle.identifier) == (live, OTHER[live])
    assert (sides.serving("production"), sides.disagreements()) == (live, [])


def test_a_flip_that_is_overtaken_says_so_and_leaves_what_agrees(sides: Sides) -> None:
    sides.elbv2.meta.events.register(
        "after-call.elastic-load-balancing-v2.AddTags", lambda **_: sides.point("production", "Code1")
    )
    with pytest.raises(Overtaken, match="v2 was promoted, but somebody else moved production after that: it goes to"):
        promote(sides.elbv2, junction(sides), Release("v2"))
    assert (sides.serving("production"), sides.disagreements()) == ("Code1", [])


def test_somebody_who_never_stops_is_not_waited_for_forever(sides: Sides) -> None:
    restless(sides)
    with pytest.raises(FlipsideError, match=f"did not come to rest in {ROUNDS} rounds"):
        settle(sides.elbv2, junction(sides), lambda: None)


def test_a_flip_that_finds_no_rest_says_that_production_has_moved(sides: Sides) -> None:
    restless(sides, undisturbed=1)
    with pytest.raises(Unfinished, match=r"Production has moved to Code2.*did not come to rest"):
        promote(sides.elbv2, junction(sides), Release("v2"))
