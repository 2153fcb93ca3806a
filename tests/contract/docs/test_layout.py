"""How the checkout is laid out, and what no file of it may say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from .pages import ROOT, files, name

MOST_LINES = 500
LONG_ON_PURPOSE = re.compile(
    r"go\.(sum|mod)$|^requirements/.*\.lock$|^crds/|^charts/.*/crds/|golden.*\.json$|^LICENSE$|^docs/(api|cli)\.md$"
    r"|^tests/bad_files/table\.yaml$|^benchmarks/search/results/"
)
"""Generated, somebody else's text, or one table."""

# In pieces, so that this file does not hold what it looks for.
FORBIDDEN = [
    "/" + "work/",
    "/" + "farm/",
    "shared/" + "reference",
    "shared/" + "design",
    "/tmp/" + "brief",
    "pypi" + ".org",
    "python" + "hosted.org",
    "proxy." + "golang.org",
    "registry." + "npmjs",
    "/root/" + ".pyenv",
]
"""Paths of one machine, pages that a checkout does not have, and hosts of package indexes."""


def _texts() -> list[tuple[Path, str]]:
    found = []
    for path in files():
        try:
            found.append((path, path.read_text()))
        except UnicodeDecodeError:
            continue
    return found


def test_the_source_root_is_no_package() -> None:
    # With operator/__init__.py Python takes the folder for its own `operator` module, and nothing starts.
    assert not (ROOT / "operator" / "__init__.py").exists()
    assert (ROOT / "operator" / "leadline" / "__init__.py").exists()


def test_no_file_is_too_long_to_read() -> None:
    lengths = {name(path): text.count("\n") for path, text in _texts()}
    long = {
        path: lines
        for path, lines in lengths.items()
        if lines > MOST_LINES and not LONG_ON_PURPOSE.search(path)
    }
    assert long == {}


def test_no_file_names_a_machine_or_an_index() -> None:
    found = [(name(path), words) for path, text in _texts() for words in FORBIDDEN if words in text]
    assert found == []


def test_every_test_is_in_one_of_the_four_parts_that_make_test_runs() -> None:
    parts = {"unit", "contract", "integration", "e2e"}
    elsewhere = [
        name(path)
        for path in files()
        if path.name.startswith("test_")
        and path.suffix == ".py"
        and path.relative_to(ROOT / "tests").parts[0] not in parts
    ]
    assert elsewhere == []
    recipe = (ROOT / "Makefile").read_text().partition("\ntest: ")[2].partition("\n\n")[0]
    assert {part for part in parts if f"tests/{part}" in recipe} == parts


def test_imports_go_one_way() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode == 0, outcome.stdout


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert re.search(r"^## (\[)?Unreleased", text, re.MULTILINE)
    versions = re.findall(r"^## \[?(\d\S*?)\]?(?: |$)", text, re.MULTILINE)
    assert versions == sorted(
        versions, key=lambda version: [int(part) for part in version.split(".")], reverse=True
    )
