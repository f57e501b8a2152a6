"""Rules, groups and load balancers are described as AWS describes them."""

import botocore.session
import pytest

from tests.rehearsal.loadbalancing.conftest import fixed, forward, numbers


def only_rule(shop, rule):
    return shop.elb.describe_rules(RuleArns=[rule])["Rules"][0]


def test_a_forward_action_says_the_same_in_both_notations(shop):
    group = shop.group()
    rule = shop.rule(shop.listener(fixed()), forward(group))
    whole = {
        "Type": "forward",
        "TargetGroupArn": group,
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": group, "Weight": 1}],
            "TargetGroupStickinessConfig": {"Enabled": False},
        },
    }
    assert only_rule(shop, rule)["Actions"] == [whole]
    shop.elb.modify_rule(RuleArn=rule, Actions=only_rule(shop, rule)["Actions"])
    assert only_rule(shop, rule)["Actions"] == [whole]


def test_a_forward_action_with_several_groups_has_no_single_one(shop):
    groups = [shop.group(), shop.group()]
    rule = shop.rule(shop.listener(fixed()), forward((groups[0], 90), (groups[1], 0)))
    (action,) = only_rule(shop, rule)["Actions"]
    assert "TargetGroupArn" not in action
    assert [share["Weight"] for share in action["ForwardConfig"]["TargetGroups"]] == [90, 0]


def test_a_redirect_is_told_with_its_defaults(shop):
    listener = shop.listener({"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", "Protocol": "HTTPS"}})
    (found,) = shop.elb.describe_listeners(ListenerArns=[listener])["Listeners"]
    assert found["DefaultActions"][0]["RedirectConfig"] == {
        "StatusCode": "HTTP_302",
        "Protocol": "HTTPS",
        "Host": "#{host}",
        "Port": "#{port}",
        "Path": "/#{path}",
        "Query": "#{query}",
    }
    assert "SslPolicy" not in found


def test_path_and_host_are_told_in_both_notations(shop):
    listener = shop.listener(fixed())
    config = {"Field": "host-header", "HostHeaderConfig": {"Values": ["a.example", "b.example"]}}
    rule = shop.rule(listener, fixed(), Conditions=[config])
    assert only_rule(shop, rule)["Conditions"] == [{**config, "Values": ["a.example", "b.example"]}]
    shop.elb.modify_rule(RuleArn=rule, Conditions=[{"Field": "path-pattern", "Values": ["/x"]}])
    assert only_rule(shop, rule)["Conditions"] == [
        {"Field": "path-pattern", "Values": ["/x"], "PathPatternConfig": {"Values": ["/x"]}}
    ]


def test_a_group_names_the_load_balancer_that_uses_it_now(shop):
    group, other = shop.group(), shop.group()
    rule = shop.rule(shop.listener(fixed()), forward(group))

    def users(arn):
        return shop.elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0].get("LoadBalancerArns", [])

    assert users(group) == [shop.arn]
    shop.elb.modify_rule(RuleArn=rule, Actions=[forward(other)])
    assert (users(group), users(other)) == ([], [shop.arn])


def test_attributes_are_complete(shop):
    attributes = shop.elb.describe_load_balancer_attributes(LoadBalancerArn=shop.arn)["Attributes"]
    assert {"Key": "idle_timeout.timeout_seconds", "Value": "60"} in attributes
    assert {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"} in attributes


def test_making_the_same_again_returns_what_is_there(shop):
    name = shop.balancer["LoadBalancerName"]
    assert shop.new_balancer(name)["LoadBalancerArn"] == shop.arn
    group = f"same-{next(numbers)}"
    assert shop.group(Name=group) == shop.group(Name=group)
    assert shop.listener(fixed()) == shop.listener(fixed())


def test_lists_come_by_the_page(shop):
    groups = {shop.group() for _ in range(5)}
    pages = shop.elb.get_paginator("describe_target_groups").paginate(PaginationConfig={"PageSize": 2})
    assert groups <= {group["TargetGroupArn"] for page in pages for group in page["TargetGroups"]}
    listeners = {shop.listener(fixed(), port) for port in (8080, 8081, 8082)}
    found = shop.elb.get_paginator("describe_listeners").paginate(
        LoadBalancerArn=shop.arn, PaginationConfig={"PageSize": 2}
    )
    counts = [len(page["Listeners"]) for page in found]
    assert counts == [2, 1]
    assert listeners


def test_removing_what_is_not_there_is_no_error(shop):
    group = shop.group()
    for _ in range(2):
        shop.elb.delete_target_group(TargetGroupArn=group)
    balancer = shop.new_balancer()["LoadBalancerArn"]
    for _ in range(2):
        shop.elb.delete_load_balancer(LoadBalancerArn=balancer)


@pytest.mark.parametrize("operation", ["ModifyCapacityReservation", "CreateTrustStore", "GetResourcePolicy"])
def test_what_is_not_implemented_says_so(shop, operation):
    shape = botocore.session.get_session().get_service_model("elbv2").operation_model(operation).input_shape
    arguments = dict.fromkeys(shape.required_members, "x")
    method = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).strip("_")
    with pytest.raises(shop.elb.exceptions.ClientError, match=rf"InvalidAction.*does not support {operation}"):
        getattr(shop.elb, method)(**arguments)


def test_the_limits_are_those_of_an_account_that_asked_for_no_more(elb):
    limits = {one["Name"]: one["Max"] for one in elb.describe_account_limits()["Limits"]}
    assert limits["rules-per-application-load-balancer"] == "100"
    assert limits["target-groups"] == "3000"
    assert limits["application-load-balancers"] == "50"
    paged, more = {}, {}
    while True:
        page = elb.describe_account_limits(PageSize=7, **more)
        paged |= {one["Name"]: one["Max"] for one in page["Limits"]}
        if "NextMarker" not in page:
            break
        more = {"Marker": page["NextMarker"]}
    assert paged == limits
