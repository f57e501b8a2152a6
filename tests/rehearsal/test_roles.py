"""The product's roles hold what they need and nothing else: without any one action, the release fails.

One release is tried again and again. Every trial takes one action away from one role, tries the stage that failed
before once more, and gives the action back; so the release advances as the trials do.
"""

import json
import time
import urllib.request
from contextlib import contextmanager

import pytest

from pipeline.rehearse.application import Greeter
from pipeline.rehearse.cloud import Cloud
from pipeline.rehearse.launch import launch
from pipeline.rehearse.shortened import rehearsed
from pipeline.rehearse.toml import written
from pipeline.rehearse.watching import Watch
from pipeline.settings import Settings
from tests.templates import samples

REGION = "us-east-1"
CONNECTION = f"arn:aws:codeconnections:{REGION}:123456789012:connection/00000000-0000-0000-0000-000000000000"
SETTINGS = Settings.model_validate(
    {
        "app": "greeter",
        "source": {"provider": "github", "repository": "acme/greeter", "branch": "main", "connection_arn": CONNECTION},
    }
)
PATIENCE = 60
ROLES = {"PipelineRole": "pipeline", "ImageRole": "image", "DiscoverRole": "discover", "FlipRole": "flip"}
LOOK = "elasticloadbalancing:DescribeRules"
# When each action is missed, as far as that differs within the work of a role.
ORDER = [
    ("pipeline", "cloudformation:CreateStack"),
    ("pipeline", "codeconnections:UseConnection"),
    ("pipeline", "s3:"),
    ("pipeline", "kms:GenerateDataKey"),
    ("pipeline", "s3:PutObject"),
    ("pipeline", "codebuild:StartBuild"),
    ("pipeline", "codebuild:BatchGetBuilds"),
    ("image", ""),
    ("image", "ecr:InitiateLayerUpload"),
    ("image", "ecr:UploadLayerPart"),
    ("image", "ecr:CompleteLayerUpload"),
    ("image", "ecr:BatchGetImage"),
    ("image", "ecr:PutImage"),
    ("image", "kms:GenerateDataKey"),
    ("image", "s3:PutObject"),
    ("discover", ""),
    ("discover", "kms:GenerateDataKey"),
    ("discover", "s3:PutObject"),
    ("pipeline", "kms:Decrypt"),
    ("pipeline", "cloudformation:"),
    ("pipeline", "iam:PassRole"),
    ("pipeline", "sns:Publish"),
    ("pipeline", "lambda:InvokeFunction"),
    ("flip", ""),
    ("flip", "elasticloadbalancing:ModifyRule"),
    ("flip", "elasticloadbalancing:AddTags"),
    ("flip", "codepipeline:PutJobFailureResult"),
    ("flip", "codepipeline:PutJobSuccessResult"),
]


def place(trial):
    """Return when a trial's turn is: by the longest of the prefixes above that fits."""
    role, action = trial
    fitting = [
        (len(prefix), turn) for turn, (of, prefix) in enumerate(ORDER) if of == role and action.startswith(prefix)
    ]
    return max(fitting)[1], action


def trials():
    template = samples.templates("minimal")["pipeline"]["Resources"]
    found = set()
    for title, role in ROLES.items():
        for policy in template[title]["Properties"]["Policies"]:
            found |= {(role, action) for each in policy["PolicyDocument"]["Statement"] for action in each["Action"]}
    return sorted(found, key=place)


