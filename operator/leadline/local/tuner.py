"""A tuner in a container, on this machine: its command as a process, once for each round.

As with a trial, who runs is on record before anything of the user's runs, so that what an interrupted run has left
behind is ended before the tuner is asked again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from leadline.api.names import tuner_name
from leadline.local import system
from leadline.local.errors import CannotStartError
from leadline.local.launch import Place, RefusedError, tuner_command
from leadline.local.process import Exit, Files, TrialProcess
from leadline.local.system import Identity
from leadline.reconcile.observed import Group, Tune
from leadline.reconcile.tuner_manifest import ENV_INPUT
from leadline.search.tuner.answer import MOST_BYTES, last_line
from leadline.search.tuner.errors import TunerAnswerError, TunerFailedError

GRACE = 5.0
"""Seconds between SIGTERM and SIGKILL for a tuner that is given up."""


class LocalTuner:
    """Runs the container of one group's tuner. folder: of the store, beside its file."""

    def __init__(self, group: Callable[[], Group], place: Place, folder: Path) -> None:
        self._group, self._place, self._folder = group, place, folder

    async def run(self, tune: Tune, request: str) -> bytes:
        """The last line that it prints. Raises TunerError."""
        await self.end_leftover()
        group = self._group()
        assert group.spec is not None
        tuner = group.spec.matrix.tuner
        assert tuner is not None
        assert tuner.container is not None
        limit = tuner.container.timeout_seconds
        name = tuner_name(group.name, tune.question.iteration)
        input_path = self._folder.absolute() / f"{name}.json"
        try:
            command = tuner_command(group, self._place)
            input_path.parent.mkdir(parents=True, exist_ok=True)
            input_path.write_text(request)
            command = replace(command, env={**command.env, ENV_INPUT: str(input_path)})
            process = await TrialProcess.start(command, Files.of(self._folder, name))
        except (RefusedError, CannotStartError, OSError) as error:
            raise TunerFailedError(f"the tuner can't be started: {error}") from error
        ended = await self._wait(process, limit)
        tail = process.files.read_log(max(0, _size(process.files.log) - 2 * MOST_BYTES), 2 * MOST_BYTES)
        line = last_line(tail)
        if ended.code != 0:
            said = line.decode(errors="replace")[:300]
            raise TunerFailedError(f"the tuner {ended.message}" + (f"; it said: {said}" if said else ""))
        input_path.unlink(missing_ok=True)
        process.files.termination.unlink(missing_ok=True)
        if not line:
            raise TunerAnswerError("the tuner printed nothing")
        return line

    async def _wait(self, process: TrialProcess, limit: float) -> Exit:
        """Let it run to its end. However this is left, nothing of it runs afterwards."""
        self._pid_file.write_text(json.dumps(asdict(process.identity)))
        process.release()
        try:
            async with asyncio.timeout(limit):
                return await process.wait()
        except TimeoutError:
            message = f"the tuner ran longer than tuner.container.timeoutSeconds ({limit:g} s)"
            raise TunerFailedError(message) from None
        finally:
            await process.terminate(GRACE)
            self._pid_file.unlink(missing_ok=True)

    async def end_leftover(self) -> None:
        """End a tuner that an interrupted run has left behind."""
        try:
            known = Identity(**json.loads(self._pid_file.read_text()))
        except (OSError, ValueError, TypeError):
            return
        await system.end(known, 0)
        self._pid_file.unlink(missing_ok=True)

    @property
    def _pid_file(self) -> Path:
        return self._folder / f"{self._group().name}-tuner.process"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
