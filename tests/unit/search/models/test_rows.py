"""Rows are those of the configurations asked for, whatever was asked for before."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leadline.search import parse_space
from leadline.search.models.encoding import Encoding, keys
from leadline.search.models.rows import Rows

SPACE, _ = parse_space(
    {"x": {"kind": "uniform", "value": [0, 4]}, "c": {"kind": "choice", "value": ["a", "b"]}}
)
assert SPACE is not None
ENCODING = Encoding(SPACE)
CONFIGURATIONS: list[dict[str, Any]] = [{"x": i / 2, "c": "ab"[i % 2]} for i in range(6)]


@given(st.lists(st.lists(st.sampled_from(CONFIGURATIONS), max_size=8), min_size=1, max_size=4))
def test_they_follow_what_is_asked_for(questions: list[list[dict[str, Any]]]) -> None:
    rows = Rows(ENCODING)
    for many in questions:
        for grown in (many, [*many, CONFIGURATIONS[0]]):
            found, taken = rows(grown)
            assert (found == ENCODING.rows(grown)).all()
            assert taken == set(keys(found))


def test_the_keys_are_the_callers_own() -> None:
    rows = Rows(ENCODING)
    _, taken = rows(CONFIGURATIONS)
    taken.clear()
    assert len(rows(CONFIGURATIONS)[1]) == len(CONFIGURATIONS)


def test_a_space_of_one_point_has_rows_of_no_width() -> None:
    space, _ = parse_space({"c": {"kind": "choice", "value": ["a"]}})
    assert space is not None
    found, taken = Rows(Encoding(space))([{"c": "a"}, {"c": "a"}])
    assert found.shape == (2, 0)
    assert len(taken) == 1
    assert isinstance(found, np.ndarray)
