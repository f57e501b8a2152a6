import json

import pytest

from pipeline.settings import read
from tests.support.cloudformation import Step
from tests.support.program import interrupt

RELEASE = 'app = "greeter"\n[source]\nprovider = "codecommit"\nrepository = "greeter"\n'
BUCKET = "greeter-templates-123456789012-eu-west-1"
URL = "https://console/pipelines/greeter"
CREATION = [
    Step(0, "", "CREATE_IN_PROGRESS", reason="User Initiated"),
    Step(1, "Pipeline", "CREATE_IN_PROGRESS"),
    Step(1, "Pipeline!", "CREATE_IN_PROGRESS"),
    Step(2, "Pipeline/Topic", "CREATE_IN_PROGRESS", "AWS::SNS::Topic"),
    Step(8, "Pipeline/Topic", "CREATE_COMPLETE", "AWS::SNS::Topic"),
    Step(9, "Pipeline!", "CREATE_COMPLETE"),
    Step(10, "Pipeline", "CREATE_COMPLETE"),
    Step(11, "", "CREATE_COMPLETE"),
]
FAILED = [
    *CREATION[:4],
    Step(8, "Pipeline/Topic", "CREATE_FAILED", "AWS::SNS::Topic", "Topic greeter-releases already exists"),
    Step(9, "Pipeline!", "CREATE_FAILED", reason="The following resource(s) failed to create: [Topic]."),
    Step(10, "Pipeline", "CREATE_FAILED", reason="Embedded stack was not successfully created"),
    Step(11, "", "ROLLBACK_IN_PROGRESS"),
    Step(12, "", "ROLLBACK_COMPLETE"),
]
ADDED = {"Action": "Add", "LogicalResourceId": "Key", "ResourceType": "AWS::KMS::Key"}


@pytest.fixture
def at_aws(program, aws_server):
    program.environment = aws_server.environment
    program.release(RELEASE)
    aws_server.cloudformation.plans.append({"outputs": {"PipelineUrl": URL}, "changes": [ADDED]})
    return program


def test_a_launch_from_a_script(at_aws, aws_server):
    aws_server.cloudformation.scripts.append(CREATION)

    ended = at_aws.run("deploy", "--create-bucket", "--yes", "--json")

    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    assert result["action"] == "created"
    assert result["bucket"] == BUCKET
    assert result["stack"]["status"] == "CREATE_COMPLETE"
    assert result["outputs"] == {"PipelineUrl": URL}
    assert result["package"] == {"key": "greeter/package.zip", "published": True}
    assert "Account 123456789012, region eu-west-1" in ended.stderr
    assert "greeter/Pipeline/Topic  CREATE_COMPLETE" in ended.stderr
    assert "\x1b" not in ended.stderr
    assert aws_server.bucket(BUCKET).is_versioned

    again = at_aws.run("deploy")

    assert again.returncode == 0, again.stderr
    assert "Stack greeter is what it should be." in again.stdout
    assert len(aws_server.cloudformation.called("execute_change_set")) == 1


def test_a_failure_ends_with_what_failed_first(at_aws, aws_server):
    aws_server.cloudformation.scripts.append(FAILED)

    ended = at_aws.run("deploy", "--create-bucket", "--yes", "--json")

    last = ended.stderr[ended.stderr.rindex("flipside:") :]
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "greeter/Pipeline/Topic (AWS::SNS::Topic) is CREATE_FAILED: Topic greeter-releases already exists" in last
    assert "Embedded stack" not in last
    assert "--region eu-west-1" in last
    assert "https://console.aws.amazon.com/cloudformation/home?region=eu-west-1" in last


def test_everything_is_asked_on_a_terminal(program, aws_server):
    program.environment = aws_server.environment
    aws_server.cloudformation.plans.append({"outputs": {"PipelineUrl": URL}, "changes": [ADDED]})
    aws_server.cloudformation.scripts.append(CREATION)

    code, screen = program.typed(
        "deploy",
        answers=[
            ("There is no release.toml in", "y"),
            ("Name of the application and of its stack:", "greeter"),
            ("Where does the repository live?", "codecommit"),
            ("Source repository", "greeter"),
            ("Branch [main]:", "release"),
            (f"Template bucket [{BUCKET}]:", ""),
            (f"There is no bucket {BUCKET}. Make it?", "y"),
            ("Create stack greeter?", "y"),
        ],
    )

    assert code == 0, screen
    assert read(program.folder / "release.toml").source.branch == "release"
    assert "+ add" in screen
    assert "AWS::KMS::Key" in screen
    assert "└── ✔ Pipeline CREATE_COMPLETE" in screen
    assert f"Follow and approve it at {URL}" in screen


