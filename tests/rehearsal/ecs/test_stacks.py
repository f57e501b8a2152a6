"""The service stack of the product and its sample application, as CloudFormation makes, updates and deletes them."""

import json
import time
from pathlib import Path

import pytest

from tests.rehearsal.ecs.samples import fetch, push, until

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = ROOT / "tests/golden/minimal/service.json"
GREETER = ROOT / "examples/greeter"


@pytest.fixture(scope="module")
def side(place):
    """What the stack expects to find, as parameters."""
    place.client("ecr").create_repository(repositoryName="greeter")
    for version in ("v1", "v2"):
        files = {f"greeter/{each.name}": each for each in (GREETER / "greeter").iterdir() if each.is_file()}
        files["greeter/version.json"] = (GREETER / f"versions/{version}.json").read_text()
        push(place, f"greeter:{version}", {**files, "Dockerfile": (GREETER / "Dockerfile").read_text()}, BASE="scratch")
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    place.iam.create_policy(
        PolicyName=f"greeter-boundary-{place.ecs.meta.region_name}", PolicyDocument=json.dumps(policy)
    )
    listener = place.elb.create_listener(
        LoadBalancerArn=place.balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=28123,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}],
    )["Listeners"][0]["ListenerArn"]
    group = place.ec2.create_security_group(GroupName="balancer", Description="-", VpcId=place.vpc)["GroupId"]
    return {
        "Cluster": place.cluster,
        "Identifier": "Code1",
        "IsProduction": "false",
        "Key": place.client("kms").create_key()["KeyMetadata"]["Arn"],
        "LoadBalancerName": place.balancer["LoadBalancerArn"].split(":loadbalancer/")[1],
        "LoadBalancerSecurityGroup": group,
        "Package": "0",
        "SidePriority": "10",
        "Subnets": ",".join(place.subnets),
        "TestListener": listener,
        "Vpc": place.vpc,
    }


class Stack:
    def __init__(self, place, side):
        self.cfn, self.side, self.place = place.client("cloudformation"), side, place

    def apply(self, verb, image, expected):
        parameters = {**self.side, "Image": image}
        began = time.monotonic()
        getattr(self.cfn, f"{verb}_stack")(
            StackName="side",
            TemplateBody=TEMPLATE.read_text(),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        until(lambda: not self.status().endswith("_IN_PROGRESS"), 60, self.events)
        assert self.status() == expected, f"{self.events()}\n{self.place.story('greeter-code1')}"
        print(verb, time.monotonic() - began)
        return time.monotonic() - began

    def status(self):
        return self.cfn.describe_stacks(StackName="side")["Stacks"][0]["StackStatus"]

    def events(self):
        return "\n".join(
            f"{event['LogicalResourceId']} {event['ResourceStatus']} {event.get('ResourceStatusReason', '')}"
            for event in reversed(self.cfn.describe_stack_events(StackName="side")["StackEvents"])
        )

    def gone(self):
        try:
            return self.status() == "DELETE_COMPLETE"
        except self.cfn.exceptions.ClientError as error:
            return "does not exist" in str(error)


def test_a_side_is_made_updated_rolled_back_and_deleted(place, side):
    if place.server.engine.kind == "docker":
        pytest.skip("the greeter's image has no Python of its own here, and a real engine lends it none")
    stack = Stack(place, side)
    bound = {each.listener: each for each in place.cloud.dataplane.listeners()}[side["TestListener"]]

    def seen():
        return json.loads(fetch(f"http://{bound.host}:{bound.port}/api", {"X-Flipside-Side": "Code1"})[1])["version"]

    stack.apply("create", "v1", "CREATE_COMPLETE")
    assert seen() == "v1"
    # Nobody wants to wait for a release on their own machine.
    assert stack.apply("update", "v2", "UPDATE_COMPLETE") < 5
    assert seen() == "v2"
    before = {task["taskArn"] for task in place.tasks("greeter-code1")}
    stack.apply("update", "none", "UPDATE_ROLLBACK_COMPLETE")
    assert "ECS Deployment Circuit Breaker was triggered" in stack.events()
    assert seen() == "v2"
    assert {task["taskArn"] for task in place.tasks("greeter-code1")} == before
    stack.cfn.delete_stack(StackName="side")
    until(stack.gone, 60, stack.events)
    assert place.described("greeter-code1")["status"] == "INACTIVE"
