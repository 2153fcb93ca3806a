"""Programs that the tests of the local body start, kill and look behind.

Run as ``python drivers.py ROLE PATH``. Each says on its standard output how far it has come, and then goes on
until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from leadline.local.command import Command
from leadline.local.process import Files, TrialProcess
from leadline.local.store import Store

TRIAL = """
echo ran >> ran
(trap '' TERM; while :; do sleep 60; done) &
setsid sh -c 'trap "" TERM; echo up; while :; do sleep 60; done' &
wait
"""
"""A trial that leaves a trace, ignores SIGTERM in a child, and has another child in a session of its own."""


def say(word: str) -> None:
    print(word, flush=True)


def until_killed() -> None:
    while True:
        signal.pause()


def hold(path: Path) -> None:
    """Runs a search in the file, with a forked worker beside it that outlives it."""
    store = Store.open(path)
    worker = os.fork()
    if worker == 0:
        until_killed()
    say(str(worker))
    until_killed()
    store.close()


def write(path: Path) -> None:
    """Moves one from ``left`` to ``right`` in each transaction, and says how often it has after each commit."""
    store = Store.open(path)
    left = store.get("Account", "left") or store.put("Account", "left", {"spec": {"amount": 1_000_000}})
    right = store.get("Account", "right") or store.put("Account", "right", {"spec": {"amount": 0}})
    while True:
        with store.transaction():
            left = store.put("Account", "left", {**left, "spec": {"amount": left["spec"]["amount"] - 1}})
            right = store.put("Account", "right", {**right, "spec": {"amount": right["spec"]["amount"] + 1}})
            store.put("Receipt", str(right["spec"]["amount"]), {})
        say(str(right["spec"]["amount"]))


async def run(path: Path, until: str) -> None:
    """Launches one trial and stops short after this step: ``held``, ``recorded`` or ``released``."""
    store = Store.open(path)
    command = Command(("sh", "-c", TRIAL), str(path.parent), sys.executable)
    process = await TrialProcess.start(command, Files.of(store.folder, "a-0-1"))
    if until == "held":
        say(str(process.identity.pid))
        until_killed()
    store.put("Job", "a-0-1", {"status": {"process": process.identity.to_dict()}})
    if until == "recorded":
        say(str(process.identity.pid))
        until_killed()
    process.release()
    say(str(process.identity.pid))
    until_killed()


if __name__ == "__main__":
    role, where = sys.argv[1], Path(sys.argv[2])
    if role == "hold":
        hold(where)
    elif role == "write":
        write(where)
    else:
        asyncio.run(run(where, role))
