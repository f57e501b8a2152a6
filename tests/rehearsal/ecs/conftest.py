"""A whole server, with each of the two engines, and a web application to run as a task."""

import itertools
import json
import os
from pathlib import Path

import docker
import pytest
from moto.core.base_backend import BackendDict

from rehearsal.engine.choose import DEFAULT_HOST, ask
from rehearsal.server import Server, Settings
from tests.rehearsal.ecs.samples import BUSYBOX, forgive, given, push, shell, until

numbers = itertools.count(1)
REGION = "eu-west-1"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
    ],
}


class Place:
    """A network, a load balancer and a cluster, in short words."""

    def __init__(self, server):
        self.server, self.cloud = server, server.cloud
        self.ecs, self.elb, self.ec2, self.logs, self.iam = map(self.client, ["ecs", "elbv2", "ec2", "logs", "iam"])
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.vpc = vpc
        zones = [f"{REGION}a", f"{REGION}b"]
        self.subnets = [
            self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
            for n, zone in enumerate(zones)
        ]
        self.cluster = "main"
        self.cluster_arn = self.ecs.create_cluster(clusterName="main")["cluster"]["clusterArn"]
        self.role = self.new_role("execution", POLICY)
        self.logs.create_log_group(logGroupName="/app")
        self.balancer = self.elb.create_load_balancer(Name="web", Subnets=self.subnets)["LoadBalancers"][0]

    def client(self, service):
        return self.cloud.client(service, REGION)

    def new_role(self, name, policy):
        trust = {
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ]
        }
        made = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self.iam.put_role_policy(
            RoleName=name, PolicyName="all", PolicyDocument=json.dumps({"Version": "2012-10-17", **policy})
        )
        return made

    def group(self, delay=30, threshold=2, interval=5, path="/health"):
        """Make a target group with a listener, and return its ARN and where it is reached."""
        name = f"group-{next(numbers)}"
        arn = self.elb.create_target_group(
            Name=name,
            Protocol="HTTP",
            Port=80,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckPath=path,
            HealthCheckIntervalSeconds=interval,
            HealthCheckTimeoutSeconds=min(2, interval - 1),
            HealthyThresholdCount=2,
            UnhealthyThresholdCount=threshold,
        )["TargetGroups"][0]["TargetGroupArn"]
        self.elb.modify_target_group_attributes(
            TargetGroupArn=arn, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay)}]
        )
        made = self.elb.create_listener(
            LoadBalancerArn=self.balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=20000 + next(numbers),
            DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
        )["Listeners"][0]["ListenerArn"]
        bound = {each.listener: each for each in self.cloud.dataplane.listeners()}[made]
        return arn, f"http://{bound.host}:{bound.port}"

    def definition(self, release="v1", family="web", image=None, task=(), **container):
        """Register a task definition of one container and return its ARN."""
        variables = container.pop("variables", {})
        environment = [{"name": name, "value": value} for name, value in {"RELEASE": release, **variables}.items()]
        app = {
            "name": "app",
            "image": image or self.image,
            "environment": environment,
            "portMappings": [{"containerPort": 8080}],
            "stopTimeout": 5,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": "/app", "awslogs-region": REGION, "awslogs-stream-prefix": release},
            },
            **container,
        }
        settings = {
            "family": family,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "executionRoleArn": self.role,
            "containerDefinitions": [app],
            **dict(task),
        }
        settings["containerDefinitions"] = [given(each) for each in settings["containerDefinitions"]]
        return self.ecs.register_task_definition(**given(settings))["taskDefinition"]["taskDefinitionArn"]

    @property
    def network(self):
        return {"awsvpcConfiguration": {"subnets": self.subnets}}

    def service(self, definition, group=None, count=1, **settings):
        """Make a service and return its name."""
        name = f"service-{next(numbers)}"
        balancers = [{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}] if group else []
        self.ecs.create_service(
            cluster=self.cluster,
            serviceName=name,
            taskDefinition=definition,
            desiredCount=count,
            launchType="FARGATE",
            loadBalancers=balancers,
            networkConfiguration=self.network,
            **settings,
        )
        return name

    def run(self, definition, **settings):
        """Start a task that belongs to no service and return its ARN."""
        (task,) = self.ecs.run_task(
            cluster=self.cluster,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network,
            **settings,
        )["tasks"]
        return task["taskArn"]

    def task(self, arn):
        (found,) = self.ecs.describe_tasks(cluster=self.cluster, tasks=[arn])["tasks"]
        return found

    def ended(self, arn):
        """Wait until a task has stopped, and return it."""
        return until(
            lambda: (found := self.task(arn))["lastStatus"] == "STOPPED" and found, told=lambda: self.task(arn)
        )

    def update(self, name, **settings):
        return self.ecs.update_service(cluster=self.cluster, service=name, **settings)["service"]

    def described(self, name):
        (found,) = self.ecs.describe_services(cluster=self.cluster, services=[name])["services"]
        return found

    def primary(self, name):
        return next(each for each in self.described(name)["deployments"] if each["status"] == "PRIMARY")

    def stable(self, name, seconds=60):
        """Wait until the service is what it is to be."""

        def settled():
            found = self.described(name)
            one = len(found["deployments"]) == 1 and found["deployments"][0]["rolloutState"] == "COMPLETED"
            return found if one and found["runningCount"] == found["desiredCount"] else None

        return until(settled, seconds, lambda: self.story(name))

    def story(self, name):
        return json.dumps(self.described(name), default=str, indent=1)

    def said(self, name):
        """Return the messages of a service, oldest first."""
        return [event["message"] for event in reversed(self.described(name)["events"])]

    def tasks(self, name=None, status="RUNNING", **filters):
        filters |= {"serviceName": name} if name else {}
        arns = self.ecs.list_tasks(cluster=self.cluster, desiredStatus=status, **filters)["taskArns"]
        return self.ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []

    def written(self, release):
        """Return what the containers of a release wrote."""
        streams = self.logs.describe_log_streams(logGroupName="/app", logStreamNamePrefix=f"{release}/")["logStreams"]
        return [
            event["message"]
            for stream in streams
            for event in self.logs.get_log_events(
                logGroupName="/app", logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]

    def containers(self):
        """Return what of ours is on the engine."""
        filters = {"label": f"rehearsal.ecs={self.cloud.warden.mark}"}
        return self.engine.containers.list(all=True, filters=filters)

    def delete(self, name):
        self.ecs.delete_service(cluster=self.cluster, service=name, force=True)
        until(lambda: self.described(name)["status"] == "INACTIVE", told=lambda: self.story(name))


@pytest.fixture(scope="module", params=["embedded", pytest.param("docker", marks=pytest.mark.docker)])
def place(request):
    """A server with each of the two engines."""
    if request.param == "docker" and (problem := ask(os.environ.get("DOCKER_HOST") or DEFAULT_HOST).problem):
        pytest.skip(f"no Docker engine answers: {problem}")
    if not BUSYBOX or b"/ld-linux" in Path(BUSYBOX).read_bytes()[:4096]:
        pytest.skip("needs a static busybox")
    BackendDict.reset()
    with Server(Settings(region=REGION, engine=request.param)) as server:
        yield furnished(server)
        assert server.cloud.workers.failures == []
    forgive()


def furnished(server):
    place = Place(server)
    place.client("ecr").create_repository(repositoryName="web")
    place.image = f"{server.cloud.account}.dkr.ecr.{REGION}.amazonaws.com/web:1"
    place.engine = docker.DockerClient(base_url=server.cloud.docker_host, timeout=30)
    push(place, "web:1", shell())
    return place


def pytest_collection_modifyitems(items):
    """Forgive the docker SDK that it leaves sockets to the garbage collector after following a stream."""
    forgiven = "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings(forgiven))
