"""Write the golden templates anew: python -m tests.templates.regenerate, to be reviewed as a diff."""

import shutil

from tests.templates import samples


def regenerate() -> None:
    """Make tests/golden what the settings files come to."""
    shutil.rmtree(samples.GOLDEN, ignore_errors=True)
    for name, stack in samples.every_template():
        path = samples.GOLDEN / name / f"{stack}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(samples.synthesis(name).templates[stack])


if __name__ == "__main__":
    regenerate()
