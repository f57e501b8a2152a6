"""The settings of a rehearsal: shorter waits, the same release, and stand-ins for what only the real account has."""

import json
from dataclasses import dataclass

import boto3
import pytest
from moto import mock_aws

from pipeline.rehearse.shortened import rehearsed
from pipeline.settings import parse

PLAIN = 'app = "shop"\n[source]\nprovider = "codecommit"\nrepository = "shop"\n'
WAITING = """\
[container]
desired_count = 8
[container.health_check]
path = "/up"
interval = 60
timeout = 20
healthy_threshold = 5
unhealthy_threshold = 9
grace = 300
[release]
draining = 900
healthy = 6
log_retention = 90
"""
OWN_ACCOUNT = """\
[container.secrets]
TOKEN = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/token"
URL = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/database-a1B2c3:url::"
PASSWORD = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/database-a1B2c3:password::"
[network]
vpc_id = "vpc-0a1b2c3d4e5f60718"
public_subnets = ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"]
private_subnets = ["subnet-0a1b2c3d4e5f60713", "subnet-0a1b2c3d4e5f60714"]
[listener]
certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/9c8b7a69-5847-4362-9150-4f3e2d1c0b9a"
[release]
approval_topic_arn = "arn:aws:sns:eu-west-1:123456789012:releases"
"""


@dataclass
class Place:
    """As much of a cloud as settings need."""

    def client(self, service):
        return boto3.client(service, "us-east-1")


@pytest.fixture
def cloud(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        yield Place()


def shortened(cloud, text):
    return rehearsed(parse(PLAIN + text, "release.toml"), cloud)


def test_waits_are_shortened_and_nothing_else(cloud):
    settings = shortened(cloud, WAITING).settings
    check = settings.container.health_check

    assert (check.interval, check.timeout, check.healthy_threshold, check.unhealthy_threshold) == (5, 2, 2, 2)
    assert (check.grace, settings.release.draining) == (30, 5)
    assert (settings.container.desired_count, settings.release.healthy) == (3, 3)
    assert (check.path, settings.release.log_retention) == ("/up", 90)


def test_what_is_short_already_stays(cloud):
    settings = shortened(cloud, "[container.health_check]\ngrace = 0\n[release]\ndraining = 1\n").settings

    assert (settings.container.health_check.grace, settings.release.draining) == (0, 1)
    assert shortened_notes(cloud) == []


def shortened_notes(cloud):
    return rehearsed(parse(PLAIN.replace("shop", "store"), "release.toml"), cloud).notes


def test_what_only_the_real_account_has_is_made_and_said(cloud, monkeypatch):
    monkeypatch.setenv("TOKEN", "hush")
    monkeypatch.delenv("URL", raising=False)
    told = shortened(cloud, OWN_ACCOUNT)
    settings = told.settings

    assert not settings.network.existing
    assert (settings.listener.secure, settings.listener.production, settings.listener.test) == (False, 80, 8080)
    assert len(told.notes) == 5
    topics = cloud.client("sns").list_topics()["Topics"]
    assert {"TopicArn": settings.release.approval_topic_arn} in topics


def test_secrets_have_the_values_of_the_environment_or_stand_ins(cloud, monkeypatch):
    monkeypatch.setenv("TOKEN", "hush")
    monkeypatch.delenv("URL", raising=False)
    secrets = shortened(cloud, OWN_ACCOUNT).settings.container.secrets
    manager = cloud.client("secretsmanager")

    token = cloud.client("ssm").get_parameter(Name="/shop/token", WithDecryption=True)["Parameter"]
    assert (token["Value"], token["ARN"]) == ("hush", secrets["TOKEN"])
    assert secrets["URL"].endswith(":url::")
    assert secrets["PASSWORD"] == secrets["URL"].replace(":url::", ":password::")
    kept = manager.get_secret_value(SecretId=secrets["URL"].removesuffix(":url::"))["SecretString"]
    assert json.loads(kept) == {"url": "rehearsed", "password": "rehearsed"}
