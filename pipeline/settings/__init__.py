"""What a release.toml may say: the models, the reading of the file, and the documents made from the models.

A table of the file is a `Table`: `source`, `container`, `network`, `listener` and `release`, with `model` on top. Each
key says in its type and its docstring what it takes. What concerns several keys is a rule beneath the table. `load`
turns a file into `Settings`, or into one `UserMistake` that names every mistake with its line: `lines` finds the lines,
`mistakes` the words. The page, the schema and the commented skeleton are written from the same models, so none of them
can fall behind: `document` and `skeleton`.
"""

from pipeline.settings.load import parse, read
from pipeline.settings.model import Settings

__all__ = ["Settings", "parse", "read"]
