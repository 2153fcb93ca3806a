"""The process that thinks: answers questions from its standard input on its standard output, until that is closed."""

from __future__ import annotations

import os
import signal
import sys
from collections import OrderedDict
from typing import Final

from leadline.modelling.frames import Failed, Question, Reply, Unknown, read, write
from leadline.plugins import make_searcher_here
from leadline.search import Searcher

MOST_SEARCHES: Final = 64
"""Searches kept in memory; one that was not asked for long is made again from its history."""


def main() -> None:
    """Serve until the other end is closed."""
    # An interruption from the keyboard is for the parent, which closes the pipe when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library prints must not end up among the replies.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    searches: OrderedDict[int, Searcher] = OrderedDict()
    while True:
        try:
            question = read(sys.stdin.buffer)
        except EOFError:
            return
        write(replies, answer(question, searches))


def answer(question: Question, searches: OrderedDict[int, Searcher]) -> Reply:
    """The reply to one question."""
    try:
        if question.begin is not None:
            matrix, seed, prior = question.begin
            searches[question.key] = make_searcher_here(matrix, seed, prior=prior)
        searcher = searches.get(question.key)
        if searcher is None:
            return Unknown()
        searches.move_to_end(question.key)
        while len(searches) > MOST_SEARCHES:
            searches.popitem(last=False)
        searcher.update(question.completed, question.running)
        return searcher.suggest(question.numbers)
    except Exception as error:
        # What it has learned by halves is worth nothing: next time it begins again.
        searches.pop(question.key, None)
        return Failed(error)


if __name__ == "__main__":
    main()
