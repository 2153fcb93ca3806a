"""Pieces that the policy is put together from.

Each check is a list of culprits, made only from what the checks before it let through, so that no expression meets
a type it can't handle: an expression that fails refuses the group with a text that is no use to anyone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from leadline.api.rules import cel_list


@dataclass(frozen=True, slots=True)
class Variable:
    """An expression with a name, evaluated when first asked for."""

    name: str
    expression: str

    def variable(self) -> dict[str, str]:
        """As the policy's ``variables`` want it."""
        return {"name": self.name, "expression": self.expression}


@dataclass(frozen=True, slots=True)
class Check:
    """A list of what is wrong in one way, and what to tell of the first.

    among: the list that is looked through. culprit: when an item ``r`` of it is wrong.
    path: where, below ``spec.matrix``; text: what to write instead; both are CEL texts about ``r``.
    """

    name: str
    among: str
    culprit: str
    path: str
    text: str

    def variable(self) -> dict[str, str]:
        """The culprits."""
        return {"name": self.name, "expression": f"{self.among}.filter(r, {self.culprit})"}

    def validation(self) -> dict[str, str]:
        """There are none, or the first one is named."""
        told = f"'spec.matrix.' + {self.path} + ': ' + {self.text}"
        return {
            "expression": f"size(variables.{self.name}) == 0",
            # CEL has no let; a list of one binds r.
            "messageExpression": f"[variables.{self.name}[0]].map(r, {told})[0]",
        }


KIND: Final = "variables.params[r].kind"
"""The kind of the parameter named r."""
VALUE: Final = "variables.params[r].value"
"""The value of the parameter named r."""
VALUE_PATH: Final = "'params.' + r + '.value'"
"""Path of the value of the parameter named r."""


def table(rows: Mapping[str, Iterable[str]]) -> str:
    """A map of texts to lists of texts; lists and maps of mixed types do not compile."""
    return "{" + ", ".join(f"'{key}': {cel_list(values)}" for key, values in rows.items()) + "}"


def in_none(*checks: Check) -> str:
    """r is no culprit of any of these."""
    return " && ".join(f"!(r in variables.{check.name})" for check in checks)
