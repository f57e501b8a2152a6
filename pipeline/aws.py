"""The one place that makes AWS clients: our name in the user agent, standard retries, the user's profile and region."""

import os
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import boto3
import botocore.session
from botocore.config import Config

from pipeline.errors import UserMistake
from pipeline.version import VERSION

if TYPE_CHECKING:
    from botocore.regions import EndpointResolver
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

CONFIG = Config(
    user_agent_extra=f"flipside/{VERSION}",
    retries={"mode": "standard"},
    connect_timeout=10,
    read_timeout=60,
)
CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}


@dataclass(frozen=True)
class Account:
    """Where the work is done, and as whom."""

    number: str
    region: str
    partition: str
    caller: str
    url_suffix: str

    def stack_events(self, stack_id: str) -> str:
        """Return the address at which the console shows what happened to a stack."""
        console = CONSOLES.get(self.partition, "console.aws.amazon.com")
        stack = quote(stack_id, safe="")
        return f"https://{console}/cloudformation/home?region={self.region}#/stacks/events?stackId={stack}"

    def object_url(self, bucket: str, key: str) -> str:
        """Return the address under which CloudFormation reads an object."""
        return f"https://{bucket}.s3.{self.region}.{self.url_suffix}/{key}"


class Aws:
    """The clients of one region, made with one set of credentials."""

    def __init__(self, region: str | None = None, profile: str | None = None) -> None:
        self._session = boto3.Session(botocore_session=botocore.session.Session(profile=profile))
        # boto3 knows AWS_DEFAULT_REGION only; the aws command and most CI systems set AWS_REGION.
        found = region or os.environ.get("AWS_REGION") or self._session.region_name
        if not found:
            raise UserMistake("No region is set: add --region eu-west-1, or set AWS_REGION, or `aws configure` one.")
        self.region = found

    @cached_property
    def s3(self) -> "S3Client":
        """Amazon S3."""
        return self._session.client("s3", self.region, config=CONFIG)

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """AWS CloudFormation."""
        return self._session.client("cloudformation", self.region, config=CONFIG)

    @cached_property
    def account(self) -> Account:
        """Who we are; the first call, so that bad credentials are told before anything is done."""
        sts: STSClient = self._session.client("sts", self.region, config=CONFIG)
        identity = sts.get_caller_identity()
        partition = identity["Arn"].split(":")[1]
        return Account(identity["Account"], self.region, partition, identity["Arn"], self._url_suffix(partition))

    def _url_suffix(self, partition: str) -> str:
        resolver = cast("EndpointResolver", botocore.session.get_session().get_component("endpoint_resolver"))
        return resolver.get_partition_dns_suffix(partition)
