import pytest
from botocore.exceptions import ClientError

from pipeline.clock import Clock
from pipeline.launch import table
from pipeline.launch.change_set import ChangeSets, Target
from tests.support.cloudformation import ARN, FakeCloudFormation, SteppingClock
from tests.support.terminals import a_log
from traffic.errors import FlipsideError

TARGET = Target("greeter", "https://bucket/main.json", {}, {"TemplateBucket": "bucket"}, {"team": "shop"})
UNCHANGED = [
    "The submitted information didn't contain changes. Submit different information to create a change set.",
    "No updates are to be performed.",
]


def change(action, resource, kind, **more):
    return {"Action": action, "LogicalResourceId": resource, "ResourceType": kind, **more}


NESTED = {
    "changes": [
        change(
            "Modify",
            "pipeline",
            "AWS::CloudFormation::Stack",
            Replacement="False",
            ChangeSetId=f"{ARN}:changeSet/inner/nested",
        ),
        change("Modify", "network", "AWS::CloudFormation::Stack", Replacement="False"),
    ],
    "nested": {
        "inner": {
            "changes": [
                change("Add", "Topic", "AWS::SNS::Topic"),
                change("Modify", "Key", "AWS::KMS::Key", Replacement="True", PolicyAction="ReplaceAndDelete"),
                change("Modify", "Flip", "AWS::Lambda::Function", Replacement="False"),
                change("Modify", "Role", "AWS::IAM::Role", Replacement="Conditional"),
                change("Remove", "Bucket", "AWS::S3::Bucket", PolicyAction="Retain"),
            ]
        }
    },
}


@pytest.fixture
def time():
    return SteppingClock()


@pytest.fixture
def aws(time):
    return FakeCloudFormation(time)


@pytest.fixture
def change_sets(aws, time):
    return ChangeSets(aws, Clock(time.now, time.sleep))


def test_nested_changes_are_read_through_every_page(aws, change_sets):
    aws.given("greeter", "UPDATE_COMPLETE")
    aws.plans.append(NESTED)

    drafted = change_sets.draft(TARGET, "UPDATE")

    assert [(one.path, one.resource) for one in drafted.changes] == [
        (("greeter",), "pipeline"),
        (("greeter", "pipeline"), "Topic"),
        (("greeter", "pipeline"), "Key"),
        (("greeter", "pipeline"), "Flip"),
        (("greeter", "pipeline"), "Role"),
        (("greeter", "pipeline"), "Bucket"),
        (("greeter",), "network"),
    ]
    asked = aws.called("create_change_set")[0]
    assert asked["IncludeNestedStacks"] is True
    assert asked["Capabilities"] == ["CAPABILITY_NAMED_IAM"]


def test_what_is_replaced_or_removed_cannot_be_overlooked(aws, change_sets):
    aws.given("greeter", "UPDATE_COMPLETE")
    aws.plans.append(NESTED)
    log = a_log()

    table.show(log, change_sets.draft(TARGET, "UPDATE"))

    lines = [" ".join(line.split()) for line in log.out.getvalue().splitlines()]
    assert "~ change Key AWS::KMS::Key REPLACED" in lines
    assert "~ change Role AWS::IAM::Role MAY BE REPLACED" in lines
    assert "- REMOVE Bucket AWS::S3::Bucket kept" in lines
    assert "~ change Flip AWS::Lambda::Function" in lines
    assert lines.index("greeter/pipeline") > lines.index("greeter")
    assert lines[-1] == "Resources: 1 added, 3 changed, 1 REPLACED, 1 MAY BE REPLACED, 1 REMOVED."


@pytest.mark.parametrize("reason", UNCHANGED)
def test_no_changes_are_none_and_leave_nothing(aws, change_sets, reason):
    aws.given("greeter", "UPDATE_COMPLETE")
    aws.plans.append({"status": "FAILED", "reason": reason})

    assert change_sets.draft(TARGET, "UPDATE") is None
    assert not aws.change_sets


def test_a_change_set_without_resource_changes_is_still_one(aws, change_sets):
    aws.given("greeter", "UPDATE_COMPLETE")
    log = a_log()

    drafted = change_sets.draft(TARGET, "UPDATE")
    table.show(log, drafted)

    assert drafted.changes == ()
    assert "No resource changes" in log.out.getvalue()


