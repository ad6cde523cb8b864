"""The program's own source, parsed once, for the tests of the house rules."""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent.parent
# They stand in front of the house and use it as anybody may.
OUTSIDE = {"bench", "chaos", "tests"}
PACKAGES = tuple(sorted({folder.parent.name for folder in CHECKOUT.glob("*/__init__.py")} - OUTSIDE))


class Module(NamedTuple):
    """A Python file: its path from the checkout, its syntax tree."""

    path: str
    tree: ast.Module

    def within(self, *places: str) -> bool:
        """Whether the file is one of ``places``, or lies under one that ends in a slash."""
        return any(self.path.startswith(place) if place.endswith("/") else self.path == place for place in places)

    @property
    def parts(self) -> tuple[str, ...]:
        """The names on the way to the file, the last without ``.py``."""
        return Path(self.path).with_suffix("").parts


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the program; tests, migrations and benchmarks are not part of it."""
    files = [CHECKOUT / "wsgi.py"]
    for package in PACKAGES:
        files += sorted((CHECKOUT / package).rglob("*.py"))
    return tuple(
        Module(file.relative_to(CHECKOUT).as_posix(), ast.parse(file.read_text(encoding="utf-8"))) for file in files
    )


@cache
def templates() -> tuple[tuple[str, str], ...]:
    """Path from the checkout and text of every template."""
    return tuple(
        (file.relative_to(CHECKOUT).as_posix(), file.read_text(encoding="utf-8"))
        for file in sorted((CHECKOUT / "templates").rglob("*"))
        if file.is_file()
    )


def imported(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Dotted names that ``tree`` imports, with their lines; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def called(node: ast.AST) -> str:
    """The dotted name that ``node`` calls, as far as it can be read off; empty for no call."""
    return dotted(node.func) if isinstance(node, ast.Call) else ""


def dotted(node: ast.AST) -> str:
    """``a.b.c`` for a chain of attributes; a part that is no plain name reads as ``?``."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return "?"


def assigned(node: ast.AST) -> Iterable[ast.expr]:
    """What ``node`` assigns to, tuples taken apart."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    else:
        return []
    return [leaf for target in targets for leaf in (target.elts if isinstance(target, ast.Tuple) else [target])]
