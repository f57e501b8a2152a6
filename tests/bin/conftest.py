"""Checkouts to run the commands of."""

from pathlib import Path

import pytest

from tests.support.made_up_checkout import Checkout, make_checkout


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """Return a checkout in which nothing has been run."""
    return make_checkout(tmp_path)


@pytest.fixture(scope="session")
def used_checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """Return a checkout whose runtime environment is there, for tests that leave it as it is."""
    checkout = make_checkout(tmp_path_factory.mktemp("used"))
    outcome = checkout.run("deploy")
    assert outcome.code == 0, outcome.err
    return checkout
