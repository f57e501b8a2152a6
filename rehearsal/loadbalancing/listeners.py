"""Calls about listeners and rules."""

from typing import Any

from moto.elbv2.exceptions import (
    DuplicateListenerError,
    DuplicatePriorityError,
    ListenerNotFoundError,
    PriorityInUseError,
)
from moto.elbv2.models import FakeListener, FakeListenerRule, FakeLoadBalancer, FakeRule

from rehearsal.loadbalancing import actions as rule_actions
from rehearsal.loadbalancing import conditions as rule_conditions
from rehearsal.loadbalancing import limits
from rehearsal.loadbalancing.backend import Region, changes, reads
from rehearsal.loadbalancing.certificates import certificate_of
from rehearsal.loadbalancing.errors import between, invalid, misconfigured, not_permitted
from rehearsal.loadbalancing.picture import ordered

Data = dict[str, Any]
MOST_PRIORITY = 50_000


class Listeners(Region):
    """Listeners and rules, whose actions and conditions are always told as AWS tells them."""

    def create_listener(self, *args: Any, **settings: Any) -> FakeListener:
        """Make a listener, or return the one that is just so; take it back if it cannot be bound to any port."""
        listener = self._create_listener(*args, **settings)
        bound = self.bound[listener.arn]
        if bound.error:
            self.delete_listener(listener.arn)
            raise misconfigured(f"The listener cannot be opened: {bound.error}")
        return listener

    @changes
    def _create_listener(
        self,
        load_balancer_arn: str,
        protocol: str,
        port: str,
        ssl_policy: str,
        certificate: str | None,
        actions: list[Data],
        **settings: Any,
    ) -> FakeListener:
        balancer = self.describe_load_balancers([load_balancer_arn], None)[0]
        self._validate_port_and_protocol(balancer.type, port, protocol)
        number = between(port, "port", 1, 65535)
        actions = self._completed(balancer, actions)
        self._check_certificate(protocol, certificate)
        existing = self._on_port(balancer, number)
        if existing is not None:
            same = existing.protocol == protocol and [action.data for action in existing.default_actions] == actions
            if same and existing.certificate == certificate:
                return existing
            raise _duplicate(balancer)
        limits.check_listeners(balancer)
        given = (load_balancer_arn, protocol, number, ssl_policy, certificate, actions)
        listener = super().create_listener(*given, **settings)  # type: ignore[arg-type]  # ports are numbers
        if protocol != "HTTPS":
            listener.ssl_policy = None  # type: ignore[assignment]  # moto has one always
        return listener

    @changes
    def modify_listener(
        self,
        arn: str,
        port: str | None = None,
        protocol: str | None = None,
        ssl_policy: str | None = None,
        certificates: list[Data] | None = None,
        actions: list[Data] | None = None,
    ) -> FakeListener:
        """Change a listener, its default rule included."""
        listener = self.describe_listeners(None, [arn])[0]
        balancer = limits.balancer_of(self, listener)
        if protocol is not None:
            self._validate_port_and_protocol(balancer.type, str(listener.port), protocol)
        number = between(port, "port", 1, 65535) if port is not None else None
        other = self._on_port(balancer, number) if number else None
        if other is not None and other is not listener:
            raise _duplicate(balancer)
        actions = self._completed(balancer, actions) if actions else []
        secure = (protocol or listener.protocol) == "HTTPS"
        if not secure:
            listener.certificate, listener.certificates = None, []
        chosen = certificates[0]["CertificateArn"] if certificates else listener.certificate
        self._check_certificate("HTTPS" if secure else "HTTP", chosen)
        given = (arn, number, protocol, ssl_policy, certificates or [], actions)
        return super().modify_listener(*given)  # type: ignore[arg-type]  # ports are numbers

    @changes
    def add_listener_certificates(self, arn: str, certificates: list[Data]) -> list[str]:
        """Serve more certificates, by the names that are on them."""
        for given in certificates:
            certificate_of(self, given["CertificateArn"])
        return super().add_listener_certificates(arn, certificates)

    @changes
    def delete_listener(self, listener_arn: str) -> FakeListener:
        """Remove a listener with its rules."""
        return super().delete_listener(listener_arn)

    @changes
    def create_rule(
        self,
        listener_arn: str,
        conditions: list[Data],
        priority: int,
        actions: list[Data],
        tags: list[dict[str, str]] | None = None,
    ) -> FakeListenerRule:
        """Add a rule to a listener."""
        listener = self.describe_listeners(None, [listener_arn])
        if not listener:
            raise ListenerNotFoundError
        balancer = limits.balancer_of(self, listener[0])
        number = between(priority, "priority", 1, MOST_PRIORITY)
        rule_conditions.check(conditions)
        limits.check_rules(balancer)
        completed = self._completed(balancer, actions)
        rule = super().create_rule(listener_arn, conditions, number, completed, tags)
        rule.conditions = rule_conditions.completed(conditions)
        return rule

    @changes
    def modify_rule(self, rule_arn: str, conditions: list[Data], actions: list[Data]) -> FakeRule:
        """Change a rule; what is not given stays."""
        rule = self.describe_rules(None, [rule_arn])[0]
        if rule.is_default:
            raise not_permitted(f"Default rule '{rule_arn}' cannot be modified")
        if conditions:
            rule_conditions.check(conditions)
        completed = self._completed(self._balancer_of(rule), actions) if actions else []
        rule = super().modify_rule(rule_arn, conditions, completed)
        rule.conditions = rule_conditions.completed(rule.conditions)
        return rule

    @changes
    def delete_rule(self, arn: str) -> None:
        """Remove a rule."""
        rules = (rule for balancer in self.load_balancers.values() for rule in _rules(balancer))
        if any(rule.arn == arn and rule.is_default for rule in rules):
            raise not_permitted(f"Default rule '{arn}' cannot be deleted")
        super().delete_rule(arn)

    @changes
    def set_rule_priorities(self, rule_priorities: list[Data]) -> list[FakeRule]:
        """Reorder rules, which may trade places."""
        wanted = {
            given["RuleArn"]: between(given["Priority"], "priority", 1, MOST_PRIORITY) for given in rule_priorities
        }
        for priority in wanted.values():
            if list(wanted.values()).count(priority) > 1:
                raise DuplicatePriorityError(str(priority))
        rules = self.describe_rules(None, list(wanted))
        if any(rule.is_default for rule in rules):
            raise not_permitted("The priority of a default rule cannot be changed")
        for listener in self.describe_listeners(None, [rule.listener_arn for rule in rules]):
            others = {rule.priority for rule in listener.rules.values() if rule.arn not in wanted}
            if others & set(wanted.values()):
                raise PriorityInUseError
        for rule in rules:
            rule.priority = wanted[rule.arn]
        return rules

    @reads
    def describe_rules(self, listener_arn: str | None, rule_arns: list[str] | None) -> list[FakeRule]:
        """Return rules, a listener's in the order in which they are tried."""
        found = super().describe_rules(listener_arn, rule_arns)
        return ordered(self.describe_listeners(None, [listener_arn])[0]) if listener_arn else found

    def _completed(self, balancer: FakeLoadBalancer, actions: list[Data]) -> list[Data]:
        completed = rule_actions.completed(actions, self.target_groups)
        limits.check_groups(self, balancer, [arn for action in completed for arn in rule_actions.group_arns(action)])
        return completed

    def _check_certificate(self, protocol: str, arn: str | None) -> None:
        if protocol == "HTTPS":
            if not arn:
                raise invalid("A certificate must be specified for HTTPS listeners")
            certificate_of(self, arn)
        elif arn:
            raise misconfigured(f"A certificate cannot be specified for {protocol} listeners")

    def _on_port(self, balancer: FakeLoadBalancer, port: int) -> FakeListener | None:
        return next((each for each in balancer.listeners.values() if int(each.port) == port), None)

    def _balancer_of(self, rule: FakeRule) -> FakeLoadBalancer:
        return limits.balancer_of(self, self.describe_listeners(None, [rule.listener_arn])[0])


def _rules(balancer: FakeLoadBalancer) -> list[FakeRule]:
    return [rule for listener in balancer.listeners.values() for rule in listener.rules.values()]


def _duplicate(balancer: FakeLoadBalancer) -> DuplicateListenerError:
    return DuplicateListenerError(f"A listener already exists on this port for this load balancer '{balancer.arn}'")
