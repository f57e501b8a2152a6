"""What actions do: a file for each provider. Each works with the role of its action, over the API that anybody uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codepipeline.providers import (
    approval_manual,
    build_codebuild,
    deploy_cloudformation,
    invoke_lambda,
    source_codecommit,
    source_connection,
    source_s3,
)

if TYPE_CHECKING:
    from rehearsal.codepipeline.task import Provider

ALL: dict[str, Provider] = {
    "CodeCommit": source_codecommit.perform,
    "CodeStarSourceConnection": source_connection.perform,
    "S3": source_s3.perform,
    "CodeBuild": build_codebuild.perform,
    "CloudFormation": deploy_cloudformation.perform,
    "Manual": approval_manual.perform,
    "Lambda": invoke_lambda.perform,
}
# Minutes. A function has this long for each of its answers, so its provider sees to that itself.
TIMEOUTS: dict[str, float] = {"Manual": 7 * 24 * 60, "CodeBuild": 8 * 60, "CloudFormation": 3 * 24 * 60, "S3": 60}
