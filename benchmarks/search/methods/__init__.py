"""All methods by name. A new one is an ``Entry`` in one of the files here, named in that file's ``ENTRIES``."""

from __future__ import annotations

from benchmarks.search.methods import ax_client, hyperopt_tpe, leadline_matrix, optuna_samplers
from benchmarks.search.methods.method import Entry, Method, Setting, Unavailable

# The slower, the later: a run that is cut short has more of them.
ALL: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        *leadline_matrix.ENTRIES,
        *hyperopt_tpe.ENTRIES,
        *optuna_samplers.ENTRIES,
        *ax_client.ENTRIES,
    )
}

__all__ = ["ALL", "Entry", "Method", "Setting", "Unavailable"]
