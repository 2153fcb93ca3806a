"""The control groups of one run, below a group of its own, in both versions of the kernel's interface."""

from __future__ import annotations

import errno
from functools import partial
from pathlib import Path

from cluster.waiting import wait_until

_MOUNT = Path("/sys/fs/cgroup")


def create(name: str) -> None:
    """Make the group in every hierarchy; under version 2 also hand it the controllers that are there."""
    for hierarchy in _hierarchies():
        (hierarchy / name).mkdir(exist_ok=True)
    if _is_unified():
        controllers = (_MOUNT / name / "cgroup.controllers").read_text().split()
        enabled = " ".join(f"+{controller}" for controller in controllers)
        (_MOUNT / name / "cgroup.subtree_control").write_text(enabled)


def remove(name: str) -> None:
    """Remove the group and all below it, once the processes that were in there are gone."""
    for hierarchy in _hierarchies():
        top = hierarchy / name
        if top.exists():
            wait_until(partial(_try_remove, top), f"processes in {top} to end")


def _try_remove(top: Path) -> bool:
    """Remove a group from the bottom up; False while a process is in one of them."""
    below = sorted((path for path in top.rglob("*") if path.is_dir()), reverse=True)
    try:
        for group in (*below, top):
            group.rmdir()
    except OSError as problem:
        if problem.errno != errno.EBUSY:
            raise
        return False
    return True


def _hierarchies() -> list[Path]:
    """Where groups are made: the one tree of version 2, or one for each controller of version 1."""
    if _is_unified() or not _MOUNT.is_dir():
        return [_MOUNT]
    return [path for path in _MOUNT.iterdir() if path.is_dir() and not path.is_symlink()]


def _is_unified() -> bool:
    return (_MOUNT / "cgroup.controllers").exists()
