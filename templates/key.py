"""The key that encrypts artifacts, images, logs and notifications."""

from troposphere import Ref, Sub
from troposphere.kms import Alias, Key

from pipeline.settings import Settings
from templates.names import Names, arn
from templates.parts import OUTLIVES_THE_STACK, Part, tagged
from templates.policy import Statement, allow, document, grant

# What the account may do with its own key, through its roles' policies. Without this nobody could ever change the key
# again.
ADMINISTER = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:CreateGrant",
    "kms:DeleteAlias",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
# Everything that a service may ask of a key with which it encrypts.
USE = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
THIS_KEY = "*"


def resources(settings: Settings) -> list[Part]:
    """Return the key and the name by which people find it."""
    names = Names(settings.app)
    key = Key(
        "Key",
        Description=f"{settings.app}: artifacts, images, logs and notifications",
        EnableKeyRotation=True,
        KeyPolicy=document(owner(), log_service(names), alarms(names)),
        # The buckets and images that outlive the stack would be lost without it.
        **OUTLIVES_THE_STACK,
        **tagged(settings),
    )
    return [key, Alias("KeyAlias", AliasName=f"alias/{settings.app}", TargetKeyId=Ref("Key"))]


def owner() -> Statement:
    """Let the account's own policies decide who administers and uses the key."""
    principal = {"AWS": arn("iam", "root", region="")}
    return {**allow([*ADMINISTER, *USE], THIS_KEY), "Principal": principal}


def log_service(names: Names) -> Statement:
    """Let CloudWatch Logs encrypt the application's log groups."""
    groups = {"kms:EncryptionContext:aws:logs:arn": arn("logs", f"log-group:{names.log_group('*')}")}
    return grant(Sub("logs.${AWS::Region}.amazonaws.com"), USE, THIS_KEY, {"ArnLike": groups})


def alarms(names: Names) -> Statement:
    """Let CloudWatch's alarms speak to the encrypted topic."""
    topic = {"kms:EncryptionContext:aws:sns:topicArn": names.topic_arn()}
    return grant("cloudwatch.amazonaws.com", ["kms:Decrypt", "kms:GenerateDataKey"], THIS_KEY, {"ArnEquals": topic})
