"""Installs packages of plug-ins into a folder, as pip would: with the metadata that names their entry points."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1]
SEARCHERS, RULES = "leadline.searchers", "leadline.stopping_rules"
GOOD = {"staircase": "plugins.searchers:Staircase", "middle": "plugins.searchers:Middle"}
BAD = {
    "broken": "plugins.searchers:Broken",
    "unbuildable": "plugins.searchers:unbuildable",
    "nothing": "plugins.searchers:nothing",
    "text": "plugins.searchers:not_callable",
    "missing": "plugins.searchers:Nowhere",
    "unimportable": "plugins.nowhere:Searcher",
}
GOOD_RULES = {
    "above": "plugins.rules:Above",
    "behind": "plugins.rules:Behind",
    "saying": "plugins.rules:Saying",
}
BAD_RULES = {
    "broken": "plugins.rules:Broken",
    "hanging": "plugins.rules:Hanging",
    "unbuildable": "plugins.rules:unbuildable",
    "nothing": "plugins.rules:nothing",
    "missing": "plugins.rules:Nowhere",
}


def install(folder: Path, groups: Mapping[str, Mapping[str, str]], name: str = "plug-ins-of-my-own") -> Path:
    """Metadata of a distribution, entry points by group, in a folder that then is to be on the path, as ``FOLDER`` is
    for the plug-ins of these tests."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [
        line
        for group, entries in groups.items()
        for line in (f"[{group}]", *(f"{known} = {place}" for known, place in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join([*lines, ""]))
    return folder


def install_here(
    monkeypatch: pytest.MonkeyPatch, folder: Path, group: str, entries: Mapping[str, str]
) -> None:
    """Install plug-ins of these tests where this process finds them, until the test ends."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.syspath_prepend(str(install(folder, {group: entries})))
