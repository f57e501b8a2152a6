"""What every engine is given: where we are, whom to call, and where to leave what must be cleaned up."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, RefreshableCredentials
from moto.backends import get_backend

from rehearsal.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rehearsal.dataplane.handle import DataPlane
    from rehearsal.eventbus.bus import Bus
    from rehearsal.iam.gate import Gate
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
    registry: str = ""
    account: str = ACCOUNT
    workers: Workers = field(default_factory=Workers)
    warden: Warden = field(init=False)
    dataplane: DataPlane = field(init=False)
    bus: Bus = field(init=False)
    # Whether permissions count, and what checks those of the callers.
    enforce_iam: bool = True
    gate: Gate | None = None
    _clients: dict[tuple[str, str, str, str], Any] = field(default_factory=dict, init=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, init=False)

    def backend(self, service: str, region: str | None = None) -> Any:
        """Return moto's state of a service."""
        key = "aws" if service in GLOBAL_SERVICES else region or self.region
        look_up = cast("Callable[[str], Any]", get_backend)
        return look_up(service)[self.account][key]

    def client(
        self, service: str, region: str | None = None, *, role_arn: str | None = None, session: str = "rehearsal"
    ) -> Any:
        """Return a client of our own endpoint, with the credentials of the role if one is named."""
        key = (service, region or self.region, role_arn or "", session if role_arn else "")
        with self._guard:
            if key not in self._clients:
                self._clients[key] = self._connect(service, key[1], role_arn, session)
            return self._clients[key]

    def credentials(self, role_arn: str, session: str) -> dict[str, str]:
        """Return credentials of the role, as keyword arguments of a client."""
        issued = self._assume(role_arn, session)
        return {
            "aws_access_key_id": issued["access_key"],
            "aws_secret_access_key": issued["secret_key"],
            "aws_session_token": issued["token"],
        }

    def _assume(self, role_arn: str, session: str) -> dict[str, str]:
        sts: Any = _new_client(boto3.Session(), "sts", region_name=self.region, endpoint_url=self.endpoint, **OPERATOR)
        issued = sts.assume_role(RoleArn=role_arn, RoleSessionName=session[:64])["Credentials"]
        return {
            "access_key": issued["AccessKeyId"],
            "secret_key": issued["SecretAccessKey"],
            "token": issued["SessionToken"],
            "expiry_time": issued["Expiration"].isoformat(),
        }

    def _connect(self, service: str, region: str, role_arn: str | None, session: str) -> Any:
        config = Config(retries={"total_max_attempts": 2}, max_pool_connections=32, s3={"addressing_style": "path"})
        place = {"region_name": region, "endpoint_url": self.endpoint, "config": config}
        if role_arn is None:
            return _new_client(boto3.Session(), service, **place, **OPERATOR)
        own = botocore.session.Session()
        resolver = CredentialResolver([_RoleProvider(lambda: self._assume(role_arn, session))])
        own.register_component("credential_provider", resolver)
        return _new_client(boto3.Session(botocore_session=own), service, **place)


class _RoleProvider(CredentialProvider):
    """Credentials of a role that are replaced before they expire."""

    METHOD = "assume-role"

    def __init__(self, assume: Callable[[], dict[str, str]]) -> None:
        """Take what gets new credentials."""
        super().__init__()
        self._assume = assume

    def load(self) -> RefreshableCredentials:
        """Return the first credentials, which know how to get the next."""
        return RefreshableCredentials.create_from_metadata(self._assume(), self._assume, self.METHOD)


def _new_client(session: boto3.Session, service: str, **settings: Any) -> Any:
    # The stubs list every service by name; ours is known at run time.
    return cast("Callable[..., Any]", session.client)(service, **settings)
