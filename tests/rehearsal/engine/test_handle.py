"""The main process's side of the embedded engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.engine.choose import ask, choose

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.warden.handle import Warden


def test_it_may_be_stopped_twice(warden: Warden, tmp_path: Path) -> None:
    engine = choose("embedded", warden, tmp_path / "engine")
    assert ask(engine.docker_host).version
    engine.stop()
    engine.stop()
    assert ask(engine.docker_host).problem == "no such file or directory"
