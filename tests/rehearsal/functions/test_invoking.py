import base64
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.functions.conftest import zipped
from tests.support.engines import trust

ECHO = "def handler(event, context): return {'got': event}"
COUNT = "n = 0\ndef handler(event, context):\n    global n\n    n += 1\n    return n"


def test_the_zip_runs_with_the_event(make):
    assert make(ECHO)({"a": [1, "ü"]}) == {"got": {"a": [1, "ü"]}}


def test_a_process_stays_warm(make):
    function = make(COUNT)
    assert [function() for _ in range(3)] == [1, 2, 3]


def test_new_code_and_new_settings_take_effect(make, lambdas):
    function = make(COUNT)
    assert function() == 1
    lambdas.update_function_code(FunctionName=function.name, ZipFile=zipped("def handler(e, c): return 'new'"))
    assert function() == "new"
    source = "import os\ndef handler(e, c): return os.environ['WORD']"
    lambdas.update_function_code(FunctionName=function.name, ZipFile=zipped(source))
    lambdas.update_function_configuration(FunctionName=function.name, Environment={"Variables": {"WORD": "x"}})
    assert function() == "x"


def test_code_comes_from_the_version_of_an_object_that_was_named(make, cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="code", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="code", Key="a.zip", Body=zipped("def handler(e, c): return 1"))["VersionId"]
    s3.put_object(Bucket="code", Key="a.zip", Body=zipped("def handler(e, c): return 2"))
    place = {"S3Bucket": "code", "S3Key": "a.zip"}
    assert make("", Code=place)() == 2
    assert make("", Code={**place, "S3ObjectVersion": first})() == 1
    with pytest.raises(ClientError, match="NoSuchKey"):
        make("", Code={"S3Bucket": "code", "S3Key": "b.zip"})


def test_versions_and_aliases_keep_their_code(make, lambdas):
    function = make("def handler(e, c): return [1, c.function_version, c.invoked_function_arn]")
    lambdas.publish_version(FunctionName=function.name)
    lambdas.create_alias(FunctionName=function.name, Name="live", FunctionVersion="1")
    lambdas.update_function_code(FunctionName=function.name, ZipFile=zipped("def handler(e, c): return 2"))
    assert function() == 2
    assert function(Qualifier="1")[:2] == [1, "1"]
    assert function(Qualifier="live")[:2] == [1, "1"]


