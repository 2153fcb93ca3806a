"""Every algorithm by the ``kind`` that asks for it. A new one is a file in ``algorithms`` and a name here."""

from __future__ import annotations

from leadline.search.algorithms.algorithm import Algorithm
from leadline.search.algorithms.asha import ASHA
from leadline.search.algorithms.auto import AUTO
from leadline.search.algorithms.bayes import BAYES
from leadline.search.algorithms.cmaes import CMAES
from leadline.search.algorithms.evolution import EVOLUTION
from leadline.search.algorithms.grid import GRID
from leadline.search.algorithms.hyperband import HYPERBAND
from leadline.search.algorithms.hyperopt import HYPEROPT
from leadline.search.algorithms.iterative import ITERATIVE
from leadline.search.algorithms.mapping import MAPPING
from leadline.search.algorithms.random import RANDOM
from leadline.search.algorithms.sobol import SOBOL
from leadline.search.algorithms.tpe import TPE

ALGORITHMS: dict[str, Algorithm] = {
    algorithm.kind: algorithm
    for algorithm in (
        GRID,
        RANDOM,
        MAPPING,
        SOBOL,
        HYPERBAND,
        ASHA,
        BAYES,
        TPE,
        CMAES,
        EVOLUTION,
        ITERATIVE,
        HYPEROPT,
        AUTO,
    )
}
