"""Opens the local body's SQLite file: whose it is, which format it has, who else uses it.

Knows the tables, and nothing of the objects in them.

Durability: write-ahead log with ``synchronous=FULL``, one fsync for each transaction. NORMAL survives
``kill -9`` just as well, but a power cut could take the last seconds' results; FULL costs the fsync, which is
little beside the start of a process that every trial takes. https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from leadline.local.errors import StoreInUseError, StoreUnusableError
from leadline.local.lock import LockHeldError, RunnerLock

Access = Literal["read", "edit", "run"]
"""read: nothing is written. edit: short writes beside a run. run: one process at a time, creates the file."""

APPLICATION_ID = 0x4C454144
"""Whose file it is, in SQLite's own place for that: "LEAD"."""
FORMAT = 1
"""Version of the tables, in ``PRAGMA user_version``; a newer file is refused."""
BUSY_SECONDS = 10.0
"""How long a write waits for another process's transaction; those take milliseconds."""

# owner, group_uid and state repeat what the body says, for the indexes. The counter is a table of its own so
# that a version is never given twice, not even after the newest object was deleted.
_TABLES = """
CREATE TABLE objects (
    id        INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL,
    name      TEXT NOT NULL,
    uid       TEXT NOT NULL UNIQUE,
    version   INTEGER NOT NULL,
    owner     TEXT NOT NULL,
    group_uid TEXT NOT NULL,
    state     TEXT NOT NULL,
    body      TEXT NOT NULL,
    UNIQUE (kind, name)
);
CREATE INDEX objects_by_owner ON objects (owner);
CREATE INDEX objects_by_group ON objects (kind, group_uid, state);
CREATE INDEX objects_by_version ON objects (kind, version);
CREATE TABLE counter (version INTEGER NOT NULL);
INSERT INTO counter VALUES (0);
"""


def lock(path: Path) -> RunnerLock:
    """Take the right to run a search in this file, or raise StoreInUseError naming who has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return RunnerLock.acquire(path.with_name(f"{path.name}.lock"))
    except LockHeldError as error:
        raise StoreInUseError(path, error.pid) from None
    except OSError as error:
        raise StoreUnusableError(f"{path} can't be used: {error.strerror}; name another file") from error


def connect(path: Path, access: Access) -> sqlite3.Connection:
    """Open the file, creating its tables for ``run``; StoreUnusableError for what is no file of ours."""
    if access != "run" and not path.exists():
        raise StoreUnusableError(f"{path} does not exist; `leadline run` creates it")
    mode = {"read": "ro", "edit": "rw", "run": "rwc"}[access]
    try:
        connection = sqlite3.connect(
            f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
        )
    except sqlite3.Error as error:
        raise StoreUnusableError(f"{path} can't be opened: {error}; name another file") from error
    try:
        _check_or_create(connection, path, access)
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error as error:
        connection.close()
        raise StoreUnusableError(f"{path} can't be used: {error}; name another file") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _check_or_create(connection: sqlite3.Connection, path: Path, access: Access) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and not application:
        if access != "run":
            raise StoreUnusableError(f"{path} is empty; `leadline run` fills it")
        connection.execute("PRAGMA journal_mode = WAL")
        # One transaction, its pragmas included: killed in the middle, the file is still an empty one.
        pragmas = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT};"
        connection.executescript(f"BEGIN IMMEDIATE; {pragmas} {_TABLES} COMMIT;")
    elif application != APPLICATION_ID:
        raise StoreUnusableError(f"{path} is an SQLite file of another program; name another file")
    elif version > FORMAT:
        raise StoreUnusableError(
            f"{path} was written by a newer Leadline (format {version}; this one knows {FORMAT}); "
            "upgrade Leadline, or name another file"
        )
