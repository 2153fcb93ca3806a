"""A user's file into the store: a new group, the same one again, or an edit of it within what may be edited.

The file is what counts: what another command has set meanwhile (suspend, stop) gives way to what it says.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadline.api.names import API_VERSION, GROUP_KIND
from leadline.api.validate import stored, validate_group
from leadline.local.attempts import KIND, grace_of, identity_of
from leadline.local.errors import NotFoundError
from leadline.local.store import Object, Store
from leadline.local.system import end
from leadline.problems import Problem, errors

_WRITTEN = ("namespace", "labels", "annotations")
"""What is kept of a file's metadata, its name apart."""


def find_edit_problems(store: Store, document: Mapping[str, Any]) -> tuple[Problem, ...]:
    """What a valid document changes that can't change any more, given what is stored under its name."""
    name = document["metadata"].get("name")
    if not name:
        remedy = "write a name: it is how the same command finds the search again"
        return (Problem("metadata.name", "is missing", remedy),)
    known = store.get(GROUP_KIND, name)
    if known is None:
        return ()
    problems = list(errors(validate_group(document, known)))
    if _namespace(document) != _namespace(known):
        problems.append(Problem("metadata.namespace", f"is {_namespace(known)} and can't change"))
    return tuple(problems)


def put_group(store: Store, document: Mapping[str, Any]) -> Object:
    """Create the group, or make its spec what the document says. The document has no problems."""
    wanted = stored(document)
    given, name = wanted["metadata"], wanted["metadata"]["name"]
    metadata = {key: given[key] for key in _WRITTEN if given.get(key)}
    group = {"apiVersion": API_VERSION, "kind": GROUP_KIND, "spec": wanted["spec"]}
    with store.transaction():
        known = store.get(GROUP_KIND, name)
        if known is None:
            return store.put(GROUP_KIND, name, {**group, "metadata": metadata})
        kept = {key: value for key, value in known["metadata"].items() if key not in _WRITTEN}
        return store.put(GROUP_KIND, name, {**known, **group, "metadata": {**metadata, **kept}})


async def forget_group(store: Store, name: str) -> None:
    """Start over: end what an earlier run left behind, then delete the group with all its records and logs."""
    known = store.get(GROUP_KIND, name)
    if known is None:
        return
    records = store.list(KIND, group_uid=known["metadata"]["uid"])
    for record in records:
        await end(identity_of(record), grace_of(record))
    if not store.delete(GROUP_KIND, name, known["metadata"]["uid"]):
        raise NotFoundError(f"{GROUP_KIND} {name} is gone")
    for pattern in (f"{name}-*.log", f"{name}-*.termination", f"{name}-tuner-*.json"):
        for path in store.folder.glob(pattern):
            numbers = path.stem.removeprefix(f"{name}-").split("-")
            # Not those of a group whose name begins with this one's. A tuner's are called NAME-tuner-ROUND.
            if len(numbers) == 2 and numbers[1].isdigit() and (numbers[0].isdigit() or numbers[0] == "tuner"):
                path.unlink(missing_ok=True)


def _namespace(document: Mapping[str, Any]) -> str:
    return document["metadata"].get("namespace") or "default"
