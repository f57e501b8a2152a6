"""What starting would load, and most never ask for, is loaded once somebody does ask; nothing is loaded twice."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import botocore.loaders
import botocore.session
import moto.core.utils
import moto.utilities.utils
from botocore.exceptions import DataNotFoundError
from botocore.session import Session
from moto.core.loaders import create_loader

if TYPE_CHECKING:
    from collections.abc import Callable

# moto's own engine for templates, which imports every service that has a type of resource.
ENGINE = "moto.cloudformation.parsing"
ENGINE_CLASSES = ("Export", "OutputMap", "ResourceMap")
# Which types of instances each place offers: costlier than all else of EC2.
CATALOGUE = "moto.ec2.models.instance_types"
OFFERINGS = "ec2/resources/instance_type_offerings/"
EC2 = "ec2"
DESCRIPTION = "service-2"
LOAD = moto.utilities.utils.load_resource
REGIONS = Session.get_available_regions


def lighten() -> None:
    """Import the costly parts of moto at little cost; they work as if they had been imported as usual."""
    _change_botocore()
    if CATALOGUE not in sys.modules:
        _import_ec2()
    if ENGINE not in sys.modules:
        _import_cloudformation()


class Offerings(Sequence[dict[str, Any]]):
    """The types of instances that a place offers, read when somebody asks for them."""

    def __init__(self, kind: str, region: str) -> None:
        """Be those of a region, by this kind of place."""
        self._kind = kind
        self._region = region

    def __len__(self) -> int:
        """Count them."""
        return len(self._read)

    def __getitem__(self, index: Any) -> Any:
        """Return one or more of them."""
        return self._read[index]

    @functools.cached_property
    def _read(self) -> list[dict[str, Any]]:
        found = LOAD(f"{OFFERINGS}{self._kind}/{self._region}.json")
        return [{**each, "LocationType": self._kind} for each in found]


def _change_botocore() -> None:
    if Session.get_available_regions is _regions:
        return
    _set(Session, "get_available_regions", _regions)
    # Each session would read the descriptions of the services for itself, and moto once more for each service.
    _set(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
    _set(moto.core.utils, "_load_service_model", _shared)
    # Plain dictionaries keep their order too, and take half the memory.
    _set(botocore.loaders, "OrderedDict", dict)


@functools.cache
def _own() -> Any:
    return create_loader()


def _shared(service: str, kind: str) -> Any:
    """Return the description that clients use too, unless moto adds to it."""
    own = _own()
    try:
        version = own.determine_latest_version(service, kind)
    except DataNotFoundError:
        # It says which services there are, by the error that moto's callers expect.
        return own.load_service_model(service, kind)
    if kind != DESCRIPTION or any(own._find_extras(service, kind, version)):  # noqa: SLF001 - no other way to ask
        return own.load_service_model(service, kind, version)
    # As sessions ask for it.
    return botocore.session.create_loader(None).load_service_model(service, kind, version)


def _import_ec2() -> None:
    _set(moto.utilities.utils, "load_resource", _all_but_offerings)
    try:
        importlib.import_module("moto.ec2.models")
    finally:
        _set(moto.utilities.utils, "load_resource", LOAD)
    for kind, regions in sys.modules[CATALOGUE].INSTANCE_TYPE_OFFERINGS.items():
        for region in regions:
            regions[region] = Offerings(kind, region)


def _import_cloudformation() -> None:
    sys.modules[ENGINE] = _engine()
    try:
        importlib.import_module("moto.cloudformation.models")
    finally:
        # Whoever imports it by its name gets the real one.
        del sys.modules[ENGINE]


def _engine() -> ModuleType:
    """Return moto's engine for templates, which is imported when one of its classes is used."""

    def make(name: str, *args: Any, **kwargs: Any) -> Any:
        return getattr(importlib.import_module("moto.cloudformation.parsing"), name)(*args, **kwargs)

    module = ModuleType(ENGINE)
    vars(module).update({name: functools.partial(make, name) for name in ENGINE_CLASSES})
    return module


def _all_but_offerings(resource: str) -> Any:
    return [] if resource.startswith(OFFERINGS) else LOAD(resource)


def _regions(session: Session, service_name: str, *args: Any, **kwargs: Any) -> Any:
    """Return the regions of a service, without reading the description of EC2, by far the largest."""
    if service_name != EC2:
        return REGIONS(session, service_name, *args, **kwargs)
    endpoints: Any = session.get_component("endpoint_resolver")
    return endpoints.get_available_endpoints(EC2, *args, **kwargs)


def _set(holder: Any, name: str, function: Callable[..., Any]) -> None:
    setattr(holder, name, function)
