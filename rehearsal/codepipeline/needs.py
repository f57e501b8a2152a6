"""What AWS's documentation says that the role of an action needs, besides the calls that are made here.

The services look at more than their results show: CodePipeline makes sure whose bucket it is and whether it keeps
versions. A role that lacks such a permission fails on AWS, so it fails here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codepipeline.sources import permitted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.codepipeline.task import Task

OF_BUCKET = ("s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning")
OF_SOURCE_BUCKET = (*OF_BUCKET, "s3:ListBucket")
OF_ARTIFACT = ("s3:GetObject", "s3:GetObjectVersion")
OF_SOURCE_OBJECT = (*OF_ARTIFACT, "s3:GetObjectTagging", "s3:GetObjectVersionTagging")
OF_STACK = ("cloudformation:DescribeStackResources", "cloudformation:GetTemplate")


def require(task: Task) -> None:
    """Fail if the role of an action lacks what its provider is documented to need."""
    for actions, resource in _needs(task):
        for action in actions:
            permitted(task, action, resource, {})


def _needs(task: Task) -> Iterator[tuple[tuple[str, ...], str]]:
    provider, configuration = task.run.action.provider, task.configuration
    if task.run.inputs or task.run.outputs:
        yield OF_BUCKET, f"arn:aws:s3:::{task.execution.pipeline.bucket}"
    for artifact in task.run.inputs:
        yield OF_ARTIFACT, f"arn:aws:s3:::{artifact.bucket}/{artifact.key}"
    if provider == "S3" and task.run.action.category == "Source":
        bucket = f"arn:aws:s3:::{configuration['S3Bucket']}"
        yield OF_SOURCE_BUCKET, bucket
        yield OF_SOURCE_OBJECT, f"{bucket}/{configuration['S3ObjectKey']}"
    if provider == "CloudFormation":
        name = configuration["StackName"]
        yield OF_STACK, f"arn:aws:cloudformation:{task.region}:{task.cloud.account}:stack/{name}/*"
