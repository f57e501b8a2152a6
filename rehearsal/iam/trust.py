"""Whether a service of AWS may take on a role: what the role's trust policy says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from botocore.exceptions import ClientError
from moto.iam.exceptions import NotFoundException

from rehearsal.iam.statements import Asked, read, says

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

ACTION = "sts:AssumeRole"


class Acting(NamedTuple):
    """A service that acts with a role, and the ARN of what it does so for."""

    service: str
    source: str = ""

    def may_assume(self, cloud: Cloud, role_arn: str) -> bool:
        """Say whether the role trusts the service; a role that does not exist trusts nobody."""
        if not cloud.enforce_iam:
            return True
        try:
            role = cloud.backend("iam").get_role_by_arn(role_arn)
        except NotFoundException:
            return False
        policy = read(role.assume_role_policy_document)
        asked = Asked(ACTION, role_arn, self._context(cloud), frozenset({self.service}))
        return says(policy, asked, "Allow") and not says(policy, asked, "Deny")

    def require(self, cloud: Cloud, role_arn: str) -> None:
        """Raise what AWS answers if the role does not trust the service."""
        if self.may_assume(cloud, role_arn):
            return
        message = f"User: {self.service} is not authorized to perform: {ACTION} on resource: {role_arn}"
        told = {"Error": {"Code": "AccessDenied", "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        raise ClientError(cast("Any", told), "AssumeRole")

    def _context(self, cloud: Cloud) -> dict[str, list[str]]:
        source = {"aws:sourcearn": [self.source]} if self.source else {}
        service = {"aws:principalisawsservice": ["true"], "aws:principalservicename": [self.service]}
        return {"aws:sourceaccount": [cloud.account], **source, **service}
