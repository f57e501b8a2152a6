"""What AWS refuses is refused with AWS's errors, and what the rehearsal cannot do is refused by name."""

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.loadbalancing.conftest import fixed, forward, numbers


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def test_a_priority_in_use(shop):
    listener = shop.listener(fixed())
    shop.rule(listener, fixed())
    assert refused(shop.rule, listener=listener, action=fixed()).startswith("PriorityInUse: ")
    other = shop.rule(listener, fixed(), 2)
    taken = [{"RuleArn": other, "Priority": 1}]
    assert refused(shop.elb.set_rule_priorities, RulePriorities=taken).startswith("PriorityInUse: ")


def test_a_priority_out_of_range(shop):
    said = refused(shop.rule, listener=shop.listener(fixed()), action=fixed(), priority=50_001)
    assert said == "ValidationError: 'priority' value '50001' must be between '1-50000' inclusive"


def test_a_group_belongs_to_one_load_balancer(shop):
    group = shop.group()
    shop.listener(forward(group))
    other = shop.new_balancer()["LoadBalancerArn"]
    said = refused(shop.listener, action=forward(group), LoadBalancerArn=other)
    assert said.startswith("TargetGroupAssociationLimit: The following target groups cannot be associated with more")
    assert group in said
    shop.elb.delete_load_balancer(LoadBalancerArn=other)


def test_a_group_in_use_cannot_be_deleted(shop):
    group = shop.group()
    listener = shop.listener(forward(group))
    said = refused(shop.elb.delete_target_group, TargetGroupArn=group)
    assert said == f"ResourceInUse: The target group '{group}' is currently in use by a listener or a rule"
    shop.elb.delete_listener(ListenerArn=listener)
    shop.elb.delete_target_group(TargetGroupArn=group)


def test_names_in_use_with_other_settings(shop):
    name = shop.balancer["LoadBalancerName"]
    assert refused(shop.new_balancer, name=name, Scheme="internal").startswith("DuplicateLoadBalancerName: ")
    group = f"twice-{next(numbers)}"
    shop.group(Name=group)
    assert refused(shop.group, Name=group, Port=81).startswith("DuplicateTargetGroupName: ")
    shop.listener(fixed())
    assert refused(shop.listener, action=fixed("201")).startswith("DuplicateListener: ")
    second = shop.listener(fixed(), 8081)
    assert refused(shop.elb.modify_listener, ListenerArn=second, Port=8080).startswith("DuplicateListener: ")


def test_default_rules_stay(shop):
    listener = shop.listener(fixed())
    (default,) = shop.elb.describe_rules(ListenerArn=listener)["Rules"]
    assert refused(shop.elb.delete_rule, RuleArn=default["RuleArn"]).startswith("OperationNotPermitted: ")
    said = refused(shop.elb.modify_rule, RuleArn=default["RuleArn"], Actions=[fixed("404")])
    assert said.startswith("OperationNotPermitted: ")


def test_deletion_protection(shop):
    for value, tolerated in (("true", False), ("false", True)):
        attribute = {"Key": "deletion_protection.enabled", "Value": value}
        shop.elb.modify_load_balancer_attributes(LoadBalancerArn=shop.arn, Attributes=[attribute])
        if not tolerated:
            said = refused(shop.elb.delete_load_balancer, LoadBalancerArn=shop.arn)
            assert said.startswith("OperationNotPermitted: ")


def test_tags_of_too_many_resources_at_once(shop):
    arns = [shop.group() for _ in range(21)]
    assert len(shop.elb.describe_tags(ResourceArns=arns[:20])["TagDescriptions"]) == 20
    assert "less than or equal to 20" in refused(shop.elb.describe_tags, ResourceArns=arns)


