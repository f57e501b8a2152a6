"""Objects put into the template bucket: once under the name of their content, or as a new version of the package."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from botocore.exceptions import ClientError

from pipeline import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Fate = Literal["uploaded", "there already"]
TYPES = {".json": "application/json", ".zip": "application/zip"}
AT_ONCE = 8
ATTEMPTS = 5


@dataclass(frozen=True)
class Shelf:
    """The template bucket, as a place to put things."""

    s3: "S3Client"
    bucket: str
    owner: str

    def put_once(self, objects: Mapping[str, bytes]) -> dict[str, Fate]:
        """Upload what is not there yet. The keys name the content, so what is there is the same and is left alone."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            fates = pool.map(self._put_if_absent, objects.keys(), objects.values())
            return dict(zip(objects, fates, strict=True))

    def same(self, key: str, content: bytes) -> bool:
        """Say whether the newest version under the key holds exactly these bytes."""
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=key, ExpectedBucketOwner=self.owner)
        except ClientError as error:
            if aws_errors.code(error) == "NoSuchKey":
                return False
            raise
        return found["Body"].read() == content

    def put_version(self, key: str, content: bytes) -> str:
        """Upload a new version and return its id."""
        done = self.s3.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=content,
            ExpectedBucketOwner=self.owner,
            ContentType=_type(key),
            ChecksumSHA256=_checksum(content),
        )
        return done.get("VersionId", "")

    def _put_if_absent(self, key: str, content: bytes) -> Fate:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self.s3.put_object(
                    Bucket=self.bucket,
                    Key=key,
                    Body=content,
                    IfNoneMatch="*",
                    ExpectedBucketOwner=self.owner,
                    ContentType=_type(key),
                    ChecksumSHA256=_checksum(content),
                )
            except ClientError as error:
                name = aws_errors.code(error)
                if name == "PreconditionFailed":
                    return "there already"
                # Somebody else is putting the same object at this moment.
                if name != "ConditionalRequestConflict" or attempt == ATTEMPTS:
                    raise
            else:
                return "uploaded"
        raise AssertionError("the last attempt returns or raises")


def _type(key: str) -> str:
    return TYPES[key[key.rindex(".") :]]


def _checksum(content: bytes) -> str:
    return b64encode(hashlib.sha256(content).digest()).decode()
