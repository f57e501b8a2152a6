"""A load balancer as the cluster's templates make it, in an AWS in memory."""

from dataclasses import dataclass, field
from typing import Any

import boto3

NAME = "greeter"
PORTS = {"production": 80, "test": 8080}
UNAVAILABLE = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}


@dataclass
class LoadBalancer:
    """The load balancer, and the ARNs of what belongs to it."""

    name: str = NAME
    arn: str = ""
    listeners: dict[str, str] = field(default_factory=dict)
    rules: dict[str, str] = field(default_factory=dict)
    sides: dict[str, str] = field(default_factory=dict)
    side_rules: list[str] = field(default_factory=list)
    _vpc: str = ""

    def __post_init__(self) -> None:
        """Create it with two listeners and two sides: Code1 is behind production, Code2 behind the test listener."""
        self._elbv2 = boto3.client("elbv2")
        self._vpc, subnets = _network()
        created = self._elbv2.create_load_balancer(Name=self.name, Subnets=subnets)
        self.arn = created["LoadBalancers"][0]["LoadBalancerArn"]
        for listener, port in PORTS.items():
            self.listeners[listener] = self._listener(port)
        for number, side in enumerate(("Code1", "Code2"), 1):
            self.sides[side] = self.add_target_group(f"{self.name}-{side.lower()}", Identifier=side)
            header = {"HttpHeaderName": "X-Flipside-Side", "Values": [side]}
            named = {"Field": "http-header", "HttpHeaderConfig": header}
            self.side_rules.append(self.add_rule("test", number, self.sides[side], named))
        everything = {"Field": "path-pattern", "PathPatternConfig": {"Values": ["*"]}}
        self.rules["production"] = self.add_rule("production", 1, self.sides["Code1"], everything)
        self.rules["test"] = self.add_rule("test", 10, self.sides["Code2"], everything)

    def add_target_group(self, name: str, **tags: str) -> str:
        """Create a target group with tags, and return its ARN."""
        created = self._elbv2.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=self._vpc, TargetType="ip", Tags=_tags(tags)
        )
        return created["TargetGroups"][0]["TargetGroupArn"]

    def add_rule(self, listener: str, priority: int, target_group: str, condition: Any) -> str:
        """Create a rule that forwards, and return its ARN."""
        created = self._elbv2.create_rule(
            ListenerArn=self.listeners[listener],
            Priority=priority,
            Conditions=[condition],
            Actions=[{"Type": "forward", "TargetGroupArn": target_group}],
        )
        return created["Rules"][0]["RuleArn"]

    def add_redirect(self, port: int) -> None:
        """Create a listener that sends its callers on to production."""
        self._listener(port, {"Type": "redirect", "RedirectConfig": {"Port": "80", "StatusCode": "HTTP_301"}})

    def forget_side_rules(self) -> None:
        """Delete the rules by which one side alone is reached."""
        for rule in self.side_rules:
            self._elbv2.delete_rule(RuleArn=rule)

    def tag(self, side: str, **tags: str) -> None:
        """Write tags of a side's target group."""
        self._elbv2.add_tags(ResourceArns=[self.sides[side]], Tags=_tags(tags))

    def untag(self, side: str, *keys: str) -> None:
        """Remove tags from a side's target group."""
        self._elbv2.remove_tags(ResourceArns=[self.sides[side]], TagKeys=list(keys))

    def point(self, listener: str, target_group: str) -> None:
        """Let a listener's rule for every path forward to a target group."""
        self._elbv2.modify_rule(
            RuleArn=self.rules[listener], Actions=[{"Type": "forward", "TargetGroupArn": target_group}]
        )

    def _listener(self, port: int, default: Any = UNAVAILABLE) -> str:
        created = self._elbv2.create_listener(
            LoadBalancerArn=self.arn, Protocol="HTTP", Port=port, DefaultActions=[default]
        )
        return created["Listeners"][0]["ListenerArn"]


def _network() -> tuple[str, list[str]]:
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.215.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.215.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")
        for number, zone in enumerate("ab")
    ]
    return vpc, [subnet["Subnet"]["SubnetId"] for subnet in subnets]


def _tags(tags: dict[str, str]) -> Any:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
