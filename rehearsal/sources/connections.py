"""Connections to GitHub, GitLab and Bitbucket, under both of the names that AWS has given the service."""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace
from typing import Any

from boto3 import Session
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.exceptions import JsonRESTError
from moto.core.responses import BaseResponse

from rehearsal.eventbus.unimplemented import refusing

PROVIDERS = ("Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged", "AzureDevOps")
SERVICES = ("codestar-connections", "codeconnections")
REGIONS = Session().get_available_regions("ec2")
Connection = dict[str, Any]


class Backend(BaseBackend):
    """The connections of one region."""

    service = ""

    def __init__(self, region_name: str, account_id: str) -> None:
        """Start with none."""
        super().__init__(region_name, account_id)
        self.connections: dict[str, Connection] = {}
        self.tags: dict[str, dict[str, str]] = {}

    @property
    def _url_module(self) -> Any:
        bases = [rf"https?://{self.service}\.(.+)\.amazonaws\.com"]
        return SimpleNamespace(url_bases=bases, url_paths={"{0}/$": RESPONSES[self.service].dispatch})

    def create(self, name: str, provider: str, service: str) -> Connection:
        """Make a connection; its ARN has the name of the service by which it was made."""
        if any(each["ConnectionName"] == name for each in self.connections.values()):
            raise JsonRESTError("ResourceAlreadyExistsException", f"Connection with name {name} already exists")
        arn = f"arn:aws:{service}:{self.region_name}:{self.account_id}:connection/{uuid.uuid4()}"
        self.connections[arn] = {
            "ConnectionName": name,
            "ConnectionArn": arn,
            "ProviderType": provider,
            "OwnerAccountId": self.account_id,
            "ConnectionStatus": "AVAILABLE",
        }
        return self.connections[arn]

    def get(self, arn: str) -> Connection:
        """Return a connection."""
        if arn not in self.connections:
            raise JsonRESTError("ResourceNotFoundException", f"Connection {arn} not found")
        return self.connections[arn]


class Response(BaseResponse):
    """The wire protocol of connections."""

    service = ""
    call_action = refusing(BaseResponse.call_action)

    def __init__(self) -> None:
        """Name the service."""
        super().__init__(service_name=self.service)

    @property
    def _backend(self) -> Backend:
        # Either name reaches the same connections.
        return BACKENDS[SERVICES[0]][self.current_account][self.region]

    def create_connection(self) -> str:
        """Make a connection."""
        provider = self._get_param("ProviderType")
        if self._get_param("HostArn"):
            raise JsonRESTError("ValidationException", "The rehearsal does not support hosts of connections.")
        if provider not in PROVIDERS:
            raise JsonRESTError("ValidationException", f"ProviderType {provider} is none of {', '.join(PROVIDERS)}")
        arn = self._backend.create(self._get_param("ConnectionName"), provider, self.service)["ConnectionArn"]
        tags = self._get_param("Tags") or []
        self._backend.tags[arn] = {tag["Key"]: tag["Value"] for tag in tags}
        return json.dumps({"ConnectionArn": arn, **({"Tags": tags} if tags else {})})

    def get_connection(self) -> str:
        """Describe a connection."""
        return json.dumps({"Connection": self._backend.get(self._get_param("ConnectionArn"))})

    def list_connections(self) -> str:
        """Describe all connections."""
        provider = self._get_param("ProviderTypeFilter")
        found = self._backend.connections.values()
        return json.dumps({"Connections": [each for each in found if provider in (None, each["ProviderType"])]})

    def delete_connection(self) -> str:
        """Delete a connection."""
        arn = self._backend.get(self._get_param("ConnectionArn"))["ConnectionArn"]
        del self._backend.connections[arn]
        self._backend.tags.pop(arn, None)
        return "{}"

    def list_tags_for_resource(self) -> str:
        """Return the tags of a connection."""
        tags = self._tags()
        return json.dumps({"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]})

    def tag_resource(self) -> str:
        """Add tags to a connection."""
        self._tags().update({tag["Key"]: tag["Value"] for tag in self._get_param("Tags")})
        return "{}"

    def untag_resource(self) -> str:
        """Take tags from a connection."""
        tags = self._tags()
        for key in self._get_param("TagKeys"):
            tags.pop(key, None)
        return "{}"

    def _tags(self) -> dict[str, str]:
        arn = self._backend.get(self._get_param("ResourceArn"))["ConnectionArn"]
        return self._backend.tags.setdefault(arn, {})


def _of(base: type[Any], service: str) -> type[Any]:
    return type(base.__name__, (base,), {"service": service, "__module__": __name__})


RESPONSES: dict[str, type[Any]] = {service: _of(Response, service) for service in SERVICES}
BACKENDS: dict[str, BackendDict[Backend]] = {
    # boto3 does not say in which regions the newer of the two is.
    service: BackendDict(_of(Backend, service), service, additional_regions=REGIONS)
    for service in SERVICES
}
