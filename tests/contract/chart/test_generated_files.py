"""What `make manifests` writes is what lies in the repository, in the chart as in crds/."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
FOLDERS = ("crds", "charts/leadline/files")


def manifests(root: Path) -> None:
    subprocess.run([sys.executable, ROOT / "tools" / "manifests.py", root], check=True)


def contents(root: Path) -> dict[str, bytes]:
    files = [path for folder in FOLDERS for path in (root / folder).rglob("*") if path.is_file()]
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def test_the_files_of_the_repository_are_those_that_are_generated(tmp_path: Path) -> None:
    manifests(tmp_path)

    assert contents(ROOT) == contents(tmp_path)


def test_the_chart_ships_the_same_bytes(tmp_path: Path) -> None:
    manifests(tmp_path)

    source, copy = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("crds", "charts/leadline/files/crds")
    )
    assert copy == source
    assert len(source) == 2


def test_what_is_no_longer_generated_is_removed(tmp_path: Path) -> None:
    for folder in ("crds", "charts/leadline/files/crds"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "leadline.dev_olds.yaml").write_text("old")

    manifests(tmp_path)

    assert not [path for path in contents(tmp_path) if "olds" in path]
