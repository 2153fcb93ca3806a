"""The world of a simulation from a small file; and an example of an objective, for who gave none."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from leadline.cli.files import InvalidFileError, Mistake, read_text
from leadline.problems import Problem
from leadline.simulate.world import FORMULAS

if TYPE_CHECKING:
    from leadline.api.matrix import Metric
    from leadline.api.yaml_loader import Document
    from leadline.search import Parameter, Space

FIELDS: Final = (*FORMULAS, "seed")
MOST_TERMS: Final = 3
"""Parameters in an example: one that nobody reads helps nobody."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]+")
_LOGARITHMIC: Final = ("loguniform", "qloguniform", "logspace", "geomspace")


class WorldFile:
    """A world's fields as they stand in a file."""

    def __init__(self, path: str) -> None:
        self.label = path
        self._document = _read(path)
        self.fields: Mapping[str, Any] = self._document.value
        mistakes = [self.mistake(problem) for problem in (*self._document.problems, *_problems(self.fields))]
        if mistakes:
            raise InvalidFileError.of(path, *mistakes)

    def mistake(self, problem: Problem) -> Mistake:
        """A problem at its place in the file."""
        return Mistake(problem, *self._document.position(problem.path))


def _read(path: str) -> Document:
    from leadline.api.yaml_loader import Document, YamlError, load

    try:
        documents = load(read_text(path, path))
    except YamlError as error:
        raise InvalidFileError.of(
            path, Mistake(Problem("", error.message, error.remedy), *error.position)
        ) from None
    if not documents:
        return Document({}, {})
    if len(documents) > 1 or not isinstance(documents[0].value, Mapping):
        problem = Problem("", "is no world", f"write a map with any of {', '.join(FIELDS)}")
        raise InvalidFileError.of(path, Mistake(problem, 1, 1))
    return documents[0]


def _problems(fields: Mapping[str, Any]) -> list[Problem]:
    from leadline.api.wording import closest

    found = []
    for name, value in fields.items():
        guess = closest(name, FIELDS)
        if name not in FIELDS:
            remedy = f"did you mean {guess}?" if guess else f"a world has {', '.join(FIELDS)}"
            found.append(Problem(name, "unknown field", remedy))
        elif name == "seed" and (not isinstance(value, int) or isinstance(value, bool)):
            found.append(Problem(name, "must be a whole number"))
        elif not isinstance(value, str | int | float):
            found.append(Problem(name, "must be a formula or a number", 'such as "60 + 5 * z"'))
    return found


def example_objective(
    metric: Metric, space: Space | None, values: tuple[Mapping[str, Any], ...] | None
) -> str:
    """A formula over the search's own parameters that has one best place; to be put in double quotes in a shell."""
    terms = _terms(space) if space is not None else _terms_of_values(values or ())
    terms = terms[:MOST_TERMS]
    if metric.optimization == "maximize":
        return "".join(["1", *(f" - {term}" for term in terms), " + 0.1 * z"])
    return " + ".join([*terms, "0.1 * z"])


def _terms(space: Space) -> list[str]:
    found = {name: _term(name, parameter) for name, parameter in space.parameters.items()}
    return [
        f"(0 if {_written(name)} == None else {term})" if name in space.conditions else term
        for name, term in found.items()
        if term
    ]


def _term(name: str, parameter: Parameter) -> str:
    """How far one parameter is from a good value; empty where nothing simple can be said."""
    written = _written(name)
    if parameter.bounds is not None and all(math.isfinite(bound) for bound in parameter.bounds):
        low, high = (float(bound) for bound in parameter.bounds)
        if parameter.kind in _LOGARITHMIC and low > 0:
            return f"(log10({written}){_minus((math.log10(low) + math.log10(high)) / 2)}) ** 2"
        return _parabola(written, low, high)
    return _term_of_values(written, parameter.values or ())


def _terms_of_values(values: tuple[Mapping[str, Any], ...]) -> list[str]:
    found = [
        _term_of_values(_written(name), [each[name] for each in values]) for name in (values or ({},))[0]
    ]
    return [term for term in found if term]


def _term_of_values(written: str, values: Any) -> str:
    some = [values[index] for index in range(min(len(values), 1000))]
    if some and all(isinstance(value, int | float) and not isinstance(value, bool) for value in some):
        return _parabola(written, min(some), max(some))
    text = next((value for value in some if isinstance(value, str) and _PLAIN.fullmatch(value)), None)
    return "" if text is None else f"(0 if {written} == '{text}' else 0.2)"


def _parabola(written: str, low: float, high: float) -> str:
    if low >= high:
        return ""
    return f"(({written}{_minus((low + high) / 2)}) / {_short((high - low) / 2)}) ** 2"


def _minus(number: float) -> str:
    short = _short(abs(number))
    return "" if short == "0" else f" + {short}" if number < 0 else f" - {short}"


def _short(number: float) -> str:
    return f"{number:.3g}"


def _written(name: str) -> str:
    """A parameter in a formula: Python keeps some names, ``lambda`` among them, for itself."""
    return f"params['{name}']" if keyword.iskeyword(name) else name