def test_the_environment_is_that_of_lambda(make, role, cloud):
    source = """
    import os, boto3
    def handler(event, context):
        who = boto3.client("sts").get_caller_identity()["Arn"]
        return {"who": who, "env": dict(os.environ), "left": context.get_remaining_time_in_millis(),
                "memory": context.memory_limit_in_mb, "id": context.aws_request_id}
    """
    told = make(source, MemorySize=256, Environment={"Variables": {"MINE": "1"}})()
    env = told["env"]
    assert ":assumed-role/function/" in told["who"]
    assert env["MINE"] == "1"
    assert env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == told["memory"] == "256"
    assert env["AWS_REGION"] == "eu-west-1"
    assert env["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert env["AWS_LAMBDA_FUNCTION_NAME"].startswith("fn-")
    assert 1000 < told["left"] <= 10000
    assert not {"HOME", "REHEARSAL_RESULTS", "PYTHONPATH"} & env.keys()


def test_a_handlers_exception_has_awss_shape(make):
    function = make("def inner(): raise KeyError('no')\ndef handler(e, c): inner()")
    answer = function.raw(LogType="Tail")
    told = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert told["errorType"] == "KeyError"
    assert told["errorMessage"] == "'no'"
    assert len(told["stackTrace"]) == 2
    assert "in inner" in told["stackTrace"][1]
    log = base64.b64decode(answer["LogResult"]).decode()
    assert "[ERROR] KeyError" in log
    assert function()["errorType"] == "KeyError"


@pytest.mark.parametrize(
    ("source", "settings", "kind", "text"),
    [
        ("import nowhere", {}, "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'nowhere'"),
        ("def other(): pass", {}, "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("def x(:", {}, "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'"),
        (ECHO, {"Handler": "app"}, "Runtime.MalformedHandlerName", "Bad handler 'app'"),
        ("def handler(e, c): return {1}", {}, "Runtime.MarshalError", "Unable to marshal response"),
        ("import sys\ndef handler(e, c): sys.exit(7)", {}, "Runtime.ExitError", "exit status 7"),
        ("raise ValueError('at import')", {}, "ValueError", "at import"),
    ],
)
def test_what_goes_wrong_is_named(make, source, settings, kind, text):
    told = make(source, **settings)()
    assert told["errorType"] == kind
    assert text in told["errorMessage"]


def test_a_function_that_takes_too_long_is_killed_and_another_takes_its_place(make):
    function = make(
        "import time\ndef handler(e, c):\n    print('began', flush=True)\n    time.sleep(e)\n    return e", Timeout=1
    )
    assert function(0) == 0
    started = time.monotonic()
    answer = function.raw(30, LogType="Tail")
    assert time.monotonic() - started < 3
    assert "Task timed out after 1.00 seconds" in json.loads(answer["Payload"].read())["errorMessage"]
    assert "began" in base64.b64decode(answer["LogResult"]).decode()
    assert function(0) == 0


def test_invocations_at_the_same_time_have_processes_of_their_own(make):
    function = make("import os, time\ndef handler(e, c):\n    time.sleep(0.5)\n    return os.getpid()")
    with ThreadPoolExecutor(3) as threads:
        assert len(set(threads.map(function, range(3)))) == 3


def test_reserved_concurrency_is_a_limit(make, lambdas):
    function = make("import time\ndef handler(e, c):\n    time.sleep(e)\n    return 1")
    lambdas.put_function_concurrency(FunctionName=function.name, ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="Rate Exceeded") as refused:
        lambdas.invoke(FunctionName=function.name)
    assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
    lambdas.delete_function_concurrency(FunctionName=function.name)
    assert function(0) == 1


def test_the_handler_cannot_disturb_the_protocol(make):
    source = "import sys\ndef handler(e, c):\n    print('x' * 300000)\n    return [sys.stdin.read(), 'y' * 200000]"
    function = make(source)
    assert function() == ["", "y" * 200000]
    assert function() == ["", "y" * 200000]


def test_a_dry_run_runs_nothing(make):
    assert make(ECHO).raw(InvocationType="DryRun")["StatusCode"] == 204


def test_layers_are_found(make, lambdas):
    layer = lambdas.publish_layer_version(LayerName="shared", Content={"ZipFile": zipped("x = 5", "python/shared.py")})
    source = "import shared\ndef handler(e, c): return shared.x"
    assert make(source, Layers=[layer["LayerVersionArn"]])() == 5


@pytest.mark.parametrize("ending", ["mjs", "cjs"])
def test_node_runs_too(make, ending):
    export = "export const handler =" if ending == "mjs" else "exports.handler ="
    source = f"{export} async (event, context) => {{ if (event.bad) throw new TypeError('no'); return event; }};"
    function = make(
        "", Code={"ZipFile": zipped(source, f"index.{ending}")}, Handler="index.handler", Runtime="nodejs22.x"
    )
    assert function({"a": 1}) == {"a": 1}
    assert function({"bad": 1})["errorType"] == "TypeError"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"Runtime": "ruby3.3"}, "does not support the runtime ruby3.3"),
        ({"Code": {"ImageUri": "a/b:c"}, "PackageType": "Image"}, "container images"),
        ({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:q"}}, "dead-letter queues"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file"),
        ({"Environment": {"Variables": {"A": "x" * 5000}}}, "exceeded the 4KB limit"),
    ],
)
def test_what_cannot_run_is_refused(make, settings, text):
    with pytest.raises(ClientError, match=text):
        make(ECHO, **settings)


def test_the_role_has_to_trust_lambda(make, lambdas, cloud, role):
    iam = cloud.client("iam")
    stranger = iam.create_role(RoleName="stranger", AssumeRolePolicyDocument=trust("ec2"))["Role"]["Arn"]
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        make(ECHO, Role=stranger)
    function = make(ECHO)
    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        lambdas.update_function_configuration(FunctionName=function.name, Role=stranger)
    iam.update_assume_role_policy(RoleName="function", PolicyDocument=trust("ec2"))
    try:
        with pytest.raises(ClientError, match=r"AccessDeniedException.*cannot be assumed by Lambda"):
            function()
    finally:
        iam.update_assume_role_policy(RoleName="function", PolicyDocument=trust("lambda"))
    assert function({"n": 1}) == {"got": {"n": 1}}
