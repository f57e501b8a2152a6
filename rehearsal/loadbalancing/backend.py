"""moto's records of one region, guarded, corrected, and put in force after every change."""

import logging
import threading
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import moto.elbv2.urls
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus

from rehearsal.dataplane.handle import DataPlaneError
from rehearsal.dataplane.snapshot import Snapshot
from rehearsal.loadbalancing.limits import used_groups
from rehearsal.loadbalancing.picture import picture_of, scope_of

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.dataplane.bound import Bound
    from rehearsal.dataplane.snapshot import Certificate
    from rehearsal.loadbalancing.addresses import Addresses
    from rehearsal.loadbalancing.groups import TargetGroup

LOG = logging.getLogger("rehearsal.loadbalancing")
Method = TypeVar("Method", bound=Callable[..., Any])


def changes(method: Method) -> Method:
    """Put the region in force when this call, and whatever it calls, is done."""

    @wraps(method)
    def guarded(self: "Region", *args: Any, **settings: Any) -> Any:
        with self.guard:
            self.depth += 1
            try:
                result = method(self, *args, **settings)
            finally:
                self.depth -= 1
            if not self.depth:
                self.publish()
            return result

    return cast("Method", guarded)


def reads(method: Method) -> Method:
    """Let nothing change while this call looks."""

    @wraps(method)
    def guarded(self: "Region", *args: Any, **settings: Any) -> Any:
        with self.guard:
            return method(self, *args, **settings)

    return cast("Method", guarded)


class Region(ELBv2Backend):
    """What every part of the corrected backend stands on."""

    cloud: ClassVar["Cloud"]
    addresses: ClassVar["Addresses"]

    def __init__(self, region_name: str, account_id: str) -> None:
        """Begin empty."""
        super().__init__(region_name, account_id)
        self.guard = threading.RLock()
        self.depth = 0
        self.bound: dict[str, Bound] = {}
        self.in_force: Snapshot | None = None
        self.served: dict[str, Certificate] = {}

    @property
    def _url_module(self) -> Any:
        return moto.elbv2.urls

    def reset(self) -> None:
        """Forget everything."""
        for balancer in self.load_balancers.values():
            self.addresses.give_back(balancer.dns_name)
        super().reset()
        self.cloud.dataplane.apply(Snapshot(scope_of(self)))

    def publish(self) -> None:
        """Have the data plane put the region in force."""
        users = {arn: balancer.arn for balancer in self.load_balancers.values() for arn in used_groups(balancer)}
        for group in self.target_groups.values():
            group.load_balancer_arns = [users[group.arn]] if group.arn in users else []
        picture = picture_of(self)
        if picture == self.in_force:
            return
        try:
            self.bound, self.in_force = self.cloud.dataplane.apply(picture), picture
        except DataPlaneError as error:
            LOG.exception("the load balancers of %s are not in force", self.region_name)
            raise ELBClientError("InternalFailure", f"The change is recorded but not in force: {error}") from error

    @changes
    def fail_target(self, target_group_arn: str, address: str, port: int, *, failing: bool) -> None:
        """Let a target's health checks fail from now on, or no more."""
        found: Any = self.target_groups.get(target_group_arn)
        if found is not None:
            (found.failing.add if failing else found.failing.discard)((address, port))

    @reads
    def describe_target_health(self, target_group_arn: str, targets: list[dict[str, Any]]) -> list[FakeHealthStatus]:
        """Return what the data plane's health checks found."""
        (found,) = self.describe_target_groups(None, [target_group_arn], None)
        group = cast("TargetGroup", found)
        return group.described(targets, self.cloud.dataplane.health(target_group_arn))


READS = (
    "describe_listeners",
    "describe_load_balancer_attributes",
    "describe_load_balancers",
    "describe_rules",
    "describe_target_groups",
    "describe_listener_attributes",
    "describe_listener_certificates",
)
CHANGES = (
    "modify_listener_attributes",
    "notify_terminate_instances",
    "remove_listener_certificates",
    "remove_tags",
    "set_ip_address_type",
    "set_security_groups",
    "set_subnets",
)
for name in READS:
    setattr(Region, name, reads(getattr(Region, name)))
for name in CHANGES:
    setattr(Region, name, changes(getattr(Region, name)))
