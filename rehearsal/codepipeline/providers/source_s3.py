"""Source action: an object of a bucket that keeps versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline.records import Outcome, Revision
from rehearsal.codepipeline.task import ActionError

if TYPE_CHECKING:
    from rehearsal.codepipeline.task import Task


def perform(task: Task) -> Outcome:
    """Copy the object, or the version that the execution was started with, into the artifact bucket."""
    bucket, key = task.configuration["S3Bucket"], task.configuration["S3ObjectKey"]
    s3 = task.client("s3")
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        text = f"The S3 bucket '{bucket}' does not keep versions. Enable versioning for it."
        raise ActionError("ConfigurationError", text)
    found = _object(s3, bucket, key, task.run.override)
    for artifact in task.run.outputs:
        task.keep(artifact, found["Body"].read())
    version = found.get("VersionId", "")
    variables = {"BucketName": bucket, "ObjectKey": key, "VersionId": version, "ETag": found["ETag"].strip('"')}
    summary = f"Amazon S3 version id: {version}"
    url = f"https://console.aws.amazon.com/s3/object/{bucket}?prefix={key}&versionId={version}"
    revision = Revision(task.run.action.name, version, summary, url, variables["ETag"], found["LastModified"])
    return Outcome(variables=variables, summary=summary, external_id=version, url=url, revision=revision)


def _object(s3: Any, bucket: str, key: str, version: str) -> Any:
    try:
        return s3.get_object(Bucket=bucket, Key=key, **({"VersionId": version} if version else {}))
    except s3.exceptions.ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        text = f"The object with key '{key}' does not exist in the bucket '{bucket}'."
        raise ActionError("ConfigurationError", text) from error
