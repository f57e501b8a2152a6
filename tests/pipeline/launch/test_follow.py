import pytest
from botocore.exceptions import EndpointConnectionError

from pipeline.clock import Clock
from pipeline.launch import events, failure
from pipeline.launch.follow import Follower
from pipeline.launch.views import Lines
from tests.support.cloudformation import FakeCloudFormation, Step, SteppingClock
from tests.support.terminals import a_log
from traffic.errors import FlipsideError

VPC, SUBNET, ROLE, PIPE = "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::IAM::Role", "AWS::CodePipeline::Pipeline"

CREATED = [
    Step(0, "", "CREATE_IN_PROGRESS", reason="User Initiated"),
    Step(1, "network", "CREATE_IN_PROGRESS"),
    Step(2, "network!", "CREATE_IN_PROGRESS"),
    Step(3, "network/Vpc", "CREATE_IN_PROGRESS", VPC),
    Step(3, "network/Vpc", "CREATE_IN_PROGRESS", VPC, "Resource creation Initiated"),
    Step(20, "network/Vpc", "CREATE_COMPLETE", VPC),
    Step(21, "network!", "CREATE_COMPLETE"),
    Step(25, "network", "CREATE_COMPLETE"),
    Step(26, "pipeline", "CREATE_IN_PROGRESS"),
    Step(27, "pipeline!", "CREATE_IN_PROGRESS"),
    Step(28, "pipeline/Pipeline", "CREATE_IN_PROGRESS", PIPE),
    Step(90, "pipeline/Pipeline", "CREATE_COMPLETE", PIPE),
    Step(91, "pipeline!", "CREATE_COMPLETE"),
    Step(95, "pipeline", "CREATE_COMPLETE"),
    Step(100, "", "CREATE_COMPLETE"),
]

# Two stacks down something fails; all that comes after is a consequence.
FAILED = [
    Step(0, "", "UPDATE_IN_PROGRESS", reason="User Initiated"),
    Step(1, "pipeline", "UPDATE_IN_PROGRESS"),
    Step(1, "network", "UPDATE_IN_PROGRESS"),
    Step(2, "pipeline!", "UPDATE_IN_PROGRESS"),
    Step(3, "pipeline/inner", "CREATE_IN_PROGRESS"),
    Step(3, "pipeline/Other", "CREATE_IN_PROGRESS", ROLE),
    Step(4, "pipeline/inner!", "CREATE_IN_PROGRESS"),
    Step(5, "pipeline/inner/Role", "CREATE_FAILED", ROLE, "Role greeter-flip already exists"),
    Step(5, "pipeline/inner/Topic", "CREATE_FAILED", "AWS::SNS::Topic", "Resource creation cancelled"),
    Step(6, "pipeline/inner!", "CREATE_FAILED", reason="The following resource(s) failed to create: [Role, Topic]."),
    Step(7, "pipeline/inner", "CREATE_FAILED", reason="Embedded stack arn:x was not successfully created"),
    Step(7, "pipeline/Other", "CREATE_FAILED", ROLE, "Resource creation cancelled"),
    Step(8, "pipeline!", "UPDATE_ROLLBACK_IN_PROGRESS", reason="The following resource(s) failed to create: [inner]."),
    Step(9, "pipeline", "UPDATE_FAILED", reason="Embedded stack arn:y was not successfully updated"),
    Step(9, "network", "UPDATE_FAILED", reason="Resource update cancelled"),
    Step(10, "", "UPDATE_ROLLBACK_IN_PROGRESS", reason="The following resource(s) failed to update: [pipeline]."),
    Step(30, "pipeline!", "UPDATE_ROLLBACK_COMPLETE"),
    Step(40, "", "UPDATE_ROLLBACK_COMPLETE"),
]


