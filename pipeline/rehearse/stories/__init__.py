"""The stories, one a strategy: what happens in which order, and what must hold."""

from pipeline.rehearse.stories import flip

# What a strategy is called in release.toml, and what tells its story.
STORIES = {"flip": flip.Flip}
