"""The ECR repository that keeps the application's images."""

import base64
import re
from typing import TYPE_CHECKING

from deployer.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

URI = re.compile(r"^[\w.-]+(:\d+)?/(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)$")


class Repository:
    """The ECR repository that keeps the application's images."""

    def __init__(self, uri: str, ecr: "ECRClient") -> None:
        """Take the repository by its URI, without a tag."""
        found = URI.match(uri)
        if found is None:
            raise ConfigurationError(
                f"REPOSITORY_URI is {uri!r}; a repository's URI looks like "
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/name, without a tag."
            )
        self.uri = uri
        self._name = found["name"]
        self._ecr = ecr

    def digest_of(self, tag: str) -> str | None:
        """Return the digest of the image that carries the tag, or None if no image does."""
        try:
            images = self._ecr.describe_images(repositoryName=self._name, imageIds=[{"imageTag": tag}])
        except self._ecr.exceptions.ImageNotFoundException:
            return None
        return images["imageDetails"][0]["imageDigest"]

    def login(self) -> dict[str, str]:
        """Return a user name and password for pushing, valid for some hours; they belong in no log and no file."""
        [granted] = self._ecr.get_authorization_token()["authorizationData"]
        user, _, password = base64.b64decode(granted["authorizationToken"]).decode().partition(":")
        return {"username": user, "password": password}