class Watched:
    """A stack that is being watched, and what was said about it."""

    def __init__(self):
        self.time = SteppingClock()
        self.aws = FakeCloudFormation(self.time)
        self.terminal = a_log()
        self.follower = Follower(self.aws, Clock(self.time.now, self.time.sleep), Lines(self.terminal))

    def follow(self, stack, after=None):
        after = events.before_current(self.aws, stack.id) if after is None else after
        return self.follower.follow(stack.id, stack.name, after)

    @property
    def lines(self):
        return [" ".join(line.split()) for line in self.terminal.out.getvalue().splitlines()]


@pytest.fixture
def watched():
    return Watched()


def test_the_whole_tree_is_told_a_line_for_each_change(watched):
    progress = watched.follow(watched.aws.under_way("greeter", CREATED))

    assert progress.good
    assert watched.lines == [
        "0s greeter CREATE_IN_PROGRESS AWS::CloudFormation::Stack",
        "1s greeter/network CREATE_IN_PROGRESS AWS::CloudFormation::Stack",
        "2s greeter/network CREATE_IN_PROGRESS AWS::CloudFormation::Stack",
        "3s greeter/network/Vpc CREATE_IN_PROGRESS AWS::EC2::VPC",
        "20s greeter/network/Vpc CREATE_COMPLETE AWS::EC2::VPC",
        "21s greeter/network CREATE_COMPLETE AWS::CloudFormation::Stack",
        "25s greeter/network CREATE_COMPLETE AWS::CloudFormation::Stack",
        "26s greeter/pipeline CREATE_IN_PROGRESS AWS::CloudFormation::Stack",
        "27s greeter/pipeline CREATE_IN_PROGRESS AWS::CloudFormation::Stack",
        "28s greeter/pipeline/Pipeline CREATE_IN_PROGRESS AWS::CodePipeline::Pipeline",
        "1m30s greeter/pipeline/Pipeline CREATE_COMPLETE AWS::CodePipeline::Pipeline",
        "1m31s greeter/pipeline CREATE_COMPLETE AWS::CloudFormation::Stack",
        "1m35s greeter/pipeline CREATE_COMPLETE AWS::CloudFormation::Stack",
        "1m40s greeter CREATE_COMPLETE AWS::CloudFormation::Stack",
    ]


def test_the_first_failure_is_found_in_the_deepest_stack(watched):
    progress = watched.follow(watched.aws.under_way("greeter", FAILED))

    found = failure.first(progress)
    assert not progress.good
    assert found.path == ("greeter", "pipeline", "inner", "Role")
    assert found.reason == "Role greeter-flip already exists"
    assert found.stack_id.split("/")[-2] == "greeter-pipeline-inner"


def test_a_nested_stack_that_never_came_to_be_is_itself_the_failure(watched):
    reason = "TemplateURL must reference a valid S3 object to which you have access."
    steps = [
        Step(0, "", "CREATE_IN_PROGRESS"),
        Step(1, "pipeline", "CREATE_FAILED", reason=reason),
        Step(2, "", "ROLLBACK_IN_PROGRESS", reason="The following resource(s) failed to create: [pipeline]."),
        Step(3, "", "ROLLBACK_COMPLETE"),
    ]
    found = failure.first(watched.follow(watched.aws.under_way("greeter", steps)))

    assert found.path == ("greeter", "pipeline")
    assert found.reason == reason


