"""Buckets and their policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Finding, Made, Name, ResourceError, Tagging
from rehearsal.cloudformation.handlers.lifecycles import lifecycle
from rehearsal.cloudformation.handlers.terms import Composed, Setting, names, send, settings, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.described import Document
    from rehearsal.cloudformation.handler import Call


@dataclass(frozen=True)
class BucketTagging(Tagging):
    """S3 replaces the whole set, so what is not ours is sent back as it is."""

    def change(
        self, call: Call, service: str, document: Document, before: Mapping[str, str], after: Mapping[str, str]
    ) -> None:
        """Bring the tags from one state to the other."""
        if dict(before) == dict(after):
            return
        standing = self._standing(call, document["Id"])
        kept = {key: value for key, value in standing.items() if key not in before}
        tags = {"Bucket": document["Id"], "Tagging": {"TagSet": self.shape({**kept, **after})}}
        send(call, service, "PutBucketTagging", tags)

    @staticmethod
    def _standing(call: Call, bucket: str) -> dict[str, str]:
        client = call.client("s3")
        try:
            return {tag["Key"]: tag["Value"] for tag in client.get_bucket_tagging(Bucket=bucket)["TagSet"]}
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchTagSet":
                raise
            return {}


@dataclass(frozen=True, kw_only=True)
class Buckets(Composed):
    """Buckets, whose names all accounts share."""

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Make it; S3 itself would let the owner of one in us-east-1 make it again."""
        if properties.get("BucketName") in call.cloud.backend("s3").buckets:
            raise ResourceError(f"{properties['BucketName']} already exists")
        return super().create(call, properties)


def _logging(call: Call, physical_id: str, _old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    value = new.get("LoggingConfiguration")
    status: dict[str, Any] = {}
    if value:
        bucket = value.get("DestinationBucketName", physical_id)
        status["LoggingEnabled"] = {"TargetBucket": bucket, "TargetPrefix": value.get("LogFilePrefix", "")}
    client = call.client("s3")
    try:
        client.put_bucket_logging(Bucket=physical_id, BucketLoggingStatus=status)
    except client.exceptions.ClientError as error:
        if "log-delivery group" not in error.response["Error"].get("Message", ""):
            raise
        # S3 lets the target's policy come later, and a template may make it later; moto wants it first.
        call.cloud.backend("s3").buckets[physical_id].logging = status["LoggingEnabled"]


def _notifications(value: Any) -> dict[str, Any]:
    configuration = dict(value or {})
    bridge = configuration.pop("EventBridgeConfiguration", None)
    made: dict[str, Any] = {}
    for name, (member, arn) in {
        "LambdaConfigurations": ("LambdaFunctionConfigurations", "Function"),
        "QueueConfigurations": ("QueueConfigurations", "Queue"),
        "TopicConfigurations": ("TopicConfigurations", "Topic"),
    }.items():
        if name in configuration:
            made[member] = [_notification(entry, arn) for entry in configuration[name]]
    if bridge is not None and str(bridge.get("EventBridgeEnabled", "true")).lower() == "true":
        made["EventBridgeConfiguration"] = {}
    return made


def _notification(entry: Mapping[str, Any], arn: str) -> dict[str, Any]:
    member = {"Function": "LambdaFunctionArn", "Queue": "QueueArn", "Topic": "TopicArn"}[arn]
    made: dict[str, Any] = {member: entry[arn], "Events": [entry["Event"]]}
    if "Filter" in entry:
        made["Filter"] = {"Key": {"FilterRules": entry["Filter"]["S3Key"]["Rules"]}}
    return made


def setting(name: str, put: str, member: str, **options: Any) -> Setting:
    """Return a configuration of a bucket."""
    return Setting("s3", name, put, "Bucket", member=member, **options)


BUCKET = Buckets(
    type="AWS::S3::Bucket",
    service="s3",
    creation=step(
        "CreateBucket",
        "ObjectLockEnabled",
        renamed={"BucketName": "Bucket", "ObjectLockEnabled": "ObjectLockEnabledForBucket"},
        where={"CreateBucketConfiguration": "Region != 'us-east-1' && {LocationConstraint: Region} || `null`"},
    ),
    identity="Properties.BucketName",
    name=Name("BucketName", 63, lower=True),
    parts={"LoggingConfiguration": _logging}
    | settings(
        setting(
            "OwnershipControls",
            "PutBucketOwnershipControls",
            "OwnershipControls",
            remove="DeleteBucketOwnershipControls",
        ),
        setting(
            "PublicAccessBlockConfiguration",
            "PutPublicAccessBlock",
            "PublicAccessBlockConfiguration",
            remove="DeletePublicAccessBlock",
        ),
        setting(
            "BucketEncryption",
            "PutBucketEncryption",
            "ServerSideEncryptionConfiguration",
            remove="DeleteBucketEncryption",
            turned=lambda value: {
                "Rules": [
                    {
                        "ApplyServerSideEncryptionByDefault" if key == "ServerSideEncryptionByDefault" else key: inner
                        for key, inner in rule.items()
                    }
                    for rule in value["ServerSideEncryptionConfiguration"]
                ]
            },
        ),
        setting(
            "VersioningConfiguration", "PutBucketVersioning", "VersioningConfiguration", default={"Status": "Suspended"}
        ),
        setting(
            "LifecycleConfiguration",
            "PutBucketLifecycleConfiguration",
            "LifecycleConfiguration",
            remove="DeleteBucketLifecycle",
            turned=lifecycle,
        ),
        setting(
            "NotificationConfiguration",
            "PutBucketNotificationConfiguration",
            "NotificationConfiguration",
            turned=_notifications,
        ),
    ),
    attributes={
        "Arn": "join('', ['arn:aws:s3:::', Id])",
        "DomainName": "join('', [Id, '.s3.amazonaws.com'])",
        "RegionalDomainName": "join('', [Id, '.s3.', Region, '.amazonaws.com'])",
    },
    finding=Finding(
        step("HeadBucket", where={"Bucket": "Id"}),
        "Response.BucketRegion == Region && Response || `null`",
        names("404"),
    ),
    replacing=names("BucketName ObjectLockEnabled"),
    tagging=BucketTagging("", "", {}, on_create=""),
    removal=step("DeleteBucket", where={"Bucket": "Id"}),
    gone=names("NoSuchBucket"),
)
POLICY = Described(
    type="AWS::S3::BucketPolicy",
    service="s3",
    creation=step("PutBucketPolicy", "Bucket PolicyDocument", renamed={"PolicyDocument": "Policy"}),
    identity="Properties.Bucket",
    updates=(step("PutBucketPolicy", "PolicyDocument", along="Bucket", renamed={"PolicyDocument": "Policy"}),),
    replacing=names("Bucket"),
    removal=step("DeleteBucketPolicy", "Bucket"),
    gone=names("NoSuchBucket NoSuchBucketPolicy"),
)
HANDLERS = (BUCKET, POLICY)
