"""The AWS SDK for JavaScript, version 3."""

from __future__ import annotations

from pathlib import Path

STORY = Path(__file__).parent / "story.mjs"


def test_a_stack_from_its_creation_to_its_end(run, javascript, tmp_path):
    # Modules are looked for beside the file that names them.
    (tmp_path / "node_modules").symlink_to(javascript / "node_modules")
    story = tmp_path / STORY.name
    story.write_text(STORY.read_text())
    assert run("node", story, folder=tmp_path) == "done\n"
