"""Searches of this machine: the files that ``leadline run`` keeps, one per search in a folder or one that is named."""

from __future__ import annotations

import fcntl
import struct
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from leadline.api.names import FINAL_STATES, GROUP_KIND, TRIAL_KIND, TrialState
from leadline.cli.errors import CliError
from leadline.cli.source import Object, no_such
from leadline.local.errors import NotFoundError
from leadline.local.places import FOLDER, default_path, files_of, known_paths
from leadline.local.store import Store

LOOK = 0.3
"""Seconds between two looks at a log that is followed."""


class LocalSource:
    """Groups in one file, or in the files of the folder where the command runs."""

    def __init__(self, stack: ExitStack, path: Path | None) -> None:
        self._stack = stack
        self._path = path
        self._folder = Path.cwd()
        self.place = str(path) if path is not None else FOLDER
        self._stores: dict[Path, Store] = {}

    @classmethod
    @contextmanager
    def open(cls, db: str) -> Iterator[LocalSource]:
        """``db``: one file; empty for all of the folder's."""
        with ExitStack() as stack:
            yield cls(stack, Path(db) if db else None)

    def groups(self) -> list[Object]:
        found = [group for path in self._paths() for group in self._store(path).list(GROUP_KIND)]
        return sorted(found, key=lambda group: str(group["metadata"]["name"]))

    def group(self, name: str) -> Object:
        path = self._path_of(name)
        found = self._store(path).get(GROUP_KIND, name) if path is not None else None
        if found is None:
            raise no_such("search", name, (group["metadata"]["name"] for group in self.groups()), self.place)
        return found

    def trials(self, group: Object) -> list[Object]:
        trials = self._store_of(group).list(TRIAL_KIND, group_uid=group["metadata"]["uid"])
        return sorted(trials, key=lambda trial: int(trial["spec"]["number"]))

    def trial(self, name: str) -> Object:
        group = name.rpartition("-")[0]
        path = self._path_of(group)
        found = self._store(path).get(TRIAL_KIND, name) if path is not None else None
        if found is None:
            raise CliError(f"no trial {name!r} in {self.place}; `leadline trials` lists those of a search")
        return found

    def is_driven(self, group: Object) -> bool:
        path = self._path_of(group["metadata"]["name"])
        return path is not None and _is_run(path)

    def edit(self, group: Object, change: Mapping[str, Any]) -> Object:
        name, uid = group["metadata"]["name"], group["metadata"]["uid"]
        path = self._path_of(name)
        assert path is not None
        with Store.open(path, "edit") as store, store.transaction():
            # Read again: whoever runs it writes all the time.
            known = store.get(GROUP_KIND, name)
            if known is None or known["metadata"]["uid"] != uid:
                raise NotFoundError(f"{name} was deleted from {path}")
            spec = {key: value for key, value in {**known["spec"], **change}.items() if value is not None}
            return store.put(GROUP_KIND, name, {**known, "spec": spec})

    def read_log(
        self, group: Object, trial: Object, attempt: int, write: Callable[[bytes], object], *, follow: bool
    ) -> str:
        store = self._store_of(group)
        files = files_of(store.folder, group["metadata"]["name"], trial["spec"]["number"], attempt)
        offset = 0
        while True:
            over = not follow or self._is_over(store, trial, attempt)
            while chunk := files.read_log(offset):
                write(chunk)
                offset += len(chunk)
            if over:
                return "" if files.log.exists() else "there is no log of it"
            time.sleep(LOOK)

    def _is_over(self, store: Store, trial: Object, attempt: int) -> bool:
        known = store.get(TRIAL_KIND, trial["metadata"]["name"])
        if known is None:
            return True
        status = known.get("status") or {}
        ended = status.get("state") in FINAL_STATES or status.get("state") == TrialState.PAUSED
        return ended or status.get("attempt", 0) > attempt

    def _paths(self) -> list[Path]:
        return [self._path] if self._path is not None else known_paths(self._folder)

    def _path_of(self, group: str) -> Path | None:
        """The file that holds a group, or would."""
        if self._path is not None:
            return self._path
        path = default_path(group, self._folder)
        return path if path in known_paths(self._folder) else None

    def _store_of(self, group: Object) -> Store:
        path = self._path_of(group["metadata"]["name"])
        assert path is not None
        return self._store(path)

    def _store(self, path: Path) -> Store:
        if path not in self._stores:
            self._stores[path] = self._stack.enter_context(Store.open(path, "read"))
        return self._stores[path]


def _is_run(path: Path) -> bool:
    """Whether a ``leadline run`` has this file open: asked of the system, since trying the lock might keep one out.

    Closing the lock's file would drop a lock of this process; whoever asks here runs nothing itself.
    """
    try:
        with path.with_name(f"{path.name}.lock").open("rb") as lock:
            # struct flock, asking for the lock that a writer of the whole file would meet; see fcntl(2), F_GETLK.
            if sys.platform == "darwin":
                asked = struct.pack("qqihh", 0, 0, 0, fcntl.F_WRLCK, 0)
                met = struct.unpack("qqihh", fcntl.fcntl(lock, fcntl.F_GETLK, asked))[3]
            else:
                asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
                met = struct.unpack("hhqqi4x", fcntl.fcntl(lock, fcntl.F_GETLK, asked))[0]
    except FileNotFoundError:
        return False
    return bool(met != fcntl.F_UNLCK)
