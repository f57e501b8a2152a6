"""Faults of what runs: a function, a task, a target."""

import io
import json
import shutil
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.rehearsal.ecs.conftest import furnished, until
from tests.rehearsal.loadbalancing.conftest import Shop, forward
from tests.support.engines import trust

BUSYBOX = shutil.which("busybox")
FUNCTION = """
import boto3

def handler(event, context):
    for _ in range(3):
        boto3.client("sts").get_caller_identity()
    return "done"
"""


@pytest.fixture(scope="module")
def place(server):
    if not BUSYBOX or b"/ld-linux" in Path(BUSYBOX).read_bytes()[:4096]:
        pytest.skip("needs a static busybox")
    return furnished(server)


@pytest.fixture(scope="module")
def web(place):
    """Two tasks behind a load balancer."""
    group, url = place.group()
    name = place.service(place.definition(), group, count=2)
    place.stable(name)
    return name, group, url


def network(desk):
    ec2 = desk.client("ec2")
    default = ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"][:2]
    return SimpleNamespace(vpc=default[0]["VpcId"], subnets=[each["SubnetId"] for each in default])


def bound(server, shop):
    """Return where the load balancer's listener really listens."""
    return next(each.port for each in server.cloud.dataplane.listeners() if each.host == shop.host)


def test_a_function_dies_at_one_of_its_calls(desk):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", FUNCTION)
    role = desk.client("iam").create_role(RoleName="function", AssumeRolePolicyDocument=trust("lambda"))["Role"]["Arn"]
    client = desk.client("lambda")
    code, settings = {"ZipFile": packed.getvalue()}, {"Runtime": "python3.12", "Handler": "app.handler", "Timeout": 20}
    client.create_function(FunctionName="mortal", Role=role, Code=code, **settings)
    fault = desk.order("kill-lambda", function="mortal", call=2, when="after")
    expected = {"id": "lambda-mortal", "kind": "kill-lambda", "function": "mortal", "call": 2, "when": "after"}
    assert desk.listed() == [expected] == [fault]
    assert client.invoke(FunctionName="mortal")["FunctionError"] == "Unhandled"
    assert desk.listed() == []
    assert json.loads(client.invoke(FunctionName="mortal")["Payload"].read()) == "done"
    desk.order("kill-lambda", function="mortal", call=1)
    assert desk.ask("DELETE", "faults?id=lambda-mortal") == (200, ["lambda-mortal"])
    assert "FunctionError" not in client.invoke(FunctionName="mortal")


def test_a_target_is_unhealthy_until_that_is_taken_back(desk, server):
    shop = Shop(server.cloud, desk.client("elbv2"), network(desk))
    sick, well = shop.app("sick"), shop.app("well")
    group = shop.group(sick, well, Name="two-apps")
    shop.listener(forward(group), 18080)
    shop.healthy(group, sick, well)
    fault = desk.order("unhealthy-target", target_group=group, target="127.0.0.1", port=sick.port)
    assert fault["targets"] == [f"127.0.0.1:{sick.port}"]
    failed = ("unhealthy", "Target.FailedHealthChecks")
    assert server.cloud.dataplane.wait(lambda: shop.health(group)[sick.port] == failed, 60)
    assert shop.health(group)[well.port][0] == "healthy"
    assert all("well" in shop.curl(port=bound(server, shop)).stdout for _ in range(4))
    status, said = desk.ask("POST", told={"kind": "unhealthy-target", "target_group": group, "target": "127.9.9.9"})
    assert (status, "has no such target; it has" in said) == (400, True)
    assert desk.ask("DELETE", f"faults?id={fault['id']}")[0] == 200
    assert server.cloud.dataplane.wait(lambda: shop.health(group)[sick.port][0] == "healthy", 60)
    shop.close()


def test_a_task_whose_target_is_unhealthy_is_replaced(desk, place, web):
    name, group, _ = web
    tasks = {each["taskArn"] for each in place.tasks(name)}
    targets = desk.order("unhealthy-target", target_group=group)["targets"]
    assert len(targets) == 2
    gone = until(lambda: tasks - {each["taskArn"] for each in place.tasks(name)})
    assert "failed ELB health checks" in place.ended(gone.pop())["stoppedReason"]
    desk.ask("DELETE")
    place.stable(name)


def test_a_stopped_task_is_replaced(desk, place, web):
    name, _, _ = web
    before = {each["taskArn"] for each in place.tasks(name)}
    stopped = desk.order("stop-task", cluster="main", service=name, reason="a drill")["tasks"]
    assert len(stopped) == 1
    assert place.ended(stopped[0])["stoppedReason"] == "a drill"
    until(lambda: len({each["taskArn"] for each in place.tasks(name)} - before) == 1)
    place.stable(name)


def test_a_killed_task_has_crashed(desk, place):
    task = place.run(place.definition("killed"))
    until(lambda: place.task(task)["lastStatus"] == "RUNNING")
    assert desk.order("kill-task", cluster="main", task=task)["tasks"] == [task]
    found = place.ended(task)
    assert found["stopCode"] == "EssentialContainerExited"
    assert found["containers"][0]["exitCode"] == 137
