"""Whatever the graph, and whichever resource fails: afterwards the world is the one before."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.cloudformation.graph import ordered
from tests.rehearsal.cloudformation.samples import thing

NAMES = [f"R{number}" for number in range(7)]
numbers = itertools.count()


@st.composite
def templates(draw):
    """Return resources that depend on earlier ones only, by DependsOn or by value."""
    chosen = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    order = sorted(chosen, key=lambda name: draw(st.integers(0, 99)))
    resources = {}
    for position, name in enumerate(order):
        before = order[:position]
        after = draw(st.lists(st.sampled_from(before), unique=True, max_size=3)) if before else []
        linked = draw(st.sampled_from(before)) if before and draw(st.booleans()) else None
        value = {"Ref": linked} if linked else draw(st.sampled_from(["1", "2", "3"]))
        resources[name] = thing(Value=value, Fixed=draw(st.sampled_from(["x", "y"])), after=after)
    return resources


@given(templates(), templates(), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_failed_update_changes_nothing(play, cfn, stage, name, before, after, data):
    stack = f"{name}-{next(numbers)}"
    cfn.create_stack(StackName=stack, TemplateBody=play.template(before))
    assert play.settled(stack)["StackStatus"] == "CREATE_COMPLETE"
    world = {key: dict(value) for key, value in stage.world.items()}
    resources = cfn.describe_stack_resources(StackName=stack)["StackResources"]
    ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources}
    victim = data.draw(st.sampled_from(sorted(after)))
    after[victim]["Properties"]["Fail"] = data.draw(st.sampled_from(["yes", "refused"]))
    if after[victim]["Properties"]["Fail"] == "refused" and victim not in before:
        after[victim]["Properties"]["Fail"] = "yes"
    cfn.update_stack(StackName=stack, TemplateBody=play.template(after))
    outcome = play.settled(stack)["StackStatus"]
    if outcome == "UPDATE_COMPLETE":
        # A refusal concerns updates in place; a replacement went through.
        assert after[victim]["Properties"]["Fail"] == "refused"
        return
    assert outcome == "UPDATE_ROLLBACK_COMPLETE"
    assert stage.world == world
    resources = cfn.describe_stack_resources(StackName=stack)["StackResources"]
    assert {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources} == ids
    cfn.delete_stack(StackName=stack)
    assert play.settled(stack)["StackStatus"] == "DELETE_COMPLETE"
    assert not any(key.startswith(f"{stack}-") for key in stage.world)


@given(templates())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_made_before_what_it_needs(play, cfn, stage, name, resources):
    stage.log.clear()
    stack = f"{name}-{next(numbers)}"
    cfn.create_stack(StackName=stack, TemplateBody=play.template(resources))
    play.settled(stack)
    made = [logical for _, logical in stage.log]
    for logical, body in resources.items():
        needs = [*body.get("DependsOn", [])]
        value = body["Properties"]["Value"]
        needs += [value["Ref"]] if isinstance(value, dict) else []
        assert all(made.index(need) < made.index(logical) for need in needs)


@given(st.dictionaries(st.sampled_from(NAMES), st.frozensets(st.sampled_from(NAMES)), min_size=1))
def test_order(graph):
    graph = {node: frozenset(other for other in after & graph.keys() if other < node) for node, after in graph.items()}
    order = ordered(graph)
    assert sorted(order) == sorted(graph)
    assert all(order.index(other) < order.index(node) for node, after in graph.items() for other in after)
