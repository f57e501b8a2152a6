import itertools
import subprocess
from types import SimpleNamespace

import pytest

from rehearsal import loadbalancing
from rehearsal.cloud import Cloud
from rehearsal.dataplane.handle import DataPlane
from tests.rehearsal.dataplane.apps import App
from tests.support.engines import served

numbers = itertools.count()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    cloud = Cloud("eu-west-1", tmp_path_factory.mktemp("state"))
    cloud.dataplane = DataPlane()
    cloud.dataplane.start()
    loadbalancing.install(cloud)
    with served(cloud):
        yield cloud
    loadbalancing.stop()
    cloud.dataplane.stop()
    assert cloud.dataplane.incidents == []


@pytest.fixture
def elb(cloud):
    return cloud.client("elbv2")


@pytest.fixture(scope="module")
def network(cloud):
    ec2 = cloud.client("ec2")
    subnets = ec2.describe_subnets()["Subnets"]
    return SimpleNamespace(
        vpc=ec2.describe_vpcs()["Vpcs"][0]["VpcId"], subnets=[subnet["SubnetId"] for subnet in subnets[:2]]
    )


@pytest.fixture
def shop(cloud, elb, network):
    """A load balancer, and short words for what is done with it."""
    world = Shop(cloud, elb, network)
    yield world
    world.close()


class Shop:
    def __init__(self, cloud, elb, network):
        self.cloud, self.elb, self.network = cloud, elb, network
        self.apps = []
        self.balancer = self.new_balancer()
        self.arn = self.balancer["LoadBalancerArn"]
        self.host = self.balancer["DNSName"]

    def new_balancer(self, name="", **settings):
        name = name or f"shop-{next(numbers)}"
        return self.elb.create_load_balancer(Name=name, Subnets=self.network.subnets, **settings)["LoadBalancers"][0]

    def app(self, name="app"):
        self.apps.append(App(name).start())
        return self.apps[-1]

    def group(self, *apps, **settings):
        """A target group of these applications, by its ARN."""
        settings = {
            "Name": f"group-{next(numbers)}",
            "Protocol": "HTTP",
            "Port": 80,
            "VpcId": self.network.vpc,
            "TargetType": "ip",
            **settings,
        }
        arn = self.elb.create_target_group(**settings)["TargetGroups"][0]["TargetGroupArn"]
        if apps:
            self.register(arn, *apps)
        return arn

    def register(self, group, *apps):
        targets = [{"Id": "127.0.0.1", "Port": app.port} for app in apps]
        self.elb.register_targets(TargetGroupArn=group, Targets=targets)

    def listener(self, action, port=8080, **settings):
        settings = {"LoadBalancerArn": self.arn, "Protocol": "HTTP", "Port": port, **settings}
        return self.elb.create_listener(DefaultActions=[action], **settings)["Listeners"][0]["ListenerArn"]

    def rule(self, listener, action, priority=1, path="/*", **settings):
        settings = {"Conditions": [{"Field": "path-pattern", "Values": [path]}], **settings}
        made = self.elb.create_rule(ListenerArn=listener, Priority=priority, Actions=[action], **settings)
        return made["Rules"][0]["RuleArn"]

    def health(self, group):
        """The state and reason of each target, by port."""
        found = self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {
            one["Target"]["Port"]: (one["TargetHealth"]["State"], one["TargetHealth"].get("Reason")) for one in found
        }

    def healthy(self, group, *apps):
        assert self.cloud.dataplane.wait(lambda: all(self.health(group)[app.port][0] == "healthy" for app in apps), 60)

    def curl(self, path="/", port=8080, *arguments):
        command = ["curl", "-sSik", "--max-time", "30", *arguments, f"http://{self.host}:{port}{path}"]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def close(self):
        self.elb.delete_load_balancer(LoadBalancerArn=self.arn)
        for app in self.apps:
            app.stop()


def forward(*groups):
    """Forward to one group, or to several by weight."""
    if len(groups) == 1 and isinstance(groups[0], str):
        return {"Type": "forward", "TargetGroupArn": groups[0]}
    shares = [{"TargetGroupArn": group, "Weight": weight} for group, weight in groups]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}


def fixed(status="200", **settings):
    return {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": status, **settings}}
