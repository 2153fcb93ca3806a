"""One thread for linear algebra: matrices here are small, and more threads would change last digits and cost time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _controller() -> Any:
    # Once, when numpy and scipy have loaded their libraries: looking for them takes milliseconds.
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Within it, BLAS and LAPACK use one thread; after it, as many as before."""
    limit: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limit
