"""DescribeTargetHealth tells what the checks found, in AWS's shapes."""

from tests.rehearsal.loadbalancing.conftest import fixed, forward


def described(shop, group, **settings):
    return shop.elb.describe_target_health(TargetGroupArn=group, **settings)["TargetHealthDescriptions"]


def test_a_target_becomes_healthy(shop):
    app = shop.app()
    group = shop.group(app)
    shop.listener(forward(group))
    shop.elb.get_waiter("target_in_service").wait(
        TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": app.port}], WaiterConfig={"Delay": 1}
    )
    assert described(shop, group) == [
        {
            "Target": {"Id": "127.0.0.1", "Port": app.port},
            "HealthCheckPort": str(app.port),
            "TargetHealth": {"State": "healthy"},
        }
    ]


def test_a_target_that_fails_says_why(shop):
    app = shop.app()
    app.status = 503
    group = shop.group(app, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2, UnhealthyThresholdCount=2)
    shop.listener(forward(group))
    assert shop.health(group)[app.port][0] == "initial"
    assert shop.cloud.dataplane.wait(lambda: shop.health(group)[app.port][0] == "unhealthy", 60)
    assert described(shop, group)[0]["TargetHealth"] == {
        "State": "unhealthy",
        "Reason": "Target.ResponseCodeMismatch",
        "Description": "Health checks failed with these codes: [503]",
    }


def test_a_changed_matcher_counts_at_once(shop):
    app = shop.app()
    app.status = 404
    group = shop.group(app)
    shop.listener(forward(group))
    assert shop.health(group)[app.port][0] == "initial"
    shop.elb.modify_target_group(TargetGroupArn=group, Matcher={"HttpCode": "200,404"})
    shop.healthy(group, app)


def test_a_group_that_no_rule_leads_to(shop):
    app = shop.app()
    group = shop.group(app)
    assert shop.health(group) == {app.port: ("unused", "Target.NotInUse")}
    listener = shop.listener(fixed("503"))
    rule = shop.rule(listener, forward(group))
    shop.healthy(group, app)
    shop.elb.delete_rule(RuleArn=rule)
    assert shop.health(group) == {app.port: ("unused", "Target.NotInUse")}


def test_a_deregistered_target_drains_and_one_that_never_was_is_unused(shop):
    app = shop.app()
    group = shop.group(app)
    shop.listener(forward(group))
    shop.healthy(group, app)
    target = {"Id": "127.0.0.1", "Port": app.port}
    shop.elb.deregister_targets(TargetGroupArn=group, Targets=[target])
    assert shop.health(group) == {app.port: ("draining", "Target.DeregistrationInProgress")}
    assert shop.cloud.dataplane.drained(group, app.key)
    (other,) = described(shop, group, Targets=[{"Id": "127.0.0.9"}])
    assert other["Target"] == {"Id": "127.0.0.9", "Port": 80}
    assert other["TargetHealth"]["Reason"] == "Target.NotRegistered"


def test_one_address_may_have_several_ports(shop):
    one, two = shop.app(), shop.app()
    group = shop.group(one, two)
    shop.listener(forward(group))
    shop.healthy(group, one, two)
    shop.elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": one.port}])
    assert {port: state for port, (state, _) in shop.health(group).items()} == {
        one.port: "draining",
        two.port: "healthy",
    }


def test_deregistering_twice_is_no_error(shop):
    group = shop.group()
    shop.elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1"}])
    assert shop.health(group) == {}


def test_registering_twice_changes_nothing(shop):
    app = shop.app()
    group = shop.group(app)
    shop.listener(forward(group))
    shop.healthy(group, app)
    shop.register(group, app)
    assert shop.health(group) == {app.port: ("healthy", None)}
