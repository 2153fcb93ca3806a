"""Writes every file that is generated from leadline.api: the CRDs, and what the chart ships of them and of the policy.

    python tools/manifests.py [ROOT]        ROOT: the repository, or another folder to write into

Run by `make manifests`. A file that is no longer generated is removed.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from leadline.api.manifests import crd_files, policy_text

CHART_FILES = "charts/leadline/files"


def folders() -> Mapping[str, Mapping[str, str]]:
    """Name and text of each generated file, by folder; nothing else lies in these folders."""
    crds = crd_files()
    return {
        "crds": crds,
        f"{CHART_FILES}/crds": crds,
        f"{CHART_FILES}/policy": {"policy.yaml": policy_text()},
    }


def write(root: Path) -> None:
    """Bring the generated files below ``root`` up to date; those that are stay untouched."""
    for folder, files in folders().items():
        place = root / folder
        place.mkdir(parents=True, exist_ok=True)
        for stale in {path.name for path in place.iterdir()} - files.keys():
            (place / stale).unlink()
        for name, text in files.items():
            path = place / name
            if not path.exists() or path.read_text() != text:
                path.write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])
