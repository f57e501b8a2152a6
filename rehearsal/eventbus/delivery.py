"""Calling a target until it has taken the event, or until it is plain that it will not."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from rehearsal.eventbus.inputs import body
from rehearsal.eventbus.targets import Call, NotPermittedError, call_target

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.eventbus.event import Event

LOG = logging.getLogger("rehearsal.eventbus")
# AWS tries for a day; whoever rehearses wants to know now.
ATTEMPTS = 4
FIRST_DELAY = 0.1
PASSING = frozenset(
    {"ThrottlingException", "TooManyRequestsException", "InternalError", "ServiceUnavailable", "InternalFailure"}
)


@dataclass(frozen=True)
class Failure:
    """An event that did not reach a target, and why."""

    rule: str
    target: str
    event: str
    detail_type: str
    reason: str


def deliver(cloud: Cloud, rule_arn: str, target: dict[str, Any], event: Event) -> Failure | None:
    """Tell the target of the event; return what stood in the way if it could not be done."""
    wanted = target.get("RetryPolicy", {}).get("MaximumRetryAttempts", ATTEMPTS)
    reason, delay = "", FIRST_DELAY
    for attempt in range(min(wanted, ATTEMPTS) + 1):
        if attempt and cloud.workers.stopping.wait(delay):
            break
        delay *= 2
        problem = _attempt(cloud, rule_arn, target, event)
        if problem is None:
            return None
        reason, may_pass = problem
        if not may_pass:
            break
    return _given_up(cloud, Failure(rule_arn, target["Arn"], event["id"], event["detail-type"], reason), target, event)


def _attempt(cloud: Cloud, rule_arn: str, target: dict[str, Any], event: Event) -> tuple[str, bool] | None:
    """Return nothing on success, else the reason and whether it may pass."""
    try:
        call_target(Call(cloud, rule_arn, target, event, body(target, event, rule_arn)))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"].get("HTTPStatusCode", 400)
        return str(error), code in PASSING or status >= 500
    except BotoCoreError as error:
        return str(error), True
    except (NotPermittedError, ServiceException, HTTPException, ValueError) as error:
        return str(error) or type(error).__name__, False
    return None


def _given_up(cloud: Cloud, failure: Failure, target: dict[str, Any], event: Event) -> Failure:
    LOG.warning("%s did not reach %s: %s", failure.detail_type, failure.target, failure.reason)
    queue = target.get("DeadLetterConfig", {}).get("Arn")
    if queue:
        letter = {"Arn": queue, "SqsParameters": {}}
        try:
            call_target(Call(cloud, failure.rule, letter, event, json.dumps(event)))
        except (ClientError, BotoCoreError, NotPermittedError) as error:
            LOG.warning("%s did not reach the dead-letter queue %s: %s", failure.detail_type, queue, error)
    return failure
