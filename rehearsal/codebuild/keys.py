"""The KMS calls that S3 makes on behalf of whoever stores or reads an encrypted object."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.codebuild.build import Build

from rehearsal.codebuild.transcript import session


def is_own(key: str) -> bool:
    """Say whether it is a key of the account's, and not the one that S3 has for everybody."""
    return bool(key) and not key.endswith("alias/aws/s3")


def may_encrypt(cloud: Cloud, build: Build, key: str) -> None:
    """Ask for a data key as the build's role; raises the denial."""
    cloud.client("kms", build.region, role_arn=build.role, session=session(build)).generate_data_key(
        KeyId=key, KeySpec="AES_256"
    )


def may_decrypt(cloud: Cloud, build: Build, key: str) -> None:
    """Decrypt a data key as the build's role; raises the denial."""
    sealed = cloud.client("kms", build.region).generate_data_key(KeyId=key, KeySpec="AES_256")["CiphertextBlob"]
    cloud.client("kms", build.region, role_arn=build.role, session=session(build)).decrypt(CiphertextBlob=sealed)
