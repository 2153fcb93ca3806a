"""Every point of a finite space, in order: the parameter declared last varies fastest, parents before children."""

from __future__ import annotations

from collections.abc import Iterator

from leadline.problems import Problem
from leadline.search.algorithms.algorithm import Algorithm, Matrix
from leadline.search.algorithms.budget import total_by_runs
from leadline.search.algorithms.indexed import Indexed
from leadline.search.interface import New, Searcher
from leadline.search.space.parameters import Even
from leadline.search.space.space import Space

_REMEDIES = {
    "pchoice": "use kind: choice, or search with kind: random",
    "uniform": "use kind: linspace, or search with kind: random",
    "quniform": "use kind: range, or search with kind: random",
    "loguniform": "use kind: geomspace, or search with kind: random",
    "qloguniform": "use kind: geomspace, or search with kind: random",
}


def check(matrix: Matrix, space: Space | None) -> Iterator[Problem]:
    """A grid has no use for probabilities: distributions and pchoice are refused, as in Polyaxon."""
    for name, parameter in (space.parameters if space else {}).items():
        if not isinstance(parameter, Even):
            remedy = _REMEDIES.get(parameter.kind, "list its values, or search with kind: random")
            yield Problem(f"params.{name}.kind", f"grid can't enumerate {parameter.kind}", remedy)


def build(matrix: Matrix, space: Space | None, seed: int) -> Searcher:
    """The seed changes nothing."""
    assert space is not None

    def suggestion(number: int) -> New:
        return New(space.point(number), origin={"algorithm": "grid", "index": number})

    return Indexed(matrix, space.size, suggestion)


GRID = Algorithm("grid", needs=("params",), takes=("numRuns",), check=check, total=total_by_runs, build=build)
