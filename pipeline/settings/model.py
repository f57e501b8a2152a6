"""The whole of a release.toml."""

import ipaddress
import re
from typing import Annotated, Literal

from pydantic import Field

from pipeline.settings import action_sizes
from pipeline.settings.base import Mistake, Mistakes, Path, Table, dotted, rule
from pipeline.settings.container import Container
from pipeline.settings.forms import Form, example
from pipeline.settings.listener import Listener
from pipeline.settings.network import Network
from pipeline.settings.release import Release
from pipeline.settings.source import Source
from pipeline.settings.words import not_valid, shown

# ALB and target-group names are at most 32 characters long, and `-code1` is put behind the app's name.
LONGEST_APP_NAME = 24
APP = Form(
    f"a name of 2 to {LONGEST_APP_NAME} lower-case letters, digits and single hyphens, beginning with a letter",
    r"[a-z](-?[a-z0-9])+",
    longest=LONGEST_APP_NAME,
)
TAKEN_NAMES = ("internal-", "aws-", "sthree-")
# Tags that carry the state of a side.
OWN_TAGS = ("Identifier", "IsProduction", "Image", "Package")
TAG = re.compile(r"[\w .:/=+\-@]*")
# In each private subnet AWS keeps five addresses, and load balancer, NAT and VPC endpoints take some more.
ADDRESSES_KEPT = 16


class Settings(Table):
    """The whole of a release.toml."""

    app: Annotated[str, APP, example("greeter")]
    """Names the application and its stacks. Lower-case letters, digits and hyphens, beginning with a letter."""

    strategy: Annotated[Literal["flip"], example("flip")] = "flip"
    """How production moves to a new version."""

    source: Source
    """Where the commits come from."""

    container: Container = Field(default_factory=Container)
    """How the application is built and run."""

    network: Network = Field(default_factory=Network)
    """A VPC made for the application, or one that is there already."""

    listener: Listener = Field(default_factory=Listener)
    """Where production and the test side are reached, and by whom."""

    release: Release = Field(default_factory=Release)
    """Who approves, and what is watched after traffic has moved."""

    tags: Annotated[dict[str, str], Field(max_length=40), example({"team": "payments"})] = Field(default_factory=dict)
    """Tags for everything that is created."""


@rule(Settings, "app")
def app_can_name_a_load_balancer(settings: Settings) -> Mistakes:
    """`app` does not begin with `internal-`, `aws-` or `sthree-`, which belong to AWS."""
    if settings.app.startswith(TAKEN_NAMES):
        taken = ", ".join(TAKEN_NAMES)
        yield Mistake(("app",), f"{shown(settings.app)} is not valid; names that begin with {taken} belong to AWS")


@rule(Settings, "tags")
def tags_can_be_set(settings: Settings) -> Mistakes:
    """A tag's key has 1 to 128 characters and its value up to 256; the tags that a release sets itself are taken."""
    for key, value in settings.tags.items():
        if key.lower().startswith("aws:"):
            yield Mistake(("tags", key), "keys that begin with aws: belong to AWS; choose another")
        elif key in OWN_TAGS:
            yield Mistake(("tags", key), f"{', '.join(OWN_TAGS)} are set by the release itself; choose another key")
        elif not 1 <= len(key) <= 128 or not TAG.fullmatch(key):
            words = "1 to 128 letters, digits, spaces and _ . : / = + - @"
            yield Mistake(("tags", key), not_valid("this key of a tag", words))
        elif len(value) > 256 or not TAG.fullmatch(value):
            words = "up to 256 letters, digits, spaces and _ . : / = + - @"
            yield Mistake(("tags", key), not_valid(shown(value), words))


@rule(Settings, "network.public_subnets", "network.private_subnets", "listener.scheme")
def tasks_of_a_public_service_are_private(settings: Settings) -> Mistakes:
    """Unless the load balancer is internal, its subnets and those of the tasks are different ones."""
    for place, subnet in enumerate(settings.network.private_subnets):
        if settings.listener.scheme != "internal" and subnet in settings.network.public_subnets:
            words = f"{shown(subnet)} is one of public_subnets too; give a private one"
            yield Mistake(("network", "private_subnets", place), f'{words}, or scheme = "internal" in [listener]')


@rule(Settings, "network.vpc_id", "network.cidr", "container.desired_count")
def tasks_find_addresses(settings: Settings) -> Mistakes:
    """The VPC that is created has addresses for the tasks of both sides, and for one more while tasks are replaced."""
    subnet = ipaddress.IPv4Network(settings.network.cidr).num_addresses // 4
    most = (2 * (subnet - ADDRESSES_KEPT) - 1) // 2
    if not settings.network.existing and settings.container.desired_count > most:
        words = f"{settings.network.cidr} has addresses for {most} tasks of each side"
        yield Mistake(("container", "desired_count"), f"{words}; give no more, or a wider cidr in [network]")


@rule(Settings, "container.desired_count", "release.healthy")
def enough_can_be_healthy(settings: Settings) -> Mistakes:
    """`healthy` is no more than `desired_count`: no approval could ever succeed."""
    most = settings.container.desired_count
    if settings.release.healthy > most:
        yield Mistake(
            ("release", "healthy"),
            f"{settings.release.healthy} is more than desired_count, which is {most}; give 1 to {most}",
        )


@rule(Settings, "source.connection_arn", "container.secrets", "listener.certificate_arn", "release.approval_topic_arn")
def arns_are_of_one_partition(settings: Settings) -> Mistakes:
    """All ARNs are of the same partition; certificate and topic are of the same region, which is the stack's."""
    regional: dict[Path, str] = {
        ("listener", "certificate_arn"): settings.listener.certificate_arn,
        ("release", "approval_topic_arn"): settings.release.approval_topic_arn,
    }
    everywhere: dict[Path, str] = {("source", "connection_arn"): settings.source.connection_arn}
    everywhere |= {("container", "secrets", name): secret for name, secret in settings.container.secrets.items()}
    yield from _differing("the partition", 1, everywhere | regional)
    yield from _differing("the region", 3, regional)


def _differing(what: str, place: int, arns: dict[Path, str]) -> Mistakes:
    parts = {key: arn.split(":")[place] for key, arn in arns.items() if arn.count(":") >= place}
    for key, part in parts.items():
        first, expected = next(iter(parts.items()))
        if part != expected:
            yield Mistake(key, f"{what} {shown(part)} is not that of {dotted(first)}, {shown(expected)}; give the same")


@rule(Settings, "app", "release.watch", "release.alarms", "network.public_subnets", "network.private_subnets")
def actions_take_their_values(settings: Settings) -> Mistakes:
    """What the pipeline passes to its actions stays within the 1000 characters that CodePipeline allows."""
    release, network = settings.release, settings.network
    sizes = {
        ("release", "alarms"): action_sizes.user_parameters(settings.app, release.watch, release.alarms),
        ("network", "private_subnets"): action_sizes.parameter_overrides(
            network.public_subnets, network.private_subnets
        ),
    }
    for key, size in sizes.items():
        if size > action_sizes.MOST:
            over = size - action_sizes.MOST
            yield Mistake(
                key, f"{over} characters too many for what CodePipeline passes to an action; shorten the names"
            )
