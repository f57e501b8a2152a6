"""Each file has the process to itself: what its servers changed is as before when the next one begins."""

import pytest
from moto.core.base_backend import BackendDict

from tests.support.leftovers import leftovers, more_than

PATIENCE = 10


@pytest.fixture(scope="module", autouse=True)
def world_of_its_own():
    """Begin with an empty AWS; fail where a file leaves a server, a process or a change of moto behind."""
    BackendDict.reset()
    before = leftovers()
    yield
    BackendDict.reset()
    assert more_than(before, PATIENCE) == []
