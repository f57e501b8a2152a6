import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from rehearsal import eventbus, loadbalancing, metrics
from rehearsal.cloud import Cloud
from rehearsal.dataplane.handle import DataPlane
from tests.rehearsal.loadbalancing.conftest import Shop, forward
from tests.support.engines import served

SPACE = "AWS/ApplicationELB"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    cloud = Cloud("eu-west-1", tmp_path_factory.mktemp("state"))
    cloud.dataplane = DataPlane()
    cloud.dataplane.start()
    for engine in (eventbus, loadbalancing, metrics):
        engine.install(cloud)
    with served(cloud):
        metrics.start(cloud)
        yield cloud
        cloud.workers.stopping.set()
        metrics.stop()
        loadbalancing.stop()
        eventbus.stop(cloud)
    cloud.dataplane.stop()


@pytest.fixture(scope="module")
def watch(cloud):
    return cloud.client("cloudwatch")


class World(Shop):
    """A load balancer, and what is said of it."""

    def dimensions(self, group=None):
        found = {"LoadBalancer": self.arn.partition(":loadbalancer/")[2]}
        found |= {"TargetGroup": group.rsplit(":", 1)[-1]} if group else {}
        return [{"Name": name, "Value": value} for name, value in found.items()]

    def read(self, metric, statistic, group=None):
        """The statistic over the last hours, which does not depend on when a minute ends."""
        end = datetime.now(UTC) + timedelta(minutes=1)
        settings = {"Namespace": SPACE, "MetricName": metric, "Dimensions": self.dimensions(group)}
        kind = "ExtendedStatistics" if statistic.startswith("p") else "Statistics"
        points = self.cloud.client("cloudwatch").get_metric_statistics(
            StartTime=end - timedelta(hours=2), EndTime=end, Period=86400, **{kind: [statistic]}, **settings
        )["Datapoints"]
        return [(each.get(kind) or each)[statistic] for each in points]


@pytest.fixture(scope="module")
def world(cloud):
    ec2 = cloud.client("ec2")
    subnets = [each["SubnetId"] for each in ec2.describe_subnets()["Subnets"][:2]]
    network = SimpleNamespace(vpc=ec2.describe_vpcs()["Vpcs"][0]["VpcId"], subnets=subnets)
    world = World(cloud, cloud.client("elbv2"), network)
    yield world
    world.close()


@pytest.fixture(scope="module")
def group(world):
    app = world.app()
    group = world.group(app)
    world.listener(forward(group))
    world.healthy(group, app)
    return group


def soon(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)
    return found


def test_requests_are_counted(world, group):
    for _ in range(3):
        assert "200" in world.curl().stdout.splitlines()[0]
    for whom in (group, None):
        assert world.read("RequestCount", "Sum", whom) == [3]
        assert world.read("HTTPCode_Target_2XX_Count", "Sum", whom) == [3]
        assert world.read("TargetResponseTime", "SampleCount", whom) == [3]
    assert world.read("HTTPCode_Target_5XX_Count", "Sum", group) == []
    assert 0 < world.read("TargetResponseTime", "Average", group)[0] < 2
    assert 0 < world.read("TargetResponseTime", "p99", group)[0] <= 2
    assert world.read("HealthyHostCount", "Maximum", group) == [1]
    assert world.read("UnHealthyHostCount", "Maximum", group) == [0]
    listed = world.cloud.client("cloudwatch").list_metrics(Namespace=SPACE, MetricName="RequestCount")["Metrics"]
    assert {len(each["Dimensions"]) for each in listed} == {1, 2}


def test_counting_goes_on_when_the_data_plane_is_started_again(world, group, cloud):
    world.curl()
    (before,) = world.read("RequestCount", "Sum", group)
    pid = cloud.dataplane.pid
    os.kill(pid, signal.SIGKILL)
    soon(lambda: cloud.dataplane.pid != pid)
    world.healthy(group, *world.apps)
    world.curl()
    world.curl()
    assert world.read("RequestCount", "Sum", group) == [before + 2]


def test_formulas_over_metrics(world, group, watch):
    world.curl()
    stat = {"Period": 86400, "Stat": "Sum"}
    metric = {"Namespace": SPACE, "MetricName": "RequestCount", "Dimensions": world.dimensions(group)}
    queries = [
        {"Id": "share", "Expression": "IF(requests >= 1, 100 * FILL(errors, 0) / requests, 7)", "Label": "Share"},
        {"Id": "requests", "MetricStat": {"Metric": metric, **stat}, "ReturnData": False},
        {"Id": "errors", "MetricStat": {"Metric": {**metric, "MetricName": "x"}, **stat}, "ReturnData": False},
    ]
    end = datetime.now(UTC) + timedelta(minutes=1)
    times = {"StartTime": end - timedelta(hours=1), "EndTime": end}
    (result,) = watch.get_metric_data(MetricDataQueries=queries, **times)["MetricDataResults"]
    assert (result["Id"], result["Label"], result["Values"][0]) == ("share", "Share", 0)
    for expression, why in [("unknown + 1", "'unknown' is not defined"), ("SEARCH(1, 2)", "SEARCH with 2 arguments")]:
        with pytest.raises(ClientError, match=why):
            watch.get_metric_data(MetricDataQueries=[{"Id": "a", "Expression": expression}], **times)
    loop = [{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "a"}]
    with pytest.raises(ClientError, match="refer to each other"):
        watch.get_metric_data(MetricDataQueries=loop, **times)