def test_a_failure_of_no_resource_is_the_stacks_own(watched):
    steps = [
        Step(0, "", "UPDATE_IN_PROGRESS"),
        Step(1, "", "UPDATE_ROLLBACK_IN_PROGRESS", reason="Stack update cancelled by user"),
        Step(3, "", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    found = failure.first(watched.follow(watched.aws.under_way("greeter", steps)))

    assert (found.path, found.reason) == (("greeter",), "Stack update cancelled by user")


def test_what_earlier_operations_did_is_not_told_again(watched):
    stack = watched.aws.under_way("greeter", FAILED)
    watched.time.sleep(600)
    watched.aws._play(stack, [Step(0, "", "UPDATE_IN_PROGRESS"), *CREATED[1:-1], Step(99, "", "UPDATE_COMPLETE")])

    progress = watched.follow(stack)

    assert progress.good
    assert failure.first(progress) is None
    assert not [line for line in watched.lines if "FAILED" in line or "ROLLBACK" in line]
    assert any("pipeline/Pipeline CREATE_COMPLETE" in line for line in watched.lines)


def test_watching_begins_where_the_change_set_was_carried_out(watched):
    stack = watched.aws.given("greeter", "CREATE_COMPLETE")
    before = events.newest(watched.aws, stack.id)
    watched.aws._play(stack, [Step(7, "", "UPDATE_IN_PROGRESS"), Step(9, "", "UPDATE_COMPLETE")])

    progress = watched.follow(stack, after=before)

    assert progress.status == "UPDATE_COMPLETE"


def test_an_operation_is_joined_while_its_rollback_runs(watched):
    stack = watched.aws.under_way("greeter", FAILED)
    watched.time.sleep(25)

    progress = watched.follow(stack)

    assert progress.status == "UPDATE_ROLLBACK_COMPLETE"
    assert failure.first(progress).path[-1] == "Role"


def test_throttling_is_borne_and_nothing_is_lost(watched):
    stack = watched.aws.under_way("greeter", CREATED)
    after = events.before_current(watched.aws, stack.id)
    unreachable = EndpointConnectionError(endpoint_url="https://x")
    watched.aws.trouble("describe_stack_events", "Throttling", "ThrottlingException", unreachable, "Throttling")

    progress = watched.follow(stack, after)

    assert progress.good
    assert len(watched.lines) == 14
    assert watched.time.slept[:4] == [2, 4, 8, 16], "asks less often while AWS throttles"


def test_trouble_between_two_stacks_loses_no_line(watched):
    stack = watched.aws.under_way("greeter", CREATED)
    watched.time.sleep(50)
    answer = watched.aws.describe_stack_events
    denied = ["greeter-network"]

    def troubled_at_the_network(**asked):
        if denied and denied[0] in asked["StackName"]:
            denied.clear()
            watched.aws.trouble("describe_stack_events", "Throttling")
        return answer(**asked)

    watched.aws.describe_stack_events = troubled_at_the_network
    watched.follow(stack, "")

    assert not denied
    assert len(set(watched.lines)) == len(watched.lines) == 14


def test_a_long_silence_ends_with_a_sentence(watched):
    stack = watched.aws.under_way("greeter", CREATED)
    watched.aws.trouble("describe_stack_events", *["Throttling"] * 100)

    with pytest.raises(FlipsideError, match=r"not answered for 10 minutes.*greeter goes on without this terminal"):
        watched.follow(stack, "")


def test_credentials_that_expire_meanwhile_are_said_at_once(watched):
    stack = watched.aws.under_way("greeter", CREATED)
    watched.aws.trouble("describe_stack_events", "ExpiredToken")

    with pytest.raises(
        FlipsideError, match=r"have expired.*greeter goes on without this terminal: run the same command"
    ):
        watched.follow(stack, "")


def test_the_pauses_grow_while_nothing_happens(watched):
    quiet = [Step(0, "", "CREATE_IN_PROGRESS"), Step(60, "", "CREATE_COMPLETE")]
    watched.follow(watched.aws.under_way("greeter", quiet))

    assert watched.time.slept[:5] == [1, 1.5, 2.25, 3.375, 5]
    assert max(watched.time.slept) == 5


def test_stacks_at_rest_are_not_asked_again(watched):
    watched.follow(watched.aws.under_way("greeter", CREATED))

    asked = [call["StackName"] for call in watched.aws.called("describe_stack_events")]
    network = [name for name in asked if "greeter-network" in name]
    root = [name for name in asked if name.split("/")[-2] == "greeter"]
    assert 0 < len(network) < len(root) / 2
