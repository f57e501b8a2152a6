"""The only place where moto's load balancers are replaced by ours."""

from types import ModuleType
from typing import TYPE_CHECKING, Any

import moto.core.errors
import moto.elb.urls
import moto.elbv2.models
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup, elbv2_backends
from moto.elbv2.responses import ELBV2Response

from rehearsal.loadbalancing.addresses import Addresses
from rehearsal.loadbalancing.balancers import Balancers
from rehearsal.loadbalancing.groups import TargetGroup
from rehearsal.loadbalancing.listeners import Listeners
from rehearsal.loadbalancing.responses import Response
from rehearsal.loadbalancing.targets import Targets

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

# Errors that any service of AWS may answer with, and no service's model names.
ANY_SERVICE = ("InternalFailure", "InvalidAction")
KNOWN_ERRORS = tuple(moto.core.errors.COMMON_ERROR_CODES)


class Backend(Balancers, Listeners, Targets):
    """One region's load balancers."""


def install(cloud: "Cloud") -> None:
    """Let every region's load balancers be real ones of this cloud."""
    Backend.cloud, Backend.addresses = cloud, Addresses()
    moto.core.errors.COMMON_ERROR_CODES[:] = [*KNOWN_ERRORS, *ANY_SERVICE]
    _swap(Backend, TargetGroup, Response)


def remove() -> None:
    """Leave moto as it was."""
    if "addresses" in vars(Backend):
        Backend.addresses.close()
    moto.core.errors.COMMON_ERROR_CODES[:] = KNOWN_ERRORS
    _swap(ELBv2Backend, FakeTargetGroup, ELBV2Response)


def _swap(backend: type[ELBv2Backend], group: type[Any], response: type[ELBV2Response]) -> None:
    elbv2_backends.backend = backend
    elbv2_backends.clear()
    _set(moto.elbv2.models, "FakeTargetGroup", group)
    _set(moto.elb.urls, "ELBV2Response", response)


def _set(module: ModuleType, name: str, value: Any) -> None:
    setattr(module, name, value)
