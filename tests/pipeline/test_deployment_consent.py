import io

import pytest
from botocore.exceptions import ClientError

from pipeline.errors import UserMistake
from tests.support.account import BUCKET
from tests.support.cloudformation import Step
from tests.support.terminals import somebody
from traffic.errors import FlipsideError, Refused


def test_declining_leaves_no_trace_of_a_creation(cloud):
    with pytest.raises(Refused, match=r"Declined\. What was published to bucket .* no stack was changed"):
        cloud.deploy(somebody("n"), yes=False)

    assert cloud.cloudformation._find("greeter") is None
    assert not cloud.cloudformation.change_sets
    assert cloud.versions() == 0
    assert cloud.journal() == ["delete_stack"]


def test_ctrl_c_at_the_question_leaves_no_trace_of_a_creation(cloud):
    class Impatient(io.StringIO):
        def isatty(self):
            return True

        def readline(self):
            raise KeyboardInterrupt

    screen = somebody()
    terminal = type(screen)(screen.out, Impatient(), colour=False)
    with pytest.raises(KeyboardInterrupt):
        cloud.deploy(terminal, yes=False)

    assert cloud.cloudformation._find("greeter") is None
    assert "no stack was changed" in cloud.standing.sentence


def test_off_a_terminal_nothing_is_created_without_a_yes(cloud):
    with pytest.raises(UserMistake, match=r"Create stack greeter\? Nobody can be asked here: add --yes"):
        cloud.deploy(yes=False)

    assert cloud.cloudformation._find("greeter") is None
    assert not cloud.cloudformation.change_sets


def test_a_change_set_that_is_out_of_date_is_cleared_away(cloud):
    cloud.cloudformation.trouble("execute_change_set", "InvalidChangeSetStatus")

    with pytest.raises(ClientError):
        cloud.deploy()

    assert cloud.cloudformation._find("greeter") is None


def test_a_call_without_an_answer_is_finished_by_the_next_run(cloud):
    execute = cloud.cloudformation.execute_change_set

    def cut(**asked):
        execute(**asked)
        raise KeyboardInterrupt

    cloud.cloudformation.execute_change_set = cut
    with pytest.raises(KeyboardInterrupt):
        cloud.deploy()
    cloud.cloudformation.execute_change_set = execute

    result = cloud.deploy()

    assert cloud.journal() == ["package", "execute_change_set"], (
        "the stack was not taken away while it was being created"
    )
    assert result["action"] == "unchanged"


def test_a_failed_creation_is_cleared_away_by_the_next_run(cloud):
    failed = [
        Step(0, "", "CREATE_IN_PROGRESS"),
        Step(1, "Key", "CREATE_FAILED", "AWS::KMS::Key", "You are not allowed"),
        Step(2, "", "ROLLBACK_IN_PROGRESS"),
        Step(3, "", "ROLLBACK_COMPLETE"),
    ]
    cloud.cloudformation.scripts.append(failed)
    with pytest.raises(FlipsideError, match=r"greeter/Key .* You are not allowed(.|\n)*offers to delete what is left"):
        cloud.deploy()

    result = cloud.deploy()

    assert result["action"] == "created"
    assert cloud.versions() == 1


def test_the_bucket_of_a_stack_cannot_be_changed_under_it(launched):
    with pytest.raises(Refused, match=rf"reads templates from bucket {BUCKET}, and its sides are pinned"):
        launched.deploy(bucket="another-bucket")


def test_the_bucket_is_asked_for_with_a_default(cloud):
    cloud.deploy(somebody("Not.Valid", "", "y", "y"), yes=False, create=False)

    assert f"Template bucket [{BUCKET}]:" in cloud.said
    assert "'Not.Valid' cannot name the template bucket" in cloud.said
    assert cloud.versions() == 1


def test_the_bucket_is_named_as_missing_off_a_terminal(cloud):
    with pytest.raises(UserMistake, match=rf"--bucket NAME must be given, or --create-bucket, which makes {BUCKET}"):
        cloud.deploy(create=False)
