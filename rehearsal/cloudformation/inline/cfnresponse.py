"""Answers CloudFormation for a custom resource; names and parameters are those that AWS documents."""

import json
import urllib.request
from typing import Any

SUCCESS = "SUCCESS"
FAILED = "FAILED"


def send(  # the signature is AWS's
    event: dict[str, Any],
    context: Any,
    responseStatus: str,  # noqa: N803  # the name is AWS's
    responseData: dict[str, Any],  # noqa: N803  # the name is AWS's
    physicalResourceId: str | None = None,  # noqa: N803  # the name is AWS's
    noEcho: bool = False,  # noqa: FBT001, FBT002, N803  # the name is AWS's
    reason: str | None = None,
) -> None:
    """Put the answer where the request says."""
    answer = {
        "Status": responseStatus,
        "Reason": reason or f"See the details in CloudWatch Log Stream: {context.log_stream_name}",
        "PhysicalResourceId": physicalResourceId or context.log_stream_name,
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "NoEcho": noEcho,
        "Data": responseData,
    }
    # The address is signed without a content type.
    headers = {"Content-Type": ""}
    asked = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), headers, method="PUT")  # noqa: S310  # CloudFormation names the address
    with urllib.request.urlopen(asked):  # noqa: S310  # as above, CloudFormation's
        pass
