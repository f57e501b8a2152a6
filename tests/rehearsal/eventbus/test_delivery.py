import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from rehearsal.eventbus.inputs import body
from rehearsal.eventbus.schedule import Schedule
from rehearsal.eventbus.timetable import due_after
from tests.rehearsal.eventbus.conftest import Queue
from tests.support.engines import trust

ROLE = "arn:aws:iam::123456789012:role/rules"


def test_an_engines_event_arrives_whole(cloud, rule, queue):
    rule({"source": ["aws.x"]}, queue.arn)
    event_id = cloud.bus.emit("aws.x", "Thing Happened", {"a": 1}, ["arn:1"])
    cloud.bus.emit("aws.y", "Thing Happened", {"a": 1})
    (event,) = map(json.loads, queue.received())
    assert event.pop("time").endswith("Z")
    assert event == {
        "version": "0",
        "id": event_id,
        "detail-type": "Thing Happened",
        "source": "aws.x",
        "account": "123456789012",
        "region": "eu-west-1",
        "resources": ["arn:1"],
        "detail": {"a": 1},
    }


def test_a_clients_events_arrive_in_order(events, rule, queue):
    rule({"source": ["mine"]}, queue.arn, InputPath="$.detail.n")
    for start in (0, 10):
        entries = [{"Source": "mine", "DetailType": "d", "Detail": json.dumps({"n": start + n})} for n in range(10)]
        assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
    assert sorted(map(int, queue.received())) == list(range(20))


def test_a_fifo_queue_keeps_the_order(cloud, rule):
    queue = Queue(cloud, suffix=".fifo")
    rule({"source": ["aws.fifo"]}, queue.arn, InputPath="$.detail.n", SqsParameters={"MessageGroupId": "g"})
    for number in range(8):
        cloud.bus.emit("aws.fifo", "d", {"n": number})
    assert [int(each) for each in queue.received()] == list(range(8))


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"DetailType": "d", "Detail": "{}"}, "InvalidArgument"),
        ({"Source": "s", "DetailType": "d", "Detail": "["}, "MalformedDetail"),
        ({"Source": "s", "DetailType": "d", "Detail": "1"}, "MalformedDetail"),
        ({"Source": "aws.ecs", "DetailType": "d", "Detail": "{}"}, "NotAuthorizedForSourceException"),
    ],
)
def test_events_that_are_none_are_refused_one_by_one(events, entry, code):
    good = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    told = events.put_events(Entries=[entry, good])
    assert told["FailedEntryCount"] == 1
    assert told["Entries"][0]["ErrorCode"] == code
    assert "EventId" in told["Entries"][1]


def test_a_disabled_rule_takes_nothing(cloud, events, rule, queue):
    name, _ = rule({"source": ["aws.off"]}, queue.arn)
    events.disable_rule(Name=name)
    cloud.bus.emit("aws.off", "d", {})
    events.enable_rule(Name=name)
    cloud.bus.emit("aws.off", "d", {"second": True})
    assert [json.loads(each)["detail"] for each in queue.received()] == [{"second": True}]


EVENT = {"id": "1", "source": "s", "time": "t", "detail": {"name": 'a "b"', "n": 3, "list": [1], "deep": {"x": None}}}


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ({}, json.dumps(EVENT)),
        ({"Input": '{"fixed": 1}'}, '{"fixed": 1}'),
        ({"InputPath": "$.detail.list[0]"}, "1"),
        ({"InputPath": "$.detail['name']"}, '"a \\"b\\""'),
        ({"InputPath": "$.detail.none"}, "null"),
    ],
)
def test_what_a_target_is_told(target, told):
    assert body(target, EVENT, "arn:rule/r") == told


