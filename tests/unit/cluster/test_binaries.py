"""Finding and building the test cluster's programs, with stand-ins for Go on the path."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cluster import binaries
from cluster.errors import NotAvailable

# Answers `go env GOVERSION`; on `go build … -o FILE PACKAGE` writes FILE and leaves a line in `builds`.
GO = """#!/bin/sh
if [ "$1" = env ]; then echo {version}; exit 0; fi
echo "$@" >> {log}
while [ "$1" != -o ]; do shift; done
{build}
"""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("KUBEBUILDER_ASSETS", raising=False)


def install_go(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str = "go1.26.1",
    build: str = 'echo made > "$2"',
) -> Path:
    """Put a stand-in for Go on the path; returns the file with one line for each build."""
    folder, log = tmp_path / "bin", tmp_path / "builds"
    folder.mkdir()
    log.touch()
    (folder / "go").write_text(GO.format(version=version, build=build, log=log))
    (folder / "go").chmod(0o755)
    shell = Path(shutil.which("sh") or "").parent
    monkeypatch.setenv("PATH", f"{folder}:{shell}")
    return log


PROGRAMS_OF_OTHERS = [program for program in binaries.PROGRAMS.values() if program.name != "pause"]


@pytest.mark.parametrize("program", PROGRAMS_OF_OTHERS, ids=lambda program: program.name)
def test_every_program_has_a_pinned_version_and_checksums(program: binaries.Program) -> None:
    checksums = (binaries.GO_MODULES / program.folder / "go.sum").read_text()

    assert f"{program.module} {program.version} h1:" in checksums


def test_kubernetes_programs_are_told_the_version_they_report() -> None:
    flags = binaries.PROGRAMS["kube-apiserver"].linker_flags

    assert f"version.gitVersion={binaries.PROGRAMS['kubectl'].version}" in flags
    assert "gitMajor=1" in flags


def test_a_program_is_built_once_and_found_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = install_go(tmp_path, monkeypatch)
    said: list[str] = []

    first = binaries.find("etcd", said.append)
    second = binaries.find("etcd", said.append)

    version = binaries.PROGRAMS["etcd"].version
    assert first == second
    assert first.read_text() == "made\n"
    assert first.parent == tmp_path / "cache/leadline/test-binaries"
    assert said == [f"building etcd {version} (first time only, about 2 minutes) …"]
    assert len(log.read_text().splitlines()) == 1


def test_of_two_builders_at_once_one_builds_and_the_other_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = install_go(tmp_path, monkeypatch)

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: binaries.find("kwok", lambda line: None), range(2)))

    assert found[0] == found[1]
    assert len(log.read_text().splitlines()) == 1


def test_a_failed_build_quotes_go_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_go(tmp_path, monkeypatch, build='echo part > "$2"; echo no such module >&2; exit 1')

    with pytest.raises(NotAvailable, match=r"kubectl could not be built:\nno such module"):
        binaries.find("kubectl", lambda line: None)

    left = [path.name for path in (tmp_path / "cache/leadline/test-binaries").iterdir()]
    assert left == [".lock"]


def test_without_go_the_ways_to_a_program_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(NotAvailable, match="Go is not installed") as problem:
        binaries.find("etcd", lambda line: None)

    assert "put Go 1.26 or newer on the PATH" in problem.value.remedies[0]
    assert "set KUBEBUILDER_ASSETS to a folder with etcd" in problem.value.remedies[1]


def test_an_old_go_is_named_with_the_version_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_go(tmp_path, monkeypatch, version="go1.22.3")

    with pytest.raises(NotAvailable, match=r"Go 1\.26 is needed, go1\.22 is installed"):
        binaries.find("etcd", lambda line: None)


def test_programs_of_kubebuilder_assets_are_taken_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    (tmp_path / "etcd").touch(mode=0o755)

    assert binaries.find("etcd") == tmp_path / "etcd"
    with pytest.raises(NotAvailable):
        binaries.find("kube-apiserver", lambda line: None)
