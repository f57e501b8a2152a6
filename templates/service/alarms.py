"""What is wrong with the side, told to the people who approve releases."""

from typing import Any

from troposphere import GetAtt, Ref
from troposphere.cloudwatch import Alarm, Metric, MetricDataQuery, MetricDimension, MetricStat

from pipeline.settings import Settings
from templates.names import Names
from templates.parts import Part, tagged
from templates.service.interface import of_side

NAMESPACE = "AWS/ApplicationELB"
MINUTE = 60
MINUTES = 3
# Below this many requests a minute a single failure would look like an outage.
FEWEST_REQUESTS = 20
MOST_FAILURES = 5
SLOWEST = 2.0


def resources(settings: Settings) -> list[Part]:
    """Return the side's three alarms."""
    return [failures(settings), hosts(settings), latency(settings)]


def failures(settings: Settings) -> Alarm:
    """Return the alarm for too large a share of server errors. A side that nobody calls is not failing."""
    share = f"IF(requests >= {FEWEST_REQUESTS}, 100 * FILL(errors, 0) / requests, 0)"
    return alarm(
        settings,
        "FailuresAlarm",
        "5xx",
        AlarmDescription=f"More than {MOST_FAILURES} % of this side's answers are server errors",
        Metrics=[
            expression("share", share, "Server errors, %"),
            metric("errors", "HTTPCode_Target_5XX_Count", "Sum"),
            metric("requests", "RequestCount", "Sum"),
        ],
        Threshold=MOST_FAILURES,
        TreatMissingData="notBreaching",
    )


def hosts(settings: Settings) -> Alarm:
    """Return the alarm for unhealthy tasks. No report at all means that nothing is registered, which is no better."""
    return alarm(
        settings,
        "HostsAlarm",
        "hosts",
        AlarmDescription="Tasks of this side are unhealthy, or none is healthy",
        Metrics=[
            expression("unfit", "IF(unhealthy > 0 OR healthy < 1, 1, 0)", "Unfit to serve"),
            metric("unhealthy", "UnHealthyHostCount", "Maximum"),
            metric("healthy", "HealthyHostCount", "Minimum"),
        ],
        Threshold=0,
        TreatMissingData="breaching",
    )


def latency(settings: Settings) -> Alarm:
    """Return the alarm for slow answers. A side that nobody calls is not slow."""
    return alarm(
        settings,
        "LatencyAlarm",
        "latency",
        AlarmDescription=f"One in a hundred of this side's answers takes longer than {SLOWEST} s",
        Namespace=NAMESPACE,
        MetricName="TargetResponseTime",
        Dimensions=dimensions(),
        ExtendedStatistic="p99",
        Period=MINUTE,
        Threshold=SLOWEST,
        # The slowest of a handful of requests says nothing.
        EvaluateLowSampleCountPercentile="ignore",
        TreatMissingData="notBreaching",
    )


def alarm(settings: Settings, title: str, concern: str, **condition: Any) -> Alarm:
    """Return an alarm that tells the topic when it starts and when it is over."""
    topic = [Names(settings.app).topic_arn()]
    return Alarm(
        title,
        # The tasks' first minutes are the deployment's business, and the circuit breaker's.
        DependsOn="Service",
        AlarmName=of_side(f"${{Side}}-{concern}"),
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=MINUTES,
        DatapointsToAlarm=MINUTES,
        AlarmActions=topic,
        OKActions=topic,
        **condition,
        **tagged(settings),
    )


def expression(name: str, formula: str, label: str) -> MetricDataQuery:
    """Return the value that the alarm compares."""
    return MetricDataQuery(Id=name, Expression=formula, Label=label, ReturnData=True)


def metric(name: str, what: str, statistic: str) -> MetricDataQuery:
    """Return a value that the alarm computes with."""
    measured = Metric(Namespace=NAMESPACE, MetricName=what, Dimensions=dimensions())
    return MetricDataQuery(
        Id=name, MetricStat=MetricStat(Metric=measured, Period=MINUTE, Stat=statistic), ReturnData=False
    )


def dimensions() -> list[MetricDimension]:
    """Return what picks this side's numbers out of the load balancer's."""
    return [
        MetricDimension(Name="LoadBalancer", Value=Ref("LoadBalancerName")),
        MetricDimension(Name="TargetGroup", Value=GetAtt("TargetGroup", "TargetGroupFullName")),
    ]
