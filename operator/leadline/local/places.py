"""Where searches of this machine are kept, so that the same command in the same folder finds them again.

Each search has a file of its own, ``.leadline/<group>.db`` in the folder where the command runs, with its logs in
``.leadline/<group>.db.d``: two searches run side by side, and one is forgotten by deleting its file and folder.
"""

from __future__ import annotations

from pathlib import Path

from leadline.api.names import job_name
from leadline.local.process import Files

FOLDER = ".leadline"
"""In the folder where commands run, as tools that keep state beside a project do."""
SUFFIX = ".db"


def default_path(group: str, folder: Path) -> Path:
    """The file of a group for commands that run in this folder."""
    return folder / FOLDER / f"{group}{SUFFIX}"


def known_paths(folder: Path) -> list[Path]:
    """The files of all groups that were run in this folder, by name."""
    return sorted((folder / FOLDER).glob(f"*{SUFFIX}"))


def prepare(path: Path) -> None:
    """Make the folder of a default path; git is told to leave it alone, as other tools' caches do."""
    if path.parent.name != FOLDER:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    ignored = path.parent / ".gitignore"
    if not ignored.exists():
        ignored.write_text("# Made by Leadline: searches of this machine.\n*\n")


def files_of(folder: Path, group: str, number: int, attempt: int) -> Files:
    """The log and the termination message of one attempt. ``folder``: of the store, beside its file."""
    return Files.of(folder, job_name(group, number, attempt))