class Line:
    """The pipeline under trial."""

    def __init__(self, cloud):
        self.cloud = cloud
        settings = rehearsed(SETTINGS, cloud).settings
        self.application = Greeter(cloud.folder / "copy", "main", base="scratch")
        self.application.repository.lead_to(cloud.new_repository("acme/greeter", "main"))
        config = cloud.folder / "release.toml"
        config.write_text(written(settings), encoding="utf-8")
        launch(cloud, config, lambda line: None)
        self.iam = cloud.client("iam")
        self.watch = Watch(cloud.codepipeline, "greeter")
        self.execution = ""
        self.first = ""
        self.count = 3

    def push(self, name):
        before = self.executions()
        self.application.release(name)
        self.application.repository.push()
        [self.execution] = self.until(lambda: self.executions() - before, "the execution to start")

    def executions(self):
        found = self.cloud.codepipeline.list_pipeline_executions(pipelineName="greeter")
        return {each["pipelineExecutionId"] for each in found["pipelineExecutionSummaries"]}

    def until(self, look, what):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = look()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"waited {PATIENCE} s for {what}: {self.watch.look()}; {self.cloud.said}")

    def ended(self):
        """Approve when asked; return the failed stage, or an empty one if the execution succeeded."""
        seen = self.watch.look()
        token = seen.asks(self.execution)
        if token:
            self.watch.answer(token, yes=True, words="a trial")
            return None
        broken = seen.broken(self.execution)
        if broken:
            return broken
        return (None, None) if self.watch.status(self.execution) == "Succeeded" else None

    def advance(self):
        """Start a release, or try the last one again where it failed."""
        if not self.execution:
            self.push("v1")
        elif self.ended() == (None, None):
            self.first = self.first or self.execution
            self.count += 1
            self.push(f"v{self.count}")
        else:
            self.try_again()

    def try_again(self):
        stage, _ = self.ended()
        self.cloud.codepipeline.retry_stage_execution(
            pipelineName="greeter", stageName=stage.name, pipelineExecutionId=self.execution, retryMode="FAILED_ACTIONS"
        )

    def stop(self):
        self.cloud.codepipeline.stop_pipeline_execution(
            pipelineName="greeter", pipelineExecutionId=self.execution, abandon=True
        )
        self.until(lambda: self.watch.status(self.execution) == "Stopped", "the execution to stop")

    def denied(self, role, action):
        who = f":assumed-role/greeter-{role}-{REGION}/"
        return [each for each in self.cloud.denials() if who in each["who"] and each["action"] == action]

    @contextmanager
    def withheld(self, role, *actions):
        name = f"greeter-{role}-{REGION}"
        whole = {
            policy: self.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            for policy in self.iam.list_role_policies(RoleName=name)["PolicyNames"]
        }
        self.keep(name, {policy: without(document, actions) for policy, document in whole.items()})
        try:
            yield
        finally:
            self.keep(name, whole)

    def keep(self, role, documents):
        for policy, document in documents.items():
            self.iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def without(document, actions):
    kept = [{**each, "Action": [one for one in each["Action"] if one not in actions]} for each in document["Statement"]]
    return {**document, "Statement": [each for each in kept if each["Action"]]}


def forget_denials(cloud):
    request = urllib.request.Request(f"{cloud.endpoint}/_rehearsal/audit", method="DELETE")
    urllib.request.urlopen(request, timeout=PATIENCE).close()


@pytest.fixture(scope="module")
def line():
    with Cloud("embedded") as cloud:
        yield Line(cloud)


# What else is withheld: what reads the reasons is missed only when a stack fails, and the other source must not be
# done before its own turn comes.
ALSO = {
    ("pipeline", "cloudformation:DescribeStackEvents"): ("cloudformation", "ecs:RegisterTaskDefinition"),
    ("pipeline", "codeconnections:UseConnection"): ("pipeline", "s3:ListBucket"),
}
# Logging stops nothing. That it was denied shows in the audit trail, and a rehearsal fails for that.
LOGGING = {"logs:CreateLogStream", "logs:PutLogEvents"}
# The function does its work, and the pipeline never hears of it.
UNTOLD = {"codepipeline:PutJobFailureResult", "codepipeline:PutJobSuccessResult"}


@pytest.mark.parametrize(("role", "action"), trials())
def test_a_release_fails_without(line, role, action):
    if role == "flip" and action in UNTOLD:
        the_pipeline_is_not_told(line, action)
        return
    if role == "flip" and action == "logs:CreateLogStream":
        # A new instance of the function begins a log stream of its own.
        line.cloud.client("lambda").update_function_configuration(FunctionName="greeter-flip", Description="anew")
    instead = ("flip", LOOK) if role == "flip" and action in LOGGING else ALSO.get((role, action), (role, action))
    with line.withheld(role, action), line.withheld(*instead):
        line.advance()
        stage, failed = line.until(line.ended, f"the release to fail without {action}")
        assert stage or action in LOGGING, f"the release succeeds without {action}"
        line.until(lambda: line.denied(role, action), f"{action} to be denied; what failed is {failed}")
    forget_denials(line.cloud)
    if action == "cloudformation:CreateStack":
        line.try_again()
        assert line.until(line.ended, "the first release") == (None, None)


def the_pipeline_is_not_told(line, action):
    failing = [LOOK] if action.endswith("FailureResult") else []
    with line.withheld("flip", action, *failing):
        if failing:
            line.try_again()
        else:
            line.execution = line.watch.roll_back(line.first)
        line.until(lambda: line.denied("flip", action) or (line.ended() and None), f"{action} to be denied")
        line.stop()


def test_nothing_else_is_needed(line):
    """The roles as they are suffice: a release goes through, and no call of it is denied."""
    forget_denials(line.cloud)
    line.push("v4")
    assert line.until(line.ended, "the release") == (None, None)
    assert line.cloud.denials() == []
