import itertools
import json

import pytest

from rehearsal import eventbus, functions
from rehearsal.eventbus import delivery
from tests.support import engines

numbers = itertools.count()


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with engines.running(tmp_path_factory.mktemp("state"), eventbus, functions) as cloud:
        yield cloud


@pytest.fixture
def events(cloud):
    return cloud.client("events")


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch):
    monkeypatch.setattr(delivery, "FIRST_DELAY", 0.005)


class Queue:
    """A queue that rules may send to, and what it received."""

    def __init__(self, cloud, *, open_to_rules=True, suffix=""):
        self.cloud, self.name = cloud, f"queue-{next(numbers)}{suffix}"
        self.sqs = cloud.client("sqs")
        attributes = {"FifoQueue": "true"} if suffix else {}
        self.url = self.sqs.create_queue(QueueName=self.name, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:eu-west-1:123456789012:{self.name}"
        if open_to_rules:
            self.allow()

    def allow(self, **condition):
        principal = {"Service": "events.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": self.arn}
        statement |= {"Condition": condition} if condition else {}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy})

    def received(self):
        assert self.cloud.bus.settled(60)
        bodies = []
        while found := self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            bodies += [each["Body"] for each in found]
        return bodies


@pytest.fixture
def queue(cloud):
    return Queue(cloud)


@pytest.fixture
def rule(events):
    """Make a rule with one target, gone after the test."""
    made = []

    def make(pattern, arn, bus="default", **target):
        name = f"rule-{next(numbers)}"
        rule_arn = events.put_rule(Name=name, EventPattern=json.dumps(pattern), EventBusName=bus)["RuleArn"]
        events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "t", "Arn": arn, **target}])
        made.append((name, bus))
        return name, rule_arn

    yield make
    for name, bus in made:
        events.remove_targets(Rule=name, Ids=["t"], EventBusName=bus)
        events.delete_rule(Name=name, EventBusName=bus)
