"""What rules and tags say at one moment: who is live, and who is idle."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from traffic import listener_rules, target_tags
from traffic.errors import Refused
from traffic.gate import Target, read_health
from traffic.sides import IDENTIFIERS, Side

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import RuleTypeDef

    from traffic.target_tags import Tags


class Junction(NamedTuple):
    """The places where production can be moved: two rules and two target groups, by ARN."""

    production_rule: str
    test_rule: str
    code1_target_group: str
    code2_target_group: str

    @property
    def rules(self) -> tuple[str, str]:
        """Both rules, production's first."""
        return self.production_rule, self.test_rule

    @property
    def target_groups(self) -> tuple[str, str]:
        """Both target groups, in the order of the sides' identifiers."""
        return self.code1_target_group, self.code2_target_group


class View(NamedTuple):
    """The sides of a junction and where its rules forward; the production rule alone says who is live."""

    junction: Junction
    live: Side
    idle: Side
    test: str


def look(elbv2: "ElasticLoadBalancingv2Client", junction: Junction) -> View:
    """Reads rules and tags, side by side."""
    _must_differ(junction)
    with ThreadPoolExecutor(2) as pool:
        rules = pool.submit(listener_rules.read, elbv2, junction.rules)
        tags = pool.submit(target_tags.read, elbv2, junction.target_groups)
    return _view(junction, rules.result(), tags.result())


def look_closely(elbv2: "ElasticLoadBalancingv2Client", junction: Junction) -> tuple[View, tuple[Target, ...]]:
    """Reads rules, tags and the idle side's targets in one round trip, which has to ask for both sides' targets."""
    _must_differ(junction)
    with ThreadPoolExecutor(4) as pool:
        rules = pool.submit(listener_rules.read, elbv2, junction.rules)
        tags = pool.submit(target_tags.read, elbv2, junction.target_groups)
        health = {arn: pool.submit(read_health, elbv2, arn) for arn in junction.target_groups}
    view = _view(junction, rules.result(), tags.result())
    # Only the side that might become live is judged: trouble with reading the other one's health stops nobody.
    return view, health[view.idle.target_group].result()


def _must_differ(junction: Junction) -> None:
    if junction.production_rule == junction.test_rule:
        raise Refused(
            f"The production rule and the test rule are the same rule, {junction.test_rule}; they must differ."
        )
    if junction.code1_target_group == junction.code2_target_group:
        raise Refused(f"Code1 and Code2 are the same target group, {junction.code1_target_group}; they must differ.")


def _view(junction: Junction, rules: "Mapping[str, RuleTypeDef]", tags: "Mapping[str, Tags]") -> View:
    sides = _sides(junction, tags)
    production, test = (
        _destination(rules, arn, name, sides) for arn, name in zip(junction.rules, ("production", "test"), strict=True)
    )
    live = sides.pop(production)
    (idle,) = sides.values()
    return View(junction, live, idle, test)


def _sides(junction: Junction, tags: "Mapping[str, Tags]") -> dict[str, Side]:
    found = {}
    for identifier, arn in zip(IDENTIFIERS, junction.target_groups, strict=True):
        own = tags.get(arn, {})
        if own.get("Identifier") != identifier:
            tagged = f"is tagged Identifier={own['Identifier']}" if "Identifier" in own else "carries no Identifier tag"
            raise Refused(
                f"The target group given as {identifier} {tagged}; Identifier={identifier} is expected on {arn}."
            )
        found[arn] = target_tags.side(identifier, arn, own)
    return found


def _destination(rules: "Mapping[str, RuleTypeDef]", arn: str, name: str, sides: Mapping[str, Side]) -> str:
    if arn not in rules:
        raise Refused(f"The {name} rule does not exist: {arn}.")
    target_group = listener_rules.destination(rules[arn]["Actions"], f"The {name} rule")
    if target_group not in sides:
        known = " and ".join(f"{side.identifier} ({side.target_group})" for side in sides.values())
        raise Refused(f"The {name} rule forwards to {target_group}, which is neither side; the sides are {known}.")
    return target_group
