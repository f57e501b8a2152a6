"""Each file has the process to itself: what its servers changed is as before when the next one begins."""

import pytest
from moto.core.base_backend import BackendDict

from rehearsal.loading import lighten
from tests.support.leftovers import leftovers, more_than
from tests.support.shapes import checked

PATIENCE = 10
# The services whose answers are ours, wholly or in part.
OURS = frozenset(
    {
        *("cloudformation", "cloudwatch", "codebuild", "codecommit", "codeconnections", "codepipeline"),
        *("codestar-connections", "ecr", "ecs", "elbv2", "events", "lambda"),
    }
)


@pytest.fixture(scope="session", autouse=True)
def loaded():
    """Load what all servers need as the real one does, once."""
    lighten()


@pytest.fixture(scope="module", autouse=True)
def world_of_its_own():
    """Begin with an empty AWS; fail where a file leaves a server, a process or a change of moto behind."""
    BackendDict.reset()
    before = leftovers()
    yield
    BackendDict.reset()
    assert more_than(before, PATIENCE) == []


@pytest.fixture(scope="module", autouse=True)
def answers_as_modelled():
    """Fail where a client in a file got an answer that AWS's model of the service does not have."""
    with checked(OURS):
        yield
