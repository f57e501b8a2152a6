"""The Docker engine, which builds an image and pushes it."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

import docker
from docker.errors import APIError, DockerException, StreamParseError
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from deployer.progress import Layers, Steps
from deployer.recipe import Recipe
from traffic.errors import FlipsideError

# A registry may be busy with a large layer for minutes without a word.
PATIENCE = 600


class PushError(FlipsideError):
    """The image is built, but the registry did not take it."""


class Engine:
    """The Docker engine that DOCKER_HOST names, or the one of this machine."""

    def __init__(self, api: docker.APIClient) -> None:
        """Take the engine by a connection to it."""
        self._api = api

    @classmethod
    @contextmanager
    def connected(cls) -> Iterator["Engine"]:
        """Be connected while the block runs."""
        try:
            client = docker.from_env(timeout=PATIENCE)
        except (DockerException, RequestException) as why:
            raise FlipsideError(
                f"No Docker engine answers; a CodeBuild project that builds images runs in privileged mode. {why}"
            ) from why
        with closing(client):
            yield cls(client.api)

    def build(self, recipe: Recipe, reference: str, labels: Mapping[str, str]) -> None:
        """Build the image and name it, with the steps and their output in the log."""
        steps = Steps()
        with _answering("building the image"):
            events = self._api.build(
                path=str(recipe.context),
                dockerfile=recipe.dockerfile,
                platform=recipe.platform,
                tag=reference,
                labels=dict(labels),
                rm=True,
                forcerm=True,
                decode=True,
            )
            steps.follow(events)
        if steps.failure or not steps.image:
            raise FlipsideError(_build_failure(steps))

    def push(self, repository: str, tag: str, login: Mapping[str, str]) -> str:
        """Push the image, with its layers in the log, and return the digest under which the registry has it."""
        layers = Layers()
        with _answering("pushing the image"):
            layers.follow(self._api.push(repository, tag=tag, stream=True, decode=True, auth_config=dict(login)))
        if layers.failure or not layers.digest:
            why = layers.failure or "the engine stopped without the registry's confirmation"
            raise PushError(f"Pushing the image failed: {why}")
        return layers.digest


def _build_failure(steps: Steps) -> str:
    where = f" at step {steps.step}" if steps.step else ""
    why = steps.failure or "the engine stopped without having finished the image"
    output = "".join(f"\n  {line}" for line in steps.last)
    return f"Building the image failed{where}: {why}" + (f"\nThe step's last lines:{output}" if output else "")


@contextmanager
def _answering(doing: str) -> Iterator[None]:
    try:
        yield
    except APIError as why:
        raise FlipsideError(f"The Docker engine refused while {doing}: {why.explanation or why}") from why
    except (DockerException, StreamParseError, RequestException, HTTPError) as why:
        raise FlipsideError(f"The Docker engine stopped answering while {doing}: {why}") from why
