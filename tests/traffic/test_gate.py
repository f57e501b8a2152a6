"""Whether a side is fit to serve."""

import pytest

from traffic.gate import Gate, Target


def targets(*states: str) -> list[Target]:
    """Targets in these states."""
    return [Target(f"10.0.0.{number}:80", state, "", "") for number, state in enumerate(states)]


@pytest.mark.parametrize(
    ("needed", "states"),
    [
        (1, ["healthy"]),
        (2, ["healthy", "healthy"]),
        (1, ["healthy", "draining"]),
        (1, ["unhealthy.draining", "healthy"]),
    ],
)
def test_a_side_with_enough_healthy_targets_and_no_other_is_fit(needed: int, states: list[str]) -> None:
    verdict = Gate(needed).judge(targets(*states))
    assert verdict.fit
    assert str(verdict) == f"healthy targets: {states.count('healthy')}"


@pytest.mark.parametrize(
    ("needed", "states", "reasons"),
    [
        (1, [], "healthy targets needed: 1, targets found: none is registered"),
        (1, ["draining", "draining"], "healthy targets needed: 1, targets found: 2 draining"),
        (3, ["healthy", "healthy"], "healthy targets needed: 3, targets found: 2 healthy"),
        (1, ["healthy", "initial"], "10.0.0.1:80 is initial"),
        (1, ["unhealthy", "healthy", "unused"], "10.0.0.0:80 is unhealthy; 10.0.0.2:80 is unused"),
        (1, ["healthy", "unavailable"], "10.0.0.1:80 is unavailable"),
        (1, ["healthy", "a state of tomorrow"], "10.0.0.1:80 is a state of tomorrow"),
    ],
)
def test_a_side_is_unfit_for_reasons(needed: int, states: list[str], reasons: str) -> None:
    verdict = Gate(needed).judge(targets(*states))
    assert not verdict.fit
    assert str(verdict) == reasons


def test_a_target_says_why() -> None:
    assert str(Target("10.0.0.1:80", "unhealthy", "Target.Timeout", "Request timed out")) == (
        "10.0.0.1:80 is unhealthy (Target.Timeout: Request timed out)"
    )
