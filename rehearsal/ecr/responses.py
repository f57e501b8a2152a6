"""ECR's API, as far as moto does not answer as AWS does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from moto.core.responses import ActionResult
from moto.ecr.responses import ECRResponse

from rehearsal.ecr import layers
from rehearsal.ecr.backend import Backend
from rehearsal.ecr.errors import LayerInaccessibleError

if TYPE_CHECKING:
    from rehearsal.ecr.tokens import Tokens


class Response(ECRResponse):
    """Answers from the registry where it counts."""

    tokens: ClassVar[Tokens]

    @property
    def repositories(self) -> Backend:
        """The region's repositories."""
        backend = self.ecr_backend
        if not isinstance(backend, Backend):
            raise TypeError("moto's own repositories are still in place")
        return backend

    def get_authorization_token(self) -> ActionResult:
        """Give out a password for the registry."""
        granted = self.tokens.issue(self.get_access_key(), self.region)
        wanted = self._get_param("registryIds") or [self.current_account]
        told = {
            "authorizationToken": granted.token,
            "expiresAt": granted.expires,
            "proxyEndpoint": f"http://{self.repositories.cloud.registry}",
        }
        return ActionResult({"authorizationData": [told for _ in wanted]})

    def get_download_url_for_layer(self) -> ActionResult:  # type: ignore[override] # moto's one only raises
        """Return where a layer can be fetched by whoever knows the address."""
        repository, digest = self._repository(), self._get_param("layerDigest")
        backend = self.repositories
        if layers.size(backend, repository.name, digest) is None:
            raise LayerInaccessibleError(digest, repository.name, repository.registry_id)
        url = f"http://{backend.registry.host}/v2/{backend.place(repository.name)}/blobs/{digest}"
        return ActionResult({"downloadUrl": url, "layerDigest": digest})

    def batch_check_layer_availability(self) -> ActionResult:
        """Tell which layers the registry has."""
        digests = self._get_param("layerDigests") or []
        return ActionResult(layers.availability(self.repositories, self._repository().name, digests))

    def complete_layer_upload(self) -> ActionResult:
        """Store in the registry what has been uploaded."""
        repository = self._repository()
        told = layers.complete(
            self.repositories, repository, self._get_param("uploadId"), self._get_param("layerDigests") or []
        )
        return ActionResult(told)

    def describe_images(self) -> ActionResult:
        """Describe images; a filter selects by whether they have tags."""
        answer = super().describe_images()
        status = (self._get_param("filter") or {}).get("tagStatus", "ANY")
        if status != "ANY":
            found: list[Any] = answer.result["imageDetails"]  # type: ignore[index] # moto's own dictionary
            kept = [image for image in found if bool(getattr(image, "image_tags", [])) == (status == "TAGGED")]
            return ActionResult({"imageDetails": kept})
        return answer

    def _repository(self) -> Any:
        return self.repositories.repository(self._get_param("repositoryName"), self._get_param("registryId"))
