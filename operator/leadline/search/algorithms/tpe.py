"""Tree-structured Parzen estimators: cheap at any length of history, at home in conditional and categorical spaces."""

from __future__ import annotations

from functools import partial

from leadline.search.algorithms.sampled import sampled
from leadline.search.sampling.samplers import make_sampler

TPE = sampled("tpe", partial(make_sampler, "tpe"))
