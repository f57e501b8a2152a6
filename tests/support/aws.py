"""An AWS in memory, inside the test's own process."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto import mock_aws

from tests.support.pipeline_jobs import Jobs, pipeline_jobs
from tests.support.sides import Sides


@contextmanager
def aws_in_memory() -> Iterator[None]:
    """Stand in an empty account, cut off from any real one."""
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        environment.setenv("AWS_REGION", "eu-west-1")
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_MAX_ATTEMPTS"):
            environment.delenv(name, raising=False)
        yield


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    """Be in an account that a module's tests share."""
    with aws_in_memory():
        yield


@pytest.fixture(scope="module")
def shared_sides(account: None) -> Sides:
    """Make a load balancer once, since that is what takes its time."""
    return Sides()


@pytest.fixture
def sides(shared_sides: Sides) -> Sides:
    """Find v1 live on Code1 and v2 idle on Code2, all healthy."""
    shared_sides.reset()
    return shared_sides


@pytest.fixture(scope="module")
def jobs(account: None) -> Iterator[Jobs]:
    """Hand out jobs and see how they are answered."""
    with pipeline_jobs() as jobs:
        yield jobs
