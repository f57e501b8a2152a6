"""What happens behind the answer: events, their retries, output, faults."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from rehearsal.functions import asynchronous
from rehearsal.warden import processes
from tests.rehearsal.functions.conftest import zipped

ROOT = Path(__file__).resolve().parents[3]
NOTE = """
import json, os
def handler(event, context):
    with open(event["file"], "a") as file:
        file.write(context.aws_request_id + "\\n")
    if event.get("fail"):
        raise ValueError("again")
"""


def soon(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def lines(file):
    return file.read_text().splitlines() if file.exists() else []


def test_an_event_is_tried_three_times_with_the_same_request_id(make, tmp_path):
    file = tmp_path / "notes"
    function = make(NOTE)
    assert function.raw({"file": str(file), "fail": True}, InvocationType="Event")["StatusCode"] == 202
    soon(lambda: len(lines(file)) == 3)
    assert len(set(lines(file))) == 1
    function.raw({"file": str(file)}, InvocationType="Event")
    soon(lambda: len(lines(file)) == 4)


@pytest.mark.parametrize(("retries", "runs"), [(0, 1), (1, 2)])
def test_its_retries_can_be_set(make, lambdas, tmp_path, retries, runs):
    file, function = tmp_path / "notes", make(NOTE)
    settings = {"FunctionName": function.name, "MaximumRetryAttempts": retries}
    lambdas.put_function_event_invoke_config(**{**settings, "MaximumRetryAttempts": 2})
    lambdas.put_function_event_invoke_config(**settings)
    assert lambdas.get_function_event_invoke_config(FunctionName=function.name)["MaximumRetryAttempts"] == retries
    function.raw({"file": str(file), "fail": True}, InvocationType="Event")
    soon(lambda: len(lines(file)) == runs)
    # A further attempt would come within this time.
    time.sleep(3 * asynchronous.DELAYS[1])
    assert len(lines(file)) == runs


def test_destinations_are_refused(make, lambdas):
    destination = {"OnFailure": {"Destination": "arn:aws:sqs:eu-west-1:123456789012:q"}}
    with pytest.raises(ClientError, match="destinations"):
        lambdas.put_function_event_invoke_config(FunctionName=make(NOTE).name, DestinationConfig=destination)


def test_an_event_waits_for_a_place(make, lambdas, tmp_path):
    file = tmp_path / "notes"
    function = make(NOTE)
    lambdas.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=1)
    for _ in range(4):
        function.raw({"file": str(file)}, InvocationType="Event")
    soon(lambda: len(lines(file)) == 4)


def test_the_output_is_in_the_log(make, cloud, fleet):
    function = make("import logging\ndef handler(e, c):\n    print('printed')\n    logging.warning('warned')")
    function()
    assert fleet.output.settled()
    logs = cloud.client("logs")
    group = f"/aws/lambda/{function.name}"
    (stream,) = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert "/[$LATEST]" in stream["logStreamName"]
    told = [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    kinds = [line.split()[0] for line in told]
    assert kinds == ["INIT_START", "START", "printed", "[WARNING]", "END", "REPORT"]
    assert "Init Duration" in told[-1]


STEPS = """
import boto3
sts, s3 = boto3.client("sts"), boto3.client("s3")
def handler(event, context):
    for step in range(3):
        s3.put_object(Bucket=event["bucket"], Key=f"step-{step}", Body=b"x")
    return "done"
"""


@pytest.mark.parametrize(
    ("when", "call", "made"), [("before", 1, 0), ("after", 1, 1), ("before", 3, 2), ("after", 3, 3)]
)
def test_a_process_can_be_ended_at_any_of_its_calls(make, cloud, fleet, when, call, made):
    s3, bucket = cloud.client("s3"), f"steps-{when}-{call}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    function = make(STEPS)
    fleet.faults.kill(function.name, call, when)
    assert fleet.faults.listed() == {function.name: f"{when}:{call}"}
    told = function({"bucket": bucket})
    assert told["errorType"] == "Runtime.ExitError"
    assert len(s3.list_objects_v2(Bucket=bucket).get("Contents", [])) == made
    assert fleet.faults.listed() == {}
    assert function({"bucket": bucket}) == "done"


def test_a_fault_that_has_not_struck_can_be_taken_back(make, fleet):
    function = make("def handler(e, c): return 1")
    fleet.faults.kill(function.name, 1, "before")
    fleet.faults.clear(function.name)
    assert function() == 1
    with pytest.raises(ValueError, match="first on"):
        fleet.faults.kill(function.name, 0, "before")


def test_a_deleted_function_leaves_no_process(make, lambdas, cloud):
    function = make("import os\ndef handler(e, c): return os.getpid()", name="short-lived")
    pid = function()
    lambdas.delete_function(FunctionName=function.name)
    soon(lambda: processes.look_up(pid) is None)
    lambdas.create_function(
        FunctionName=function.name,
        Role="arn:aws:iam::123456789012:role/function",
        Code={"ZipFile": zipped("")},
        Runtime="python3.12",
        Handler="app.handler",
    )


MAIN = """
import json, sys, tempfile, time
from pathlib import Path
from rehearsal import eventbus, functions
from rehearsal.cloud import Cloud
from rehearsal.warden.handle import Warden
from tests.support.engines import serve, trust
cloud = Cloud("eu-west-1", Path(sys.argv[1]))
cloud.warden = Warden(grace=0.5)
eventbus.install(cloud); functions.install(cloud)
serve(cloud)
role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust("lambda"))["Role"]["Arn"]
lambdas = cloud.client("lambda")
lambdas.create_function(FunctionName="f", Role=role, Runtime="python3.12", Handler="app.handler",
    Code={"ZipFile": Path(sys.argv[2]).read_bytes()}, Timeout=60)
pids = json.loads(lambdas.invoke(FunctionName="f")["Payload"].read())
print(*pids, flush=True)
time.sleep(60)
"""


def test_a_killed_server_takes_its_functions_along(tmp_path):
    source = """
    import os, subprocess
    def handler(event, context):
        child = subprocess.Popen(["sleep", "60"], stdout=-3, stderr=-3)
        return [os.getpid(), child.pid]
    """
    (tmp_path / "code.zip").write_bytes(zipped(source))
    command = [sys.executable, "-c", MAIN, str(tmp_path / "state"), str(tmp_path / "code.zip")]
    main = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True, start_new_session=True)
    try:
        pids = [int(word) for word in main.stdout.readline().split()]
        assert len(pids) == 2
        assert all(processes.look_up(pid) for pid in pids)
    finally:
        main.kill()
        main.communicate()
    soon(
        lambda: (
            not any(Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids)
        )
    )
