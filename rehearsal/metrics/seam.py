"""The only place where moto's CloudWatch is replaced by ours."""

import logging
from typing import TYPE_CHECKING

import moto.cloudwatch.urls
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse

from rehearsal.dataplane.handle import DataPlaneError
from rehearsal.metrics.backend import Backend
from rehearsal.metrics.responses import Response
from rehearsal.metrics.sampling import Sampler

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

LOG = logging.getLogger("rehearsal.metrics")
EVERY = 1.0


def install(cloud: "Cloud") -> None:
    """Let every region's metrics be those of this cloud."""
    Backend.cloud, Backend.sampler = cloud, Sampler(cloud)
    _swap(Backend, Response)


def start(cloud: "Cloud") -> None:
    """Begin to take samples and to judge alarms."""
    cloud.workers.spawn("metrics", _watch, cloud)


def remove() -> None:
    """Leave moto as it was."""
    _swap(CloudWatchBackend, CloudWatchResponse)


def _watch(cloud: "Cloud") -> None:
    # What is measured in a minute is measured by the clock: there is nothing else to wait for.
    while not cloud.workers.stopping.wait(EVERY):
        try:
            Backend.sampler.sample()
            for region in cloud.regions("cloudwatch"):
                cloud.backend("cloudwatch", region).judge()
        except DataPlaneError as error:
            # It is being started again, or has said so itself that it is not.
            LOG.warning("no sample: %s", error)


def _swap(backend: type[CloudWatchBackend], response: type[CloudWatchResponse]) -> None:
    cloudwatch_backends.backend = backend
    cloudwatch_backends.clear()
    moto.cloudwatch.urls.url_paths = {"{0}/$": response.dispatch}
