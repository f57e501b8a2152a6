"""What AWS's documentation says that the role of a build needs to fetch from a bucket, besides the calls made here.

CodeBuild makes sure whose bucket it is. A role that lacks such a permission fails on AWS, so it fails here too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codebuild.errors import BuildError

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.codebuild.build import Build

OF_BUCKET = ("s3:GetBucketAcl", "s3:GetBucketLocation")
OF_OBJECT = ("s3:GetObjectVersion",)


def require(cloud: Cloud, build: Build, bucket: str, key: str) -> None:
    """Fail if the role of a build lacks one of them."""
    asked = {f"arn:aws:s3:::{bucket}": OF_BUCKET, f"arn:aws:s3:::{bucket}/{key}": OF_OBJECT}
    for resource, actions in asked.items():
        for action in actions:
            denial = cloud.gate(build.role, action, resource, {}) if cloud.gate else None
            if denial:
                raise BuildError("CLIENT_ERROR", denial)
