"""AWS's quotas for load balancers, which moto does not know."""

from typing import TYPE_CHECKING

from moto.elbv2.exceptions import ELBClientError

from rehearsal.loadbalancing.actions import group_arns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.elbv2.models import ELBv2Backend, FakeListener, FakeLoadBalancer

BALANCERS = 50
LISTENERS = 50
RULES = 100
GROUPS = 100
# Everything that DescribeAccountLimits tells of, as an account has it that never asked for more.
ACCOUNT = {
    "application-load-balancers": BALANCERS,
    "certificates-per-application-load-balancer": 25,
    "certificates-per-network-load-balancer": 25,
    "condition-values-per-alb-rule": 5,
    "condition-wildcards-per-alb-rule": 5,
    "gateway-load-balancers": 100,
    "gateway-load-balancers-per-vpc": 100,
    "geneve-target-groups": 100,
    "listeners-per-application-load-balancer": LISTENERS,
    "listeners-per-network-load-balancer": 50,
    "network-load-balancers": 50,
    "rules-per-application-load-balancer": RULES,
    "target-groups": 3000,
    "target-groups-per-action-on-application-load-balancer": 5,
    "target-groups-per-action-on-network-load-balancer": 1,
    "target-groups-per-application-load-balancer": GROUPS,
    "targets-per-application-load-balancer": 1000,
    "targets-per-availability-zone-per-gateway-load-balancer": 300,
    "targets-per-availability-zone-per-network-load-balancer": 500,
    "targets-per-network-load-balancer": 3000,
}


def used_groups(balancer: "FakeLoadBalancer") -> dict[str, None]:
    """Return the target groups that a load balancer's rules lead to, each once, in order."""
    rules = (rule for listener in balancer.listeners.values() for rule in listener.rules.values())
    return dict.fromkeys(arn for rule in rules for action in rule.actions for arn in group_arns(action.data))


def check_balancers(backend: "ELBv2Backend") -> None:
    """Refuse another load balancer if there are too many."""
    if len(backend.load_balancers) >= BALANCERS:
        raise _exceeded("TooManyLoadBalancers", "load balancers for this account")


def check_listeners(balancer: "FakeLoadBalancer") -> None:
    """Refuse another listener if there are too many."""
    if len(balancer.listeners) >= LISTENERS:
        raise _exceeded("TooManyListeners", "listeners for this load balancer")


def check_rules(balancer: "FakeLoadBalancer") -> None:
    """Refuse another rule if there are too many, defaults not counted."""
    if sum(len(listener.rules) - 1 for listener in balancer.listeners.values()) >= RULES:
        raise _exceeded("TooManyRules", "rules for this load balancer")


def check_groups(backend: "ELBv2Backend", balancer: "FakeLoadBalancer", arns: "Iterable[str]") -> None:
    """Refuse target groups that another load balancer has, or that are too many for this one."""
    wanted = list(arns)
    for other in backend.load_balancers.values():
        taken = [arn for arn in wanted if other is not balancer and arn in used_groups(other)]
        if taken:
            raise ELBClientError(
                "TargetGroupAssociationLimit",
                "The following target groups cannot be associated with more than one load balancer: "
                + ", ".join(taken),
            )
    if len({**used_groups(balancer), **dict.fromkeys(wanted)}) > GROUPS:
        raise _exceeded("TooManyUniqueTargetGroupsPerLoadBalancer", "unique target groups for this load balancer")


def balancer_of(backend: "ELBv2Backend", listener: "FakeListener") -> "FakeLoadBalancer":
    """Return the load balancer that a listener belongs to."""
    return backend.load_balancers[listener.load_balancer_arn]


def _exceeded(code: str, what: str) -> ELBClientError:
    return ELBClientError(code, f"You've reached the limit on the number of {what}")