def test_more_than_ten_tags_but_no_more_than_fifty(shop):
    group = shop.group()
    tags = [{"Key": f"key-{number}", "Value": "x"} for number in range(51)]
    shop.elb.add_tags(ResourceArns=[group], Tags=tags[:50])
    assert refused(shop.elb.add_tags, ResourceArns=[group], Tags=tags[50:]).startswith("TooManyTags: ")


def test_a_hundred_rules_and_no_more(shop):
    listener = shop.listener(fixed())
    for priority in range(1, 101):
        shop.rule(listener, fixed(), priority)
    assert refused(shop.rule, listener=listener, action=fixed(), priority=101).startswith("TooManyRules: ")
    found = shop.elb.get_paginator("describe_rules").paginate(ListenerArn=listener)
    assert sum(len(page["Rules"]) for page in found) == 101


def test_a_hundred_groups_and_no_more(shop):
    listener = shop.listener(fixed())
    for priority in range(1, 21):
        shop.rule(listener, forward(*[(shop.group(), 1) for _ in range(5)]), priority)
    said = refused(shop.rule, listener=listener, action=forward(shop.group()), priority=21)
    assert said.startswith("TooManyUniqueTargetGroupsPerLoadBalancer: ")


ACTIONS = {
    "six groups": (lambda groups: forward(*[(group, 1) for group in groups]), "TooManyTargetGroups"),
    "no group": (lambda _: {"Type": "forward"}, "ValidationError"),
    "an unknown group": (lambda groups: forward(groups[0] + "0"), "TargetGroupNotFound"),
    "too much weight": (lambda groups: forward((groups[0], 1000), (groups[1], 1)), "ValidationError"),
    "stickiness": (
        lambda groups: {
            "Type": "forward",
            "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": groups[0]}],
                "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60},
            },
        },
        "InvalidConfigurationRequest: The rehearsal does not support the stickiness",
    ),
    "authentication": (
        lambda _: {"Type": "authenticate-oidc"},
        "InvalidConfigurationRequest: The rehearsal does not support actions of type 'authenticate-oidc'",
    ),
    "an unknown kind": (lambda _: {"Type": "teleport"}, "ValidationError"),
    "a status that is none": (lambda _: fixed("301"), "ValidationError"),
    "an odd content type": (lambda _: fixed(ContentType="image/png"), "InvalidLoadBalancerAction"),
    "a redirect to itself": (
        lambda _: {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}},
        "InvalidLoadBalancerAction",
    ),
}


@pytest.mark.parametrize(("make", "expected"), ACTIONS.values(), ids=ACTIONS)
def test_actions(shop, make, expected):
    listener = shop.listener(fixed())
    action = make([shop.group() for _ in range(6)])
    assert refused(shop.rule, listener=listener, action=action).startswith(expected)


CONDITIONS = {
    "none": ([], "ValidationError: A condition must be specified"),
    "too many values": (
        [{"Field": "path-pattern", "PathPatternConfig": {"Values": list("abcdef")}}],
        "ValidationError: A rule can only have '5' condition values",
    ),
    "two paths": ([{"Field": "path-pattern", "Values": ["/a"]}] * 2, "ValidationError"),
    "an unknown field": ([{"Field": "weather", "Values": ["rain"]}], "ValidationError"),
    "no network": ([{"Field": "source-ip", "SourceIpConfig": {"Values": ["here"]}}], "ValidationError"),
    "regular expressions": (
        [{"Field": "path-pattern", "RegexValues": ["^/a$"]}],
        "InvalidConfigurationRequest: The rehearsal does not support regular expressions",
    ),
}


