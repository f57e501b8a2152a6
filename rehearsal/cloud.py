"""What every engine is given: where we are, whom to call, and where to leave what must be cleaned up."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials
from moto.backends import get_backend

from rehearsal.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rehearsal.dataplane.handle import DataPlane
    from rehearsal.eventbus.bus import Bus
    from rehearsal.faults.calls import CallFaults
    from rehearsal.iam.gate import Gate
    from rehearsal.iam.trust import Acting
    from rehearsal.registry.handle import Registry
    from rehearsal.warden.handle import Warden

ACCOUNT = "123456789012"
# Credentials that this server did not issue are the operator's, who may do everything.
OPERATOR = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
GLOBAL_SERVICES = frozenset({"iam", "route53", "cloudfront", "sts", "s3"})


@dataclass
class Cloud:
    """One local AWS."""

    region: str
    state: Path
    endpoint: str = ""
    docker_host: str = ""
    # Where engines push to and pull from.
    registry: str = ""
    account: str = ACCOUNT
    workers: Workers = field(default_factory=Workers)
    warden: Warden = field(init=False)
    dataplane: DataPlane = field(init=False)
    bus: Bus = field(init=False)
    # What keeps the images behind it.
    images: Registry = field(init=False)
    # Whether permissions count, and what checks those of the callers.
    enforce_iam: bool = True
    gate: Gate | None = None
    # What goes wrong with calls on purpose.
    faults: CallFaults | None = None
    _clients: dict[tuple[str, str, str, str], Any] = field(default_factory=dict, init=False)
    # Making a session costs as much as making a client, and its credentials serve all of its clients.
    _sessions: dict[tuple[str, str], boto3.Session] = field(default_factory=dict, init=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, init=False)

    def backend(self, service: str, region: str | None = None) -> Any:
        """Return moto's state of a service."""
        key = "aws" if service in GLOBAL_SERVICES else region or self.region
        look_up = cast("Callable[[str], Any]", get_backend)
        return look_up(service)[self.account][key]

    def regions(self, service: str) -> list[str]:
        """Return the regions in which there is anything of a service."""
        look_up = cast("Callable[[str], Any]", get_backend)
        return list(look_up(service)[self.account])

    def client(
        self,
        service: str,
        region: str | None = None,
        *,
        role_arn: str | None = None,
        session: str = "rehearsal",
        acting: Acting | None = None,
    ) -> Any:
        """Return a client of our own endpoint, with the credentials of the role if one is named and trusts who acts."""
        if role_arn and acting:
            acting.require(self, role_arn)
        key = (service, region or self.region, role_arn or "", session if role_arn else "")
        with self._guard:
            if key not in self._clients:
                self._clients[key] = self._connect(service, key[1], key[2], key[3])
            return self._clients[key]

    def forget(self, session: str) -> None:
        """Let go of the clients of a session that nobody will use again."""
        with self._guard:
            self._clients = {key: client for key, client in self._clients.items() if key[3] != session}
            self._sessions = {key: one for key, one in self._sessions.items() if key[1] != session}

    def credentials(self, role_arn: str, session: str, acting: Acting | None = None) -> dict[str, str]:
        """Return credentials of the role, as keyword arguments of a client."""
        if acting:
            acting.require(self, role_arn)
        issued = self._assume(role_arn, session)
        return {
            "aws_access_key_id": issued["access_key"],
            "aws_secret_access_key": issued["secret_key"],
            "aws_session_token": issued["token"],
        }

    def _assume(self, role_arn: str, session: str) -> dict[str, str]:
        issued = self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName=session[:64])["Credentials"]
        return {
            "access_key": issued["AccessKeyId"],
            "secret_key": issued["SecretAccessKey"],
            "token": issued["SessionToken"],
            "expiry_time": issued["Expiration"].isoformat(),
        }

    def _connect(self, service: str, region: str, role_arn: str, session: str) -> Any:
        config = Config(retries={"total_max_attempts": 2}, max_pool_connections=32, s3={"addressing_style": "path"})
        # The stubs list every service by name; ours is known at run time.
        connect = cast("Callable[..., Any]", self._session(role_arn, session).client)
        credentials = {} if role_arn else OPERATOR
        return connect(service, region_name=region, endpoint_url=self.endpoint, config=config, **credentials)

    def _session(self, role_arn: str, session: str) -> boto3.Session:
        key = (role_arn, session)
        if key not in self._sessions:
            own = botocore.session.Session()
            if role_arn:
                resolver = CredentialResolver([_RoleProvider(lambda: self._assume(role_arn, session))])
                own.register_component("credential_provider", resolver)
            self._sessions[key] = boto3.Session(botocore_session=own)
        return self._sessions[key]


class _RoleProvider(CredentialProvider):
    """Credentials of a role, got when they are needed for the first time and before they expire."""

    METHOD = "assume-role"

    def __init__(self, assume: Callable[[], dict[str, str]]) -> None:
        """Take what gets new credentials."""
        super().__init__()
        self._assume = assume

    def load(self) -> DeferredRefreshableCredentials:
        """Return credentials that know how to get themselves."""
        return DeferredRefreshableCredentials(self._assume, self.METHOD)
