"""Our results are kept as long as the code they come from stays the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from benchmarks.search import sources


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sources that may be changed, taken for them."""
    root = tmp_path / "search"
    shutil.copytree(sources.ROOT, root, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sources, "ROOT", root)
    sources.sources_hash.cache_clear()
    return root


def changed(path: Path, line: str) -> dict[str, bool]:
    """Which kinds' hashes another line at the end of a file changes."""
    kinds = ("random", "tpe", "bayes", "auto", "hyperband")
    before = {kind: sources.sources_hash(kind) for kind in kinds}
    path.write_text(path.read_text() + line)
    sources.sources_hash.cache_clear()
    return {kind: sources.sources_hash(kind) != before[kind] for kind in kinds}


def test_a_model_is_part_of_what_uses_it(copy: Path) -> None:
    found = changed(copy / "models" / "gp" / "regression.py", "X = 1\n")
    assert found == {"random": False, "tpe": True, "bayes": True, "auto": True, "hyperband": True}


def test_an_algorithm_is_part_of_its_own_kind_and_of_those_that_choose_it(copy: Path) -> None:
    found = changed(copy / "algorithms" / "asha.py", "X = 1\n")
    assert found == {"random": False, "tpe": False, "bayes": False, "auto": True, "hyperband": False}


def test_a_new_kind_changes_nothing_of_the_others(copy: Path) -> None:
    (copy / "algorithms" / "other.py").write_text("X = 1\n")
    assert not any(changed(copy / "registry.py", "from leadline.search.algorithms import other\n").values())


def test_words_change_nothing(copy: Path) -> None:
    before = sources.sources_hash()
    path = copy / "algorithms" / "tpe.py"
    path.write_text(path.read_text() + "# a remark\n\n")
    sources.sources_hash.cache_clear()
    assert sources.sources_hash() == before
