"""What has to move so that a release is live, as a value that says itself in words."""

from collections.abc import Sequence
from typing import NamedTuple

from traffic.errors import Refused
from traffic.gate import Gate, Target
from traffic.sides import Release, Side
from traffic.view import View


class Forward(NamedTuple):
    """Point a rule at a side."""

    name: str
    rule: str
    side: Side

    def __str__(self) -> str:
        return f"the {self.name} rule goes to {self.side.identifier}"


class Mark(NamedTuple):
    """Write a side's `IsProduction` tag."""

    side: Side
    is_production: bool

    def __str__(self) -> str:
        return f"{self.side.identifier} is tagged IsProduction={str(self.is_production).lower()}"


class Plan(NamedTuple):
    """Who is to be live, who idle, and the moves that are missing: production's first, then test's, then the tags."""

    live: Side
    idle: Side
    production: Forward | None
    test: Forward | None
    marks: tuple[Mark, ...]
    evidence: str

    @property
    def moves(self) -> tuple[Forward | Mark, ...]:
        """The moves in the order in which they are made."""
        return tuple(move for move in (self.production, self.test, *self.marks) if move is not None)

    def __str__(self) -> str:
        if self.production:
            head = f"Production moves to {self.live} ({self.evidence}), from {self.idle}"
        else:
            head = f"Production stays on {self.live}"
        return ": ".join((head, "; ".join(str(move) for move in self.moves) or "nothing to do")) + "."


def promotion(view: View, idle_targets: Sequence[Target], wanted: Release, gate: Gate) -> Plan:
    """How the wanted release becomes live, or why it must not."""
    _must_be_known(view)
    if view.live.runs(wanted):
        return repair(view)
    if not view.idle.runs(wanted):
        raise Refused(
            f"{wanted} runs on neither side, so this approval is stale: "
            f"{view.live.release} is live on {view.live.identifier}, and {view.idle}, is idle."
        )
    verdict = gate.judge(idle_targets)
    if not verdict.fit:
        raise Refused(f"{view.idle}, is not fit to serve: {verdict}. Production stays on {view.live}.")
    return _towards(view, view.idle, view.live, evidence=str(verdict))


def repair(view: View) -> Plan:
    """How the test rule and the tags follow production again."""
    return _towards(view, view.live, view.idle, evidence="")


def _towards(view: View, live: Side, idle: Side, evidence: str) -> Plan:
    rules = view.junction
    return Plan(
        live=live,
        idle=idle,
        production=Forward("production", rules.production_rule, live) if live is not view.live else None,
        test=Forward("test", rules.test_rule, idle) if view.test != idle.target_group else None,
        marks=tuple(
            Mark(side, wants) for side, wants in ((live, True), (idle, False)) if side.is_production is not wants
        ),
        evidence=evidence,
    )


def _must_be_known(view: View) -> None:
    for side in (view.live, view.idle):
        if side.release is None:
            raise Refused(
                f"The target group of {side.identifier} carries no Image tag, so nobody can say what it runs: "
                f"{side.target_group}. A deployment of the stack writes it."
            )
