"""What the cluster hands to a side and gets back.

A side may be years older than the cluster that updates it, so neither list ever grows or shrinks: a parameter that an
old side does not know would fail every deployment, and so would one that a new side lacks.
"""

from typing import Any

from troposphere import FindInMap, Parameter, Ref, Sub

PARAMETERS = {
    "Identifier": ("String", "Which side this is: Code1 or Code2"),
    "Image": ("String", "Tag of the image that this side runs"),
    "Package": ("String", "Hash of this template"),
    "IsProduction": ("String", "Whether this side is live: true or false"),
    "SidePriority": ("Number", "Priority of the rule by which this side alone is reached"),
    "Cluster": ("String", "Name of the ECS cluster"),
    "Vpc": ("AWS::EC2::VPC::Id", "The VPC"),
    "Subnets": ("List<AWS::EC2::Subnet::Id>", "Where the tasks run"),
    "LoadBalancerSecurityGroup": ("AWS::EC2::SecurityGroup::Id", "The load balancer's security group"),
    "TestListener": ("String", "ARN of the test listener"),
    "LoadBalancerName": ("String", "What metrics call the load balancer"),
    "Key": ("String", "ARN of the key that encrypts the logs"),
}
OUTPUTS = {
    "TargetGroup": "ARN of this side's target group",
    "TargetGroupName": "What metrics call this side's target group",
}


def parameters() -> list[Parameter]:
    """Return the parameters of a side's stack."""
    return [Parameter(name, Type=kind, Description=why) for name, (kind, why) in PARAMETERS.items()]


def side_name() -> FindInMap:
    """Return what the side's target group and service are called, decided when the stack is deployed."""
    return FindInMap("Sides", Ref("Identifier"), "Name")


def of_side(text: str, **values: Any) -> Sub:
    """Return a text in which `${Side}` stands for what the side is called."""
    return Sub(text, Side=side_name(), **values)
