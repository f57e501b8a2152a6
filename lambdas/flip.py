"""The flip: makes the approved release live, and answers CodePipeline exactly once."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from botocore.session import Session

from lambdas import codepipeline_job, flip_parameters
from lambdas.clients import make_codepipeline, make_elbv2, nothing_collected
from lambdas.failure import failure_of
from lambdas.invocation import in_time, request_of
from lambdas.log import say
from traffic.promote import Outcome, promote

if TYPE_CHECKING:
    from lambdas.codepipeline_job import Job
    from lambdas.invocation import Context

with nothing_collected():
    SESSION = Session()
    ELBV2 = make_elbv2(SESSION)
    CODEPIPELINE = make_codepipeline(SESSION)


def handler(event: object, context: Context) -> None:
    """Lambda's entry point; it raises only when there is nobody to answer, or no way to."""
    job = codepipeline_job.read(event)
    request = request_of(context, job.id)
    try:
        outcome = _flip(job, context, request)
    except Exception as error:  # noqa: BLE001 - whatever it was, an unanswered job would block the stage for 20 minutes
        _answer_failure(job, request, error)
    else:
        _answer_success(job, request, outcome)


def _flip(job: Job, context: Context, request: str) -> Outcome:
    asked = flip_parameters.parse(job.user_parameters)
    say("flip asked", job=job.id, execution=asked.execution, wanted=str(asked.wanted), request=request)
    return promote(ELBV2, asked.junction, asked.wanted, gate=asked.gate, checkpoint=in_time(context))


def _answer_success(job: Job, request: str, outcome: Outcome) -> None:
    variables = {
        "LiveImage": outcome.live.release.image if outcome.live.release else "",
        "PreviousImage": outcome.idle.release.image if outcome.idle.release else "",
        "LiveIdentifier": outcome.live.identifier,
        "Moved": "true" if outcome.moved else "false",
    }
    verb = "Production has moved to" if outcome.moved else "Production was already on"
    summary = f"{verb} {outcome.live}; {outcome.idle}, is idle."
    codepipeline_job.succeed(CODEPIPELINE, job, request, summary, variables)
    say("flip done", job=job.id, **variables)


def _answer_failure(job: Job, request: str, error: Exception) -> None:
    failure = failure_of(error)
    try:
        codepipeline_job.fail(CODEPIPELINE, job, request, failure)
    finally:
        trace = [] if failure.expected else traceback.format_exception(error)
        say("flip failed", job=job.id, type=failure.kind, reason=failure.message, traceback="".join(trace))
