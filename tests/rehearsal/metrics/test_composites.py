"""Composite alarms say what their rule says of other alarms."""

import itertools

import pytest
from botocore.exceptions import ClientError

from rehearsal import eventbus, metrics
from rehearsal.dataplane.handle import DataPlane
from rehearsal.metrics.composites import Rule
from tests.support.engines import running

numbers = itertools.count()
STATES = {"a": "ALARM", "b": "OK", "with blank": "ALARM", "c": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("ALARM(a)", True),
        ('ALARM("with blank")', True),
        ("ALARM(b)", False),
        ("OK(b) AND INSUFFICIENT_DATA(c)", True),
        ("NOT ALARM(b)", True),
        ("NOT (ALARM(a) OR ALARM(b))", False),
        ("ALARM(a) OR ALARM(b) AND ALARM(b)", True),
        ("(ALARM(a) OR ALARM(b)) AND ALARM(b)", False),
        ("TRUE AND NOT FALSE", True),
        ("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a)", True),
    ],
)
def test_what_holds(text, holds):
    assert Rule(text, STATES).holds() is holds


class Plane:
    """Where metrics count requests, of which there are none here."""

    def install(self, cloud):
        cloud.dataplane = self.plane = DataPlane()
        self.plane.start()

    def stop(self):
        self.plane.stop()


@pytest.fixture(scope="module")
def watch(tmp_path_factory):
    with running(tmp_path_factory.mktemp("state"), Plane(), eventbus, metrics) as cloud:
        yield cloud.client("cloudwatch")


@pytest.fixture
def alarm(watch):
    """Make an alarm of a metric that says what it is told to."""

    def alarm(state="OK"):
        name = f"alarm-{next(numbers)}"
        watch.put_metric_alarm(
            AlarmName=name,
            Namespace="n",
            MetricName=name,
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            Statistic="Sum",
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
        watch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="told")
        return name

    return alarm


def said(watch, name):
    (found,) = watch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return found


def test_it_follows_what_the_others_say_even_through_another(watch, alarm):
    one, other = alarm(), alarm()
    watch.put_composite_alarm(AlarmName="inner", AlarmRule=f"ALARM({one}) AND ALARM({other})")
    watch.put_composite_alarm(AlarmName="outer", AlarmRule='NOT ALARM("inner")')
    assert (said(watch, "inner")["StateValue"], said(watch, "outer")["StateValue"]) == ("OK", "ALARM")
    for name in (one, other):
        watch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="told")
    found = said(watch, "inner")
    assert (found["StateValue"], found["AlarmRule"]) == ("ALARM", f"ALARM({one}) AND ALARM({other})")
    assert said(watch, "outer")["StateValue"] == "OK"
    with pytest.raises(ClientError, match=r"composite alarm\(s\) \[inner\] depend on it"):
        watch.delete_alarms(AlarmNames=[one])
    with pytest.raises(ClientError, match="depend on inner itself"):
        watch.put_composite_alarm(AlarmName="inner", AlarmRule="ALARM(outer)")
    watch.delete_alarms(AlarmNames=["inner", "outer"])
    assert watch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"] == []


def test_it_is_described_when_its_type_is_asked_for(watch, alarm):
    name = alarm("ALARM")
    watch.put_composite_alarm(AlarmName="both", AlarmRule=f"ALARM({name})")
    names = [name, "both"]
    plain = watch.describe_alarms(AlarmNames=names)
    assert ([one["AlarmName"] for one in plain["MetricAlarms"]], plain["CompositeAlarms"]) == ([name], [])
    every = watch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    assert [len(every[kind]) for kind in ("MetricAlarms", "CompositeAlarms")] == [1, 1]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"AlarmRule": "ALARM(nobody)"}, r"alarms \[nobody\] in the alarm rule do not exist"),
        ({"AlarmRule": "ALARM(nobody"}, "valid rule expression"),
        ({"AlarmRule": "TRUE AND"}, "valid rule expression"),
        ({"AlarmRule": "TRUE TRUE"}, "valid rule expression"),
        ({"AlarmRule": "AT_LEAST(1, ALARM, (a, b))"}, "valid rule expression"),
        ({"AlarmRule": "TRUE", "ActionsSuppressor": "x"}, "does not support ActionsSuppressor"),
    ],
)
def test_refused(watch, settings, sentence):
    with pytest.raises(ClientError, match=sentence):
        watch.put_composite_alarm(AlarmName="wrong", **settings)
