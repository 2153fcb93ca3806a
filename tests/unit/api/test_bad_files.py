"""Each bad file is refused, or warned of, at its field and in words that help; good files are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bad_files.table import FOLDER, Row, rows
from leadline.api.validate import stored, validate_group
from leadline.api.yaml_loader import YamlError, load
from leadline.metrics import check_patterns
from leadline.problems import Problem, errors, warnings
from leadline.reconcile.parse import parameter_names
from leadline.reconcile.presence import presence_of
from leadline.search import check_groups, check_matrix, check_points
from leadline.template import check_template

EXAMPLES = Path(__file__).parents[3] / "examples"


def findings(text: str) -> dict[str, list[Problem]]:
    """What each part finds, in the order in which they are asked; none is asked of what one before refused."""
    try:
        (document,) = load(text)
    except YamlError as error:
        return {"yaml": [Problem("", error.message, error.remedy)]}
    found = {"yaml": list(document.problems), "api": list(validate_group(document.value))}
    if errors([*found["yaml"], *found["api"]]):
        return found
    spec = stored(document.value)["spec"]
    found["search"] = [problem.under("spec.matrix") for problem in check_matrix(spec["matrix"])]
    warm = spec.get("warmStart") or {}
    known = [
        *check_groups(spec["matrix"], "groups" in warm),
        *check_points(spec["matrix"], warm.get("points") or ()),
    ]
    found["search"] += [problem.under("spec.warmStart") for problem in known]
    told = check_template(spec["template"], parameter_names(spec["matrix"]), presence_of(spec["matrix"]))
    found["template"] = [problem.under("spec.template") for problem in told]
    if patterns := spec["metrics"]["patterns"]:
        found["metrics"] = [problem.under("spec.metrics.patterns") for problem in check_patterns(patterns)]
    return found


def flat(found: Mapping[str, list[Problem]]) -> Iterator[Problem]:
    for problems in found.values():
        yield from problems


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)
def test_a_bad_file_is_told_at_its_field_in_words_that_help(row: Row) -> None:
    found = findings(row.text)
    severity = {"refuse": "error", "warn": "warning"}[row.check]

    told = [p for p in found.get(row.layer, []) if p.path == row.path and p.severity == severity]

    assert told, f"{row.layer} says: {[str(problem) for problem in flat(found)]}"
    assert all(word in str(told[0]) for word in row.words), str(told[0])


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)
def test_nothing_is_told_of_fields_without_a_fault(row: Row) -> None:
    paths = {problem.path for problem in flat(findings(row.text))}

    assert all(path.startswith(row.path) or row.path.startswith(path) for path in paths), paths


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)
def test_the_verdict_is_the_tables(row: Row) -> None:
    problems = list(flat(findings(row.text)))
    verdict = "refuse" if errors(problems) else "warn" if warnings(problems) else "accept"

    assert verdict == row.check


def test_every_file_is_in_the_table_and_every_row_has_its_file() -> None:
    assert {row.file for row in rows()} == {path.stem for path in FOLDER.glob("*.yaml")} - {"table", "edits"}
    assert len({row.text for row in rows()}) == len(rows())


def test_every_row_asks_for_words() -> None:
    assert [row.file for row in rows() if not row.words] == []


@pytest.mark.parametrize("place", sorted(EXAMPLES.glob("*.yaml")), ids=lambda place: place.name)
def test_the_examples_are_good(place: Path) -> None:
    assert list(flat(findings(place.read_text()))) == []
