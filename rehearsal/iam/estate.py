"""What the services know of the things that are asked about: policies of their own, real ARNs, settings."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from rehearsal.iam.statements import Policy, read

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


class Estate:
    """The resources of one cloud, as far as permissions depend on them."""

    def __init__(self, cloud: Cloud) -> None:
        """Look into this cloud's services."""
        self._cloud = cloud

    def policy(self, action: str, arn: str) -> Policy | None:
        """Return the resource's own policy, if it has one that counts for the action."""
        look = {
            "s3": self._bucket_policy,
            "kms": self._key_policy,
            "sns": self._topic_policy,
            "lambda": self._function_policy,
            "ecr": self._repository_policy,
        }.get(action.partition(":")[0])
        if action == "sts:AssumeRole":
            look = self._trust
        if look is None or not arn.startswith("arn:"):
            return None
        try:
            return look(arn)
        except (ServiceException, HTTPException, KeyError):
            # It does not exist, which the service itself will say.
            return None

    def key(self, name: str, region: str) -> str:
        """Return the ARN of a KMS key by its id or alias."""
        keys = self._cloud.backend("kms", region)
        if name.startswith("arn:") and ":alias/" not in name:
            return name
        alias = name.rsplit(":", 1)[-1]
        found = keys.get_key_id_from_alias(alias) if alias.startswith("alias/") else name
        return f"arn:aws:kms:{region}:{self._cloud.account}:key/{found or name}"

    def sealing(self, ciphertext: str, region: str) -> str:
        """Return the ARN of the key with which something was encrypted: the ciphertext begins with its id."""
        # base64 in the request; a key's id is 36 characters, and so 48 of these.
        sealed_by = base64.b64decode(ciphertext[:48]).decode("ascii", errors="replace")
        return self.key(sealed_by, region)

    def secret(self, name: str, region: str) -> str:
        """Return the ARN of a secret by its name."""
        found = self._cloud.backend("secretsmanager", region).secrets.get(name)
        return (
            str(found.arn) if found else f"arn:aws:secretsmanager:{region}:{self._cloud.account}:secret:{name}-??????"
        )

    def boundary(self, role: str) -> str | None:
        """Return the permissions boundary that a role has now."""
        found = [each for each in self._cloud.backend("iam").roles.values() if each.name == role]
        return found[0].permissions_boundary_arn if found else None

    def network(self, group: str, region: str) -> str | None:
        """Return the ARN of the VPC of a security group."""
        found = self._cloud.backend("ec2", region).get_security_group_from_id(group)
        return f"arn:aws:ec2:{region}:{self._cloud.account}:vpc/{found.vpc_id}" if found else None

    def encryption(self, parameters: dict[str, Any]) -> str | None:
        """Return the key with which an object is, if it is in S3; nothing if it has none of its own."""
        try:
            found = self._cloud.backend("s3").get_object(
                parameters["Bucket"], parameters["Key"], version_id=parameters.get("VersionId")
            )
        except (ServiceException, HTTPException):
            return None
        return found.kms_key_id if found is not None and found.encryption == "aws:kms" else None

    def default_key(self, bucket: str) -> str | None:
        """Return the key that a bucket encrypts with, unless told otherwise."""
        try:
            found: Any = self._cloud.backend("s3").get_bucket(bucket).encryption
        except (ServiceException, HTTPException):
            return None
        rule = (found or {}).get("Rule", {})
        rule = rule[0] if isinstance(rule, list) else rule
        key: str | None = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
        return key

    def _bucket_policy(self, arn: str) -> Policy | None:
        text = self._cloud.backend("s3").get_bucket_policy(arn.removeprefix("arn:aws:s3:::").partition("/")[0])
        return read(text) if text else None

    def _key_policy(self, arn: str) -> Policy:
        return read(self._cloud.backend("kms", arn.split(":")[3]).get_key_policy(arn.rsplit("/", 1)[-1]))

    def _topic_policy(self, arn: str) -> Policy:
        return read(self._cloud.backend("sns", arn.split(":")[3]).topics[arn].policy)

    def _function_policy(self, arn: str) -> Policy | None:
        found = self._cloud.backend("lambda", arn.split(":")[3]).get_function(":".join(arn.split(":")[:7]))
        return {"Statement": found.policy.statements} if found.policy else None

    def _repository_policy(self, arn: str) -> Policy | None:
        found = self._cloud.backend("ecr", arn.split(":")[3]).repositories[arn.partition(":repository/")[2]].policy
        return read(found) if found else None

    def _trust(self, arn: str) -> Policy:
        return read(self._cloud.backend("iam").get_role_by_arn(arn).assume_role_policy_document)
