"""The settler: after CloudFormation has touched the stack, test rule and tags follow production again.

A rolled-back update restores what the stack last knew, and that is the `IsProduction` tags of an earlier release. It
mends the test rule as well as the tags: a flip that died between its two rules and was never retried leaves both on
one side, and then the address at which the next release is tried would show the version that is live already.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from botocore.session import Session

from lambdas import stack_event
from lambdas.clients import make_elbv2, nothing_collected
from lambdas.invocation import in_time
from lambdas.log import say
from traffic.discovery import discover
from traffic.errors import FlipsideError
from traffic.settle import settle

if TYPE_CHECKING:
    from lambdas.invocation import Context

with nothing_collected():
    ELBV2 = make_elbv2(Session())
VARIABLES = ("LOAD_BALANCER", "PRODUCTION_PORT", "TEST_PORT")


def handler(event: object, context: Context) -> None:
    """Lambda's entry point; it raises when it could not settle, and Lambda then tries it again."""
    change = stack_event.read(event)
    if not change.at_rest:
        say("nothing to settle yet", stack=change.stack, status=change.status)
        return
    load_balancer, production_port, test_port = _environment()
    discovered = discover(ELBV2, load_balancer, int(production_port), int(test_port))
    if discovered is None:
        say("nothing to settle: no load balancer", stack=change.stack, load_balancer=load_balancer)
        return
    view = settle(ELBV2, discovered.junction, in_time(context))
    say("settled", stack=change.stack, status=change.status, live=view.live.identifier, idle=view.idle.identifier)


def _environment() -> list[str]:
    if missing := [name for name in VARIABLES if not os.environ.get(name)]:
        raise FlipsideError(f"The function's environment lacks {', '.join(missing)}; it needs {', '.join(VARIABLES)}.")
    return [os.environ[name] for name in VARIABLES]
