"""A region's load balancers as the data plane is told of them."""

import contextlib
from typing import TYPE_CHECKING, Any, cast

from moto.elbv2.exceptions import ELBClientError

from rehearsal.dataplane.snapshot import (
    Balancer,
    Certificate,
    Condition,
    Endpoint,
    FixedResponse,
    Group,
    HealthCheck,
    Listener,
    Redirect,
    Rule,
    Share,
    Snapshot,
)
from rehearsal.loadbalancing.certificates import certificate_of
from rehearsal.loadbalancing.conditions import values

if TYPE_CHECKING:
    from moto.elbv2.models import FakeListener, FakeLoadBalancer, FakeRule

    from rehearsal.loadbalancing.backend import Region
    from rehearsal.loadbalancing.groups import TargetGroup

# A port that needs a privilege is tried first; without it this much is added, which gives 9080 and 9443.
SHIFT = 9000


def picture_of(backend: "Region") -> Snapshot:
    """Return everything that shall be in force."""
    balancers = tuple(_balancer(backend, balancer) for balancer in backend.load_balancers.values())
    groups = tuple(_group(cast("TargetGroup", group)) for group in backend.target_groups.values())
    return Snapshot(scope_of(backend), balancers, groups)


def scope_of(backend: "Region") -> str:
    """Return the name under which the data plane knows the region."""
    return f"{backend.account_id}/{backend.region_name}"


def ordered(listener: "FakeListener") -> list["FakeRule"]:
    """Return the rules as they are tried, the default last."""
    return sorted(
        listener.rules.values(), key=lambda rule: (rule.is_default, 0 if rule.is_default else int(rule.priority))
    )


def _balancer(backend: "Region", balancer: "FakeLoadBalancer") -> Balancer:
    attributes: dict[str, Any] = balancer.attrs
    return Balancer(
        id=balancer.arn,
        host=balancer.dns_name,
        dns_name=balancer.dns_name,
        listeners=tuple(_listener(backend, listener) for listener in balancer.listeners.values()),
        idle_timeout=float(attributes["idle_timeout.timeout_seconds"]),
        keep_alive=float(attributes["client_keep_alive.seconds"]),
        forwarded_for=attributes["routing.http.xff_header_processing.mode"],
        client_port=attributes["routing.http.xff_client_port.enabled"] == "true",
        preserve_host=attributes["routing.http.preserve_host_header.enabled"] == "true",
        drop_invalid=attributes["routing.http.drop_invalid_header_fields.enabled"] == "true",
    )


def _listener(backend: "Region", listener: "FakeListener") -> Listener:
    port = int(listener.port)
    arns = listener.certificates if listener.protocol == "HTTPS" else []
    return Listener(
        id=listener.arn,
        port=port,
        fallbacks=(port + SHIFT, 0) if port < 1024 else (0,),
        rules=tuple(_rule(rule) for rule in ordered(listener)),
        certificates=tuple(_certificate(backend, arn) for arn in arns),
    )


def _certificate(backend: "Region", arn: str) -> Certificate:
    # One that was deleted since is served on: a listener without any could not be opened.
    with contextlib.suppress(ELBClientError):
        backend.served[arn] = certificate_of(backend, arn)
    return backend.served[arn]


def _rule(rule: "FakeRule") -> Rule:
    conditions = tuple(_condition(condition) for condition in rule.conditions)
    action: dict[str, Any] = rule.actions[0].data
    if redirect := action.get("RedirectConfig"):
        names = {name.lower(): redirect[name] for name in ("Protocol", "Host", "Port", "Path", "Query")}
        return Rule(conditions, redirect=Redirect(int(redirect["StatusCode"].removeprefix("HTTP_")), **names))
    if fixed := action.get("FixedResponseConfig"):
        body = fixed.get("MessageBody") or ""
        return Rule(conditions, fixed=FixedResponse(int(fixed["StatusCode"]), fixed["ContentType"], body))
    shares = action["ForwardConfig"]["TargetGroups"]
    return Rule(conditions, forward=tuple(Share(share["TargetGroupArn"], share["Weight"]) for share in shares))


def _condition(condition: dict[str, Any]) -> Condition:
    field, found = condition["Field"], values(condition)
    if field == "query-string":
        pairs = [(pair.get("Key") or "", pair["Value"]) for pair in found]
        return Condition(field, tuple(value for _, value in pairs), keys=tuple(key for key, _ in pairs))
    name = condition["HttpHeaderConfig"]["HttpHeaderName"] if field == "http-header" else ""
    return Condition(field, tuple(found), name=name)


def _group(group: "TargetGroup") -> Group:
    attributes: dict[str, Any] = group.attributes
    return Group(
        id=group.arn,
        targets=tuple(Endpoint(target["Id"], int(target["Port"])) for target in group.targets.values()),
        check=_check(group),
        protocol=group.protocol or "HTTP",
        deregistration_delay=float(attributes["deregistration_delay.timeout_seconds"]),
        slow_start=float(attributes["slow_start.duration_seconds"]),
        algorithm=str(attributes["load_balancing.algorithm.type"]),
        failing=tuple(Endpoint(address, port) for address, port in sorted(group.failing)),
    )


def _check(group: "TargetGroup") -> HealthCheck:
    port = group.health_check_port
    return HealthCheck(
        protocol=group.health_check_protocol or "HTTP",
        path=group.health_check_path or "/",
        port=0 if port in (None, "traffic-port") else int(str(port)),
        codes=str(group.matcher["HttpCode"]),
        interval=float(group.health_check_interval_seconds),
        timeout=float(group.health_check_timeout_seconds),
        healthy=int(group.healthy_threshold_count),
        unhealthy=int(group.unhealthy_threshold_count),
    )
