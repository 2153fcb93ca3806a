"""Search spaces and search algorithms: a library that knows nothing of Kubernetes, clocks or files.

>>> matrix = {"kind": "grid", "params": {"lr": {"kind": "choice", "value": [0.1, 0.01]}}}
>>> check_matrix(matrix)
()
>>> [dict(new.params) for new in make_searcher(matrix, seed=7).suggest([0, 1]).suggestions]
[{'lr': 0.1}, {'lr': 0.01}]
"""

from leadline.search.algorithms.algorithm import Choice
from leadline.search.interface import (
    Answer,
    Completed,
    Done,
    New,
    Outcome,
    Params,
    Promote,
    Running,
    Searcher,
    Stop,
)
from leadline.search.matrix import (
    check_matrix,
    chosen,
    is_heavy,
    make_searcher,
    planned_brackets,
    total_trials,
)
from leadline.search.prior import Prior, check_groups, check_points, read_points
from leadline.search.recall import Earlier, Known, Recalled, earlier_results, recall
from leadline.search.rungs.brackets import Bracket
from leadline.search.sampling.sampler import Observation, Proposal, Sampler
from leadline.search.space import Parameter, Space, parse_space
from leadline.search.stopping.rule import Curve, StoppingRule

__all__ = [
    "Answer",
    "Bracket",
    "Choice",
    "Completed",
    "Curve",
    "Done",
    "Earlier",
    "Known",
    "New",
    "Observation",
    "Outcome",
    "Parameter",
    "Params",
    "Prior",
    "Promote",
    "Proposal",
    "Recalled",
    "Running",
    "Sampler",
    "Searcher",
    "Space",
    "Stop",
    "StoppingRule",
    "check_groups",
    "check_matrix",
    "check_points",
    "chosen",
    "earlier_results",
    "is_heavy",
    "make_searcher",
    "parse_space",
    "planned_brackets",
    "read_points",
    "recall",
    "total_trials",
]
