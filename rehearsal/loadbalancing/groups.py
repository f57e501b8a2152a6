"""A target group whose targets are told apart by port as well."""

import ipaddress
from typing import Any

from moto.elbv2.models import FakeHealthStatus, FakeTargetGroup

from rehearsal.dataplane.reasons import NOT_REGISTERED, Verdict
from rehearsal.loadbalancing.attributes import GROUP
from rehearsal.loadbalancing.errors import between, invalid, unsupported

TARGETS_PER_GROUP = 1000


class TargetGroup(FakeTargetGroup):
    """moto's target group, corrected."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        """Begin with the attributes that AWS gives."""
        super().__init__(*args, **settings)
        self.attributes = dict(GROUP)
        # Targets that are out of order on purpose, whatever they answer.
        self.failing: set[tuple[str, int]] = set()

    def register(self, targets: list[dict[str, Any]]) -> None:
        """Add targets; one that is there already is left as it is."""
        wanted = [self._endpoint(target) for target in targets]
        for address, _ in wanted:
            self._check(address)
        for address, port in wanted:
            self.targets[f"{address}:{port}"] = {"Id": address, "Port": port}
        if len(self.targets) > TARGETS_PER_GROUP:
            for address, port in wanted:
                self.targets.pop(f"{address}:{port}", None)
            raise invalid(f"A target group can have at most '{TARGETS_PER_GROUP}' targets")

    def deregister(self, targets: list[dict[str, Any]]) -> None:
        """Take targets out; one that is not there is no error, as on AWS."""
        for target in targets:
            address, port = self._endpoint(target)
            self.targets.pop(f"{address}:{port}", None)

    def described(self, targets: list[dict[str, Any]], health: dict[str, Verdict]) -> list[FakeHealthStatus]:
        """Return the health of these targets, or of all that are registered or draining."""
        keys = [":".join(map(str, self._endpoint(target))) for target in targets] or list({**self.targets, **health})
        return [self._status(key, health.get(key, NOT_REGISTERED)) for key in keys]

    def _status(self, key: str, verdict: Verdict) -> FakeHealthStatus:
        address, _, port = key.rpartition(":")
        check_port = port if self.health_check_port == "traffic-port" else self.health_check_port
        reason, description = verdict.reason or None, verdict.description or None
        return FakeHealthStatus(address, port, check_port, verdict.state, reason, description)

    def _endpoint(self, target: dict[str, Any]) -> tuple[str, int]:
        return target["Id"], between(target.get("Port") or self.port, "port", 1, 65535)

    def _check(self, address: str) -> None:
        if self.target_type == "instance":
            raise unsupported("targets that are instances: register IP addresses in a group with target type 'ip'")
        try:
            ipaddress.ip_address(address)
        except ValueError:
            raise invalid(f"The IP address '{address}' is not a valid IPv4 address") from None
