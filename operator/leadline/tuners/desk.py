"""Asks the tuner of one group, in the background and one round at a time, for whichever body runs the group.

What comes of it lies in the group's records for the next pass: suggestions, or why there are none. Nothing here lasts:
whoever comes next wishes for the same round and asks again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from leadline.api.tuner import Tuner
from leadline.reconcile.decide import seed_in_use
from leadline.reconcile.observed import Tune
from leadline.reconcile.records import Records
from leadline.search.tuner.errors import TunerError, TunerFailedError

Post = Callable[[str, float, bytes], Awaitable[bytes]]
"""Sends a request to a URL, each try within so many seconds, and returns the answer. Raises TunerError."""
RunContainer = Callable[[Tune, str], Awaitable[bytes]]
"""Runs the group's container for a wish and a request, and returns the last line that it printed. Raises TunerError."""


class Desk:
    """Of one group. Belongs to one event loop.

    wake: is called when something has come. discard: is called when what ``run`` returned, or raised, is done with.
    """

    def __init__(
        self,
        records: Callable[[], Records],
        clock: Callable[[], float],
        wake: Callable[[], None],
        post: Post,
        run: RunContainer,
        discard: Callable[[Tune], Awaitable[None]] | None = None,
    ) -> None:
        self._records, self._clock, self._wake = records, clock, wake
        self._post, self._run, self._discard = post, run, discard
        self._task: asyncio.Task[None] | None = None
        self._given_up: set[asyncio.Task[None]] = set()
        self._asked: tuple[tuple[int, int], Tuner] | None = None

    def tend(self, tune: Tune | None) -> None:
        """Ask what the plan wishes, if that is not being asked already; give up what it does not wish any more."""
        group = self._records().group
        spec = group.spec
        tuner = spec.matrix.tuner if spec is not None else None
        wanted = (tune.key, tuner) if tune is not None and tuner is not None else None
        if self._task is not None and wanted != self._asked:
            self._given_up.add(self._task)
            self._task.add_done_callback(self._given_up.discard)
            self._task.cancel()
            self._task = None
        if self._task is None and tune is not None and tuner is not None:
            self._asked = wanted
            request = self._records().tuner_request(tune, seed_in_use(group))
            self._task = asyncio.create_task(self._ask(tune, tuner, request))

    async def _ask(self, tune: Tune, tuner: Tuner, request: str) -> None:
        try:
            answer = await self._answer(tune, tuner, request)
            self._records().hear_tuner(tune, answer)
        except TunerError as error:
            if self._discard is not None:
                await self._discard(tune)
            self._records().hinder_search(error, self._clock())
        except Exception as error:
            # Never expected; but a group must not hang, silently, on what nobody has thought of.
            failed = TunerFailedError(f"the tuner can't be asked: {type(error).__name__}: {error}")
            self._records().hinder_search(failed, self._clock())
        if self._task is asyncio.current_task():
            self._task = None
        self._wake()

    async def _answer(self, tune: Tune, tuner: Tuner, request: str) -> bytes:
        if tuner.http is not None:
            return await self._post(tuner.http.url, tuner.http.timeout_seconds, request.encode())
        return await self._run(tune, request)

    async def close(self) -> None:
        """Give up what is being asked, and wait until it is given up."""
        tasks = [*self._given_up, *([self._task] if self._task is not None else [])]
        self._task = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
