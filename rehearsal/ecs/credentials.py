"""Credentials of task roles, served to the tasks as AWS's agent serves them."""

from __future__ import annotations

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

HOST = "127.0.0.1"
WATCH = 0.05


class Offer(NamedTuple):
    """Which role may be had with which secret."""

    token: str
    role: str
    session: str


class Credentials(ThreadingHTTPServer):
    """Gives a task the credentials of its role, and nobody else."""

    daemon_threads = True

    def __init__(self, cloud: Cloud) -> None:
        """Listen."""
        self._cloud = cloud
        self._offers: dict[str, Offer] = {}
        super().__init__((HOST, 0), Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(WATCH,), name="task roles", daemon=True)
        self._thread.start()

    def offer(self, task: str, role: str) -> dict[str, str]:
        """Return the variables by which the clients of a task find its credentials."""
        offer = self._offers.setdefault(task, Offer(secrets.token_urlsafe(24), role, task))
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{HOST}:{self.server_port}/{task}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": offer.token,
        }

    def withdraw(self, task: str) -> None:
        """Give a task no more credentials."""
        self._offers.pop(task, None)

    def found(self, task: str, token: str) -> dict[str, str] | None:
        """Return fresh credentials, if the token is right."""
        offer = self._offers.get(task)
        if offer is None or not secrets.compare_digest(offer.token, token):
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

    def close(self) -> None:
        """Stop listening."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: Credentials

    def do_GET(self) -> None:
        """Give the credentials."""
        found = self.server.found(self.path.strip("/"), self.headers.get("Authorization", ""))
        body = json.dumps(found or {"code": "AccessDenied", "message": "These credentials are not yours."}).encode()
        self.send_response(200 if found else 403)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""
