"""Under which version a method's results are kept: of its packages, or of our own sources."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata
from pathlib import Path

from benchmarks.search.sorts import Named
from benchmarks.search.sources import sources_hash

PEERS = Path(__file__).parent / "peers.txt"


def version_of(entry: Named) -> str:
    """Packages as they are installed; where they are not (a report needs none), as they are pinned."""
    if not entry.packages:
        return sources_hash(entry.kind)
    return " ".join(f"{package} {_version(package)}" for package in entry.packages)


@lru_cache
def _version(package: str) -> str:
    try:
        return metadata.version(package).split("+")[0]
    except metadata.PackageNotFoundError:
        return pins().get(package, "?")


@lru_cache
def pins() -> dict[str, str]:
    """Every package of peers.txt and its version."""
    lines = (line.split("#")[0].strip() for line in PEERS.read_text().splitlines())
    return dict(line.split("==", 1) for line in lines if "==" in line)
