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
HOUR = 60.0
# Minutes that an action has for all of it; how long a function has for each of its answers, its provider sees to.
TIMEOUTS: dict[str, float] = {
    **dict.fromkeys(ALL, HOUR),
    "Manual": 7 * 24 * HOUR,
    "CodeBuild": 8 * HOUR,
    "CloudFormation": 3 * 24 * HOUR,
    "Lambda": 24 * HOUR,
}
