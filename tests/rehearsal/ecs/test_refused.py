"""What callers may not ask for, and how they are told."""

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.ecs.samples import until


def refused(call, *args, **settings):
    with pytest.raises(ClientError) as error:
        call(*args, **settings)
    told = error.value.response["Error"]
    return told["Code"], told["Message"]


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "UnsupportedFeatureException", "controller CODE_DEPLOY"),
        ({"deploymentController": {"type": "EXTERNAL"}}, "UnsupportedFeatureException", "controller EXTERNAL"),
        ({"schedulingStrategy": "DAEMON"}, "UnsupportedFeatureException", "DAEMON"),
        ({"serviceRegistries": [{"registryArn": "arn:x"}]}, "UnsupportedFeatureException", "service registries"),
        ({"serviceConnectConfiguration": {"enabled": True}}, "UnsupportedFeatureException", "Service Connect"),
        ({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}, "UnsupportedFeatureException", "BLUE_GREEN"),
        (
            {"deploymentConfiguration": {"alarms": {"alarmNames": ["a"], "enable": True, "rollback": True}}},
            "UnsupportedFeatureException",
            "alarms",
        ),
        ({"networkConfiguration": {}}, "InvalidParameterException", "Network Configuration must be provided"),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0"]}}},
            "InvalidParameterException",
            "The subnet ID 'subnet-0' does not exist",
        ),
        ({"taskDefinition": "nobody:1"}, "ClientException", "Unable to describe task definition"),
        ({"cluster": "nowhere"}, "ClusterNotFoundException", "Cluster not found"),
        ({"serviceName": "a b"}, "InvalidParameterException", "Invalid service name"),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 100}},
            "InvalidParameterException",
            "maximumPercent",
        ),
        (
            {"loadBalancers": [{"targetGroupArn": "arn:x", "containerName": "app", "containerPort": 8080}]},
            "InvalidParameterException",
            "The target group arn:x does not exist",
        ),
        (
            {"loadBalancers": [{"targetGroupArn": "arn:x", "containerName": "other", "containerPort": 8080}]},
            "InvalidParameterException",
            "The container other does not exist in the task definition",
        ),
        (
            {"loadBalancers": [{"targetGroupArn": "arn:x", "containerName": "app", "containerPort": 1}]},
            "InvalidParameterException",
            "The container app did not have a container port 1 defined",
        ),
    ],
)
def test_services(place, settings, code, words):
    usual = {
        "cluster": place.cluster,
        "serviceName": "refused",
        "taskDefinition": place.definition("x"),
        "desiredCount": 1,
        "launchType": "FARGATE",
        "networkConfiguration": place.network,
    }
    found, message = refused(place.ecs.create_service, **{**usual, **settings})
    assert found == code
    assert words in message
    assert place.ecs.describe_services(cluster=place.cluster, services=["refused"])["services"] == []


def test_a_target_group_that_no_load_balancer_leads_to(place):
    arn = place.elb.create_target_group(Name="idle", Protocol="HTTP", Port=80, VpcId=place.vpc, TargetType="ip")
    group = arn["TargetGroups"][0]["TargetGroupArn"]
    code, message = refused(place.service, place.definition("x"), group)
    assert code == "InvalidParameterException"
    assert message == f"The target group with targetGroupArn {group} does not have an associated load balancer."


@pytest.mark.parametrize(
    ("task", "container", "words"),
    [
        ({"executionRoleArn": None}, {}, "execution role ARN to support log driver awslogs"),
        ({"executionRoleArn": None}, {"logConfiguration": None}, "execution role ARN to support ECR images"),
        ({"cpu": None}, {}, "Fargate requires that 'cpu' be defined at the task level"),
        ({"networkMode": "bridge"}, {}, "Fargate only supports network mode 'awsvpc'"),
        ({}, {"essential": False}, "At least one container must be marked 'essential'"),
        ({}, {"mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]}, "Unknown volume 'v'"),
        (
            {},
            {"dependsOn": [{"containerName": "none", "condition": "START"}]},
            "Container 'app' depends on unknown container 'none'",
        ),
    ],
)
def test_task_definitions(place, task, container, words):
    def register():
        place.definition("x", task=task, **container)

    code, message = refused(register)
    assert code == "ClientException"
    assert words in message


def test_operations_that_nobody_implements_are_named(place):
    code, message = refused(
        place.ecs.create_task_set, service="a", cluster=place.cluster, taskDefinition=place.definition("x")
    )
    assert (code, "task sets" in message) == ("UnsupportedFeatureException", True)
    _, message = refused(place.ecs.execute_command, cluster="main", task="t", command="sh", interactive=True)
    assert "ExecuteCommand" in message


def test_tasks_that_insist_on_instances(place):
    ec2 = place.definition("x", task={"requiresCompatibilities": ["EC2"]})
    code, message = refused(
        place.ecs.run_task,
        cluster=place.cluster,
        taskDefinition=ec2,
        launchType="EC2",
        networkConfiguration=place.network,
    )
    assert (code, message) == ("InvalidParameterException", "No Container Instances were found in your cluster.")
    place.ecs.create_service(
        cluster=place.cluster,
        serviceName="waiting",
        taskDefinition=ec2,
        desiredCount=1,
        launchType="EC2",
        networkConfiguration=place.network,
    )
    until(lambda: any("No Container Instances were found" in said for said in place.said("waiting")))
    place.delete("waiting")


def test_names_that_are_taken(place):
    name = place.service(place.definition("x"), count=0)
    place.stable(name)
    again = {"cluster": place.cluster, "serviceName": name, "taskDefinition": place.definition("x")}
    code, message = refused(place.ecs.create_service, **again, launchType="FARGATE", networkConfiguration=place.network)
    assert (code, message) == ("InvalidParameterException", "Creation of service was not idempotent.")
    place.delete(name)
    # One that is gone leaves its name.
    made = place.ecs.create_service(**again, launchType="FARGATE", networkConfiguration=place.network)["service"]
    assert made["status"] == "ACTIVE"
    place.delete(name)


def test_clusters_that_are_deleted(place):
    place.ecs.create_cluster(clusterName="brief")
    assert place.ecs.delete_cluster(cluster="brief")["cluster"]["status"] == "INACTIVE"
    code, _ = refused(place.ecs.list_services, cluster="brief")
    assert code == "ClusterNotFoundException"
