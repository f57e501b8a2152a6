"""The settler: CloudFormation has touched the stack, and test rule and tags follow production again."""

from functools import partial

import pytest
from botocore.exceptions import ClientError

from tests.support.container import Container, Context, Log
from tests.support.pipeline_jobs import Jobs
from tests.support.sides import Sides, recorded
from tests.support.turnstile import InTurn, Turnstile
from tests.support.wire import Fault, Kill, Killed, Refuse, exactly

WRITES = ("ModifyRule", "AddTags")


@pytest.fixture(scope="module")
def started_settler(shared_sides: Sides) -> Container:
    """Start the settler cold, once."""
    return Container("lambdas.settle", shared_sides.names)


@pytest.fixture
def settler(started_settler: Container, sides: Sides, no_sleep: None, monkeypatch: pytest.MonkeyPatch) -> Container:
    """Have a warm settler that knows the load balancer's name."""
    for name, value in sides.environment.items():
        monkeypatch.setenv(name, value)
    started_settler.wire.expect(Fault())
    return started_settler


def roll_back_to_the_first_values(sides: Sides) -> None:
    """Flip to Code2, then fail a deployment: its rollback writes the tags that the stack knew before."""
    sides.point("production", "Code2")
    sides.point("test", "Code1")
    sides.tag("Code1", IsProduction="true")
    sides.tag("Code2", IsProduction="false")


@pytest.mark.parametrize("event", ["stack_update_rollback_complete", "stack_update_complete"])
def test_tags_follow_production_after_an_update(settler: Container, sides: Sides, event: str) -> None:
    roll_back_to_the_first_values(sides)
    settler.invoke(recorded(event))
    assert (sides.serving("production"), sides.disagreements()) == ("Code2", [])


def test_a_test_rule_left_behind_by_a_dead_flip_goes_to_the_idle_side(settler: Container, sides: Sides) -> None:
    sides.point("test", "Code1")
    settler.invoke(recorded("stack_update_complete"))
    assert (sides.serving("production"), sides.disagreements()) == ("Code1", [])


def test_where_all_agrees_nothing_is_written(settler: Container, sides: Sides) -> None:
    settler.invoke(recorded("stack_update_complete"))
    assert not [call for call in settler.wire.calls if call.operation in WRITES]


@pytest.mark.parametrize("event", ["stack_update_in_progress", "stack_delete_complete"])
def test_nothing_is_asked_while_the_stack_moves_or_when_it_is_gone(settler: Container, event: str) -> None:
    settler.invoke(recorded(event))
    assert settler.wire.calls == []


def test_without_a_load_balancer_there_is_nothing_to_settle(
    settler: Container, monkeypatch: pytest.MonkeyPatch, log: Log
) -> None:
    monkeypatch.setenv("LOAD_BALANCER", "another")
    settler.invoke(recorded("stack_update_complete"))
    assert [line["message"] for line in log()] == ["nothing to settle: no load balancer"]


@pytest.mark.parametrize("settled", range(12))
def test_it_gives_way_to_a_flip_that_is_under_way(
    settler: Container, flip: Container, sides: Sides, jobs: Jobs, settled: int
) -> None:
    """The settler is held up after some of its calls, and what it has seen by then is soon no longer so."""
    for flipped in (5, 7, 9, 11):
        sides.reset()
        sides.tag("Code1", IsProduction="false")
        sides.tag("Code2", IsProduction="true")
        turnstile, job = Turnstile(), jobs.open()
        event = sides.job(job, "v2")
        settler.wire.expect(InTurn(turnstile, "settler"))
        flip.wire.expect(InTurn(turnstile, "flip"))
        functions = {
            "settler": partial(settler.invoke, recorded("stack_update_complete")),
            "flip": partial(flip.invoke, event),
        }
        turnstile.run(functions, ["settler"] * settled + ["flip"] * flipped)
        assert jobs.succeeded(job), flipped
        assert (sides.image("production"), sides.disagreements()) == ("v2", []), flipped


def test_it_dies_at_any_call_and_lambda_s_retry_settles(settler: Container, sides: Sides) -> None:
    roll_back_to_the_first_values(sides)
    sides.point("test", "Code2")
    settler.invoke(recorded("stack_update_complete"))
    calls = list(settler.wire.calls)
    assert [call.operation for call in calls].count("AddTags") == 2
    for call in calls:
        for moment in ("before", "after"):
            roll_back_to_the_first_values(sides)
            sides.point("test", "Code2")
            settler.wire.expect(Kill(moment, exactly(call)))
            with pytest.raises(Killed):
                settler.invoke(recorded("stack_update_rollback_complete"))
            settler.wire.expect(Fault())
            settler.invoke(recorded("stack_update_rollback_complete"))
            assert (sides.serving("production"), sides.disagreements()) == ("Code2", []), (moment, call)


@pytest.mark.parametrize("operation", ["DescribeLoadBalancers", "DescribeTags", "AddTags"])
def test_an_error_is_raised_so_that_lambda_tries_again(settler: Container, sides: Sides, operation: str) -> None:
    roll_back_to_the_first_values(sides)
    settler.wire.expect(Refuse(403, "AccessDenied", lambda call: call.operation == operation, times=9))
    with pytest.raises(ClientError, match="AccessDenied"):
        settler.invoke(recorded("stack_update_complete"))


def test_it_writes_nothing_when_its_time_has_run_out(settler: Container, sides: Sides) -> None:
    roll_back_to_the_first_values(sides)
    with pytest.raises(Exception, match="Only 5 s are left until the function's timeout"):
        settler.invoke(recorded("stack_update_complete"), Context(5))
    assert not [call for call in settler.wire.calls if call.operation in WRITES]


@pytest.mark.parametrize("missing", ["LOAD_BALANCER", "PRODUCTION_PORT", "TEST_PORT"])
def test_an_environment_that_lacks_something_is_named(
    settler: Container, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.delenv(missing)
    with pytest.raises(Exception, match=f"environment lacks {missing}"):
        settler.invoke(recorded("stack_update_complete"))


@pytest.mark.parametrize("event", [{}, None, recorded("flip_job"), {"detail": {"stack-id": "x"}}])
def test_an_event_of_another_kind_is_refused(settler: Container, event: object) -> None:
    with pytest.raises(Exception, match="The event is no 'CloudFormation Stack Status Change'"):
        settler.invoke(event)
