"""All methods by name. A new one is an ``Entry`` in one of the files here, named in that file's ``ENTRIES``."""

from __future__ import annotations

from benchmarks.search.methods import ax_client, hyperopt_tpe, leadline_matrix, optuna_samplers
from benchmarks.search.methods.method import Entry, Method, Setting, Unavailable

ALL: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        *leadline_matrix.ENTRIES,
        *optuna_samplers.ENTRIES,
        *hyperopt_tpe.ENTRIES,
        *ax_client.ENTRIES,
    )
}

__all__ = ["ALL", "Entry", "Method", "Setting", "Unavailable"]
