"""A system that somebody else wrote, brought up, used, changed and removed with the AWS command line and curl."""

from __future__ import annotations

import gc
import io
import json
import tarfile
from pathlib import Path

import docker
import pytest

from tests.support.local_aws import eventually

HERE = Path(__file__).parent / "bookshop"
STACK = "bookshop"


@pytest.fixture(scope="module")
def image(cloud, aws):
    """The shop's image in a repository of ECR."""
    repository = aws("ecr", "create-repository", "--repository-name", "bookshop/web")["repository"]["repositoryUri"]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("Dockerfile", "web.py"):
            tar.add(HERE / name, name)
    packed.seek(0)
    client = docker.DockerClient(cloud.facts["docker_host"])
    # The embedded engine has no base image to fetch, and lends the programs of this machine.
    client.images.build(fileobj=packed, custom_context=True, tag=f"{repository}:1", buildargs={"BASE": "scratch"})
    password = aws("ecr", "get-login-password").strip()
    login = {"username": "AWS", "password": password}
    pushed = [json.loads(line) for line in client.images.push(repository, "1", auth_config=login).splitlines()]
    assert not [line for line in pushed if "error" in line], pushed
    client.close()
    gc.collect()
    return f"{repository}:1"


@pytest.fixture(scope="module")
def shop(cloud, aws, image):
    """The shop's outputs."""
    deploy(aws, f"Image={image}")
    yield outputs(aws)
    aws("cloudformation", "delete-stack", "--stack-name", STACK)
    aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", STACK)
    assert aws("ecs", "list-clusters")["clusterArns"] == []
    assert aws("elbv2", "describe-load-balancers")["LoadBalancers"] == []
    assert aws("dynamodb", "list-tables")["TableNames"] == []
    assert json.loads(cloud.fetch("page.json")[2])["trouble"] == []


def deploy(aws, *parameters):
    words = ("--stack-name", STACK, "--template-file", HERE / "template.yaml", "--capabilities", "CAPABILITY_IAM")
    words += ("--no-fail-on-empty-changeset",)
    try:
        return aws("cloudformation", "deploy", *words, "--parameter-overrides", *parameters)
    except AssertionError as error:
        events = aws("cloudformation", "describe-stack-events", "--stack-name", STACK)["StackEvents"]
        told = [f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason')}" for one in reversed(events)]
        raise AssertionError("\n".join(told)) from error


def outputs(aws):
    found = aws("cloudformation", "describe-stacks", "--stack-name", STACK)["Stacks"][0]
    assert found["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}


def ledger(cloud, shop):
    items = cloud.client("dynamodb").scan(TableName=shop["Ledger"])["Items"]
    return {item["id"]["S"]: item["by"]["S"] for item in items}


def test_it_serves(shop, curl):
    assert curl(shop["Url"]) == "Only a test from staging, 24\n"
    teapot = curl("--write-out", " %{http_code}", f"{shop['Url']}tea/green")
    assert teapot == "short and stout 418"


def test_the_service_is_stable_and_its_targets_in_service(shop, aws):
    where = ("--cluster", shop["Cluster"], "--services", shop["Service"])
    aws("ecs", "wait", "services-stable", *where)
    service = aws("ecs", "describe-services", *where)["services"][0]
    assert (service["runningCount"], service["deployments"][0]["rolloutState"]) == (1, "COMPLETED")
    aws("elbv2", "wait", "target-in-service", "--target-group-arn", shop["TargetGroup"])
    health = aws("elbv2", "describe-target-health", "--target-group-arn", shop["TargetGroup"])
    assert [one["TargetHealth"]["State"] for one in health["TargetHealthDescriptions"]] == ["healthy"]


def test_what_containers_and_functions_write_is_in_the_logs(shop, aws, curl):
    curl(f"{shop['Url']}books?id=7")

    def written(group, words):
        found = aws("logs", "filter-log-events", "--log-group-name", group, "--filter-pattern", f'"{words}"')
        return [event["message"] for event in found["events"]]

    eventually(lambda: written(shop["Logs"], "books?id=7"))
    assert written(shop["Logs"], "the shop is open")
    assert written(f"/aws/lambda/{shop['Clerk']}", "clerk")


def test_orders_reach_the_ledger_on_every_way(cloud, shop, aws, tmp_path):
    assert shop["First"] == "order-0"
    aws("sns", "publish", "--topic-arn", shop["Topic"], "--message", "order-1")
    event = {"Source": "shop", "DetailType": "Order placed", "Detail": '{"order": "order-2"}'}
    aws("events", "put-events", "--entries", json.dumps([event]))
    answer = tmp_path / "answer.json"
    payload = json.dumps({"Records": [{"body": "order-3"}]})
    raw = ("--cli-binary-format", "raw-in-base64-out") if "aws-cli/2" in aws("--version") else ()
    aws("lambda", "invoke", "--function-name", shop["ClerkAlias"], "--payload", payload, *raw, answer)
    assert json.loads(answer.read_text()) == {"took": 1}
    expected = {"order-0": "seed", "order-1": "queue", "order-2": "rule", "order-3": "queue"}
    eventually(lambda: ledger(cloud, shop) == expected)


def test_the_page_tells_of_it(cloud, shop):
    seen = json.loads(cloud.fetch("page.json")[2])
    assert seen["trouble"] == []
    assert [(one["name"], one["status"], one["nested"]) for one in seen["stacks"]] == [
        (STACK, "CREATE_COMPLETE", False)
    ]
    (service,) = seen["services"]
    assert (service["cluster"], service["name"], service["desired"]) == (shop["Cluster"], shop["Service"], 1)
    assert [(task["status"], task["images"]) for task in service["tasks"]] == [("RUNNING", ["web:1"])]
    (group,) = seen["groups"]
    assert [target["address"] for target in group["targets"]] == [f"{service['tasks'][0]['address']}:8000"]
    rules = seen["balancers"][0]["listeners"][0]["rules"]
    assert [(rule["when"], rule["then"]) for rule in rules] == [
        (["Path /tea*"], [{"text": "answers 418"}]),
        ([], [{"group": group["name"], "share": 100}]),
    ]


def test_a_change_rolls_over_to_new_tasks(shop, aws, curl, image):
    deploy(aws, f"Image={image}", "Stage=live")
    assert curl(shop["Url"]) == "Welcome from live, 24\n"
    service = aws("ecs", "describe-services", "--cluster", shop["Cluster"], "--services", shop["Service"])["services"][
        0
    ]
    assert service["runningCount"] == 2
    assert "No changes to deploy" in deploy(aws, f"Image={image}", "Stage=live")
