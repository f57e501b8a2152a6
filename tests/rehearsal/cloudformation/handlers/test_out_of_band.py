"""Where traffic goes is moved by others than the stack, and no update of the stack moves it back."""

import pytest

from tests.rehearsal.cloudformation.handlers.test_types import resource


def fixed(status):
    return [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status}}]


@pytest.fixture
def resources(stack):
    ec2 = stack.client("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"][:2]]
    group = {"Protocol": "HTTP", "Port": 80, "VpcId": vpc, "TargetType": "ip"}
    return {
        "Balancer": resource("ElasticLoadBalancingV2::LoadBalancer", Subnets=subnets),
        "One": resource("ElasticLoadBalancingV2::TargetGroup", **group),
        "Two": resource("ElasticLoadBalancingV2::TargetGroup", **group),
        "Listener": resource(
            "ElasticLoadBalancingV2::Listener",
            LoadBalancerArn={"Ref": "Balancer"},
            Protocol="HTTP",
            Port=80,
            DefaultActions=fixed("503"),
        ),
        "Rule": resource(
            "ElasticLoadBalancingV2::ListenerRule",
            ListenerArn={"Ref": "Listener"},
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
            Actions=[{"Type": "forward", "TargetGroupArn": {"Ref": "One"}}],
        ),
        "Other": resource("SNS::Topic", DisplayName="one"),
    }


@pytest.fixture
def moved(stack, resources):
    """What the stack made, and a way to see where the rule leads; it was moved by hand."""
    made = stack.apply(resources)
    elb = stack.client("elbv2")

    def leads_to():
        action = elb.describe_rules(RuleArns=[made["Rule"]])["Rules"][0]["Actions"][0]
        return action.get("TargetGroupArn") or action["ForwardConfig"]["TargetGroups"][0]["TargetGroupArn"]

    assert leads_to() == made["One"]
    elb.modify_rule(RuleArn=made["Rule"], Actions=[{"Type": "forward", "TargetGroupArn": made["Two"]}])
    yield made, leads_to
    # A group that a rule leads to cannot be deleted, and the stack does not know of this one.
    elb.modify_rule(RuleArn=made["Rule"], Actions=[{"Type": "forward", "TargetGroupArn": made["One"]}])
    stack.client("cloudformation").delete_stack(StackName=stack.name)


def test_an_update_of_what_is_beside_the_rule(stack, resources, moved):
    made, leads_to = moved
    resources["Other"]["Properties"]["DisplayName"] = "two"
    resources["Listener"]["Properties"]["DefaultActions"] = fixed("404")
    resources["One"]["Properties"]["Tags"] = [{"Key": "colour", "Value": "blue"}]
    assert stack.apply(resources) == made
    assert leads_to() == made["Two"]


def test_an_update_of_the_rule_itself(stack, resources, moved):
    made, leads_to = moved
    resources["Rule"]["Properties"]["Conditions"] = [{"Field": "path-pattern", "Values": ["/shop/*"]}]
    assert stack.apply(resources) == made
    assert leads_to() == made["Two"]


def test_an_update_that_fails_and_is_taken_back(stack, resources, moved):
    made, leads_to = moved
    resources["Other"]["Properties"]["DisplayName"] = "two"
    resources["Listener"]["Properties"]["DefaultActions"] = fixed("404")
    resources["Broken"] = {
        **resource("ElasticLoadBalancingV2::ListenerRule", ListenerArn={"Ref": "Listener"}, Priority=1),
        "DependsOn": ["Other", "Listener"],
    }
    with pytest.raises(AssertionError, match="UPDATE_ROLLBACK_COMPLETE"):
        stack.apply(resources)
    assert leads_to() == made["Two"]
