"""Making moves, and reading again what was written until rules and tags agree."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from traffic import listener_rules, target_tags
from traffic.errors import FlipsideError
from traffic.plan import Forward, Plan, repair
from traffic.view import Junction, View, look

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

# Called before each step; it raises when the step must not be begun.
Checkpoint = Callable[[], None]
# Each other flip that is under way can undo one repair before it sees that production has moved on.
ROUNDS = 8


def settle(elbv2: "ElasticLoadBalancingv2Client", junction: Junction, checkpoint: Checkpoint) -> View:
    """Lets the test rule and the tags follow production, and answers with what then is true.

    Whoever writes also reads after its last write, and ends only when that reading agrees. So of several that run at
    once, the one that writes last has seen the state that stays, whatever the others did in between.
    """
    for _ in range(ROUNDS):
        view = look(elbv2, junction)
        plan = repair(view)
        if not plan.moves:
            return view
        checkpoint()
        follow(elbv2, plan)
    raise FlipsideError(
        f"Rules and tags did not come to rest in {ROUNDS} rounds: somebody else keeps changing them. "
        f"Production goes to {view.live}."
    )


def move(elbv2: "ElasticLoadBalancingv2Client", forward: Forward) -> None:
    """Points one rule at its side."""
    listener_rules.point(elbv2, forward.rule, forward.side.target_group)


def follow(elbv2: "ElasticLoadBalancingv2Client", plan: Plan) -> None:
    """Makes the moves that follow production's: the test rule, then the tags side by side."""
    if plan.test:
        move(elbv2, plan.test)
    if not plan.marks:
        return
    with ThreadPoolExecutor(len(plan.marks)) as pool:
        written = [
            pool.submit(target_tags.mark, elbv2, mark.side.target_group, is_production=mark.is_production)
            for mark in plan.marks
        ]
    for one in written:
        one.result()
