"""Load balancers: where they listen, where each rule sends requests, and who is fit to take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

Fields = dict[str, Any]
# The lists of values of a rule's condition, whatever it looks at.
FIELDS = {"host-header": "Host", "path-pattern": "Path", "http-request-method": "Method", "source-ip": "From"}


def balancers(cloud: Cloud) -> list[Fields]:
    """Return every load balancer."""
    client = cloud.client("elbv2")
    bound = {one.listener: one for one in cloud.dataplane.listeners()}
    names = {group["TargetGroupArn"]: group["TargetGroupName"] for group in _all(client, "target_groups")}
    return [
        {
            "name": one["LoadBalancerName"],
            "address": one["DNSName"],
            "listeners": [
                _listener(client, listener, bound.get(listener["ListenerArn"]), names)
                for listener in _all(client, "listeners", LoadBalancerArn=one["LoadBalancerArn"])
            ],
        }
        for one in _all(client, "load_balancers")
    ]


def groups(cloud: Cloud) -> list[Fields]:
    """Return every target group with its targets."""
    client = cloud.client("elbv2")
    return [
        {
            "name": one["TargetGroupName"],
            "used": bool(one.get("LoadBalancerArns")),
            "check": one.get("HealthCheckPath"),
            "targets": _targets(client, one["TargetGroupArn"]),
        }
        for one in _all(client, "target_groups")
    ]


def _targets(client: Any, group: str) -> list[Fields]:
    found = client.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    return [
        {
            "address": f"{one['Target']['Id']}:{one['Target'].get('Port', '')}",
            "state": one["TargetHealth"]["State"],
            "reason": one["TargetHealth"].get("Description") or one["TargetHealth"].get("Reason"),
        }
        for one in found
    ]


def _listener(client: Any, one: Fields, bound: Any, names: dict[str, str]) -> Fields:
    rules = _all(client, "rules", ListenerArn=one["ListenerArn"])
    rules.sort(key=lambda rule: float("inf") if rule["IsDefault"] else int(rule["Priority"]))
    listening = bound is not None and bound.port and not bound.error
    return {
        "port": one["Port"],
        "protocol": one["Protocol"],
        "url": f"{one['Protocol'].lower()}://{bound.host}:{bound.port}/" if listening else None,
        "note": (bound.error or bound.note) if bound else "not listening",
        "rules": [_rule(rule, names) for rule in rules],
    }


def _rule(rule: Fields, names: dict[str, str]) -> Fields:
    return {
        "priority": rule["Priority"],
        "when": [_condition(one) for one in rule.get("Conditions", [])],
        "then": [part for action in rule["Actions"] for part in _action(action, names)],
    }


def _condition(one: Fields) -> str:
    field = one["Field"]
    config: Fields = next((value for name, value in one.items() if name.endswith("Config")), {})
    if field == "query-string":
        pairs = [f"{pair.get('Key', '')}={pair['Value']}" for pair in config["Values"]]
        return f"Query {' or '.join(pairs)}"
    name = config.get("HttpHeaderName") or FIELDS.get(field, field)
    return f"{name} {' or '.join(config.get('Values') or one.get('Values', []))}"


def _action(action: Fields, names: dict[str, str]) -> list[Fields]:
    if action["Type"] == "forward":
        told = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"]}]
        whole = sum(one.get("Weight", 1) for one in told)
        return [
            {
                "group": names.get(one["TargetGroupArn"], one["TargetGroupArn"]),
                "share": round(100 * one.get("Weight", 1) / whole) if whole else 0,
            }
            for one in told
        ]
    if action["Type"] == "fixed-response":
        return [{"text": f"answers {action['FixedResponseConfig']['StatusCode']}"}]
    if action["Type"] == "redirect":
        to = action["RedirectConfig"]
        return [{"text": f"redirects to {to['Protocol']}://{to['Host']}:{to['Port']}{to['Path']}"}]
    return [{"text": action["Type"]}]


def _all(client: Any, what: str, **where: Any) -> list[Fields]:
    member = "".join(word.capitalize() for word in what.split("_"))
    return [one for page in client.get_paginator(f"describe_{what}").paginate(**where) for one in page[member]]
