"""Two sides behind a load balancer, whose targets are as healthy as a test says."""

import copy
import json
from pathlib import Path
from typing import Any

import boto3
from moto.backends import get_backend
from moto.elbv2.models import FakeHealthStatus

from tests.support.load_balancer import NAME, PORTS, LoadBalancer

EVENTS = Path(__file__).parent.parent / "events"
ACCOUNT = "123456789012"
OTHER = {"Code1": "Code2", "Code2": "Code1"}
REASONS = {
    "initial": ("Elb.InitialHealthChecking", "Initial health checks in progress"),
    "unhealthy": ("Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]"),
    "draining": ("Target.DeregistrationInProgress", "Target deregistration is in progress"),
    "unused": ("Target.NotInUse", "Target is in an Availability Zone that is not enabled for the load balancer"),
}


def recorded(name: str) -> Any:
    """An event as AWS sends it."""
    return json.loads((EVENTS / f"{name}.json").read_text())


class Sides:
    """The load balancer of an application whose sides can be set up, promoted and looked at."""

    def __init__(self) -> None:
        self.balancer = LoadBalancer()
        self.elbv2 = boto3.client("elbv2")
        self.groups, self.rules = self.balancer.sides, self.balancer.rules
        self.identifiers = {arn: identifier for identifier, arn in self.groups.items()}
        self.names = self.identifiers | {arn: f"{listener} rule" for listener, arn in self.rules.items()}
        self.reset()

    @property
    def environment(self) -> dict[str, str]:
        """What the functions that know the load balancer by its name are told."""
        return {
            "LOAD_BALANCER": NAME,
            "PRODUCTION_PORT": str(PORTS["production"]),
            "TEST_PORT": str(PORTS["test"]),
        }

    def reset(self, live: str = "v1", idle: str = "v2") -> None:
        """Code1 is live, Code2 is idle, and everybody is healthy."""
        self.runs("Code1", live, IsProduction="true")
        self.runs("Code2", idle, IsProduction="false")
        self.point("production", "Code1")
        self.point("test", "Code2")
        self.health("Code1", "healthy", "healthy")
        self.health("Code2", "healthy", "healthy")

    def runs(self, side: str, image: str, package: str = "a" * 64, **tags: str) -> None:
        """Let a side run a release."""
        self.tag(side, Identifier=side, Image=image, Package=package, **tags)

    def tag(self, side: str, **tags: str) -> None:
        """Write tags of a side."""
        self.balancer.tag(side, **tags)

    def point(self, listener: str, side: str) -> None:
        """Let the rule of a listener forward to a side."""
        self.balancer.point(listener, self.groups[side])

    def health(self, side: str, *states: str) -> None:
        """Let a side have one target in each of these states."""
        group = self._backend.target_groups[self.groups[side]]
        addresses = [f"10.215.{side[-1]}.{number}" for number in range(len(states))]
        group.targets = {address: {"Id": address, "Port": 8000} for address in addresses}
        known = dict(zip(addresses, states, strict=True))

        def health_for(target: dict[str, Any], ec2: Any) -> FakeHealthStatus:
            state = known[target["Id"]]
            return FakeHealthStatus(target["Id"], "8000", "8000", state, *REASONS.get(state, (None, None)))

        # moto finds every target healthy; this is the one place where it says so.
        vars(group)["health_for"] = health_for

    @property
    def _backend(self) -> Any:
        # Looking must not take a call: tests look after every step.
        return get_backend("elbv2")[ACCOUNT]["eu-west-1"]

    def serving(self, listener: str) -> str:
        """The side that a listener's rule forwards to."""
        (rule,) = self._backend.describe_rules(None, [self.rules[listener]])
        return self.identifiers[rule.actions[0].data["TargetGroupArn"]]

    def tags(self, side: str) -> dict[str, str]:
        """The tags of a side."""
        described: dict[str, str] = self._backend.describe_tags([self.groups[side]])[self.groups[side]]
        return described

    def image(self, listener: str) -> str:
        """The image that is reached through a listener."""
        return self.tags(self.serving(listener))["Image"]

    def disagreements(self) -> list[str]:
        """Where the test rule and the tags do not follow production."""
        live = self.serving("production")
        idle = OTHER[live]
        found = [] if self.serving("test") == idle else [f"production and test are both on {live}"]
        for side, expected in ((live, "true"), (idle, "false")):
            if self.tags(side).get("IsProduction") != expected:
                found.append(f"{side} is tagged IsProduction={self.tags(side).get('IsProduction')}")
        return found

    def job(self, job: str, image: str, **parameters: Any) -> dict[str, Any]:
        """The event of a flip job, as recorded, for this load balancer."""
        event: dict[str, Any] = copy.deepcopy(recorded("flip_job"))
        event["CodePipeline.job"]["id"] = job
        asked = {
            "image": image,
            "production_rule": self.rules["production"],
            "test_rule": self.rules["test"],
            "code1_target_group": self.groups["Code1"],
            "code2_target_group": self.groups["Code2"],
            **parameters,
        }
        configuration = event["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"]
        configuration["UserParameters"] = json.dumps(asked)
        return event
