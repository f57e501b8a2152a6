"""The scheduler's decisions, on any state of affairs that there may be."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.ecs.plan import Plan, ServiceView, TaskView, plan, tolerated_failures

KINDS = st.sampled_from(["starting", "running", "fit", "stopping"])
PERCENTAGES = st.sampled_from([(100, 200), (50, 100), (0, 200), (50, 150), (100, 150), (0, 100)])


def task(number, deployment, kind):
    return TaskView(f"t{number}", deployment, kind in ("running", "fit"), kind == "fit", kind == "stopping")


@st.composite
def views(draw):
    deployments = ("new", "old", "older")[: draw(st.integers(1, 3))]
    kinds = draw(st.lists(st.tuples(st.sampled_from(deployments), KINDS), max_size=12))
    low, high = draw(PERCENTAGES)
    return ServiceView(
        desired=draw(st.integers(0, 6)),
        deployments=deployments,
        tasks=tuple(task(number, *each) for number, each in enumerate(kinds)),
        state=draw(st.sampled_from(["IN_PROGRESS", "COMPLETED", "FAILED"])),
        failed=draw(st.integers(0, 5)),
        minimum_percent=low,
        maximum_percent=high,
        tolerated=draw(st.none() | st.just(3)),
        may_start=draw(st.booleans()),
        draining=draw(st.booleans()),
    )


def live(view):
    return [each for each in view.tasks if not each.stopping]


@given(views())
@settings(max_examples=200, deadline=None)
def test_what_is_decided_keeps_to_the_rules(view):
    moves = plan(view)
    standing = live(view)
    by_id = {each.id: each for each in view.tasks}
    stopped = [by_id[each] for each in moves.stop]
    assert len(set(moves.stop)) == len(moves.stop)
    assert not any(each.stopping for each in stopped)
    # Never more than the maximum, as far as it is in the scheduler's hands.
    assert moves.start == 0 or len(standing) + moves.start <= view.upper
    assert view.may_start or not moves.start
    # A deployment that still has tasks is not forgotten.
    assert not {each.deployment for each in view.tasks} & set(moves.retire)
    if not view.draining:
        assert view.deployments[0] not in moves.retire
        left = sum(each.fit for each in standing) - sum(each.fit for each in stopped if each.deployment != "new")
        given_up = any(each.fit and each.deployment != "new" for each in stopped)
        assert not given_up or left >= view.lower
        newer = [each for each in standing if each.deployment == "new"]
        assert sum(each.deployment == "new" for each in stopped) <= max(0, len(newer) - view.desired)
    if moves.completes:
        assert view.state == "IN_PROGRESS"
        assert [each.deployment for each in view.tasks if each.deployment != "new"] == []
        assert sum(each.fit for each in standing) == view.desired


@given(views())
@settings(max_examples=200, deadline=None)
def test_a_service_that_is_deleted_only_loses_tasks(view):
    moves = plan(replace(view, draining=True))
    assert set(moves.stop) == {each.id for each in live(view)}
    assert moves.start == 0
    assert (len(moves.retire) == len(view.deployments)) == (not view.tasks)


@given(views())
@settings(max_examples=150, deadline=None)
def test_everything_comes_to_rest(view):
    """Tasks start and stop as they are told, and the service gets where it is to be."""
    view = replace(view, draining=False, state="IN_PROGRESS", tolerated=None, may_start=True)
    room = view.upper > view.lower
    for turn in range(100):
        moves = plan(view)
        if moves.completes:
            break
        kept = [each for each in view.tasks if not each.stopping and each.id not in moves.stop]
        grown = [replace(each, running=True, fit=True) for each in kept]
        started = [TaskView(f"n{turn}-{number}", "new") for number in range(moves.start)]
        left = tuple(each for each in view.deployments if each not in moves.retire)
        view = replace(view, tasks=tuple(grown + started), deployments=left)
        if moves.is_stuck:
            assert not room
            return
    assert moves.completes
    assert [each.deployment for each in live(view)] == ["new"] * view.desired


def test_a_rolling_update_with_the_usual_percentages():
    old = (task(1, "old", "fit"), task(2, "old", "fit"))
    view = ServiceView(2, ("new", "old"), old)
    assert plan(view) == Plan(start=2)
    new = (task(3, "new", "fit"), task(4, "new", "running"))
    assert plan(replace(view, tasks=old + new)) == Plan(stop=("t1",))
    new = (task(3, "new", "fit"), task(4, "new", "fit"))
    assert plan(replace(view, tasks=old + new)) == Plan(stop=("t1", "t2"))
    draining = (task(1, "old", "stopping"), task(2, "old", "stopping"))
    assert plan(replace(view, tasks=draining + new)) == Plan()
    assert plan(replace(view, tasks=new)) == Plan(retire=("old",), completes=True, is_steady=True)


def test_without_room_for_more_an_old_task_goes_first():
    old = (task(1, "old", "fit"), task(2, "old", "fit"))
    view = ServiceView(2, ("new", "old"), old, minimum_percent=50, maximum_percent=100)
    assert plan(view) == Plan(stop=("t1",))
    assert plan(replace(view, tasks=old[1:])) == Plan(start=1)


def test_percentages_that_leave_no_way():
    view = ServiceView(1, ("new", "old"), (task(1, "old", "fit"),), minimum_percent=100, maximum_percent=100)
    assert plan(view) == Plan(is_stuck=True)


def test_the_circuit_breaks_after_half_of_the_tasks_have_failed():
    assert [tolerated_failures(desired) for desired in (0, 1, 6, 7, 20, 400, 1000)] == [3, 3, 3, 4, 10, 200, 200]
    view = ServiceView(1, ("new",), failed=3, tolerated=3)
    assert plan(view) == Plan(breaks=True)
    assert plan(replace(view, failed=2)).start == 1
    # One that has come to its end well is kept up, whatever happens later.
    assert plan(replace(view, state="COMPLETED", failed=9)).start == 1
    assert plan(replace(view, state="FAILED")) == Plan()
