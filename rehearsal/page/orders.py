"""What a person orders on the page; each order is one call of the service's own API."""

from __future__ import annotations

import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ParamValidationError
from werkzeug.exceptions import BadRequest, Conflict, Forbidden

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Request

    from rehearsal.cloud import Cloud

HEADER = "X-Rehearsal-Token"
ANSWERS = ("Approved", "Rejected")


class Orders:
    """Carries out orders that come from the page itself."""

    def __init__(self, cloud: Cloud, done: Callable[[], None]) -> None:
        """Carry them out in this cloud, and say when one is done."""
        self._cloud = cloud
        self._done = done
        self.token = secrets.token_urlsafe(32)

    def approval(self, request: Request) -> dict[str, Any]:
        """Approve or reject what the person saw: the approval's own token is among what the page sends."""
        given = self._given(request, "pipeline", "stage", "action", "token", "status")
        if given["status"] not in ANSWERS:
            raise BadRequest(f"'status' is {' or '.join(ANSWERS)}.")
        return self._call(
            "put_approval_result",
            pipelineName=given["pipeline"],
            stageName=given["stage"],
            actionName=given["action"],
            token=given["token"],
            result={"status": given["status"], "summary": given.get("comment", "")},
        )

    def retry(self, request: Request) -> dict[str, Any]:
        """Try the failed actions of a stage again."""
        given = self._given(request, "pipeline", "stage", "execution")
        return self._call(
            "retry_stage_execution",
            pipelineName=given["pipeline"],
            stageName=given["stage"],
            pipelineExecutionId=given["execution"],
            retryMode="FAILED_ACTIONS",
        )

    def rollback(self, request: Request) -> dict[str, Any]:
        """Run a stage with what an earlier execution brought to it."""
        given = self._given(request, "pipeline", "stage", "execution")
        return self._call(
            "rollback_stage",
            pipelineName=given["pipeline"],
            stageName=given["stage"],
            targetPipelineExecutionId=given["execution"],
        )

    def _given(self, request: Request, *names: str) -> dict[str, str]:
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), self.token.encode()):
            raise Forbidden("This order does not come from the page as it is now: reload it.")
        if request.mimetype != "application/json":
            raise BadRequest("Send JSON, with Content-Type: application/json.")
        try:
            given = json.loads(request.get_data())
        except ValueError as error:
            raise BadRequest(f"This is no JSON: {error}.") from error
        if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
            raise BadRequest("Send a JSON object of texts.")
        if missing := [name for name in names if not given.get(name)]:
            raise BadRequest(f"'{missing[0]}' is missing.")
        return given

    def _call(self, operation: str, **members: Any) -> dict[str, Any]:
        try:
            answer = getattr(self._cloud.client("codepipeline"), operation)(**members)
        except ClientError as error:
            # The person reads it: what AWS says, without the name of its error.
            raise Conflict(error.response["Error"]["Message"]) from error
        except ParamValidationError as error:
            raise BadRequest(str(error)) from error
        self._done()
        return {name: value for name, value in answer.items() if isinstance(value, str)}