def test_a_refused_creation_leaves_no_stack_in_review(aws, change_sets):
    aws.plans.append({"status": "FAILED", "reason": "Template error: no such parameter"})

    with pytest.raises(FlipsideError, match="changes to stack greeter: Template error: no such parameter"):
        change_sets.draft(TARGET, "CREATE")

    assert aws._find("greeter") is None
    assert not aws.change_sets


def test_abandoning_a_creation_leaves_no_stack_in_review(aws, change_sets):
    drafted = change_sets.draft(TARGET, "CREATE")
    assert aws._find("greeter").status == "REVIEW_IN_PROGRESS"

    change_sets.abandon(drafted.id, drafted.stack_id)

    assert aws._find("greeter") is None
    assert not aws.change_sets


def test_abandoning_an_update_leaves_the_stack(aws, change_sets):
    stack = aws.given("greeter", "CREATE_COMPLETE")
    drafted = change_sets.draft(TARGET, "UPDATE")

    change_sets.abandon(drafted.id, drafted.stack_id)

    assert aws._find("greeter") is stack
    assert not aws.called("delete_stack")


def test_ctrl_c_while_it_is_worked_out_leaves_nothing(aws, change_sets):
    aws.trouble("describe_change_set", KeyboardInterrupt())

    with pytest.raises(KeyboardInterrupt):
        change_sets.draft(TARGET, "CREATE")

    assert aws._find("greeter") is None, "removed although it was still being worked out when Ctrl-C came"
    assert not aws.change_sets


def test_one_that_was_left_behind_is_made_anew(aws, change_sets):
    aws.given("greeter", "CREATE_COMPLETE")
    left = change_sets.draft(TARGET, "UPDATE")
    aws.plans.append(NESTED)

    drafted = change_sets.draft(TARGET, "UPDATE")

    assert drafted.id != left.id
    assert len(drafted.changes) == 7


def test_the_reason_inside_a_nested_change_set_is_told(aws, change_sets):
    aws.given("greeter", "CREATE_COMPLETE")
    nested = f"{ARN}:changeSet/inner/nested"
    reason = f"Nested change set {nested} was not successfully created: Currently in FAILED."
    inner = {"inner": {"status": "FAILED", "reason": "Fn::Select cannot select nonexistent value at index 1"}}
    aws.plans.extend([{"status": "FAILED", "reason": reason, "nested": inner}, {"changes": NESTED["changes"][1:]}])
    log = a_log()

    drafted = change_sets.draft(TARGET, "UPDATE")
    table.show(log, drafted)

    assert [call["IncludeNestedStacks"] for call in aws.called("create_change_set")] == [True, False]
    assert "nested stacks cannot be foreseen" in log.out.getvalue()
    assert "nonexistent value at index 1" in log.out.getvalue()


EARLY = (
    "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early "
    "Validation errors, use the DescribeEvents API for detailed failure information."
)


def test_what_early_validation_found_is_told(aws, change_sets):
    found = "Resource of type 'AWS::S3::Bucket' with identifier 'greeter-artifacts' already exists."
    events = [{"EventType": "STACK_EVENT"}, {"LogicalResourceId": "Artifacts", "ValidationStatusReason": found}]
    aws.plans.append({"status": "FAILED", "reason": EARLY, "validation": events})

    with pytest.raises(FlipsideError, match=r"Artifacts: Resource of type 'AWS::S3::Bucket'.* already exists"):
        change_sets.draft(TARGET, "CREATE")


def test_details_that_may_not_be_read_do_not_hide_the_reason(aws, change_sets):
    aws.plans.append({"status": "FAILED", "reason": EARLY})
    aws.trouble("describe_events", "AccessDenied")

    with pytest.raises(FlipsideError, match=r"ResourceExistenceCheck.*AWS denied DescribeEvents"):
        change_sets.draft(TARGET, "CREATE")


def test_other_refusals_are_passed_on(aws, change_sets):
    aws.trouble("create_change_set", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        change_sets.draft(TARGET, "CREATE")
