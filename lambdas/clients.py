"""The AWS clients of the functions, made once per cold start."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.session import Session
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

CONNECT_SECONDS = 1
READ_SECONDS = 2
ELBV2_ATTEMPTS = 3
# Without an answer the stage would hang for twenty minutes, so answering is tried longer than anything else.
CODEPIPELINE_ATTEMPTS = 8
# Four reads run side by side, and each needs a connection of its own.
CONNECTIONS = 4


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Makes clients without looking for garbage meanwhile.

    Reading the service models makes a hundred thousand objects that all stay, and the collector would look through them
    again and again; frozen, they are left out of its later rounds too.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def config(attempts: int) -> Config:
    """Short timeouts with standard retries: throttled, failed and lost calls are tried again, denied ones are not."""
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=CONNECTIONS,
    )


def make_elbv2(session: Session) -> ElasticLoadBalancingv2Client:
    """The client that reads and moves traffic."""
    return cast("ElasticLoadBalancingv2Client", session.create_client("elbv2", config=config(ELBV2_ATTEMPTS)))


def make_codepipeline(session: Session) -> CodePipelineClient:
    """The client that answers jobs."""
    return cast("CodePipelineClient", session.create_client("codepipeline", config=config(CODEPIPELINE_ATTEMPTS)))