def test_what_a_template_makes_of_an_event():
    paths = {"name": "$.detail.name", "n": "$.detail.n", "deep": "$.detail.deep", "none": "$.detail.none"}
    template = """{"text": "<name> and <n> and <none>", "n": <n>, "deep": <deep>,
        "rule": "<aws.events.rule-name>", "all": <aws.events.event.json>, "x": "<other>"}"""
    made = json.loads(
        body({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}, EVENT, "arn:rule/r")
    )
    assert made == {"text": 'a "b" and 3 and ', "n": 3, "deep": {"x": None}, "rule": "r", "all": EVENT, "x": "<other>"}


FUNCTION = """
import json, os
def handler(event, context):
    open(os.environ["FILE"], "a").write(json.dumps(event["detail"]) + "\\n")
"""


@pytest.fixture
def function(cloud, tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", FUNCTION)
    lambdas = cloud.client("lambda")
    cloud.client("iam").create_role(RoleName="rules", AssumeRolePolicyDocument=trust("lambda", "events"))
    settings = {"Runtime": "python3.12", "Handler": "app.handler", "Code": {"ZipFile": packed.getvalue()}, "Role": ROLE}
    environment = {"Variables": {"FILE": str(tmp_path / "told")}}
    yield lambdas.create_function(FunctionName="told", Environment=environment, **settings)["FunctionArn"]
    lambdas.delete_function(FunctionName="told")


def test_a_function_is_called_once_its_policy_says_so(cloud, rule, function, tmp_path):
    lambdas, source = cloud.client("lambda"), "aws.function"
    _, rule_arn = rule({"source": [source]}, function)
    cloud.bus.emit(source, "d", {"n": 1})
    assert cloud.bus.settled(60)
    assert "does not allow events.amazonaws.com lambda:InvokeFunction" in cloud.bus.failures[-1].reason
    assert cloud.bus.status()["failures"][-1]["rule"] == rule_arn
    permission = {"StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    lambdas.add_permission(FunctionName="told", SourceArn=rule_arn, **permission)
    cloud.bus.emit(source, "d", {"n": 2})
    assert cloud.bus.settled(60)
    for _ in range(300):
        if (tmp_path / "told").exists() and (tmp_path / "told").read_text().endswith("\n"):
            break
        cloud.workers.stopping.wait(0.02)
    assert (tmp_path / "told").read_text() == '{"n": 2}\n'


def test_a_condition_on_another_rule_is_no_permission(cloud, rule):
    queue = Queue(cloud, open_to_rules=False)
    queue.allow(ArnEquals={"aws:SourceArn": "arn:aws:events:eu-west-1:123456789012:rule/other"})
    _, arn = rule({"source": ["aws.cond"]}, queue.arn)
    cloud.bus.emit("aws.cond", "d", {})
    assert queue.received() == []
    queue.allow(ArnEquals={"aws:SourceArn": arn})
    cloud.bus.emit("aws.cond", "d", {})
    assert len(queue.received()) == 1


def test_what_cannot_be_delivered_goes_to_the_dead_letters(cloud, rule, queue):
    missing = "arn:aws:sqs:eu-west-1:123456789012:missing"
    rule({"source": ["aws.dead"]}, missing, DeadLetterConfig={"Arn": queue.arn})
    cloud.bus.emit("aws.dead", "d", {"n": 1})
    assert [json.loads(each)["detail"] for each in queue.received()] == [{"n": 1}]
    assert cloud.bus.failures[-1].target == missing


def test_a_target_that_needs_a_role_says_so(cloud, rule):
    rule({"source": ["aws.role"]}, "arn:aws:codepipeline:eu-west-1:123456789012:pipe")
    cloud.bus.emit("aws.role", "d", {})
    assert cloud.bus.settled(60)
    assert "needs a RoleArn" in cloud.bus.failures[-1].reason


def test_a_role_has_to_trust_eventbridge(cloud, rule):
    role = cloud.client("iam").create_role(RoleName="stranger", AssumeRolePolicyDocument=trust("lambda"))["Role"]["Arn"]
    rule({"source": ["aws.trust"]}, "arn:aws:codepipeline:eu-west-1:123456789012:pipe", RoleArn=role)
    cloud.bus.emit("aws.trust", "d", {})
    assert cloud.bus.settled(60)
    reason = f"events.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: {role}"
    assert reason in cloud.bus.failures[-1].reason


def test_other_targets(cloud, events, rule, queue):
    logs = cloud.client("logs")
    logs.create_log_group(logGroupName="/aws/events/all")
    rule({"source": ["aws.many"]}, "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/events/all")
    events.create_event_bus(Name="second")
    rule({"source": ["aws.many"]}, "arn:aws:events:eu-west-1:123456789012:event-bus/second")
    rule({"source": ["aws.many"]}, queue.arn, bus="second")
    cloud.bus.emit("aws.many", "d", {"n": 1})
    assert cloud.bus.settled(60)
    assert cloud.bus.settled(60)
    assert json.loads(queue.received()[0])["detail"] == {"n": 1}
    (line,) = logs.filter_log_events(logGroupName="/aws/events/all")["events"]
    assert json.loads(line["message"])["source"] == "aws.many"


def test_what_is_left_out_is_refused_by_name(events):
    events.put_rule(Name="left-out", EventPattern='{"source": ["a"]}')
    target = {"Id": "1", "Arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/c", "RoleArn": ROLE}
    with pytest.raises(ClientError, match="does not support the target"):
        events.put_targets(Rule="left-out", Targets=[target])
    with pytest.raises(ClientError, match="CreateArchive"):
        events.create_archive(ArchiveName="a", EventSourceArn="arn:aws:events:eu-west-1:123456789012:event-bus/default")
    with pytest.raises(ClientError, match="CreateEndpoint"):
        events.create_endpoint(
            Name="e",
            RoutingConfig={
                "FailoverConfig": {
                    "Primary": {"HealthCheck": "arn:aws:route53:::healthcheck/x"},
                    "Secondary": {"Route": "eu-west-2"},
                }
            },
            EventBuses=[{"EventBusArn": "arn:aws:events:eu-west-1:123456789012:event-bus/default"}] * 2,
        )
    events.delete_rule(Name="left-out")


NOON = datetime(2026, 1, 31, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("rate(5 minutes)", "2026-01-31T12:05:30"),
        ("rate(1 day)", "2026-02-01T12:00:30"),
        ("cron(0/15 * * * ? *)", "2026-01-31T12:15:00"),
        ("cron(0 8 ? * MON-FRI *)", "2026-02-02T08:00:00"),
        ("cron(30 23 29 FEB ? *)", "2028-02-29T23:30:00"),
        ("cron(1,2 12 31 1 ? 2026)", "2026-01-31T12:01:00"),
    ],
)
def test_when_a_schedule_is_due(expression, due):
    assert due_after(expression, NOON) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "expression", ["rate(5 minute)", "rate(0 minutes)", "cron(* * * * *)", "cron(0 8 1 * MON *)", "cron(99 * * * ? *)"]
)
def test_a_schedule_that_is_none_is_refused(events, expression):
    with pytest.raises(ClientError, match="ScheduleExpression is not valid"):
        events.put_rule(Name="bad", ScheduleExpression=expression)


def test_the_clock_rings(cloud):
    rung, now = [], [NOON]
    schedule = Schedule(cloud, lambda rule: (rung.append(rule.arn), schedule.stop()), lambda: now[0])
    rule = type("Rule", (), {"arn": "arn:r", "state": "ENABLED", "scheduled_expression": "rate(1 minute)"})
    schedule.keep(rule)
    assert rung == []
    now[0] += timedelta(seconds=61)
    schedule.keep(type("Other", (), {"arn": "arn:o", "state": "DISABLED", "scheduled_expression": "rate(1 minute)"}))
    for _ in range(200):
        if rung:
            break
        cloud.workers.stopping.wait(0.01)
    assert rung == ["arn:r"]