def test_an_alarm_follows_its_metric_and_tells(cloud, watch):
    sns, sqs, events = (cloud.client(name) for name in ("sns", "sqs", "events"))
    queue = sqs.create_queue(QueueName="alarms")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [policy]})})
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    events.put_rule(Name="alarms", EventPattern=json.dumps({"source": ["aws.cloudwatch"]}))
    events.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": arn}])
    alarm(watch, "queue", TreatMissingData="notBreaching", AlarmActions=[topic])
    soon(lambda: state(watch, "queue") == "OK")
    watch.put_metric_data(Namespace="own", MetricData=[{"MetricName": "length", "Value": 9}])
    soon(lambda: state(watch, "queue") == "ALARM")

    heard = []

    def told():
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        heard.extend(json.loads(each["Body"]) for each in found)
        by_topic = [each for each in heard if each.get("NewStateValue") == "ALARM"]
        by_event = [each for each in heard if each.get("detail", {}).get("state", {}).get("value") == "ALARM"]
        return by_topic and by_event

    soon(told)
    assert [each["OldStateValue"] for each in heard if "OldStateValue" in each] == ["OK"]


def test_an_alarm_on_a_formula(world, group, watch):
    stat = {"Period": 60, "Stat": "Sum"}
    metric = {"Namespace": SPACE, "MetricName": "RequestCount", "Dimensions": world.dimensions(group)}
    settings = {
        "Metrics": [
            {"Id": "busy", "Expression": "IF(requests > 2, 1, 0)", "ReturnData": True},
            {"Id": "requests", "MetricStat": {"Metric": metric, **stat}, "ReturnData": False},
        ],
        "Threshold": 0,
    }
    alarm(watch, "busy", **settings)

    def asked():
        world.curl()
        return state(watch, "busy") == "ALARM"

    soon(asked)


def test_new_alarms_know_nothing_and_changed_ones_stay_as_they_are(watch):
    alarm(watch, "silent", MetricName="unheard")
    assert state(watch, "silent") == "INSUFFICIENT_DATA"
    watch.set_alarm_state(AlarmName="silent", StateValue="ALARM", StateReason="a drill")
    assert state(watch, "silent") == "ALARM"
    alarm(watch, "silent", MetricName="unheard", Threshold=7)
    assert state(watch, "silent") == "ALARM"
    (found,) = watch.describe_alarms(StateValue="ALARM", AlarmNames=["silent"])["MetricAlarms"]
    assert found["Threshold"] == 7


def test_a_percentile_of_few_numbers_says_nothing(watch):
    watch.put_metric_data(Namespace="own", MetricData=[{"MetricName": "few", "Values": [9.0], "Counts": [50]}])
    settings = {"MetricName": "few", "ExtendedStatistic": "p99", "TreatMissingData": "notBreaching"}
    alarm(watch, "few", **settings, EvaluateLowSampleCountPercentile="ignore")
    alarm(watch, "all", **settings)
    assert (state(watch, "few"), state(watch, "all")) == ("INSUFFICIENT_DATA", "ALARM")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "comparison operator GreaterThanUpperThreshold"),
        ({"TreatMissingData": "hope"}, "Option hope is not supported"),
        ({"Metrics": [{"Id": "a", "Expression": "RATE(a)"}]}, "RATE with 1 arguments is not supported"),
        ({"ExtendedStatistic": "tm99"}, "tm99"),
    ],
)
def test_alarms_that_cannot_be_judged_are_refused(watch, settings, why):
    with pytest.raises(ClientError, match=why):
        alarm(watch, "refused", **settings)
    assert watch.describe_alarms(AlarmNames=["refused"])["MetricAlarms"] == []


def alarm(watch, name, **settings):
    if "Metrics" not in settings:
        plain = {"Namespace": "own", "MetricName": "length", "Period": 60}
        settings = plain | ({} if "ExtendedStatistic" in settings else {"Statistic": "Maximum"}) | settings
    usual = {"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Threshold": 5}
    watch.put_metric_alarm(AlarmName=name, **(usual | settings))


def state(watch, name):
    (found,) = watch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found["StateValue"]
