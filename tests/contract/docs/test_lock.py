"""The lock has everything that is installed, in versions that pyproject.toml allows, each with its hashes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .pages import ROOT

LOCKS = ("dev.lock", "run.lock")


def _project() -> Mapping[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _locked(lock: str) -> dict[str, set[str]]:
    """Versions by name; some differ between versions of Python."""
    found: dict[str, set[str]] = {}
    for line, version in re.findall(
        r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / lock).read_text(), re.MULTILINE
    ):
        found.setdefault(canonicalize_name(line), set()).add(version)
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_asked_for_is_locked_in_a_version_that_will_do(lock: str) -> None:
    groups = _project()["dependency-groups"]
    # The tests run with every extra; an image has none.
    extras = [name for extra in _project()["project"]["optional-dependencies"].values() for name in extra]
    asked = [
        *_project()["project"]["dependencies"],
        *groups["build"],
        *(groups["dev"] if lock == "dev.lock" else ()),
        *(extras if lock == "dev.lock" else ()),
    ]
    locked = _locked(lock)
    for requirement in map(Requirement, asked):
        versions = locked.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is not in requirements/{lock}: run `make lock`"
        assert all(requirement.specifier.contains(version) for version in versions), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_has_hashes_and_none_an_address(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 30
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text


def test_an_image_gets_the_versions_that_were_tested() -> None:
    tested = _locked("dev.lock")
    assert {
        package: versions for package, versions in _locked("run.lock").items() if tested[package] != versions
    } == {}
