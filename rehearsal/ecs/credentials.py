"""Credentials of task roles, served to the tasks as AWS's agent serves them."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from rehearsal.loopback import Connection, Loopback

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.iam.trust import Acting


class Offer(NamedTuple):
    """Which role may be had with which secret."""

    token: str
    role: str
    session: str
    acting: Acting


class Credentials(Loopback):
    """Gives a task the credentials of its role, and nobody else."""

    def __init__(self, cloud: Cloud) -> None:
        """Listen."""
        self._cloud = cloud
        self._offers: dict[str, Offer] = {}
        super().__init__(Handler, "task roles")

    def offer(self, task: str, role: str, acting: Acting) -> dict[str, str]:
        """Return the variables by which the clients of a task find its credentials."""
        offer = self._offers.setdefault(task, Offer(secrets.token_urlsafe(24), role, task, acting))
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{self.host}/{task}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": offer.token,
        }

    def withdraw(self, task: str) -> None:
        """Give a task no more credentials."""
        self._offers.pop(task, None)

    def found(self, task: str, token: str) -> dict[str, str] | None:
        """Return fresh credentials, if the token is right and the role still trusts who asks for it."""
        offer = self._offers.get(task)
        if offer is None or not secrets.compare_digest(offer.token, token):
            return None
        if not offer.acting.may_assume(self._cloud, offer.role):
            return None
        sts = self._cloud.client("sts")
        issued = sts.assume_role(RoleArn=offer.role, RoleSessionName=offer.session)["Credentials"]
        return {
            "RoleArn": offer.role,
            "AccessKeyId": issued["AccessKeyId"],
            "SecretAccessKey": issued["SecretAccessKey"],
            "Token": issued["SessionToken"],
            "Expiration": issued["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class Handler(Connection):
    """Answers one request."""

    server: Credentials

    def serve(self, body: BinaryIO) -> None:
        """Give the credentials."""
        del body
        found = self.server.found(self.path.strip("/"), self.headers.get("Authorization", ""))
        told = json.dumps(found or {"code": "AccessDenied", "message": "These credentials are not yours."}).encode()
        self.send_response(200 if found else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)
