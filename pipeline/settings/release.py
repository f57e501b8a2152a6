"""[release]: who approves, and what is watched after traffic has moved."""

from typing import Annotated

from pydantic import Field

from pipeline.settings.base import Mistake, Mistakes, Table, rule
from pipeline.settings.forms import LIST, Form, OneOf, arn, example
from pipeline.settings.words import shown

EMAIL = Form("an address such as you@example.com", r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+", longest=254)
TOPIC = arn("sns", r"[\w\-]{1,256}", "the ARN of a standard SNS topic, as arn:aws:sns:REGION:ACCOUNT:NAME")
# The only values that CloudWatch Logs takes.
RETENTION = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
# Without what JSON escapes and what CodePipeline and CloudFormation take for a variable.
ALARM = Form(
    'the name of a CloudWatch alarm, in plain characters without " \\ { }',
    r"(?! )[\x20-\x21\x23-\x5b\x5d-\x7a\x7c\x7e]+(?<! )",
    longest=128,
)


class Release(Table):
    """Who approves, and what is watched after traffic has moved."""

    approvers: Annotated[
        tuple[Annotated[str, EMAIL], ...], LIST, Field(max_length=10), example(["release-captain@example.com"])
    ] = ()
    """Addresses that are mailed when a release waits for approval. Each confirms its subscription once."""

    approval_topic_arn: Annotated[str, TOPIC, example("arn:aws:sns:eu-west-1:123456789012:releases")] = ""
    """An SNS topic of yours that is told instead of the topic that the pipeline creates."""

    watch: Annotated[int, Field(ge=0, le=3600), example(300)] = 0
    """Seconds to watch production after traffic has moved. Passed on to the flip, which does not watch yet."""

    alarms: Annotated[
        tuple[Annotated[str, ALARM], ...], LIST, Field(max_length=2), example(["greeter-orders-rejected"])
    ] = ()
    """CloudWatch alarms that count as bad while production is watched. Passed on to the flip like `watch`."""

    healthy: Annotated[int, Field(ge=1, le=1000), example(2)] = 1
    """Healthy targets that the idle side needs before production may move to it. An unhealthy one always refuses."""

    draining: Annotated[int, Field(ge=0, le=3600), example(60)] = 30
    """Seconds that requests in flight get to finish when a task is taken out of service."""

    log_retention: Annotated[int, OneOf(RETENTION), example(90)] = 30
    """Days for which logs are kept."""


@rule(Release, "approvers", "alarms")
def nothing_is_named_twice(release: Release) -> Mistakes:
    """`approvers` and `alarms` name nobody and nothing twice."""
    for key in ("approvers", "alarms"):
        names = getattr(release, key)
        for place, name in enumerate(names):
            if name in names[:place]:
                yield Mistake((key, place), f"{shown(name)} stands there twice; keep one")


@rule(Release, "approvers", "approval_topic_arn")
def approvers_are_told_in_one_way(release: Release) -> Mistakes:
    """With `approval_topic_arn`, `approvers` are left out: they would subscribe to a topic that is not told."""
    if release.approvers and release.approval_topic_arn:
        yield Mistake(
            ("approvers",), "with approval_topic_arn nobody is mailed from here; subscribe them to that topic"
        )


@rule(Release, "alarms", "watch")
def alarms_are_watched(release: Release) -> Mistakes:
    """`alarms` are looked at while production is watched, so they need `watch`."""
    if release.alarms and not release.watch:
        yield Mistake(("alarms",), "nothing looks at these while watch is 0; give watch, such as watch = 300")
