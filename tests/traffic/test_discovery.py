"""Who is live behind a load balancer that is known by its name alone."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.backends import get_backend

from tests.support.sides import ACCOUNT, Sides
from traffic.discovery import Discovered, discover
from traffic.errors import FlipsideError, Refused
from traffic.sides import Release

PACKAGE = "a" * 64


def found(sides: Sides, production: int = 80, test: int = 8080) -> Discovered:
    """What is discovered."""
    discovered = discover(sides.elbv2, sides.balancer.name, production, test)
    assert discovered is not None
    return discovered


def forward(*target_groups: str) -> list[Any]:
    """An action that forwards to these, with weights if there are several."""
    if len(target_groups) == 1:
        return [{"Type": "forward", "TargetGroupArn": target_groups[0]}]
    weighted = [{"TargetGroupArn": arn, "Weight": 50} for arn in target_groups]
    return [{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}]


def path(*values: str) -> Any:
    """A condition on the path."""
    return {"Field": "path-pattern", "PathPatternConfig": {"Values": list(values)}}


def default(sides: Sides, listener: str, *target_groups: str) -> None:
    """Let a listener forward by its default action, without its rule for every path."""
    sides.elbv2.delete_rule(RuleArn=sides.rules[listener])
    arn = sides.balancer.listeners[listener]
    sides.elbv2.modify_listener(ListenerArn=arn, DefaultActions=forward(*target_groups))


def test_production_s_rule_says_who_is_live(sides: Sides) -> None:
    discovered = found(sides)
    assert discovered.live.identifier == "Code1"
    assert discovered.live.release == Release("v1", PACKAGE)
    assert discovered.idle.identifier == "Code2"
    assert discovered.idle.release == Release("v2", PACKAGE)
    assert discovered.junction == (
        sides.rules["production"],
        sides.rules["test"],
        sides.groups["Code1"],
        sides.groups["Code2"],
    )


def test_tags_that_lie_about_production_are_not_believed(sides: Sides) -> None:
    sides.point("production", "Code2")
    sides.point("test", "Code1")
    discovered = found(sides)
    assert (discovered.live.identifier, discovered.live.is_production) == ("Code2", False)
    assert discovered.junction.target_groups == (sides.groups["Code1"], sides.groups["Code2"])


@pytest.mark.parametrize("side", ["Code1", "Code2"])
def test_with_both_rules_on_one_side_the_other_is_idle(sides: Sides, side: str) -> None:
    sides.point("production", side)
    sides.point("test", side)
    assert found(sides).live.identifier == side
    assert found(sides).idle.identifier != side


def test_no_load_balancer_is_the_first_run(sides: Sides) -> None:
    assert discover(sides.elbv2, "another", 80, 8080) is None


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "ValidationError", "InvalidClientTokenId"])
def test_any_other_error_is_raised(sides: Sides, code: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeLoadBalancers")

    def refuse(**_: Any) -> None:
        raise error

    sides.elbv2.meta.events.register("before-call.elastic-load-balancing-v2.DescribeLoadBalancers", refuse)
    with pytest.raises(ClientError, match=code):
        discover(sides.elbv2, "another", 80, 8080)


def test_an_answer_that_lists_none_is_no_first_run(sides: Sides) -> None:
    def forget(parsed: dict[str, Any], **_: Any) -> None:
        parsed["LoadBalancers"] = []

    sides.elbv2.meta.events.register("after-call.elastic-load-balancing-v2.DescribeLoadBalancers", forget)
    with pytest.raises(FlipsideError, match="AWS lists 0 load balancers by the name greeter"):
        found(sides)


@pytest.mark.parametrize("state", ["failed", "active_impaired"])
def test_a_load_balancer_must_route(sides: Sides, state: str) -> None:
    get_backend("elbv2")[ACCOUNT]["eu-west-1"].load_balancers[sides.balancer.arn].state = state
    if state == "active_impaired":
        assert found(sides).live.identifier == "Code1"
        return
    with pytest.raises(Refused, match="The load balancer greeter is failed; it must be active"):
        found(sides)


@pytest.mark.parametrize("ports", [(443, 8443), (8080, 80), (80, 9090)])
def test_listeners_are_known_by_their_rules_while_new_settings_name_other_ports(
    sides: Sides, ports: tuple[int, int]
) -> None:
    assert found(sides, *ports) == found(sides)
    sides.point("production", "Code2")
    assert found(sides, *ports).live.identifier == "Code2"


def test_a_listener_that_redirects_is_not_taken_for_production(sides: Sides) -> None:
    sides.balancer.add_redirect(81)
    assert found(sides, 443, 8443).live.identifier == "Code1"


def test_without_rules_that_tell_the_sides_apart_a_missing_listener_is_named(sides: Sides) -> None:
    sides.balancer.forget_side_rules()
    with pytest.raises(Refused, match="greeter has no listener on port 8443; its listeners: 80, 8080"):
        found(sides, test=8443)


def test_the_lowest_rule_for_every_path_counts_and_special_ones_do_not(sides: Sides) -> None:
    other = sides.balancer.add_target_group("other", Team="another")
    add = sides.balancer.add_rule
    add("test", 3, other, {"Field": "host-header", "HostHeaderConfig": {"Values": ["*"]}})
    add("test", 4, other, path("/admin/*"))
    add("test", 20, other, path("*"))
    assert found(sides).test == (sides.rules["test"], sides.groups["Code2"])
    lower = add("test", 7, sides.groups["Code2"], path("/old", "/*"))
    assert found(sides).test.rule == lower


def test_a_default_action_is_what_counts_where_there_is_no_rule(sides: Sides) -> None:
    default(sides, "test", sides.groups["Code2"])
    discovered = found(sides)
    assert discovered.test == (None, sides.groups["Code2"])
    assert (discovered.live.identifier, discovered.idle.identifier) == ("Code1", "Code2")
    with pytest.raises(Refused, match="a listener of greeter forwards by its default action"):
        _ = discovered.junction


@pytest.mark.parametrize("listener", ["production", "test"])
def test_a_listener_that_forwards_nothing_is_refused(sides: Sides, listener: str) -> None:
    sides.elbv2.delete_rule(RuleArn=sides.rules[listener])
    sentence = f"The {listener} listener on port .*, by its default action, does not .* but does this: fixed-response"
    with pytest.raises(Refused, match=sentence):
        found(sides)


@pytest.mark.parametrize("listener", ["production", "test"])
def test_a_rule_that_forwards_to_several_is_refused_with_their_shares(sides: Sides, listener: str) -> None:
    both = forward(*sides.groups.values())
    sides.elbv2.modify_rule(RuleArn=sides.rules[listener], Actions=both)
    sentence = r"forwards to 2 target groups \(greeter-code1 with weight 50, greeter-code2 with weight 50\)"
    with pytest.raises(Refused, match=sentence):
        found(sides)


def test_a_rule_that_does_more_than_forward_is_refused(sides: Sides) -> None:
    endpoint = "https://id.example.com"
    login = {
        "Type": "authenticate-oidc",
        "Order": 1,
        "AuthenticateOidcConfig": {
            "Issuer": endpoint,
            "AuthorizationEndpoint": endpoint,
            "TokenEndpoint": endpoint,
            "UserInfoEndpoint": endpoint,
            "ClientId": "greeter",
            "ClientSecret": "made-up",
        },
    }
    actions: list[Any] = [login, {**forward(sides.groups["Code1"])[0], "Order": 2}]
    sides.elbv2.modify_rule(RuleArn=sides.rules["production"], Actions=actions)
    with pytest.raises(Refused, match="but does this: authenticate-oidc, forward"):
        found(sides)


@pytest.mark.parametrize("listener", ["production", "test"])
def test_a_rule_to_neither_side_is_refused(sides: Sides, listener: str) -> None:
    other = sides.balancer.add_target_group("other", Team="another")
    sides.balancer.point(listener, other)
    with pytest.raises(Refused, match=f"The {listener} listener of greeter forwards to {other}, which is neither side"):
        found(sides)


def test_a_side_that_nobody_is_tagged_as_is_missed_by_name(sides: Sides) -> None:
    sides.balancer.untag("Code2", "Identifier")
    with pytest.raises(Refused, match=r"is tagged Identifier=Code2; its target groups: .*no Identifier"):
        found(sides)


def test_a_side_that_two_are_tagged_as_is_refused(sides: Sides) -> None:
    sides.tag("Code2", Identifier="Code1")
    with pytest.raises(Refused, match="2 target groups are tagged Identifier=Code1, one is right"):
        found(sides)


def test_other_target_groups_of_the_load_balancer_do_not_matter(sides: Sides) -> None:
    """There are more of them than DescribeTags takes at once, and more rules and groups than fit on a page."""

    def small_pages(params: dict[str, Any], **_: Any) -> None:
        params["body"]["PageSize"] = 1

    def at_most_twenty(params: dict[str, Any], **_: Any) -> None:
        assert "ResourceArns.member.21" not in params["body"]

    sides.elbv2.meta.events.register("before-call.elastic-load-balancing-v2.DescribeTags", at_most_twenty)
    for number in range(25):
        group = sides.balancer.add_target_group(f"other-{number}", Identifier=f"Team{number}")
        sides.balancer.add_rule("production", 100 + number, group, path(f"/{number}"))
    for what in ("Rules", "Listeners", "TargetGroups"):
        event = f"before-call.elastic-load-balancing-v2.Describe{what}"
        sides.elbv2.meta.events.register(event, small_pages)
    assert found(sides).idle.release == Release("v2", PACKAGE)
