"""Both sides on one page, each in its own colour."""

import json
from typing import Any

from troposphere import GetAtt, Sub
from troposphere.cloudwatch import Dashboard

from pipeline.settings import Settings
from templates.names import SIDES, Names, side_stack
from templates.parts import Properties, tagged

COLOURS = {"Code1": "#1f77b4", "Code2": "#2ca02c"}  # blue and green
MINUTE = 60
COLUMNS = 2
WIDTH = 12
HEIGHT = 6

BALANCER = "AWS/ApplicationELB"
CONTAINERS = "AWS/ECS"
Source = tuple[str, str, str, str]  # namespace, metric, statistic, and the word that tells it from others in its chart
CHARTS: dict[str, tuple[Source, ...]] = {
    "Requests a minute": ((BALANCER, "RequestCount", "Sum", ""),),
    "Server errors a minute": ((BALANCER, "HTTPCode_Target_5XX_Count", "Sum", ""),),
    "Latency, p99 (s)": ((BALANCER, "TargetResponseTime", "p99", ""),),
    "Tasks": (
        (BALANCER, "HealthyHostCount", "Minimum", "healthy"),
        (BALANCER, "UnHealthyHostCount", "Maximum", "unhealthy"),
    ),
    "CPU (%)": ((CONTAINERS, "CPUUtilization", "Average", ""),),
    "Memory (%)": ((CONTAINERS, "MemoryUtilization", "Average", ""),),
}


def resource(settings: Settings) -> Dashboard:
    """Return the dashboard."""
    charts = [chart(settings, number, title, sources) for number, (title, sources) in enumerate(CHARTS.items())]
    values: Properties = {
        f"{side}TargetGroupName": GetAtt(side_stack(side), "Outputs.TargetGroupName") for side in SIDES
    }
    balancer = GetAtt("LoadBalancer", "Outputs.FullName")
    body = json.dumps({"widgets": charts}, separators=(",", ":"))
    return Dashboard(
        "Dashboard",
        DashboardName=Sub(Names(settings.app).dashboard),
        DashboardBody=Sub(body, LoadBalancerName=balancer, **values),
        **tagged(settings),
    )


def chart(settings: Settings, number: int, title: str, sources: tuple[Source, ...]) -> Properties:
    """Return one chart, with a line for each side and metric."""
    row, column = divmod(number, COLUMNS)
    lines = [line(settings, side, source) for source in sources for side in SIDES]
    shown = {"title": title, "region": "${AWS::Region}", "period": MINUTE, "view": "timeSeries", "metrics": lines}
    place = {"x": column * WIDTH, "y": row * HEIGHT, "width": WIDTH, "height": HEIGHT}
    return {"type": "metric", **place, "properties": shown}


def line(settings: Settings, side: str, source: Source) -> list[Any]:
    """Return one side's line in a chart."""
    namespace, metric, statistic, word = source
    if namespace == BALANCER:
        dimensions = ["LoadBalancer", "${LoadBalancerName}", "TargetGroup", f"${{{side}TargetGroupName}}"]
    else:
        dimensions = ["ClusterName", "${Cluster}", "ServiceName", Names(settings.app).side(side)]
    return [
        namespace,
        metric,
        *dimensions,
        {"stat": statistic, "label": f"{side} {word}".strip(), "color": COLOURS[side]},
    ]
