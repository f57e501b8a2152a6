"""The actions of rules: refused as AWS would, and completed as AWS describes them."""

import re
from typing import TYPE_CHECKING, Any

from moto.elbv2.exceptions import ActionTargetGroupNotFoundError, ELBClientError

from rehearsal.loadbalancing.errors import between, invalid, one_of, unsupported

if TYPE_CHECKING:
    from collections.abc import Container

FINAL = ("forward", "redirect", "fixed-response")
REDIRECT = {"Protocol": "#{protocol}", "Host": "#{host}", "Port": "#{port}", "Path": "/#{path}", "Query": "#{query}"}
CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
GROUPS_PER_ACTION = 5

Data = dict[str, Any]


def completed(actions: list[Data], groups: "Container[str]") -> list[Data]:
    """Return a rule's actions with everything that AWS fills in."""
    if len(actions) != 1:
        _refuse_several(actions)
    action = dict(actions[0])
    kind = action.get("Type")
    if kind in ("authenticate-cognito", "authenticate-oidc", "jwt-validation"):
        raise unsupported(f"actions of type '{kind}'")
    one_of(kind, "actions.1.member.type", FINAL)
    if kind == "forward":
        return [_forward(action, groups)]
    return [_redirect(action) if kind == "redirect" else _fixed(action)]


def group_arns(action: Data) -> list[str]:
    """Return the target groups that an action leads to."""
    return [share["TargetGroupArn"] for share in action.get("ForwardConfig", {}).get("TargetGroups", [])]


def _refuse_several(actions: list[Data]) -> None:
    if not actions:
        raise invalid("A list of actions must be specified")
    kinds = [action.get("Type") for action in actions]
    foreign = next((kind for kind in kinds if kind not in FINAL), None)
    if foreign:
        raise unsupported(f"actions of type '{foreign}'")
    raise ELBClientError("TooManyActions", "You've reached the limit on the number of actions per rule")


def _forward(action: Data, groups: "Container[str]") -> Data:
    config = dict(action.get("ForwardConfig") or {})
    alone = action.get("TargetGroupArn")
    shares = [dict(share) for share in config.get("TargetGroups") or [{"TargetGroupArn": alone}]]
    if alone and [share["TargetGroupArn"] for share in shares] != [alone]:
        raise invalid("You can only specify one target group in ForwardConfig, the same as the TargetGroupArn")
    if len(shares) > GROUPS_PER_ACTION:
        raise ELBClientError(
            "TooManyTargetGroups", f"A forward action can have at most '{GROUPS_PER_ACTION}' target groups"
        )
    for share in shares:
        if not share.get("TargetGroupArn"):
            raise invalid("A target group ARN must be specified for actions of type 'forward'")
        if share["TargetGroupArn"] not in groups:
            raise ActionTargetGroupNotFoundError(share["TargetGroupArn"])
        share["Weight"] = between(share.get("Weight", 1), "weight", 0, 999)
    if str((config.get("TargetGroupStickinessConfig") or {}).get("Enabled", False)).lower() == "true":
        raise unsupported("the stickiness of target groups in a forward action")
    config = {"TargetGroups": shares, "TargetGroupStickinessConfig": {"Enabled": False}}
    kept = {"Order": action["Order"]} if "Order" in action else {}
    single = {"TargetGroupArn": shares[0]["TargetGroupArn"]} if len(shares) == 1 else {}
    return {"Type": "forward", **single, **kept, "ForwardConfig": config}


def _redirect(action: Data) -> Data:
    config = {**REDIRECT, **(action.get("RedirectConfig") or {})}
    one_of(config.get("StatusCode"), "actions.1.member.redirectConfig.statusCode", ("HTTP_301", "HTTP_302"))
    one_of(config["Protocol"], "actions.1.member.redirectConfig.protocol", ("HTTP", "HTTPS", "#{protocol}"))
    if config["Port"] != "#{port}":
        between(config["Port"], "port", 1, 65535)
    if not config["Path"].startswith("/"):
        raise invalid("The path of a redirect must begin with '/'")
    if all(config[part] == kept for part, kept in REDIRECT.items() if part != "Query"):
        raise ELBClientError("InvalidLoadBalancerAction", "The redirect must change protocol, host, port or path")
    return {**action, "RedirectConfig": config}


def _fixed(action: Data) -> Data:
    config = dict(action.get("FixedResponseConfig") or {})
    status = str(config.get("StatusCode", ""))
    if not re.fullmatch(r"[245]\d\d", status):
        raise invalid(
            f"1 validation error detected: Value '{status}' at 'actions.1.member.fixedResponseConfig.statusCode' "
            r"failed to satisfy constraint: Member must satisfy regular expression pattern: ^(2|4|5)\d\d$"
        )
    if len(config.get("MessageBody") or "") > 1024:
        raise invalid("The message body of a fixed response can have at most '1024' characters")
    config.setdefault("ContentType", "text/plain")
    if config["ContentType"] not in CONTENT_TYPES:
        raise ELBClientError("InvalidLoadBalancerAction", f"The ContentType must be one of: {', '.join(CONTENT_TYPES)}")
    return {**action, "FixedResponseConfig": config}
