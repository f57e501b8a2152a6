"""Finding the sides behind a load balancer that is known by its name alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from traffic import listener_rules, target_tags
from traffic.errors import FlipsideError, Refused
from traffic.pages import every_page
from traffic.sides import IDENTIFIERS, Side
from traffic.view import Junction

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import ListenerTypeDef, LoadBalancerTypeDef, RuleTypeDef

    from traffic.listener_rules import Route

# `active_impaired` cannot grow, but it serves: that is no reason to keep anybody from rolling back.
ROUTING = {"active", "active_impaired"}


class Ruled(NamedTuple):
    """A listener and its rules."""

    listener: ListenerTypeDef
    rules: list[RuleTypeDef]


class Discovered(NamedTuple):
    """Who is live and who is idle behind a load balancer, and by which rules."""

    load_balancer: str
    live: Side
    idle: Side
    production: Route
    test: Route

    @property
    def junction(self) -> Junction:
        """The places where production can be moved."""
        if self.production.rule is None or self.test.rule is None:
            raise Refused(
                f"Traffic can be moved by listener rules only, and a listener of {self.load_balancer} forwards by its "
                "default action. Give it a rule for the path *."
            )
        groups = {side.identifier: side.target_group for side in (self.live, self.idle)}
        return Junction(self.production.rule, self.test.rule, *(groups[identifier] for identifier in IDENTIFIERS))


def discover(
    elbv2: ElasticLoadBalancingv2Client, load_balancer: str, production_port: int, test_port: int
) -> Discovered | None:
    """The sides behind a load balancer, or None when there is no such load balancer yet."""
    found = _load_balancer(elbv2, load_balancer)
    if found is None:
        return None
    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(_listeners, elbv2, found)
        groups = pool.submit(_target_groups, elbv2, found)
    with ThreadPoolExecutor(2) as pool:
        tags = pool.submit(target_tags.read, elbv2, groups.result())
        ruled = pool.submit(_ruled, elbv2, asked.result())
    routes = _routes(load_balancer, ruled.result(), (production_port, test_port))
    return _discovered(load_balancer, *routes, _sides(tags.result(), load_balancer))


def _load_balancer(elbv2: ElasticLoadBalancingv2Client, name: str) -> LoadBalancerTypeDef | None:
    try:
        found = elbv2.describe_load_balancers(Names=[name])["LoadBalancers"]
    except elbv2.exceptions.LoadBalancerNotFoundException:
        return None
    # Only the error above means "not there": an empty list would be something that AWS never promised.
    if len(found) != 1:
        raise FlipsideError(f"AWS lists {len(found)} load balancers by the name {name}; one, or an error, is expected.")
    state = found[0].get("State", {})
    if state.get("Code") not in ROUTING:
        why = f" ({state['Reason']})" if state.get("Reason") else ""
        raise Refused(
            f"The load balancer {name} is {state.get('Code')}{why}; it must be active before anything is released."
        )
    return found[0]


def _listeners(elbv2: ElasticLoadBalancingv2Client, load_balancer: LoadBalancerTypeDef) -> list[ListenerTypeDef]:
    return every_page(elbv2.describe_listeners, "Listeners", LoadBalancerArn=load_balancer["LoadBalancerArn"])


def _ruled(elbv2: ElasticLoadBalancingv2Client, listeners: list[ListenerTypeDef]) -> list[Ruled]:
    with ThreadPoolExecutor(max(1, len(listeners))) as pool:
        rules = list(pool.map(lambda listener: listener_rules.of(elbv2, listener), listeners))
    return [Ruled(listener, own) for listener, own in zip(listeners, rules, strict=True)]


def _routes(load_balancer: str, ruled: list[Ruled], ports: tuple[int, int]) -> tuple[Route, Route]:
    production, test = _by_their_rules(ruled) or _by_their_ports(load_balancer, ruled, ports)
    return (
        listener_rules.behind(production.listener, production.rules, "production"),
        listener_rules.behind(test.listener, test.rules, "test"),
    )


def _by_their_rules(ruled: list[Ruled]) -> tuple[Ruled, Ruled] | None:
    """Tell the listeners apart by what they do: new settings may name ports that the stack does not have yet."""
    tests = [one for one in ruled if listener_rules.tells_sides_apart(one.rules)]
    others = [one for one in ruled if one not in tests and listener_rules.forwards(one.listener, one.rules)]
    return (others[0], tests[0]) if len(tests) == len(others) == 1 else None


def _by_their_ports(load_balancer: str, ruled: list[Ruled], ports: tuple[int, int]) -> tuple[Ruled, Ruled]:
    by_port = {one.listener["Port"]: one for one in ruled}
    for port in ports:
        if port not in by_port:
            there = ", ".join(str(known) for known in sorted(by_port)) or "none"
            raise Refused(f"The load balancer {load_balancer} has no listener on port {port}; its listeners: {there}.")
    return by_port[ports[0]], by_port[ports[1]]


def _target_groups(elbv2: ElasticLoadBalancingv2Client, load_balancer: LoadBalancerTypeDef) -> list[str]:
    groups = every_page(elbv2.describe_target_groups, "TargetGroups", LoadBalancerArn=load_balancer["LoadBalancerArn"])
    return [group["TargetGroupArn"] for group in groups]


def _sides(tags: dict[str, target_tags.Tags], load_balancer: str) -> dict[str, Side]:
    found: dict[str, Side] = {}
    for identifier in IDENTIFIERS:
        arns = [arn for arn, own in tags.items() if own.get("Identifier") == identifier]
        if len(arns) > 1:
            raise Refused(
                f"{len(arns)} target groups are tagged Identifier={identifier}, one is right: {', '.join(arns)}."
            )
        if not arns:
            there = (
                ", ".join(f"{arn} ({own.get('Identifier', 'no Identifier')})" for arn, own in tags.items()) or "none"
            )
            raise Refused(
                f"No target group of the load balancer {load_balancer} is tagged Identifier={identifier}; "
                f"its target groups: {there}."
            )
        found[arns[0]] = target_tags.side(identifier, arns[0], tags[arns[0]])
    return found


def _discovered(load_balancer: str, production: Route, test: Route, sides: dict[str, Side]) -> Discovered:
    for name, route in (("production", production), ("test", test)):
        if route.target_group not in sides:
            known = " and ".join(f"{side.identifier} ({arn})" for arn, side in sides.items())
            raise Refused(
                f"The {name} listener of {load_balancer} forwards to {route.target_group}, which is neither side; "
                f"the sides are {known}."
            )
    live = sides.pop(production.target_group)
    (idle,) = sides.values()
    return Discovered(load_balancer, live, idle, production, test)
