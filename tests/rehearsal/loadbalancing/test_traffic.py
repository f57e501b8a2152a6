"""What the API says is what the sockets do, at the moment the call returns."""

import http.client
import json
import socket

import pytest

from rehearsal.loadbalancing.status import listeners
from tests.rehearsal.dataplane.apps import wait_for
from tests.rehearsal.loadbalancing.conftest import fixed, forward


def ask(client, path="/"):
    client.request("GET", path)
    return json.loads(client.getresponse().read())["app"]


def test_the_dns_name_and_the_port_lead_to_the_listener(shop):
    shop.listener(fixed(MessageBody="hello", ContentType="text/plain"))
    answer = shop.curl().stdout
    assert answer.startswith("HTTP/1.1 200 OK")
    assert answer.endswith("\n\nhello")


def test_load_balancers_may_have_the_same_ports(shop):
    other = shop.new_balancer()
    shop.listener(fixed("201"))
    shop.listener(fixed("202"), LoadBalancerArn=other["LoadBalancerArn"])
    assert shop.host != other["DNSName"]
    assert shop.curl().stdout.startswith("HTTP/1.1 201 ")
    shop.host = other["DNSName"]
    assert shop.curl().stdout.startswith("HTTP/1.1 202 ")
    shop.elb.delete_load_balancer(LoadBalancerArn=other["LoadBalancerArn"])


def test_a_modified_rule_is_in_force_when_the_call_returns(shop):
    blue, green = shop.app("blue"), shop.app("green")
    groups = {app.name: shop.group(app) for app in (blue, green)}
    listener = shop.listener(fixed("503"))
    rule = shop.rule(listener, forward(groups["blue"]))
    test = shop.rule(shop.listener(fixed("503"), 8081), forward(groups["green"]))
    for app in (blue, green):
        shop.healthy(groups[app.name], app)
    client = http.client.HTTPConnection(shop.host, 8080, timeout=30)
    for turn in range(10):
        live, idle = ("green", "blue") if turn % 2 else ("blue", "green")
        shop.elb.modify_rule(RuleArn=rule, Actions=[forward(groups[live])])
        assert ask(client) == live
        shop.elb.modify_rule(RuleArn=test, Actions=[forward(groups[idle])])
    client.close()


def test_a_call_made_inside_the_process_is_in_force_too(shop, cloud):
    listener = shop.listener(fixed("503"))
    backend = cloud.backend("elbv2")
    backend.modify_listener(listener, actions=[fixed("204")])
    assert shop.curl().stdout.startswith("HTTP/1.1 204 ")


def test_rules_are_tried_by_priority_however_they_were_made(shop):
    listener = shop.listener(fixed("500"))
    late = shop.rule(listener, fixed("201"), 20)
    early = shop.rule(listener, fixed("202"), 10, "/early/*")
    assert shop.curl("/early/x").stdout.startswith("HTTP/1.1 202 ")
    assert shop.curl("/x").stdout.startswith("HTTP/1.1 201 ")
    swapped = [{"RuleArn": late, "Priority": 10}, {"RuleArn": early, "Priority": 20}]
    shop.elb.set_rule_priorities(RulePriorities=swapped)
    assert shop.curl("/early/x").stdout.startswith("HTTP/1.1 201 ")
    described = shop.elb.describe_rules(ListenerArn=listener)["Rules"]
    assert [rule["Priority"] for rule in described] == ["10", "20", "default"]
    shop.elb.delete_rule(RuleArn=late)
    assert shop.curl("/x").stdout.startswith("HTTP/1.1 500 ")


def test_every_kind_of_condition_passes_through(shop):
    listener = shop.listener(fixed("500"))
    conditions = [
        {"Field": "host-header", "HostHeaderConfig": {"Values": ["*.example.com"]}},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Beta", "Values": ["yes"]}},
        {"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["POST"]}},
        {"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "v", "Value": "2"}]}},
        {"Field": "source-ip", "SourceIpConfig": {"Values": ["127.0.0.0/8"]}},
    ]
    shop.rule(listener, fixed("200"), Conditions=conditions)
    hit = ["-X", "POST", "-H", "Host: a.example.com", "-H", "X-Beta: yes"]
    assert shop.curl("/?v=2", 8080, *hit).stdout.startswith("HTTP/1.1 200 ")
    assert shop.curl("/?v=3", 8080, *hit).stdout.startswith("HTTP/1.1 500 ")


def test_weights(shop):
    blue, green = shop.app("blue"), shop.app("green")
    groups = [shop.group(app) for app in (blue, green)]
    shop.listener(forward((groups[0], 3), (groups[1], 1)))
    for group, app in zip(groups, (blue, green), strict=True):
        shop.healthy(group, app)
    client = http.client.HTTPConnection(shop.host, 8080, timeout=30)
    assert sorted(ask(client) for _ in range(8)) == ["blue"] * 6 + ["green"] * 2
    client.close()


def test_what_is_deleted_listens_no_more(shop):
    first, second = shop.listener(fixed()), shop.listener(fixed(), 8081)
    shop.elb.delete_listener(ListenerArn=first)
    assert "Failed to connect" in shop.curl().stderr
    assert shop.curl(port=8081).stdout
    shop.elb.delete_load_balancer(LoadBalancerArn=shop.arn)
    assert "Failed to connect" in shop.curl(port=8081).stderr
    assert second


def test_a_listener_moves_to_another_port(shop):
    listener = shop.listener(fixed())
    shop.elb.modify_listener(ListenerArn=listener, Port=8089)
    assert shop.curl(port=8089).stdout
    assert "Failed to connect" in shop.curl().stderr


@pytest.mark.parametrize(("port", "instead"), [(80, 9080), (443, 9443), (8080, None)])
def test_a_port_that_cannot_be_had_is_mapped_and_the_mapping_is_told(shop, cloud, port, instead):
    with socket.create_server((shop.host, port)):
        shop.listener(fixed(), port)
    (found,) = [one for one in listeners(cloud) if one["load_balancer"] == shop.balancer["LoadBalancerName"]]
    real = int(found["url"].rpartition(":")[2])
    assert real == (instead or real)
    assert real != port
    assert found["port"] == port
    assert "another program uses it" in found["note"]
    assert shop.curl(port=real).stdout.startswith("HTTP/1.1 200 ")


def test_a_redirect_leads_to_the_listener_that_is_meant(shop):
    shop.listener(fixed(MessageBody="there"), 8443)
    shop.listener({"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Port": "8443"}})
    assert shop.curl("/a?b=c", 8080, "-L").stdout.endswith("there")


def test_attributes_of_the_load_balancer_count(shop):
    app = shop.app()
    group = shop.group(app)
    shop.listener(forward(group))
    shop.healthy(group, app)
    attributes = [
        {"Key": "idle_timeout.timeout_seconds", "Value": "1"},
        {"Key": "routing.http.xff_header_processing.mode", "Value": "remove"},
    ]
    shop.elb.modify_load_balancer_attributes(LoadBalancerArn=shop.arn, Attributes=attributes)
    assert "x-forwarded-for" not in shop.curl().stdout
    assert shop.curl("/hold").stdout.startswith("HTTP/1.1 504 ")


def test_attributes_of_the_target_group_count(shop):
    app = shop.app()
    group = shop.group(app)
    shop.listener(forward(group))
    shop.healthy(group, app)
    attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": "0"}
    changed = shop.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])["Attributes"]
    assert attribute in changed
    assert len(changed) > 5
    shop.elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": app.port}])
    assert wait_for(lambda: shop.health(group) == {})