def until(words, process):
    """Read what a program says up to these words."""
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"{words!r} was not said: {said}{process.stderr.read()}")


def test_ctrl_c_while_it_runs_says_how_things_stand_and_the_next_run_joins(at_aws, aws_server):
    aws_server.cloudformation.scripts.append([*CREATION[:4], Step(40, "", "CREATE_COMPLETE")])
    first = at_aws.start("deploy", "--create-bucket", "--yes")
    until("Pipeline/Topic", first)
    aws_server.cloudformation.clock.hold()
    interrupt(first)
    _, err = first.communicate(timeout=20)

    assert first.returncode == 130
    assert "interrupted. Stack greeter goes on being created without this terminal" in err

    second = at_aws.start("deploy")
    until("Stack greeter is CREATE_IN_PROGRESS; watching until it rests.", second)
    aws_server.cloudformation.clock.run()
    out, err = second.communicate(timeout=60)

    assert second.returncode == 0, err
    assert "Stack greeter is what it should be." in out


def test_no_release_toml_is_named_off_a_terminal(program):
    ended = program.run("deploy")

    assert ended.returncode == 2
    assert "There is no release.toml in" in ended.stderr
    assert "`flipside init` writes one" in ended.stderr


def test_flags_can_stand_in_for_the_file(program):
    ended = program.run("deploy", "--stack-name", "greeter", "--provider", "codecommit", "--repository", "greeter")

    assert "release.toml is written" in ended.stdout
    assert read(program.folder / "release.toml").app == "greeter"
    assert (ended.returncode, "No region is set" in ended.stderr) == (2, True)


def test_flags_that_contradict_the_file_are_refused(program):
    program.release(RELEASE)

    ended = program.run("deploy", "--repository", "teller")

    assert ended.returncode == 2
    assert "--repository says 'teller', but" in ended.stderr
    assert "says 'greeter': change it there" in ended.stderr


def test_a_mistyped_key_is_refused_before_any_call(program):
    program.release(RELEASE + "[contaner]\nport = 80\n")

    ended = program.run("deploy", "--region", "eu-west-1", "--yes")

    assert ended.returncode == 2
    assert "release.toml:5" in ended.stderr
    assert "container" in ended.stderr


def test_without_a_region_the_flag_is_named(program):
    program.release(RELEASE)

    ended = program.run("deploy")

    assert ended.returncode == 2
    assert "No region is set: add --region" in ended.stderr


def test_without_credentials_it_says_where_they_come_from(program):
    program.release(RELEASE)

    ended = program.run("deploy", "--region", "eu-west-1")

    assert ended.returncode == 2
    assert "No AWS credentials were found. Set AWS_PROFILE or add --profile NAME" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_profile_that_is_not_there_is_named(program):
    program.release(RELEASE)

    ended = program.run("deploy", "--region", "eu-west-1", "--profile", "nobody")

    assert ended.returncode == 2
    assert "(nobody) could not be found" in ended.stderr
    assert "aws configure list-profiles" in ended.stderr


def test_aws_out_of_reach_is_a_failure(program):
    program.release(RELEASE)
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_MAX_ATTEMPTS": "1"}
    program.environment = {**keys, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}

    ended = program.run("deploy", "--region", "eu-west-1")

    assert ended.returncode == 1
    assert 'Could not connect to the endpoint URL: "http://127.0.0.1:9/"' in ended.stderr
    assert "Check the network" in ended.stderr


@pytest.mark.filterwarnings("ignore:.*does not match an error shape")
@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("AccessDenied", "AWS denied DescribeStacks"),
        ("ExpiredToken", "The AWS credentials have expired"),
    ],
)
def test_what_aws_refuses_is_a_sentence(at_aws, aws_server, trouble, words):
    aws_server.cloudformation.trouble("describe_stacks", *[trouble] * 5)

    ended = at_aws.run("deploy", "--yes", "--create-bucket")

    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_bucket_that_is_not_there_is_named_off_a_terminal(at_aws):
    ended = at_aws.run("deploy", "--bucket", "another-bucket")

    assert ended.returncode == 2
    assert "There is no bucket another-bucket: add --create-bucket" in ended.stderr


def test_a_name_no_bucket_can_have_is_refused(at_aws):
    ended = at_aws.run("deploy", "--bucket", "Not_A_Bucket")

    assert ended.returncode == 2
    assert "'Not_A_Bucket' cannot name the template bucket" in ended.stderr
