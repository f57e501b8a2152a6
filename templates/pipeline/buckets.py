"""The bucket of the pipeline's artifacts, and the bucket of everybody's access logs."""

from typing import Any

from troposphere import GetAtt, Ref, Sub
from troposphere.s3 import (
    AbortIncompleteMultipartUpload,
    Bucket,
    BucketEncryption,
    BucketPolicy,
    LifecycleConfiguration,
    LifecycleRule,
    LoggingConfiguration,
    NoncurrentVersionExpiration,
    OwnershipControls,
    OwnershipControlsRule,
    PublicAccessBlockConfiguration,
    ServerSideEncryptionByDefault,
    ServerSideEncryptionRule,
    VersioningConfiguration,
)

from pipeline.settings import Settings
from templates.names import Names
from templates.parts import OUTLIVES_THE_STACK, Part, excused, tagged
from templates.policy import Statement, document, grant, on_behalf_of, only_over_tls

# As long as CodePipeline remembers an execution it can roll back to it, and then it needs its artifacts.
DAYS_OF_HISTORY = 365
DAYS_OF_OLD_VERSIONS = 30
DAYS_OF_BROKEN_UPLOADS = 7


def resources(settings: Settings) -> list[Part]:
    """Return both buckets with their policies."""
    return [
        artifacts(settings),
        policy("ArtifactBucket"),
        logs(settings),
        policy("LogBucket", *log_writers()),
    ]


def artifacts(settings: Settings) -> Bucket:
    """Return the artifacts' bucket."""
    key = ServerSideEncryptionByDefault(SSEAlgorithm="aws:kms", KMSMasterKeyID=Ref("Key"))
    return bucket(
        settings,
        "ArtifactBucket",
        Sub(Names(settings.app).bucket("artifacts")),
        ServerSideEncryptionRule(BucketKeyEnabled=True, ServerSideEncryptionByDefault=key),
        DAYS_OF_HISTORY,
        LoggingConfiguration=LoggingConfiguration(DestinationBucketName=Ref("LogBucket"), LogFilePrefix="artifacts/"),
    )


def logs(settings: Settings) -> Bucket:
    """Return the logs' bucket. Load balancers deliver only to buckets that are encrypted with S3's own key."""
    own_key = ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
    return bucket(
        settings,
        "LogBucket",
        Sub(Names(settings.app).bucket("logs")),
        ServerSideEncryptionRule(ServerSideEncryptionByDefault=own_key),
        settings.release.log_retention,
        **excused(CKV_AWS_18="A bucket of access logs that logged its own accesses would never come to rest."),
    )


def bucket(
    settings: Settings, title: str, name: Sub, encryption: ServerSideEncryptionRule, days: int, **properties: Any
) -> Bucket:
    """Return a private, versioned, encrypted bucket that outlives its stack.

    A bucket that is not empty cannot be deleted, and would make the deletion of the stack fail.
    """
    owner = OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")
    return Bucket(
        title,
        BucketName=name,
        BucketEncryption=BucketEncryption(ServerSideEncryptionConfiguration=[encryption]),
        VersioningConfiguration=VersioningConfiguration(Status="Enabled"),
        OwnershipControls=OwnershipControls(Rules=[owner]),
        PublicAccessBlockConfiguration=PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        LifecycleConfiguration=LifecycleConfiguration(Rules=[expiry(days)]),
        **OUTLIVES_THE_STACK,
        **tagged(settings),
        **properties,
    )


def expiry(days: int) -> LifecycleRule:
    """Return the rule that deletes what is older."""
    return LifecycleRule(
        Id="expiry",
        Status="Enabled",
        ExpirationInDays=days,
        NoncurrentVersionExpiration=NoncurrentVersionExpiration(NoncurrentDays=DAYS_OF_OLD_VERSIONS),
        AbortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(DaysAfterInitiation=DAYS_OF_BROKEN_UPLOADS),
    )


def policy(title: str, *statements: Statement) -> BucketPolicy:
    """Return a bucket's policy: TLS for everybody, and what the statements add."""
    everything = [GetAtt(title, "Arn"), Sub(f"${{{title}.Arn}}/*")]
    return BucketPolicy(
        f"{title}Policy", Bucket=Ref(title), PolicyDocument=document(only_over_tls("s3:*", everything), *statements)
    )


def log_writers() -> list[Statement]:
    """Let S3 and the load balancer write their access logs, each under its own prefix."""
    balancer = Sub("${LogBucket.Arn}/load-balancer/AWSLogs/${AWS::AccountId}/*")
    return [
        grant(
            "logging.s3.amazonaws.com",
            ["s3:PutObject"],
            Sub("${LogBucket.Arn}/artifacts/*"),
            on_behalf_of(GetAtt("ArtifactBucket", "Arn")),
        ),
        # The path holds the account of the load balancer, so that nobody else's can write here.
        grant("logdelivery.elasticloadbalancing.amazonaws.com", ["s3:PutObject"], balancer),
    ]
