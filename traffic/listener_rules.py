"""The router of an application load balancer: listener rules that forward to one target group each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from traffic.errors import Refused
from traffic.pages import every_page

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import ActionOutputTypeDef, ListenerTypeDef, RuleTypeDef

EVERY_PATH = {"*", "/*"}
# The test listener has a rule for each side by which that side alone is reached; it asks for this header.
SIDE_HEADER = "X-Flipside-Side"


class Route(NamedTuple):
    """Where a listener sends everything: by a rule, or (`rule` is None) by its default action."""

    rule: str | None
    target_group: str


def read(elbv2: "ElasticLoadBalancingv2Client", rules: Sequence[str]) -> "dict[str, RuleTypeDef]":
    """These rules, by ARN."""
    return {rule["RuleArn"]: rule for rule in every_page(elbv2.describe_rules, "Rules", RuleArns=list(rules))}


def point(elbv2: "ElasticLoadBalancingv2Client", rule: str, target_group: str) -> None:
    """Makes a rule forward to a target group; it takes effect for the next request."""
    elbv2.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "TargetGroupArn": target_group}])


def of(elbv2: "ElasticLoadBalancingv2Client", listener: "ListenerTypeDef") -> "list[RuleTypeDef]":
    """The rules of a listener."""
    return every_page(elbv2.describe_rules, "Rules", ListenerArn=listener["ListenerArn"])


def tells_sides_apart(rules: "Sequence[RuleTypeDef]") -> bool:
    """Whether these are the rules of the test listener."""
    conditions = [condition for rule in rules for condition in rule.get("Conditions", [])]
    return any(one.get("HttpHeaderConfig", {}).get("HttpHeaderName") == SIDE_HEADER for one in conditions)


def forwards(listener: "ListenerTypeDef", rules: "Sequence[RuleTypeDef]") -> bool:
    """Whether a listener sends what no special rule claims to targets, rather than elsewhere or nowhere."""
    rule = _catch_all(rules)
    actions = rule["Actions"] if rule else listener.get("DefaultActions", [])
    return any(action["Type"] == "forward" for action in actions)


def behind(listener: "ListenerTypeDef", rules: "Sequence[RuleTypeDef]", name: str) -> Route:
    """Where a listener sends the requests that no special rule claims."""
    where = f"The {name} listener on port {listener['Port']}"
    rule = _catch_all(rules)
    if rule:
        return Route(rule["RuleArn"], destination(rule["Actions"], f"{where}, by its rule {rule['Priority']},"))
    return Route(None, destination(listener.get("DefaultActions", []), f"{where}, by its default action,"))


def destination(actions: "Sequence[ActionOutputTypeDef]", where: str) -> str:
    """The one target group that these actions forward to."""
    kinds = ", ".join(action["Type"] for action in actions) or "nothing"
    if len(actions) != 1 or kinds != "forward":
        raise Refused(f"{where} does not simply forward to a target group but does this: {kinds}.")
    forward = actions[0]
    targets = forward.get("ForwardConfig", {}).get("TargetGroups") or []
    if len(targets) > 1:
        shares = ", ".join(f"{_short(one['TargetGroupArn'])} with weight {one.get('Weight', 1)}" for one in targets)
        raise Refused(f"{where} forwards to {len(targets)} target groups ({shares}); it must forward to exactly one.")
    target_group = forward.get("TargetGroupArn") or (targets[0]["TargetGroupArn"] if targets else None)
    if not target_group:
        raise Refused(f"{where} forwards to no target group.")
    return target_group


def _catch_all(rules: "Sequence[RuleTypeDef]") -> "RuleTypeDef | None":
    claims_all = [rule for rule in rules if not rule.get("IsDefault") and _matches_everything(rule)]
    return min(claims_all, key=lambda rule: int(rule["Priority"]), default=None)


def _matches_everything(rule: "RuleTypeDef") -> bool:
    conditions = rule.get("Conditions", [])
    if len(conditions) != 1:
        return not conditions
    only = conditions[0]
    paths = {*only.get("Values", []), *only.get("PathPatternConfig", {}).get("Values", [])}
    return only.get("Field") == "path-pattern" and bool(paths & EVERY_PATH)


def _short(arn: str) -> str:
    return arn.rpartition("targetgroup/")[2].partition("/")[0] or arn
