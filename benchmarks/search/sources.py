"""What our results are kept under: the code of the search that they come from, its comments and docstrings left out."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import leadline.search

ROOT = Path(leadline.search.__file__).parent
PACKAGE = leadline.search.__name__
ENTRANCE, TABLE = "matrix", "registry"
"""The modules through which every search is made. They know all kinds: followed, each would depend on all others."""


@lru_cache
def sources_hash(kind: str | None = None) -> str:
    """Of all that a kind of search may use; of everything, without one. A new kind leaves those of the others."""
    paths = sorted(ROOT.rglob("*.py") if kind is None else files_of(kind))
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.relative_to(ROOT)}\n{_bare(path)}\n".encode())
    return digest.hexdigest()[:12]


def files_of(kind: str) -> set[Path]:
    """The modules that its algorithm imports, at their top or later, what these import, and the way in."""
    entrance, table = _file(ENTRANCE), _file(TABLE)
    found = {entrance} if entrance is not None else set()
    left = [_file(f"algorithms.{kind}")]
    while left:
        path = left.pop()
        if path is not None and path not in found and path != table:
            found.add(path)
            left += [_file(name) for name in _imported(path)]
    return found


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and f"{node.module}.".startswith(f"{PACKAGE}."):
            module = node.module.removeprefix(PACKAGE).removeprefix(".")
            yield module
            yield from (f"{module}.{name.name}".lstrip(".") for name in node.names)


def _file(name: str) -> Path | None:
    """The file of a module, by its name inside the package; None where that is the name of something else."""
    path = ROOT.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if name and candidate.is_file():
            return candidate
    return None


def _bare(path: Path) -> str:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            node.body = [line for line in node.body if not _is_text(line)]
    return ast.unparse(tree)


def _is_text(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
