"""Calls about load balancers."""

import re
from typing import Any

from moto.elbv2.exceptions import DuplicateLoadBalancerName, ELBClientError, LoadBalancerNotFoundError
from moto.elbv2.models import FakeLoadBalancer

from rehearsal.loadbalancing import attributes, limits
from rehearsal.loadbalancing.backend import LOG, Region, changes
from rehearsal.loadbalancing.errors import invalid, not_permitted, one_of, unsupported

NAME = re.compile(r"(?!internal-)(?!-)[A-Za-z0-9-]{1,32}(?<!-)")


class Balancers(Region):
    """Load balancers, each with an address of its own as its DNS name."""

    @changes
    def create_load_balancer(self, name: str, *args: Any, **settings: Any) -> FakeLoadBalancer:
        """Make a load balancer, or return the one that is just so."""
        settings = {**dict(zip(("security_groups", "subnet_ids"), args, strict=False)), **settings}
        settings["scheme"] = settings.get("scheme") or "internet-facing"
        settings["ip_address_type"] = settings.get("ip_address_type") or "ipv4"
        settings["loadbalancer_type"] = settings.get("loadbalancer_type") or "application"
        self._check_balancer(name, settings)
        existing = next((balancer for balancer in self.load_balancers.values() if balancer.name == name), None)
        if existing is not None:
            return self._same(existing, settings)
        limits.check_balancers(self)
        balancer = super().create_load_balancer(name, **settings)
        balancer.dns_name = self.addresses.take()
        balancer.attrs = dict(attributes.BALANCER)
        return balancer

    @changes
    def delete_load_balancer(self, arn: str) -> None:
        """Remove a load balancer with its listeners and rules; one that is not there is no error, as on AWS."""
        balancer = self.load_balancers.get(arn)
        if balancer is None:
            return
        if balancer.attrs["deletion_protection.enabled"] == "true":
            raise not_permitted(f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled")
        super().delete_load_balancer(arn)
        self.addresses.give_back(balancer.dns_name)

    @changes
    def modify_load_balancer_attributes(self, arn: str, attrs: dict[str, Any]) -> dict[str, Any]:
        """Change attributes."""
        balancer = self.load_balancers.get(arn)
        if balancer is None:
            raise LoadBalancerNotFoundError
        attributes.check_balancer(attrs)
        logs = [key for key, value in attrs.items() if key.startswith(attributes.LOGS) and value == "true"]
        for key in logs:
            LOG.warning("%s: %s is accepted, but the rehearsal writes no such logs", balancer.name, key)
        balancer.attrs.update({key: str(value) for key, value in attrs.items()})
        return balancer.attrs

    def _check_balancer(self, name: str, settings: dict[str, Any]) -> None:
        if not NAME.fullmatch(name or ""):
            raise invalid(
                f"The load balancer name '{name}' must have 1 to 32 alphanumeric characters or hyphens, "
                "not begin or end with a hyphen, and not begin with 'internal-'"
            )
        one_of(settings["scheme"], "scheme", ("internet-facing", "internal"))
        one_of(settings["loadbalancer_type"], "type", ("application", "network", "gateway"))
        if settings["loadbalancer_type"] != "application":
            raise unsupported(f"load balancers of type '{settings['loadbalancer_type']}'")
        for group in settings.get("security_groups") or []:
            if self.ec2_backend.get_security_group_from_id(group) is None:
                raise ELBClientError("InvalidSecurityGroup", f"The security group '{group}' does not exist")
        zones = {self.ec2_backend.get_subnet(subnet).availability_zone for subnet in _subnets(settings)}
        if len(zones) < 2:
            raise invalid("At least two subnets in two different Availability Zones must be specified")

    def _same(self, existing: FakeLoadBalancer, settings: dict[str, Any]) -> FakeLoadBalancer:
        given = (settings["scheme"], settings["ip_address_type"], set(settings.get("security_groups") or []))
        found = (existing.scheme, existing.ip_address_type, set(existing.security_groups or []))
        if given != found or {subnet.id for subnet in existing.subnets} != set(_subnets(settings)):
            raise DuplicateLoadBalancerName(
                f"A load balancer with the same name '{existing.name}' exists, but with different settings"
            )
        return existing


def _subnets(settings: dict[str, Any]) -> list[str]:
    mapped = [mapping["SubnetId"] for mapping in settings.get("subnet_mappings") or []]
    return [*(settings.get("subnet_ids") or []), *mapped]