@pytest.mark.parametrize(("conditions", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions(shop, conditions, expected):
    listener = shop.listener(fixed())
    assert refused(shop.rule, listener=listener, action=fixed(), Conditions=conditions).startswith(expected)


GROUPS = {
    "Lambda functions": ({"TargetType": "lambda"}, "does not support target groups with target type 'lambda'"),
    "TCP": ({"Protocol": "TCP"}, "does not support target groups with protocol 'TCP'"),
    "HTTP/2": ({"ProtocolVersion": "HTTP2"}, "does not support target groups with protocol version 'HTTP2'"),
    "a short interval": ({"HealthCheckIntervalSeconds": 301}, "must be between '5' and '300'"),
    "a high threshold": ({"HealthyThresholdCount": 11}, "must be between '2' and '10'"),
    "a path without a slash": ({"HealthCheckPath": "health"}, "must begin with '/'"),
    "an odd matcher": ({"Matcher": {"HttpCode": "600"}}, "must be within '200-499'"),
    "a timeout as long as the interval": (
        {"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 5},
        "must be smaller than the interval",
    ),
    "a control port": ({"TargetControlPort": 3000}, "does not support the parameter 'TargetControlPort'"),
}


@pytest.mark.parametrize(("settings", "expected"), GROUPS.values(), ids=GROUPS)
def test_groups(shop, settings, expected):
    assert expected in refused(shop.group, **settings)


ATTRIBUTES = {
    "stickiness.enabled": ("true", "The rehearsal does not support the attribute 'stickiness.enabled'"),
    "load_balancing.algorithm.type": ("weighted_random", "The rehearsal does not support"),
    "deregistration_delay.timeout_seconds": ("3601", "must be between '0-3600' inclusive"),
    "slow_start.duration_seconds": ("10", "must be between '30-900' inclusive"),
    "no.such.key": ("x", "Target group attribute key 'no.such.key' is not recognized"),
}


@pytest.mark.parametrize(("key", "value", "expected"), [(key, *rest) for key, rest in ATTRIBUTES.items()])
def test_attributes(shop, key, value, expected):
    attributes = [{"Key": key, "Value": value}]
    group = shop.group()
    assert expected in refused(shop.elb.modify_target_group_attributes, TargetGroupArn=group, Attributes=attributes)


def test_attributes_of_load_balancers(shop):
    def change(key, value):
        attributes = [{"Key": key, "Value": value}]
        shop.elb.modify_load_balancer_attributes(LoadBalancerArn=shop.arn, Attributes=attributes)

    for key, value in [
        ("idle_timeout.timeout_seconds", "0"),
        ("routing.http.xff_client_port.enabled", "maybe"),
        ("x", "y"),
    ]:
        assert key in refused(change, key=key, value=value)


def test_logs_are_accepted_with_a_word(shop, caplog):
    attributes = [{"Key": "access_logs.s3.enabled", "Value": "true"}]
    shop.elb.modify_load_balancer_attributes(LoadBalancerArn=shop.arn, Attributes=attributes)
    assert "access_logs.s3.enabled is accepted, but the rehearsal writes no such logs" in caplog.text


@pytest.mark.parametrize("kind", ["network", "gateway"])
def test_other_load_balancers(shop, kind):
    assert f"does not support load balancers of type '{kind}'" in refused(shop.new_balancer, Type=kind)


def test_a_load_balancer_needs_two_zones_and_a_proper_name(shop):
    one = {"Name": "one-zone", "Subnets": shop.network.subnets[:1]}
    assert "two different Availability Zones" in refused(shop.elb.create_load_balancer, **one)
    assert "internal-" in refused(shop.new_balancer, name="internal-x")


def test_targets_are_addresses(shop):
    for settings, target in (({}, "no-address"), ({"TargetType": "instance"}, "i-0123456789abcdef0")):
        group = shop.group(**settings)
        said = refused(shop.elb.register_targets, TargetGroupArn=group, Targets=[{"Id": target}])
        assert "IP address" in said


def test_https_needs_a_certificate_that_exists(shop):
    settings = {"action": fixed(), "port": 8443, "Protocol": "HTTPS"}
    assert refused(shop.listener, **settings) == "ValidationError: A certificate must be specified for HTTPS listeners"
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    said = refused(shop.listener, **settings, Certificates=[{"CertificateArn": arn}])
    assert said.startswith("CertificateNotFound: ")
