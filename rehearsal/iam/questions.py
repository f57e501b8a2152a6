"""The questions that a call raises: its own action, and what goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.iam import objects, passing, scopes
from rehearsal.iam.circumstances import circumstances
from rehearsal.iam.matching import listed
from rehearsal.iam.statements import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.iam.conditions import Context
    from rehearsal.iam.estate import Estate
    from rehearsal.iam.principals import Principal

# Where IAM's name of a service is not that in a signature.
PREFIXES = {"monitoring": "cloudwatch", "email": "ses"}
ACTIONS = {("lambda", "Invoke"): "InvokeFunction", ("lambda", "InvokeAsync"): "InvokeFunction"}
# Actions without which a call may not set tags.
TAGGING = {
    ("iam", "CreateRole"): "iam:TagRole",
    ("logs", "CreateLogGroup"): "logs:TagResource",
    ("cloudwatch", "PutMetricAlarm"): "cloudwatch:TagResource",
    ("ecs", "CreateCluster"): "ecs:TagResource",
    ("ecs", "CreateService"): "ecs:TagResource",
    ("ecs", "RegisterTaskDefinition"): "ecs:TagResource",
    ("elasticloadbalancing", "CreateLoadBalancer"): "elasticloadbalancing:AddTags",
    ("elasticloadbalancing", "CreateListener"): "elasticloadbalancing:AddTags",
    ("elasticloadbalancing", "CreateRule"): "elasticloadbalancing:AddTags",
    ("elasticloadbalancing", "CreateTargetGroup"): "elasticloadbalancing:AddTags",
}
ALWAYS_ALLOWED = {"sts:GetCallerIdentity", "sts:GetSessionToken"}


class Questions:
    """What has to be allowed for a call."""

    def __init__(self, estate: Estate, account: str) -> None:
        """Take what is known of the resources."""
        self._estate = estate
        self._account = account

    def raised(
        self, signed_for: str, operation: str, parameters: dict[str, Any], region: str, who: Principal
    ) -> Iterator[Asked]:
        """Yield what the call needs."""
        service = PREFIXES.get(signed_for, signed_for)
        context = circumstances(service, parameters, region, who)
        context |= self._known(service, operation, parameters, region)
        if service == "s3":
            for action, arn in objects.permissions(operation, parameters):
                yield Asked(action, arn, context)
            yield from self._encryption(operation, parameters, region, context)
            return
        action = f"{service}:{ACTIONS.get((service, operation), operation)}"
        if action in ALWAYS_ALLOWED:
            return
        found = self._resources(service, operation, parameters, region)
        for arn in found:
            yield Asked(action, arn, context)
        yield from self._goes_with(service, operation, parameters, found, context)

    def _resources(self, service: str, operation: str, parameters: dict[str, Any], region: str) -> list[str]:
        if service == "kms" and parameters.get("KeyId"):
            return [self._estate.key(str(parameters["KeyId"]), region)]
        if service == "kms" and parameters.get("CiphertextBlob"):
            return [self._estate.sealing(str(parameters["CiphertextBlob"]), region)]
        secret = str(parameters.get("SecretId", ""))
        if service == "secretsmanager" and secret and not secret.startswith("arn:"):
            return [self._estate.secret(secret, region)]
        return scopes.resources(service, operation, parameters, region, self._account)

    def _goes_with(
        self, service: str, operation: str, parameters: dict[str, Any], found: list[str], context: Context
    ) -> Iterator[Asked]:
        for role, to_service in passing.passed(service, operation, parameters, self._account):
            yield Asked("iam:PassRole", role, {**context, "iam:passedtoservice": [to_service]})
        tagging = TAGGING.get((service, operation))
        if tagging and (parameters.get("Tags") or parameters.get("tags")):
            yield from (Asked(tagging, arn, context) for arn in found)
        if service == "ec2" and operation.startswith("Create") and parameters.get("TagSpecifications"):
            yield Asked("ec2:CreateTags", found[0], {**context, "ec2:createaction": [operation]})

    def _known(self, service: str, operation: str, parameters: dict[str, Any], region: str) -> Context:
        """Return condition keys whose values the services know."""
        if service == "iam" and operation not in ("CreateRole", "PutRolePermissionsBoundary"):
            boundary = self._estate.boundary(str(parameters.get("RoleName")))
            return {"iam:permissionsboundary": [boundary]} if boundary else {}
        if service == "ecs" and parameters.get("cluster"):
            cluster = str(parameters["cluster"])
            whole = cluster if cluster.startswith("arn:") else f"arn:aws:ecs:{region}:{self._account}:cluster/{cluster}"
            return {"ecs:cluster": [whole]}
        if service == "ec2":
            groups = [each for each in _groups(parameters) if each.startswith("sg-")]
            networks = [self._estate.network(each, region) for each in groups]
            return {"ec2:vpc": [each for each in networks if each]} if any(networks) else {}
        return {}

    def _encryption(self, operation: str, parameters: dict[str, Any], region: str, context: Context) -> Iterator[Asked]:
        """Yield what S3 asks of KMS in the caller's name."""
        key, action = None, "kms:Decrypt"
        if operation == "GetObject":
            key = self._estate.encryption(parameters)
        elif operation in ("PutObject", "CopyObject", "CreateMultipartUpload"):
            action = "kms:GenerateDataKey"
            asked = parameters.get("ServerSideEncryption")
            key = parameters.get("SSEKMSKeyId") if asked else self._estate.default_key(str(parameters["Bucket"]))
        if key and not str(key).endswith("alias/aws/s3"):
            via = {"kms:viaservice": [f"s3.{region}.amazonaws.com"], "aws:viaawsservice": ["true"]}
            yield Asked(action, self._estate.key(str(key), region), {**context, **via})


def _groups(parameters: dict[str, Any]) -> list[str]:
    return [str(each) for name in ("GroupId", "Resources") for each in listed(parameters.get(name))]
