"""What a template bucket must be, each part as something that can be looked up and put right on its own."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from pipeline import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OWN_TAG = "flipside:templates"
# Earlier packages are what an earlier release is run again from.
KEPT_DAYS, KEPT_VERSIONS = 365, 100
BLOCKED = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True)
class Place:
    """A bucket, and who it must belong to."""

    s3: "S3Client"
    bucket: str
    owner: str
    partition: str
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def its(self) -> dict[str, Any]:
        """The arguments of every call: the bucket, and a refusal by S3 if it belongs to somebody else."""
        return {"Bucket": self.bucket, "ExpectedBucketOwner": self.owner}


class Part(ABC):
    """One thing that a template bucket has."""

    name: ClassVar[str]
    needed: ClassVar[bool]

    @abstractmethod
    def there(self, place: Place) -> bool:
        """Say whether the bucket has it."""

    @abstractmethod
    def add(self, place: Place) -> None:
        """Give it to the bucket."""


class Ownership(Part):
    """The tag by which a bucket of ours is known again, and the user's own tags."""

    name = "tags"
    needed = False

    def there(self, place: Place) -> bool:
        """Say whether we made this bucket."""
        return OWN_TAG in dict(self._tags(place))

    def add(self, place: Place) -> None:
        """Tag it, keeping the tags that it has."""
        tags = {**dict(self._tags(place)), **dict(place.tags), OWN_TAG: "true"}
        place.s3.put_bucket_tagging(
            **place.its, Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}
        )

    def _tags(self, place: Place) -> list[tuple[str, str]]:
        found = _or_none("NoSuchTagSet", place.s3.get_bucket_tagging, **place.its) or {}
        return [(tag["Key"], tag["Value"]) for tag in found.get("TagSet", [])]


class PublicAccessBlock(Part):
    """Nobody outside the account reads or replaces a template."""

    name = "public access block"
    needed = True

    def there(self, place: Place) -> bool:
        """Say whether all four switches are on."""
        found = _or_none("NoSuchPublicAccessBlockConfiguration", place.s3.get_public_access_block, **place.its) or {}
        return all(found.get("PublicAccessBlockConfiguration", {}).get(switch) for switch in BLOCKED)

    def add(self, place: Place) -> None:
        """Turn all four switches on."""
        place.s3.put_public_access_block(
            **place.its,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )


class TlsOnly(Part):
    """Nothing is read or written in the clear."""

    name = "TLS-only policy"
    needed = True

    def there(self, place: Place) -> bool:
        """Say whether a statement denies what comes without TLS."""
        return any(
            statement.get("Effect") == "Deny" and "aws:SecureTransport" in json.dumps(statement.get("Condition", {}))
            for statement in self._policy(place)["Statement"]
        )

    def add(self, place: Place) -> None:
        """Add that statement to the policy."""
        policy = self._policy(place)
        arn = f"arn:{place.partition}:s3:::{place.bucket}"
        policy["Statement"].append(
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        )
        place.s3.put_bucket_policy(**place.its, Policy=json.dumps(policy))

    def _policy(self, place: Place) -> dict[str, Any]:
        found = _or_none("NoSuchBucketPolicy", place.s3.get_bucket_policy, **place.its)
        policy: dict[str, Any] = json.loads(found["Policy"]) if found else {"Version": "2012-10-17", "Statement": []}
        if isinstance(policy["Statement"], dict):
            policy["Statement"] = [policy["Statement"]]
        return policy


class Encryption(Part):
    """Objects are encrypted at rest."""

    name = "encryption"
    needed = False

    def there(self, place: Place) -> bool:
        """Say whether a rule encrypts what is put there."""
        missing = "ServerSideEncryptionConfigurationNotFoundError"
        return _or_none(missing, place.s3.get_bucket_encryption, **place.its) is not None

    def add(self, place: Place) -> None:
        """Encrypt with S3's own keys: the stacks that would make another one are read from here."""
        place.s3.put_bucket_encryption(
            **place.its,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        )


class Lifecycle(Part):
    """Earlier packages go after a year, templates never: a side that is still live may be pinned to an old one."""

    name = "lifecycle"
    needed = False

    def there(self, place: Place) -> bool:
        """Say whether the bucket has a lifecycle, be it another than ours."""
        missing = "NoSuchLifecycleConfiguration"
        return _or_none(missing, place.s3.get_bucket_lifecycle_configuration, **place.its) is not None

    def add(self, place: Place) -> None:
        """Let versions expire that were replaced long ago."""
        place.s3.put_bucket_lifecycle_configuration(
            **place.its,
            LifecycleConfiguration={
                "Rules": [
                    {
                        "ID": "replaced-packages",
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "NoncurrentVersionExpiration": {
                            "NoncurrentDays": KEPT_DAYS,
                            "NewerNoncurrentVersions": KEPT_VERSIONS,
                        },
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                    }
                ]
            },
        )


class Events(Part):
    """EventBridge hears of a new package; that is what starts the pipeline."""

    name = "EventBridge notifications"
    needed = True

    def there(self, place: Place) -> bool:
        """Say whether the bucket tells EventBridge."""
        return "EventBridgeConfiguration" in place.s3.get_bucket_notification_configuration(**place.its)

    def add(self, place: Place) -> None:
        """Tell EventBridge, and go on telling whom the bucket tells already."""
        told: Any = place.s3.get_bucket_notification_configuration(**place.its)
        told.pop("ResponseMetadata", None)
        place.s3.put_bucket_notification_configuration(
            **place.its, NotificationConfiguration=told | {"EventBridgeConfiguration": {}}
        )


class Versioning(Part):
    """Every package stays, as a source of the pipeline must."""

    name = "versioning"
    needed = True

    def there(self, place: Place) -> bool:
        """Say whether versions are kept."""
        return place.s3.get_bucket_versioning(**place.its).get("Status") == "Enabled"

    def add(self, place: Place) -> None:
        """Keep versions."""
        place.s3.put_bucket_versioning(**place.its, VersioningConfiguration={"Status": "Enabled"})


# The tag goes first: by it a bucket is known to be ours whose making was cut off.
PARTS: tuple[Part, ...] = (
    Ownership(),
    PublicAccessBlock(),
    TlsOnly(),
    Encryption(),
    Lifecycle(),
    Events(),
    Versioning(),
)


def _or_none(missing: str, call: Any, **arguments: Any) -> Any:
    try:
        return call(**arguments)
    except ClientError as error:
        if aws_errors.code(error) != missing:
            raise
        return None
