"""What was claimed of production's answers, held against what was counted."""

import pytest

from pipeline.rehearse.board import Board, Release
from pipeline.rehearse.story import Claim, approved, coming
from pipeline.rehearse.verdicts import judge


def seen(answers, first, last):
    return {"answers": answers, "first_answer": first, "last_request": last}


def period(name, versions, *, requests=10, failed=0, failures=()):
    return {"name": name, "requests": requests, "failed": failed, "versions": versions, "failures": list(failures)}


def judged(claims, *periods):
    board = Board(releases=[Release("v2", "v2: green")])
    requests, failed = (sum(each[key] for each in periods) for key in ("requests", "failed"))
    judge(board, claims, {"production": {"requests": requests, "failed": failed, "periods": list(periods)}})
    return board


ALONE = Claim("v1 alone", coming("v2"), ("v1",))
MOVE = Claim("v1, then v2", approved("v2"), ("v1", "v2"))


@pytest.mark.parametrize(
    ("claim", "versions", "held"),
    [
        (ALONE, {"v1": seen(9, 1.0, 5.0)}, True),
        (ALONE, {"v1": seen(9, 1.0, 5.0), "v2": seen(1, 4.0, 4.0)}, False),
        (ALONE, {"v2": seen(9, 1.0, 5.0)}, False),
        (ALONE, {}, False),
        (MOVE, {"v1": seen(5, 1.0, 2.9), "v2": seen(5, 3.0, 5.0)}, True),
        (MOVE, {"v2": seen(5, 3.0, 5.0)}, True),
        (MOVE, {"v1": seen(5, 1.0, 3.1), "v2": seen(5, 3.0, 5.0)}, False),
        (MOVE, {"v1": seen(5, 1.0, 2.0)}, False),
        (MOVE, {"v1": seen(5, 1.0, 2.9), "v2": seen(5, 3.0, 5.0), "v3": seen(1, 4.0, 4.0)}, False),
    ],
)
def test_a_claim_holds_only_if_nothing_else_was_answered(claim, versions, held):
    first = judged([claim], period(claim.period, versions)).expectations[0]

    assert (first.sentence, first.held) == (claim.sentence, held)
    assert first.evidence


def test_a_period_that_never_came_proves_nothing():
    assert not judged([ALONE]).expectations[0].held


def test_one_failed_request_of_many_is_one_too_many():
    board = judged([], period(coming("v2"), {}), period("else", {}, failed=1, failures=["/api: status 502"]))

    assert (board.expectations[-1].held, board.expectations[-1].evidence) == (False, "/api: status 502")
    assert not board.ok()
    assert (board.releases[0].requests, board.releases[0].failed) == (10, 0)


def test_no_request_at_all_is_no_success():
    assert not judged([]).expectations[-1].held
