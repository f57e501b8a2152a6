"""The same trip with somebody's own repository, and what is said when it cannot be made."""

import json

from tests.support.rehearsals import OUTCOMES, rehearsals, shop

__all__ = ["rehearsals", "shop"]


def test_a_repository_of_ones_own_is_rehearsed_with_what_its_settings_need(rehearsals, shop):
    shop.settings(EVERYTHING)
    run = rehearsals.run("--app", shop.folder, "--yes", "--json", "--engine", "embedded", TOKEN="hush")
    result = json.loads(run.stdout or "{}")

    assert run.returncode == 0, run.stderr
    assert {each["name"]: each["outcome"] for each in result["releases"]} == OUTCOMES
    assert result["failed"] == 0
    assert "The secret TOKEN is in your account only: its value is what your environment says" in run.stderr
    assert "both listeners speak plain HTTP" in run.stderr
    assert shop.git("status", "--porcelain") == ""
    assert shop.git("rev-list", "--count", "HEAD") == "1"
    assert rehearsals.left() == []


def test_an_application_that_never_listens_is_told_what_is_asked_of_it(rehearsals, shop):
    shop.settings(SILENT)
    run = rehearsals.run("--app", shop.folder, "--json", "--engine", "embedded")

    assert run.returncode == 1
    assert "v1 did not get as far as its approval" in run.stderr
    assert "GET / on port 3000 answers 200-299: see that the application listens there" in run.stderr
    assert json.loads(run.stdout)["ok"] is False
    assert rehearsals.left() == []


SILENT = """\
app = "shop"
[source]
provider = "codecommit"
repository = "shop"
branch = "release"
[container]
port = 3000
command = ["python3", "-c", "import time; time.sleep(600)"]
[container.health_check]
path = "/"
grace = 0
"""
EVERYTHING = """\
app = "shop"
tags = { team = "payments" }
[source]
provider = "gitlab"
repository = "acme/web/shop"
connection_arn = "arn:aws:codeconnections:eu-west-1:123456789012:connection/0f2d1c3b"
include_paths = ["web/**"]
[container]
port = 3000
command = ["python3", "-m", "http.server", "3000", "--directory", "/srv"]
[container.health_check]
path = "/"
grace = 0
[container.secrets]
TOKEN = "arn:aws:ssm:eu-west-1:123456789012:parameter/shop/token"
DATABASE_URL = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/database-a1B2c3:url::"
[network]
vpc_id = "vpc-0a1b2c3d4e5f60718"
public_subnets = ["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"]
private_subnets = ["subnet-0a1b2c3d4e5f60713", "subnet-0a1b2c3d4e5f60714"]
[listener]
certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/9c8b7a69-5847-4362-9150-4f3e2d1c0b9a"
[release]
approval_topic_arn = "arn:aws:sns:eu-west-1:123456789012:releases"
"""
