"""``python -m benchmarks.search.tabulate [FILE ...]``: make these tables, or all of them."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.search.tabulate import classifiers, curves, regressors
from benchmarks.search.tabulate.data import Array
from benchmarks.search.tasks import tabulated as declared
from benchmarks.search.tasks.grids import TABLES

MAKERS: Mapping[str, Callable[[], Mapping[str, Array]]] = {
    "svm-digits": lambda: {"loss": classifiers.svm_digits(declared.SVM_DIGITS)},
    "forest-digits": lambda: {"loss": classifiers.forest_digits(declared.FOREST_DIGITS)},
    "knn-wine": lambda: {"loss": classifiers.knn_wine(declared.KNN_WINE)},
    "sgd-cancer": lambda: {"loss": classifiers.sgd_cancer(declared.SGD_CANCER)},
    "pipeline-digits": lambda: classifiers.pipeline_digits(declared.PIPELINE_DIGITS),
    "elastic-diabetes": lambda: {"loss": regressors.elastic_diabetes(declared.ELASTIC_DIABETES)},
    "boosting-diabetes": lambda: {"loss": regressors.boosting_diabetes(declared.BOOSTING_DIABETES)},
    "mlp-diabetes": lambda: {"loss": regressors.mlp_diabetes(declared.MLP_DIABETES)},
    "mlp-digits": lambda: {"loss": curves.mlp_digits(declared.MLP_DIGITS)},
    "sgd-digits": lambda: {"loss": curves.sgd_digits(declared.SGD_DIGITS)},
}
DIGITS = 5
"""Significant digits that are kept."""


def main(names: list[str]) -> int:
    """Make the tables with these names."""
    warnings.simplefilter("ignore")  # that a model has not converged is one of its losses
    for name in names or MAKERS:
        began = time.monotonic()
        tables = {part: _rounded(table) for part, table in MAKERS[name]().items()}
        TABLES.mkdir(exist_ok=True)
        np.savez_compressed(TABLES / f"{name}.npz", allow_pickle=False, **tables)
        kept = (TABLES / f"{name}.npz").stat().st_size / 1000
        ranges = ", ".join(
            f"{part}: {table.size} from {np.nanmin(table):.4g}, middle {np.nanmedian(table):.4g}, failing "
            f"{np.isnan(table).mean():.0%}"
            for part, table in tables.items()
        )
        print(f"{name}: {time.monotonic() - began:.0f} s, {kept:.0f} kB; {ranges}", flush=True)
    return 0


def _rounded(table: Array) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    with np.errstate(all="ignore"):
        size = np.where(table == 0, 0, np.floor(np.log10(np.abs(table))))
    scale = 10.0 ** (DIGITS - 1 - np.nan_to_num(size))
    return (np.round(table * scale) / scale).astype(np.float32)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
