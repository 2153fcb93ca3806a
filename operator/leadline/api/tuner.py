"""The ``tuner`` of kind iterative: who suggests the trials; and what a group remembers of a round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from leadline.api import names
from leadline.api.fields import Rule, Schema

_FORMS: Final = ("container", "http", "entryPoint")
_TEXT: Final = Schema(type="string", max_length=32_768)


@dataclass(frozen=True, slots=True)
class TunerContainer:
    """A tuner in a container: fields as in a pod's container."""

    image: Annotated[str, Schema("Image of the container.", min_length=1, max_length=1024)]
    command: Annotated[
        tuple[Annotated[str, _TEXT], ...],
        Schema("The program and its first arguments; the image's if not given.", max_items=1024),
    ] = ()
    args: Annotated[tuple[Annotated[str, _TEXT], ...], Schema("Its arguments.", max_items=1024)] = ()
    env: Annotated[
        tuple[Annotated[Mapping[str, Any], Schema(max_properties=16)], ...],
        Schema("Environment variables, each with name and value or valueFrom.", max_items=1024),
    ] = ()
    resources: Annotated[
        Mapping[str, Any] | None,
        Schema("What it asks of its node: requests and limits.", max_properties=16),
    ] = None
    security_context: Annotated[
        Mapping[str, Any] | None,
        Schema("Its security context; with podSecurity: restricted it needs a user.", max_properties=16),
    ] = None
    timeout_seconds: Annotated[
        int,
        Schema("Seconds after which a run that has not ended is given up.", minimum=1, maximum=86_400),
    ] = 600


@dataclass(frozen=True, slots=True)
class HttpTuner:
    """A tuner that answers a POST."""

    url: Annotated[
        str,
        Schema(
            "Where the request is sent, by POST; the host is a name or an address that the operator reaches.",
            pattern="^https?://[^/?#@\\s]+([/?][^#\\s]*)?$",
            max_length=2048,
        ),
    ]
    timeout_seconds: Annotated[
        int, Schema("Seconds for one try, of which there are three.", minimum=1, maximum=600)
    ] = 30


@dataclass(frozen=True, slots=True)
class Tuner:
    """Who suggests the trials of kind iterative: exactly one of container, http and entryPoint."""

    container: Annotated[
        TunerContainer | None,
        Schema(
            "A container that reads the request from the file LEADLINE_TUNER_INPUT and prints its answer as the last "
            "line of its log. It runs once for each round, as a Job beside the trials."
        ),
    ] = None
    http: Annotated[
        HttpTuner | None, Schema("An HTTP endpoint that gets the request by POST, once for each round.")
    ] = None
    entry_point: Annotated[
        str | None,
        Schema(
            "A searcher in Python: the name of an entry point in the group leadline.searchers, of a package that is "
            "installed where the search runs. It is asked whenever a trial may start, not in rounds.",
            min_length=1,
            max_length=253,
        ),
    ] = None

    RULES: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="[has(self.container), has(self.http), has(self.entryPoint)].filter(given, given).size() == 1",
            holds=lambda new, _: sum(form in new for form in _FORMS) == 1,
            message="a tuner is exactly one of container, http and entryPoint",
            remedy="keep one of them",
        ),
    )


@dataclass(frozen=True, slots=True)
class Round:
    """The last round that a tuner has answered for."""

    iteration: Annotated[int, Schema("Its number, from 0.", minimum=0)]
    first: Annotated[int, Schema("Number of its first trial.", minimum=0, maximum=names.MAX_NUMBER)]
    suggestions: Annotated[
        tuple[Annotated[Mapping[str, Any], Schema(max_properties=names.MAX_PARAMETERS)], ...],
        Schema(
            "The parameters of its trials, by number; empty when the search has ended.",
            max_items=names.MAX_CONCURRENCY,
        ),
    ] = ()
    done: Annotated[bool, Schema("Whether the tuner said that no round follows.")] = False


TUNER_RULES: Final = (
    Rule(
        cel="!has(self.tuner) || has(self.tuner.entryPoint) || has(self.maxIterations)",
        holds=lambda new, _: "tuner" not in new or "entryPoint" in new["tuner"] or "maxIterations" in new,
        message="a tuner that is asked in rounds needs maxIterations",
        remedy="say how many rounds to run, for example maxIterations: 10",
        field_path=".maxIterations",
        reason="Required",
    ),
    Rule(
        cel="!has(self.tuner) || !has(self.tuner.entryPoint) || has(self.numRuns)",
        holds=lambda new, _: "tuner" not in new or "entryPoint" not in new["tuner"] or "numRuns" in new,
        message="a tuner by entryPoint needs numRuns",
        remedy="say how many trials to run at most, for example numRuns: 20",
        field_path=".numRuns",
        reason="Required",
    ),
    Rule(
        cel="!has(self.tuner) || !has(self.tuner.entryPoint) || !has(self.maxIterations)",
        holds=lambda new, _: (
            "tuner" not in new or "entryPoint" not in new["tuner"] or "maxIterations" not in new
        ),
        message="a tuner by entryPoint has no rounds",
        remedy="remove maxIterations; numRuns is the number of trials",
        field_path=".maxIterations",
        reason="Forbidden",
    ),
    Rule(
        cel="has(self.tuner) == has(oldSelf.tuner) && (!has(self.tuner) || "
        "has(self.tuner.entryPoint) == has(oldSelf.tuner.entryPoint))",
        holds=lambda new, old: (
            ("tuner" in new) == ("tuner" in old)
            and ("entryPoint" in new.get("tuner", {})) == ("entryPoint" in old.get("tuner", {}))
        ),
        message="a tuner by entryPoint stays one, and any other one does not become one",
        remedy="create a new group",
        field_path=".tuner",
    ),
)
"""Of the matrix: what a tuner and the fields beside it have to do with each other."""
