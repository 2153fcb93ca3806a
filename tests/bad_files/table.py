"""The table of bad files: what each is refused for, by the API server and by us.

from bad_files.table import edits, rows
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Row:
    """One file with one fault."""

    file: str
    fault: str
    layer: Literal["yaml", "api", "search", "template", "metrics"]
    server: Literal["refuse", "accept"]
    check: Literal["refuse", "accept", "warn"]
    path: str
    words: tuple[str, ...]

    @property
    def place(self) -> Path:
        """The file itself."""
        return FOLDER / f"{self.file}.yaml"

    @property
    def text(self) -> str:
        """What stands in the file."""
        return self.place.read_text()


def rows() -> list[Row]:
    """Every row of ``table.yaml``, in its order."""
    table = yaml.safe_load((FOLDER / "table.yaml").read_text())
    return [Row(**{**row, "words": tuple(row["words"])}) for row in table]


@dataclass(frozen=True, slots=True)
class Edit:
    """A good group's spec before and after an edit; ``path`` is empty where the edit is good."""

    edit: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    path: str = ""
    words: tuple[str, ...] = ()


def edits() -> list[Edit]:
    """Every row of ``edits.yaml``, applied to a good group's spec."""
    found = []
    for row in yaml.safe_load((FOLDER / "edits.yaml").read_text()):
        before = _merged(yaml.safe_load(_GOOD), row["before"])
        after = _merged(before, row["after"])
        found.append(Edit(row["edit"], before, after, row.get("path", ""), tuple(row.get("words", ()))))
    return found


_GOOD = """
matrix:
  kind: random
  numRuns: 10
  params: {lr: {kind: loguniform, value: {min: 0.0001, max: 0.1}}}
template:
  spec:
    containers: [{name: train, image: registry.example/train:1, command: [python, train.py, "--lr={{ lr }}"]}]
"""


def _merged(value: Any, patch: Any) -> Any:
    """JSON merge patch, RFC 7386, as a copy."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(value) if isinstance(value, Mapping) else {}
    for key, change in patch.items():
        if change is None:
            merged.pop(key, None)
        else:
            merged[key] = _merged(merged.get(key), change)
    return merged
