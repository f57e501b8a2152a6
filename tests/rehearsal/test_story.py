"""The whole trip, as a user sees it: one command, and what it leaves behind is nothing."""

import json

import pytest

from tests.support.rehearsals import OUTCOMES, Rehearsals

EXPECTED = (
    "The first release is live, on both sides",
    "The test port shows v2 before anybody approves it",
    "Production has not moved before the approval",
    "The approval moved production to v2's image",
    "v3, which is broken, ended before anybody was asked",
    "v3 left production as it was",
    "Approving v1 again made it live again",
    "While v4 waits for its approval, v5 waits in front of the stage",
    "v5 was deployed beside v4, and production stayed with v4",
    "Rejecting v5 left production with v4",
    "No call was denied for want of a permission",
    "Both stacks are gone, and nothing listens any more",
)
ANSWERED = (
    "While v2 came, production answered v1 alone",
    "From the first answer of v2 on, nobody got v1",
    "Once v2 was live, production answered v2 alone",
    "While v3 came and failed, production answered v2 alone",
    "From the first answer of v1 again on, nobody got v2",
    "Once v4 was live, production answered v4 alone",
    "v5 never reached production without an approval",
)


@pytest.fixture(scope="module")
def told():
    with Rehearsals() as rehearsals:
        run = rehearsals.run("--yes", "--json", "--engine", "embedded")
        yield run, json.loads(run.stdout or "{}")
        assert rehearsals.left() == []


def test_everything_holds(told):
    run, result = told
    failed = [each for each in result["expectations"] if not each["ok"]]

    assert not failed, (failed, run.stderr)
    assert result["ok"]
    assert run.returncode == 0, run.stderr


def test_what_must_hold_is_looked_at(told):
    sentences = [each["sentence"] for each in told[1]["expectations"]]

    assert set(EXPECTED + ANSWERED) <= set(sentences)


def test_every_release_ends_as_it_should(told):
    assert {each["name"]: each["outcome"] for each in told[1]["releases"]} == OUTCOMES


def test_nobody_was_turned_away(told):
    result = told[1]

    assert result["failed"] == 0
    assert result["requests"] > 500
    assert sum(each["requests"] for each in result["releases"]) <= result["requests"]


def test_the_figures_are_told(told):
    result = told[1]
    second = next(each for each in result["releases"] if each["name"] == "v2")

    assert 0 < second["commit_to_testable"] <= second["commit_to_approval"]
    assert 0 < second["approval_to_live"] < 5
    assert {"boot", "launch", "story", "teardown", "total", "rollback"} <= set(result["timings"])


def test_the_person_reads_the_same(told):
    said = told[0].stderr

    assert all(f"OK     {sentence}" in said for sentence in EXPECTED[:10])
    assert "git push: v3: broken on purpose" in said
    assert "0 failed;" in said
