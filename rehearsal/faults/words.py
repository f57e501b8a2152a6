"""What services say when they are asked too often, and whom they say it of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.iam import objects, scopes
from rehearsal.iam.questions import ACTIONS, PREFIXES
from rehearsal.refusals import Refusal, denied

if TYPE_CHECKING:
    from rehearsal.calls import Call

RATE = "Rate exceeded"
THROTTLED: dict[str, Refusal] = {
    "ec2": Refusal("RequestLimitExceeded", "Request limit exceeded.", 503),
    "lambda": Refusal("TooManyRequestsException", "Rate Exceeded.", 429),
    "s3": Refusal("SlowDown", "Please reduce your request rate.", 503),
    "sns": Refusal("Throttled", RATE, 429),
    "sqs": Refusal("RequestThrottled", "Request is throttled.", 403),
}
# The others that speak XML.
IN_XML = ("autoscaling", "cloudformation", "elasticloadbalancing", "iam", "monitoring", "rds", "route53", "sts")


def throttled(call: Call) -> Refusal:
    """Return what the service says to somebody who asks too often."""
    usual = Refusal("Throttling" if call.service in IN_XML else "ThrottlingException", RATE)
    return THROTTLED.get(call.service, usual)


def forbidden(call: Call, caller: str, account: str) -> Refusal:
    """Return what the service says to somebody who may not do this."""
    action, resource = _asked(call, account)
    return denied(
        f"User: {caller} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


def _asked(call: Call, account: str) -> tuple[str, str]:
    service = PREFIXES.get(call.service, call.service)
    if service == "s3":
        return next(iter(objects.permissions(call.operation, call.parameters)), ("s3:*", "*"))
    action = f"{service}:{ACTIONS.get((service, call.operation), call.operation)}"
    return action, scopes.resources(service, call.operation, call.parameters, call.region, account)[0]
