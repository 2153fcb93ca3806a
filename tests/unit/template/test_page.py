"""docs/templates.md: its examples are run, and it names every filter and every limit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from leadline.template import (
    LEADLINE_KEYS,
    UNUSABLE_NAMES,
    Presence,
    check_template,
    expand,
    limits,
    render,
)
from leadline.template.filters import FILTERS

from .pods import container, pod

PAGE = (Path(__file__).parents[3] / "docs" / "templates.md").read_text(encoding="utf-8")
PARAMS: dict[str, Any] = {
    "lr": 0.001,
    "n": 3,
    "flag": True,
    "off": False,
    "opt": "adam",
    "note": "it's",
    "layers": [64, 32, 16],
    "conv": {"kernels": [3, 5]},
}
PRESENCE = Presence({"momentum": {"opt": frozenset({0})}}, {"opt": ["sgd", "adam"]})
ROWS = [
    (written.replace(r"\|", "|"), becomes)
    for written, becomes in re.findall(r"^\| `(.*)` \| `(.*)` \|$", PAGE, re.MULTILINE)
]


def test_the_page_has_its_table() -> None:
    assert len(ROWS) >= 25


@pytest.mark.parametrize(("written", "becomes"), ROWS)
def test_a_row_of_the_page_is_what_happens(written: str, becomes: str) -> None:
    template = pod(args=[written])

    assert check_template(template, [*PARAMS, *PRESENCE.needs], PRESENCE) == ()
    assert expand(container(render(template, PARAMS))["args"][0], {}) == becomes


def test_the_pages_pieces_of_yaml_can_be_filled_in() -> None:
    names = {**PARAMS, "augment": True}
    extra = {"leadline": dict.fromkeys(LEADLINE_KEYS, "x")}
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)

    assert len(blocks) == 4
    for block in blocks:
        document = yaml.safe_load(block)
        assert check_template(document, [*names, *PRESENCE.needs], PRESENCE) == ()
        assert "{{" not in str(render(document, names, extra))


def test_the_page_names_every_filter_and_every_name() -> None:
    used = set(re.findall(r"\| (\w+)", " ".join(written for written, _ in ROWS)))

    assert used == set(FILTERS)
    assert all(f"{{{{ leadline.{key} }}}}" in PAGE for key in LEADLINE_KEYS)
    assert all(f"`{name}`" in PAGE for name in UNUSABLE_NAMES)


@pytest.mark.parametrize("name", [name for name in vars(limits) if name.startswith("MAX_")])
def test_the_page_names_every_limit(name: str) -> None:
    value = getattr(limits, name)

    assert re.search(rf"\b({value}|{value:,})\b", PAGE.split("## Limits")[1])
