"""Where the release.toml is, and how one comes to be."""

from pathlib import Path

from pipeline.errors import UserMistake

NAME = "release.toml"


def nearest(start: Path) -> Path | None:
    """Return the release.toml of this directory or of the nearest one above it."""
    for folder in (start, *start.parents):
        if (folder / NAME).is_file():
            return folder / NAME
    return None


def located(given: Path | None) -> Path:
    """Return the file that was named, or the nearest release.toml."""
    if given is not None:
        return given
    found = nearest(Path.cwd())
    if found is None:
        raise UserMistake(
            f"There is no {NAME} in {Path.cwd()} or above it: `flipside init` writes one, --config FILE names another."
        )
    return found


def refuse(path: Path, *, force: bool) -> None:
    """Refuse a path that cannot be written to, before anybody is asked anything."""
    if path.is_dir():
        raise UserMistake(f"{path} is a directory; name a file, such as {path / NAME}.")
    if path.exists() and not force:
        raise UserMistake(f"{path} is there already and was left as it is; --force replaces it.")
    if not path.parent.is_dir():
        raise UserMistake(f"{path.parent} is not there: make that directory first, or name another file.")


def write(path: Path, document: str, *, force: bool = False) -> None:
    """Write a new file; what is there already is only replaced by force."""
    refuse(path, force=force)
    with path.open("w" if force else "x", encoding="utf-8") as file:
        file.write(document)
