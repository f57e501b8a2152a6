"""What a promotion would do, in words, and what it refuses to do."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.sides import Sides
from traffic.errors import Refused
from traffic.gate import Gate
from traffic.promote import plan_promotion, promote
from traffic.sides import Release
from traffic.view import Junction

WANTED = Release("v2")


def junction(sides: Sides) -> Junction:
    """The places where production can be moved."""
    return Junction(*(sides.rules[name] for name in ("production", "test")), *sides.groups.values())


def test_the_plan_of_a_move_says_itself_and_moves_nothing(sides: Sides) -> None:
    assert str(plan_promotion(sides.elbv2, junction(sides), WANTED)) == (
        "Production moves to Code2, which runs v2 (package aaaaaaaaaaaa) (healthy targets: 2), from Code1, "
        "which runs v1 (package aaaaaaaaaaaa): the production rule goes to Code2; the test rule goes to Code1; "
        "Code2 is tagged IsProduction=true; Code1 is tagged IsProduction=false."
    )
    assert (sides.serving("production"), sides.disagreements()) == ("Code1", [])


def test_the_plan_of_a_repair_says_only_what_is_to_be_mended(sides: Sides) -> None:
    sides.point("test", "Code1")
    assert str(plan_promotion(sides.elbv2, junction(sides), Release("v1"))) == (
        "Production stays on Code1, which runs v1 (package aaaaaaaaaaaa): the test rule goes to Code2."
    )


def test_the_plan_of_nothing_says_so(sides: Sides) -> None:
    plan = plan_promotion(sides.elbv2, junction(sides), Release("v1"))
    assert str(plan) == "Production stays on Code1, which runs v1 (package aaaaaaaaaaaa): nothing to do."


def test_what_is_promoted_is_what_was_planned(sides: Sides) -> None:
    plan = plan_promotion(sides.elbv2, junction(sides), WANTED)
    outcome = promote(sides.elbv2, junction(sides), WANTED, gate=Gate(healthy=2))
    assert (outcome.live.identifier, outcome.idle.identifier) == (plan.live.identifier, plan.idle.identifier)
    assert outcome.moved
    assert (sides.image("production"), sides.disagreements()) == ("v2", [])


@pytest.mark.parametrize("listener", ["production", "test"])
@pytest.mark.parametrize(
    ("actions", "sentence"),
    [
        ([{"Type": "forward", "TargetGroupArn": "other"}], "rule forwards to .*other.*, which is neither side; the"),
        (
            [
                {
                    "Type": "forward",
                    "ForwardConfig": {
                        "TargetGroups": [
                            {"TargetGroupArn": "Code1", "Weight": 90},
                            {"TargetGroupArn": "Code2", "Weight": 10},
                        ]
                    },
                }
            ],
            r"rule forwards to 2 target groups \(greeter-code1 with weight 90, greeter-code2 with weight 10\)",
        ),
        (
            [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}],
            "rule does not simply forward to a target group but does this: fixed-response",
        ),
    ],
)
def test_a_rule_that_does_anything_but_forward_to_one_side_is_left_alone(
    sides: Sides, listener: str, actions: list[Any], sentence: str
) -> None:
    arns = {**sides.groups, "other": sides.balancer.add_target_group("other", Team="another")}
    sides.elbv2.modify_rule(RuleArn=sides.rules[listener], Actions=named(actions, arns))
    with pytest.raises(Refused, match=f"The {listener} {sentence}"):
        promote(sides.elbv2, junction(sides), WANTED)


def named(value: Any, arns: dict[str, str]) -> Any:
    """The same, with ARNs in place of names."""
    if isinstance(value, dict):
        return {key: named(one, arns) for key, one in value.items()}
    if isinstance(value, list):
        return [named(one, arns) for one in value]
    return arns.get(value, value) if isinstance(value, str) else value


def test_a_forward_config_with_one_target_group_is_as_good(sides: Sides) -> None:
    for listener, side in (("production", "Code1"), ("test", "Code2")):
        config = {"TargetGroups": [{"TargetGroupArn": sides.groups[side], "Weight": 1}]}
        action: Any = {"Type": "forward", "ForwardConfig": config}
        sides.elbv2.modify_rule(RuleArn=sides.rules[listener], Actions=[action])
    promote(sides.elbv2, junction(sides), WANTED)
    assert (sides.image("production"), sides.disagreements()) == ("v2", [])


@pytest.mark.parametrize(
    ("untagged", "sentence"),
    [
        ("Identifier", "The target group given as {} carries no Identifier tag; Identifier={} is expected on "),
        ("Image", "The target group of {} carries no Image tag, so nobody can say what it runs"),
    ],
)
@pytest.mark.parametrize("side", ["Code1", "Code2"])
def test_a_side_that_does_not_say_who_it_is_or_what_it_runs_is_refused(
    sides: Sides, side: str, untagged: str, sentence: str
) -> None:
    sides.balancer.untag(side, untagged)
    with pytest.raises(Refused, match=sentence.format(side, side)):
        promote(sides.elbv2, junction(sides), WANTED)


def test_two_target_groups_with_one_identifier_are_refused(sides: Sides) -> None:
    sides.tag("Code2", Identifier="Code1")
    with pytest.raises(Refused, match="The target group given as Code2 is tagged Identifier=Code1"):
        promote(sides.elbv2, junction(sides), WANTED)


def test_a_rule_that_does_not_exist_is_an_error_of_aws(sides: Sides) -> None:
    rules = junction(sides)
    with pytest.raises(ClientError, match="RuleNotFound"):
        promote(sides.elbv2, rules._replace(test_rule=rules.test_rule[:-4] + "0000"), WANTED)


def test_a_checkpoint_that_raises_stops_before_the_step(sides: Sides) -> None:
    passed = 0

    def twice() -> None:
        nonlocal passed
        passed += 1
        if passed == 2:
            raise Refused("enough")

    with pytest.raises(Refused, match="enough"):
        promote(sides.elbv2, junction(sides), WANTED, checkpoint=twice)
    assert (sides.serving("production"), sides.disagreements()) == ("Code1", [])
