"""What each key is for, from the docstrings in the models' source.

Read only when a page or a file is written: the validator could carry them along, at the price of every other start.
"""

import ast
import inspect
import textwrap

from pipeline.settings.base import Table


def descriptions(table: type[Table]) -> dict[str, str]:
    """Return the docstring of each key of a table."""
    source = ast.parse(textwrap.dedent(inspect.getsource(table)))
    model = next(node for node in source.body if isinstance(node, ast.ClassDef))
    found = {}
    for key, words in zip(model.body, model.body[1:], strict=False):
        if isinstance(key, ast.AnnAssign) and isinstance(key.target, ast.Name) and isinstance(words, ast.Expr):
            found[key.target.id] = inspect.cleandoc(ast.literal_eval(words.value))
    return found
