"""The ``utilityFunction`` of bayes, with Polyaxon's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from leadline.api.fields import Schema


@dataclass(frozen=True, slots=True)
class GaussianProcess:
    """The model behind it."""

    kernel: Annotated[
        Literal["matern", "rbf"],
        Schema("The kernel. matern: as rough as nu says. rbf: very smooth functions; nu is of no meaning."),
    ] = "matern"
    nu: Annotated[
        float | int,
        Schema("Roughness of matern: 0.5, 1.5 or 2.5; the greater, the smoother.", enum=(0.5, 1.5, 2.5)),
    ] = 2.5
    length_scale: Annotated[
        float | int | None,
        Schema(
            "The length scale that is expected of every parameter, before any result, where each runs from 0 to 1 "
            "on its own scale; grows with the number of parameters if not given.",
            minimum=0.01,
            maximum=100,
        ),
    ] = None
    num_restarts_optimizer: Annotated[
        int, Schema("How many more starts a fit of the length scales takes.", minimum=0, maximum=100)
    ] = 0


@dataclass(frozen=True, slots=True)
class UtilityFunction:
    """How a point that might be tried is valued."""

    acquisition_function: Annotated[
        Literal["ei", "ucb", "poi"],
        Schema(
            "What is maximised. ei: expected improvement. ucb: upper confidence bound, the mean and kappa deviations. "
            "poi: probability of improvement by eps."
        ),
    ] = "ei"
    kappa: Annotated[
        float | int,
        Schema("Deviations that ucb adds: the greater, the more it explores.", minimum=0, maximum=1000),
    ] = 2.576
    eps: Annotated[
        float | int,
        Schema(
            "What ei and poi ask for beyond the best result; 1 is the distance from the middle of the first results "
            "to it.",
            minimum=0,
            maximum=100,
        ),
    ] = 0.0
    gaussian_process: Annotated[
        GaussianProcess | None, Schema("The model; what is not given is chosen for the space.")
    ] = None
    num_warmup: Annotated[
        int | None,
        Schema(
            "Points looked at before the best are improved; 1024 if not given.", minimum=1, maximum=100_000
        ),
    ] = None
    num_iterations: Annotated[
        int | None,
        Schema("How many of them are improved; 5 if not given.", minimum=1, maximum=1000),
    ] = None
