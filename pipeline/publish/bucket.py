"""The template bucket: found, made, or refused."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from pipeline import aws_errors
from pipeline.ask import Asker
from pipeline.aws import Account
from pipeline.errors import UserMistake
from pipeline.publish.bucket_parts import PARTS, Ownership, Part, Place
from traffic.errors import Refused

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# No dots: CloudFormation reads templates by a host name that begins with the bucket's, and TLS allows it no dot.
NAME = re.compile(r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")


def default_name(app: str, account: Account) -> str:
    """Return the name that is offered: nobody else's, since it holds the account's number."""
    return f"{app}-templates-{account.number}-{account.region}"


def refusal(name: str) -> str | None:
    """Say why this cannot name a template bucket, or None if it can."""
    if NAME.match(name):
        return None
    return f"{name!r} cannot name the template bucket: 3 to 63 lower-case letters, digits and hyphens, no dots."


@dataclass(frozen=True)
class TemplateBucket:
    """The bucket from which stacks and pipeline read."""

    s3: "S3Client"
    account: Account
    asker: Asker
    tags: tuple[tuple[str, str], ...] = ()

    def ensure(self, name: str, *, create: bool) -> None:
        """See to it that the bucket is there, is ours to use, and has all that it needs."""
        if why := refusal(name):
            raise UserMistake(why)
        place = Place(self.s3, name, self.account.number, self.account.partition, self.tags)
        region = self._region(name)
        if region is None:
            self._make(place, agreed=create)
        elif region != self.account.region:
            raise Refused(
                f"Bucket {name} is in {region}; the stacks are to be in {self.account.region}, where CloudFormation "
                f"and the pipeline need it. Use --region {region} or another --bucket."
            )
        else:
            self._complete(place)

    def _region(self, name: str) -> str | None:
        try:
            found = self.s3.head_bucket(Bucket=name, ExpectedBucketOwner=self.account.number)
        except ClientError as error:
            return self._elsewhere(name, error)
        return found.get("BucketRegion") or self.account.region

    def _elsewhere(self, name: str, error: ClientError) -> str | None:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            return None
        if status == 403:
            raise Refused(
                f"Bucket {name} belongs to another account, or {self.account.caller} may not use it and needs "
                "s3:ListBucket on it. Choose another --bucket: all AWS accounts share one namespace."
            ) from error
        region: str | None = error.response["ResponseMetadata"].get("HTTPHeaders", {}).get("x-amz-bucket-region")
        if status in {301, 400} and region:
            return region
        raise error

    def _make(self, place: Place, *, agreed: bool) -> None:
        name = place.bucket
        if not agreed:
            self._ask_to_make(name)
        where: dict[str, Any] = {}
        if self.account.region != "us-east-1":
            where = {"CreateBucketConfiguration": {"LocationConstraint": self.account.region}}
        try:
            self.s3.create_bucket(Bucket=name, ObjectOwnership="BucketOwnerEnforced", **where)
        except ClientError as error:
            if aws_errors.code(error) != "BucketAlreadyOwnedByYou":
                raise
        self.s3.get_waiter("bucket_exists").wait(**cast("Any", place.its), WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        for part in PARTS:
            part.add(place)
        self.asker.terminal.say(
            f"Bucket {name} is made: versioned, encrypted, TLS only, no public access, telling EventBridge.", "good"
        )

    def _ask_to_make(self, name: str) -> None:
        if not self.asker.answers and not self.asker.yes:
            raise UserMistake(
                f"There is no bucket {name}: add --create-bucket to have it made, or name another with --bucket."
            )
        if not self.asker.consent(f"There is no bucket {name}. Make it?"):
            raise Refused("Without a template bucket nothing can be launched; nothing was changed.")

    def _complete(self, place: Place) -> None:
        ours = Ownership().there(place)
        missing = [part for part in PARTS if (part.needed or ours) and not part.there(place)]
        if not missing:
            return
        told = ", ".join(part.name for part in missing)
        if not ours and not self.asker.consent(f"Bucket {place.bucket} lacks {told}. Turn that on?"):
            raise Refused(f"Bucket {place.bucket} cannot hold the templates without {told}. Choose another --bucket.")
        self._add(place, missing)
        self.asker.terminal.say(f"Bucket {place.bucket}: added {told}.", "good")

    def _add(self, place: Place, missing: list[Part]) -> None:
        for part in missing:
            part.add(place)
