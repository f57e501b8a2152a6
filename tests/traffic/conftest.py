"""Fixtures for the tests of traffic: AWS in memory, and sides in it."""

import pytest
from moto.backends import get_backend

from tests.support.aws import account
from tests.support.sides import ACCOUNT, Sides

__all__ = ["account"]


@pytest.fixture
def sides(account: None) -> Sides:
    """Find v1 live on Code1 and v2 idle on Code2, behind a load balancer that no other test has touched."""
    get_backend("elbv2")[ACCOUNT]["eu-west-1"].reset()
    return Sides()
