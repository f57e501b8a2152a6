"""How the tests are shared out when several workers run them."""

from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# Whose tests build images, and remove them by what is in them: another worker may have just the same.
SHARING = ("tests/rehearsal/engine/", "tests/rehearsal/ecr/")


class OneEngine(LoadFileScheduling):  # type: ignore[misc]  # xdist ships no types
    """A file's tests stay together, and all that use the one Docker engine do: images are listed while others go."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        shares = file.startswith(SHARING) or "mark.docker" in Path(self.config.rootpath, file).read_text()
        return "docker" if shares else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneEngine | None:
    """Hand out whole files when `--dist loadfile` asks for it."""
    return OneEngine(config, log) if config.getoption("dist") == "loadfile" else None
