"""Making a release live: look, decide, move, settle."""

from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from traffic.aws_errors import explain
from traffic.errors import FlipsideError
from traffic.gate import Gate
from traffic.plan import Plan, promotion
from traffic.settle import Checkpoint, follow, move, settle
from traffic.sides import Release, Side
from traffic.view import Junction, look_closely

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client


SERVING = Gate()


class Unfinished(FlipsideError):
    """Production has moved, but the test rule or the tags have not all followed; doing it again finishes it."""


class Overtaken(FlipsideError):
    """Somebody else moved production after we did."""


class Outcome(NamedTuple):
    """What is true now, and whether it was this promotion that moved production."""

    live: Side
    idle: Side
    moved: bool


def _always() -> None:
    """The checkpoint of a caller that has all the time in the world."""


def plan_promotion(
    elbv2: "ElasticLoadBalancingv2Client", junction: Junction, wanted: Release, gate: Gate = SERVING
) -> Plan:
    """What `promote` would do now; changes nothing."""
    view, idle_targets = look_closely(elbv2, junction)
    return promotion(view, idle_targets, wanted, gate)


def promote(
    elbv2: "ElasticLoadBalancingv2Client",
    junction: Junction,
    wanted: Release,
    *,
    gate: Gate = SERVING,
    checkpoint: Checkpoint = _always,
) -> Outcome:
    """Makes the side that runs the wanted release live; `checkpoint` runs before each step and may raise."""
    checkpoint()
    plan = plan_promotion(elbv2, junction, wanted, gate)
    if not plan.moves:
        return Outcome(plan.live, plan.idle, moved=False)
    checkpoint()
    if not plan.production:
        return _finish(elbv2, junction, wanted, plan, checkpoint)
    move(elbv2, plan.production)
    try:
        return _finish(elbv2, junction, wanted, plan, checkpoint)
    except Overtaken:
        raise
    except (ClientError, BotoCoreError, FlipsideError) as error:
        raise Unfinished(
            f"Production has moved to {plan.live}, but the rest is unfinished: {explain(error)} "
            "Retrying finishes it and moves nothing twice."
        ) from error


def _finish(
    elbv2: "ElasticLoadBalancingv2Client",
    junction: Junction,
    wanted: Release,
    plan: Plan,
    checkpoint: Checkpoint,
) -> Outcome:
    checkpoint()
    follow(elbv2, plan)
    checkpoint()
    view = settle(elbv2, junction, checkpoint)
    if not view.live.runs(wanted):
        raise Overtaken(
            f"{wanted} was promoted, but somebody else moved production after that: it goes to {view.live} now. "
            "Rules and tags agree with that."
        )
    return Outcome(view.live, view.idle, moved=plan.production is not None)
