"""The credentials of a task's role, for as long as the role trusts tasks and the task lasts."""

import json
import urllib.error
import urllib.request

import pytest

from tests.rehearsal.ecs.samples import until

STATEMENT = {"Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
SAY = 'echo "$AWS_CONTAINER_CREDENTIALS_FULL_URI $AWS_CONTAINER_AUTHORIZATION_TOKEN"; sleep 600'


def status(address, token):
    request = urllib.request.Request(address, headers={"Authorization": token})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def trusting(place, service):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    place.iam.update_assume_role_policy(RoleName="minute-man", PolicyDocument=document)


@pytest.fixture
def told(place):
    """A running task, and where its credentials are and with which token."""
    role = place.new_role("minute-man", STATEMENT)
    command = ["/bin/sh", "-c", SAY]
    task = place.run(place.definition("minute-man", command=command, task={"taskRoleArn": role}))
    address, token = until(lambda: place.written("minute-man"), told=lambda: place.task(task))[0].split()
    return task, address, token


def test_they_end_with_the_trust_and_with_the_task(place, told):
    task, address, token = told
    assert status(address, token) == 200
    trusting(place, "ec2.amazonaws.com")
    assert status(address, token) == 403
    trusting(place, "ecs-tasks.amazonaws.com")
    assert status(address, token) == 200
    place.ecs.stop_task(cluster=place.cluster, task=task)
    place.ended(task)
    assert status(address, token) == 403
