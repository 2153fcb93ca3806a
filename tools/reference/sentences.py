"""The sentence below each name in a module: constants and members of enumerations say what they are that way."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping, Sequence
from itertools import pairwise
from types import ModuleType


def sentences_of(module: ModuleType, cls: str = "") -> Mapping[str, str]:
    """Names and their sentences, of a module's constants or of a class in it."""
    body: Sequence[ast.stmt] = ast.parse(inspect.getsource(module)).body
    if cls:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == cls)
    return {
        name: following.value.value.replace("``", "`")
        for statement, following in pairwise(body)
        if (name := _assigned(statement))
        and isinstance(following, ast.Expr)
        and isinstance(following.value, ast.Constant)
        and isinstance(following.value.value, str)
    }


def _assigned(statement: ast.stmt) -> str:
    target: ast.expr
    if isinstance(statement, ast.AnnAssign):
        target = statement.target
    elif isinstance(statement, ast.Assign):
        target = statement.targets[0]
    else:
        return ""
    return target.id if isinstance(target, ast.Name) else ""
