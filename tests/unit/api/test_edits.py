"""Edits of a running group: what may change, and what is said of what may not."""

from __future__ import annotations

from typing import Any

import pytest

from bad_files.table import Edit, edits
from leadline.api import names
from leadline.api.validate import validate_group


def group(spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.GROUP_KIND,
        "metadata": {"name": "edited"},
        "spec": spec,
    }


@pytest.mark.parametrize("row", edits(), ids=lambda row: row.edit)
def test_an_edit_has_the_verdict_of_the_table(row: Edit) -> None:
    problems = validate_group(group(row.after), group(row.before))

    assert {problem.path for problem in problems} == ({row.path} if row.path else set())
    assert all(word in str(problem) for problem in problems[:1] for word in row.words), problems


@pytest.mark.parametrize("row", edits(), ids=lambda row: row.edit)
def test_the_group_before_an_edit_is_good(row: Edit) -> None:
    assert validate_group(group(row.before)) == ()
