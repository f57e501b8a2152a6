import pytest

from pipeline.ask import Asker
from pipeline.clock import Clock
from pipeline.errors import UserMistake
from pipeline.interruption import Standing
from pipeline.launch.follow import Follower
from pipeline.launch.ready import Ready
from pipeline.launch.views import Lines
from tests.support.cloudformation import FakeCloudFormation, Step, SteppingClock
from tests.support.terminals import a_log, somebody
from traffic.errors import FlipsideError, Refused

ROLLED_BACK = [
    Step(0, "", "CREATE_IN_PROGRESS"),
    Step(5, "Topic", "CREATE_FAILED", "AWS::SNS::Topic", "Topic already exists"),
    Step(6, "", "ROLLBACK_IN_PROGRESS"),
    Step(60, "", "ROLLBACK_COMPLETE"),
]


class Ground:
    def __init__(self):
        self.time = SteppingClock()
        self.aws = FakeCloudFormation(self.time)
        self.standing = Standing()

    def ready(self, terminal=None, *, yes=False):
        self.terminal = terminal or a_log()
        clock = Clock(self.time.now, self.time.sleep)
        follower = Follower(self.aws, clock, Lines(self.terminal))
        return Ready(self.aws, "eu-west-1", Asker(self.terminal, yes), clock, follower, self.standing)

    @property
    def said(self):
        return self.terminal.out.getvalue()


@pytest.fixture
def ground():
    return Ground()


def test_no_stack_is_one_to_be_created(ground):
    assert ground.ready().parent("greeter") is None


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_at_rest_can_be_updated(ground, status):
    ground.aws.given("greeter", status, parameters={"TemplateBucket": "bucket"})

    assert ground.ready().parent("greeter").parameters == {"TemplateBucket": "bucket"}
    assert ground.said == ""


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "CREATE_FAILED"])
def test_a_stack_that_never_lived_is_deleted_with_consent(ground, status):
    ground.aws.given("greeter", status)

    assert ground.ready(somebody("y")).parent("greeter") is None
    assert f"Stack greeter is {status}: it never came to life" in ground.said
    assert ground.aws._find("greeter") is None


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_without_consent_it_is_left(ground, status):
    ground.aws.given("greeter", status)

    with pytest.raises(Refused, match="greeter is in the way and was left"):
        ground.ready(somebody("n")).parent("greeter")
    with pytest.raises(UserMistake, match=r"Delete stack greeter.*add --yes"):
        ground.ready().parent("greeter")
    assert not ground.aws.called("delete_stack")


def test_a_deletion_that_fails_is_said(ground):
    ground.aws.given("greeter", "ROLLBACK_COMPLETE")
    ground.aws.scripts.append([Step(0, "", "DELETE_IN_PROGRESS"), Step(9, "", "DELETE_FAILED")])

    with pytest.raises(FlipsideError, match=r"DELETE_FAILED.*aws cloudformation delete-stack --stack-name greeter"):
        ground.ready(yes=True).parent("greeter")


def test_what_is_under_way_is_watched_and_then_judged(ground):
    ground.aws.under_way("greeter", ROLLED_BACK)
    ground.time.sleep(10)

    assert ground.ready(yes=True).parent("greeter") is None
    assert "First failure: greeter/Topic (AWS::SNS::Topic) is CREATE_FAILED: Topic already exists" in ground.said
    assert "Stack greeter is deleted." in ground.said


def test_a_deletion_under_way_ends_in_no_stack(ground):
    ground.aws.under_way("greeter", [Step(0, "", "DELETE_IN_PROGRESS"), Step(30, "", "DELETE_COMPLETE")])

    assert ground.ready().parent("greeter") is None


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name greeter --region eu-west-1"),
        ("DELETE_FAILED", "delete-stack --stack-name greeter --region eu-west-1"),
        ("UPDATE_FAILED", "rollback-stack --stack-name greeter --region eu-west-1"),
        ("IMPORT_ROLLBACK_FAILED", "describe-stack-events --stack-name greeter --region eu-west-1"),
    ],
)
def test_what_only_a_person_can_repair_is_said(ground, status, advice):
    ground.aws.given("greeter", status)

    with pytest.raises(FlipsideError, match=f"Stack greeter is {status}") as said:
        ground.ready(yes=True).parent("greeter")
    assert advice in str(said.value)


def test_a_cluster_that_never_lived_is_deleted(ground):
    ground.aws.given("greeter-cluster", "ROLLBACK_COMPLETE")

    ground.ready(yes=True).cluster("greeter-cluster")

    assert ground.aws._find("greeter-cluster") is None


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_IN_PROGRESS"])
def test_a_cluster_that_serves_or_is_being_deployed_is_left_alone(ground, status):
    ground.aws.given("greeter-cluster", status)

    ground.ready(yes=True).cluster("greeter-cluster")

    assert ground.aws._find("greeter-cluster")
    assert ground.said == ""


def test_a_cluster_that_is_stuck_is_said_but_does_not_stop_the_launch(ground):
    ground.aws.given("greeter-cluster", "UPDATE_ROLLBACK_FAILED")

    ground.ready(yes=True).cluster("greeter-cluster")

    assert "greeter-cluster is UPDATE_ROLLBACK_FAILED" in ground.said
    assert "continue-update-rollback --stack-name greeter-cluster" in ground.said
