"""The same calls against a CloudFormation of somebody else's, for one flat stack, which is what moto's does right."""

import json

import pytest
from moto import mock_aws

from pipeline.ask import Asker
from pipeline.clock import Clock
from pipeline.interruption import Standing
from pipeline.launch import events
from pipeline.launch import stack as stacks
from pipeline.launch.change_set import ChangeSets, Target
from pipeline.launch.follow import Follower
from pipeline.launch.ready import Ready
from pipeline.launch.views import Lines
from tests.support.clients import client
from tests.support.cloudformation import SteppingClock
from tests.support.terminals import a_log


def template(*topics):
    names = {name: {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name.lower()}} for name in topics}
    parameters = {"TemplateBucket": {"Type": "String"}}
    return {"Parameters": parameters, "Resources": names}


class Account:
    def __init__(self):
        self.s3 = client("s3", "us-east-1")
        self.sns = client("sns", "us-east-1")
        self.cloudformation = client("cloudformation", "us-east-1")
        self.s3.create_bucket(Bucket="templates")
        time = SteppingClock()
        self.clock = Clock(time.now, time.sleep)
        self.change_sets = ChangeSets(self.cloudformation, self.clock)
        self.log = a_log()
        self.follower = Follower(self.cloudformation, self.clock, Lines(self.log))

    def target(self, body):
        self.s3.put_object(Bucket="templates", Key="main.json", Body=json.dumps(body).encode())
        url = "https://templates.s3.us-east-1.amazonaws.com/main.json"
        return Target("greeter", url, body, {"TemplateBucket": "templates"}, {"team": "shop"})

    def launch(self, target, kind):
        drafted = self.change_sets.draft(target, kind)
        after = events.newest(self.cloudformation, drafted.stack_id)
        self.change_sets.carry_out(drafted)
        return drafted, self.follower.follow(drafted.stack_id, target.name, after)

    def topics(self):
        return {topic["TopicArn"].split(":")[-1] for topic in self.sns.list_topics()["Topics"]}


@pytest.fixture
def account():
    with mock_aws():
        yield Account()


def test_a_stack_is_created_updated_and_found_unchanged(account):
    drafted, progress = account.launch(account.target(template("One")), "CREATE")
    assert [(one.action, one.resource) for one in drafted.changes] == [("Add", "One")]
    assert progress.status == "CREATE_COMPLETE"

    drafted, progress = account.launch(account.target(template("One", "Two")), "UPDATE")
    assert ("Add", "Two") in [(one.action, one.resource) for one in drafted.changes]
    assert progress.status == "UPDATE_COMPLETE"
    assert account.topics() == {"one", "two"}

    assert account.change_sets.draft(account.target(template("One", "Two")), "UPDATE") is None


def test_what_the_stack_is_made_of_can_be_compared(account):
    target = account.target(template("One"))
    account.launch(target, "CREATE")

    stack = stacks.find(account.cloudformation, "greeter")

    assert stacks.template(account.cloudformation, stack) == target.template
    assert stack.parameters == target.parameters


def test_a_stack_in_review_is_found_and_cleared_away(account):
    account.change_sets.draft(account.target(template("One")), "CREATE")
    assert stacks.find(account.cloudformation, "greeter").status == "REVIEW_IN_PROGRESS"

    ready = Ready(
        account.cloudformation, "us-east-1", Asker(account.log, yes=True), account.clock, account.follower, Standing()
    )

    assert ready.parent("greeter") is None
    assert stacks.find(account.cloudformation, "greeter") is None
