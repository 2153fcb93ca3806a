"""A searcher whose thinking is done by the other process; to its caller it is one like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

from leadline.modelling.frames import Failed, Question, Reply, Unknown
from leadline.modelling.process import GoneError, LateError, Process
from leadline.plugins import make_searcher_here
from leadline.search import Answer, Completed, Prior, Running, Searcher, is_heavy
from leadline.search.prior import NOTHING_KNOWN
from leadline.search.tuner.errors import TunerFailedError

_PROCESS: Final = Process()
_KEYS = count(1)


def make_searcher_apart(matrix: Mapping[str, Any], seed: int, *, prior: Prior = NOTHING_KNOWN) -> Searcher:
    """A search that thinks in a process of its own where it learns, and here where it does not.

    Raises ValueError like ``make_searcher``.
    """
    if is_heavy(matrix):
        return SearcherApart(matrix, seed, prior, _PROCESS)
    return make_searcher_here(matrix, seed, prior=prior)


def try_apart(matrix: Mapping[str, Any], seed: int, prior: Prior, limit: float) -> Answer:
    """What a search would begin with, asked in a process of its own that ends with the answer, for code of the user's
    may print, hang or exit. limit: seconds. Raises ExtensionError, and ValueError like ``make_searcher``."""
    process = Process(limit)
    try:
        return SearcherApart(matrix, seed, prior, process).suggest([0])
    finally:
        process.close()


class SearcherApart:
    """Keeps every result, and tells the other process those that it does not know: all, where it was started anew."""

    def __init__(self, matrix: Mapping[str, Any], seed: int, prior: Prior, process: Process) -> None:
        self._begin = (matrix, seed, prior)
        self._process = process
        self._key = next(_KEYS)
        self._completed: list[Completed] = []
        self._running: Sequence[Running] = ()
        self._told = 0
        self._begun = False

    def update(self, completed: Sequence[Completed], running: Sequence[Running]) -> None:
        """See ``Searcher``."""
        self._completed += completed
        self._running = running

    def suggest(self, numbers: Sequence[int]) -> Answer:
        """See ``Searcher``. Raises TunerFailedError where the other process ends whenever it is asked, or is late."""
        reply = self._try(numbers)
        if isinstance(reply, (Unknown, GoneError)):
            self._begun = False
            if not isinstance(reply, LateError):
                reply = self._try(numbers)
        if isinstance(reply, GoneError):
            raise TunerFailedError(str(reply))
        if isinstance(reply, Failed):
            self._begun = False
            raise reply.error
        assert isinstance(reply, Answer)
        self._begun, self._told = True, len(self._completed)
        return reply

    def _try(self, numbers: Sequence[int]) -> Reply | GoneError:
        told = self._told if self._begun else 0
        begin = None if self._begun else self._begin
        question = Question(self._key, begin, self._completed[told:], list(self._running), list(numbers))
        try:
            return self._process.ask(question)
        except GoneError as gone:
            return gone
