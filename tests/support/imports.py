"""Every import that a tree of packages makes, wherever in a file it stands and however it is spelled."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The oldest Python on which the product runs, and which the Lambda functions may be given.
OLDEST = (3, 11)


@dataclass(frozen=True)
class Import:
    """One import: the file and line it stands on, and the name it asks for."""

    file: str
    line: int
    name: str
    for_types_only: bool

    @property
    def package(self) -> str:
        """The package of the importing file."""
        return self.file.split("/")[0]

    @property
    def target(self) -> str:
        """The package that the name belongs to."""
        return self.name.split(".")[0]

    def __str__(self) -> str:
        return f"{self.file}:{self.line} imports {self.name}"


def imports_of(tree: Path, packages: list[str]) -> list[Import]:
    """Read every import of these packages of the tree."""
    files = [file for package in packages for file in sorted((tree / package).rglob("*.py"))]
    return [found for file in files for found in _imports_in(tree, file)]


def _imports_in(tree: Path, file: Path) -> Iterator[Import]:
    relative = file.relative_to(tree)
    module = ast.parse(file.read_text(), str(relative), feature_version=OLDEST)
    for_types = {id(node) for branch in _type_checking_branches(module) for node in ast.walk(branch)}
    for node in ast.walk(module):
        for name in _names(node, relative):
            yield Import(relative.as_posix(), getattr(node, "lineno", 0), name, id(node) in for_types)


def _type_checking_branches(module: ast.Module) -> Iterator[ast.stmt]:
    for node in ast.walk(module):
        if isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}:
            yield from node.body


def _names(node: ast.AST, file: Path) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(names=names, level=0, module=str(origin)):
            return [f"{origin}.{alias.name}" for alias in names]
        case ast.ImportFrom(names=names, level=level, module=origin):
            above = ".".join([*file.parts[: len(file.parts) - level], *filter(None, [origin])])
            return [f"{above}.{alias.name}" for alias in names]
        case ast.Call(func=function, args=[argument, *_]) if _imports_by_name(function):
            return [_spelled(argument)]
    return []


def _imports_by_name(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"import_module", "__import__", "run_module"}


def _spelled(argument: ast.expr) -> str:
    """Return the name, as far as it is known before the program runs."""
    match argument:
        case ast.Constant(value=str(name)):
            return name
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            return start
    return f"? ({ast.unparse(argument)})"
