"""The local body's memory: Kubernetes-like objects in one SQLite file.

Objects are plain dicts with ``metadata``, ``spec`` and ``status``, kept by kind and name, and follow the API
server's rules: a uid for life, a ``resourceVersion`` that every change raises and that a write must name, a
``generation`` that counts changes of the spec, and owners whose end is the end of what they own. What the
objects mean is not known here.

Who may open a file: one ``run`` at a time, and beside it any number of ``edit`` (suspend, stop) and ``read``.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from leadline.api.names import LABEL_GROUP_UID
from leadline.local import store_file
from leadline.local.errors import AlreadyExistsError, ConflictError, NotFoundError, StoreUnusableError
from leadline.local.lock import RunnerLock
from leadline.local.store_file import Access

Object = dict[str, Any]


class Store:
    """An open file. For one thread."""

    def __init__(
        self, path: Path, access: Access, connection: sqlite3.Connection, lock: RunnerLock | None
    ) -> None:
        self.path = path
        self.access = access
        self.folder = path.with_name(f"{path.name}.d")
        """Where the attempts' logs go: a folder beside the file. Created by whoever writes there."""
        self._connection = connection
        self._lock = lock

    @classmethod
    def open(cls, path: Path | str, access: Access = "run") -> Self:
        """Open the file at ``path``; ``run`` creates it where it is missing.

        Raises StoreInUseError for a second ``run``, StoreUnusableError for what is no file of ours.
        """
        path = Path(path).expanduser().resolve()
        lock = store_file.lock(path) if access == "run" else None
        try:
            return cls(path, access, store_file.connect(path, access), lock)
        except BaseException:
            if lock:
                lock.release()
            raise

    def close(self) -> None:
        """Close the file and let the next ``run`` in."""
        self._connection.close()
        if self._lock:
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the writes inside, or none; on a read-only store, every read inside from one moment.

        Transactions don't nest. One that fails leaves the file as it was.
        """
        if self._in_transaction():
            raise RuntimeError("transactions don't nest")
        with self._translated():
            self._connection.execute("BEGIN" if self.access == "read" else "BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._in_transaction():  # a full disk has rolled back by itself
                    self._connection.execute("ROLLBACK")
                raise

    def get(self, kind: str, name: str) -> Object | None:
        """The object, or None."""
        row = self._find(kind, name)
        return None if row is None else _decode(row[1])

    def list(
        self,
        kind: str,
        *,
        group_uid: str | None = None,
        states: Collection[str] | None = None,
        without_states: Collection[str] = (),
        newer_than: int = 0,
    ) -> list[Object]:
        """Objects of a kind in the order in which they were created.

        group_uid: only those with this group's label.
        states, without_states: by ``status.state``, which reads "" where there is none.
        newer_than: only those written after this ``version()``; a deletion leaves no trace here.
        """
        clauses: list[str] = ["kind = ?"]
        values: list[str | int] = [kind]
        if newer_than:
            clauses.append("version > ?")
            values.append(newer_than)
        if group_uid is not None:
            clauses.append("group_uid = ?")
            values.append(group_uid)
        if states is not None:
            clauses.append(f"state IN ({_marks(states)})")
            values.extend(states)
        if without_states:
            clauses.append(f"state NOT IN ({_marks(without_states)})")
            values.extend(without_states)
        query = f"SELECT body FROM objects WHERE {' AND '.join(clauses)} ORDER BY id"
        with self._translated():
            return [_decode(body) for (body,) in self._connection.execute(query, values)]

    def put(self, kind: str, name: str, obj: Mapping[str, Any]) -> Object:
        """Create or change an object, and return it as stored.

        Without ``metadata.resourceVersion`` it is created: AlreadyExistsError where it is there.
        With one, it is changed if that is still its version, else ConflictError; NotFoundError if it is gone.
        Writing what is stored already writes nothing. NaN and infinity are refused with ValueError.
        """
        if not self._in_transaction():
            with self.transaction():
                return self.put(kind, name, obj)
        with self._translated():
            row = self._find(kind, name)
            if "resourceVersion" not in (obj.get("metadata") or {}):
                if row is not None:
                    raise AlreadyExistsError(f"{kind} {name} exists already")
                return self._insert(_created(kind, name, obj))
            if row is None:
                raise NotFoundError(f"{kind} {name} is gone")
            changed = _changed(_decode(row[1]), obj)
            return _decode(row[1]) if _encode(changed) == row[1] else self._update(row[0], changed)

    def delete(self, kind: str, name: str, uid: str | None = None) -> bool:
        """Delete an object with all it owns, directly or not. False if it (or this uid) is not there."""
        # UNION, not UNION ALL: owners that own each other end the recursion instead of feeding it.
        query = """
            DELETE FROM objects WHERE uid IN (
                WITH RECURSIVE gone(uid) AS (
                    SELECT uid FROM objects WHERE kind = ? AND name = ? AND uid = coalesce(?, uid)
                    UNION SELECT objects.uid FROM objects JOIN gone ON objects.owner = gone.uid
                )
                SELECT uid FROM gone
            )
        """
        with self._translated():
            return self._connection.execute(query, (kind, name, uid)).rowcount > 0

    def version(self) -> int:
        """The newest ``resourceVersion``, 0 in a new file: a cheap way to see that something was written."""
        with self._translated():
            (version,) = self._connection.execute("SELECT version FROM counter").fetchone()
        return int(version)

    def _in_transaction(self) -> bool:
        return self._connection.in_transaction

    def _find(self, kind: str, name: str) -> tuple[int, str] | None:
        query = "SELECT id, body FROM objects WHERE kind = ? AND name = ?"
        with self._translated():
            row: tuple[int, str] | None = self._connection.execute(query, (kind, name)).fetchone()
        return row

    def _insert(self, obj: Object) -> Object:
        version, metadata, body = self._next_version(obj), obj["metadata"], _encode(obj)
        self._connection.execute(
            "INSERT INTO objects (kind, name, uid, version, owner, group_uid, state, body) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (obj["kind"], metadata["name"], metadata["uid"], version, *_selectors(obj), body),
        )
        return _decode(body)

    def _update(self, row: int, obj: Object) -> Object:
        version, body = self._next_version(obj), _encode(obj)
        self._connection.execute(
            "UPDATE objects SET version = ?, owner = ?, group_uid = ?, state = ?, body = ? WHERE id = ?",
            (version, *_selectors(obj), body, row),
        )
        return _decode(body)

    def _next_version(self, obj: Object) -> int:
        self._connection.execute("UPDATE counter SET version = version + 1")
        version = self.version()
        obj["metadata"]["resourceVersion"] = str(version)
        return version

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise StoreUnusableError(f"{self.path} can't be used: {error}") from error


def _created(kind: str, name: str, obj: Mapping[str, Any]) -> Object:
    """A new object with the metadata that the API server would give it."""
    given: Mapping[str, Any] = obj.get("metadata") or {}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    metadata = {**given, "name": name, "uid": str(uuid.uuid4()), "generation": 1, "creationTimestamp": now}
    return {**obj, "kind": kind, "metadata": metadata}


def _changed(stored: Object, obj: Mapping[str, Any]) -> Object:
    """The object to store in place of ``stored``, or ConflictError if the writer has not seen that one."""
    known, given = stored["metadata"], obj["metadata"]
    kind, name = stored["kind"], known["name"]
    seen = (given["resourceVersion"], given.get("uid", known["uid"]))
    if seen != (known["resourceVersion"], known["uid"]):
        raise ConflictError(f"{kind} {name} was changed by another process since it was read")
    edited = _encode(obj.get("spec")) != _encode(stored.get("spec"))
    kept = {key: known[key] for key in ("name", "uid", "creationTimestamp", "resourceVersion")}
    metadata = {**given, **kept, "generation": known["generation"] + edited}
    return {**obj, "kind": kind, "metadata": metadata}


def _selectors(obj: Object) -> tuple[str, str, str]:
    """What ``list`` and ``delete`` select by: the controlling owner's uid, the group's uid, the state."""
    metadata = obj["metadata"]
    owners = (owner["uid"] for owner in metadata.get("ownerReferences") or () if owner.get("controller"))
    group_uid = (metadata.get("labels") or {}).get(LABEL_GROUP_UID, "")
    return next(owners, ""), group_uid, (obj.get("status") or {}).get("state", "")


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


def _encode(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _decode(body: str) -> Object:
    value: Object = json.loads(body)
    return value
