"""The condition keys of a call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rehearsal.iam.matching import listed

if TYPE_CHECKING:
    from rehearsal.iam.conditions import Context
    from rehearsal.iam.principals import Principal

# Condition keys whose value is a parameter of the call, by service.
BY_PARAMETER: dict[str, dict[str, str]] = {
    "iam": {
        "PermissionsBoundary": "iam:permissionsboundary",
        "AWSServiceName": "iam:awsservicename",
        "PolicyArn": "iam:policyarn",
    },
    "ecs": {
        "cluster": "ecs:cluster",
        "service": "ecs:service",
        "serviceName": "ecs:service",
        "taskDefinition": "ecs:task-definition",
        "enableExecuteCommand": "ecs:enable-execute-command",
    },
    "cloudformation": {
        "RoleARN": "cloudformation:rolearn",
        "TemplateURL": "cloudformation:templateurl",
        "StackPolicyURL": "cloudformation:stackpolicyurl",
        "ChangeSetName": "cloudformation:changesetname",
        "ResourceTypes": "cloudformation:resourcetypes",
    },
    "s3": {
        "Prefix": "s3:prefix",
        "Delimiter": "s3:delimiter",
        "MaxKeys": "s3:max-keys",
        "VersionId": "s3:versionid",
        "ACL": "s3:x-amz-acl",
        "ServerSideEncryption": "s3:x-amz-server-side-encryption",
        "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    },
    "sts": {"ExternalId": "sts:externalid", "RoleSessionName": "sts:rolesessionname"},
    "lambda": {"Principal": "lambda:principal", "FunctionName": "lambda:functionname"},
    "sns": {"Protocol": "sns:protocol", "Endpoint": "sns:endpoint"},
    "kms": {"KeySpec": "kms:keyspec", "RequestAlias": "kms:requestalias"},
}


def circumstances(
    service: str, parameters: dict[str, Any], region: str, who: Principal, address: str = "127.0.0.1"
) -> Context:
    """Return what conditions may ask about a call."""
    now = datetime.now(UTC)
    found: Context = {
        "aws:requestedregion": [region],
        "aws:sourceip": [address],
        # What is called has no other address than this machine's own.
        "aws:securetransport": ["true"],
        "aws:currenttime": [now.isoformat()],
        "aws:epochtime": [str(int(now.timestamp()))],
        "aws:principalarn": [who.owner],
        "aws:principalaccount": [who.account],
        "aws:principaltype": ["AssumedRole" if ":assumed-role/" in who.arn else "User"],
        "aws:principalisawsservice": ["false"],
        "aws:viaawsservice": ["false"],
        "aws:resourceaccount": [who.account],
    }
    if found["aws:principaltype"] == ["User"]:
        found["aws:username"] = [who.arn.rsplit("/", 1)[-1]]
    for name, key in BY_PARAMETER.get(service, {}).items():
        values = [_text(each) for each in listed(parameters.get(name))]
        if values:
            found[key] = values
    return found | tags(parameters)


def tags(parameters: dict[str, Any]) -> Context:
    """Return the condition keys of the tags that a call sets."""
    given: dict[str, str] = {}
    for name in ("Tags", "tags"):
        value = parameters.get(name)
        if isinstance(value, dict):
            given |= {str(key): str(text) for key, text in value.items()}
        else:
            given |= dict(_pair(each) for each in listed(value) if isinstance(each, dict))
    if not given:
        return {}
    return {"aws:tagkeys": list(given), **{f"aws:requesttag/{key}".lower(): [text] for key, text in given.items()}}


def _pair(tag: dict[str, Any]) -> tuple[str, str]:
    named = {key.lower(): str(value) for key, value in tag.items()}
    return named.get("key", named.get("tagkey", "")), named.get("value", named.get("tagvalue", ""))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
