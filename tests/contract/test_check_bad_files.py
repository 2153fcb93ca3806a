"""Each bad file of the table through `leadline check -o json`: the verdict, the field, and words that help."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bad_files.table import Row, rows
from leadline.cli.main import cli

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
NOT_INSTALLED = {
    "early-stopping.yaml": ["spec.matrix.earlyStopping[0].entryPoint"],
    "tuner-entry-point.yaml": ["spec.matrix.tuner.entryPoint"],
}
"""The examples whose plug-ins are the reader's to install, and where `check` says so."""


def check(*paths: Path) -> tuple[int, Any]:
    answer = CliRunner().invoke(cli, ["check", "-o", "json", *map(str, paths)])
    return answer.exit_code, json.loads(answer.stdout)


def findings(row: Row) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = check(row.place)[1]["errors" if row.check == "refuse" else "warnings"]
    return told


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)
def test_the_verdict_and_the_exit_status_are_the_tables(row: Row) -> None:
    status, said = check(row.place)

    assert status == (2 if row.check == "refuse" else 0)
    assert bool(said.get("errors")) == (row.check == "refuse")
    assert bool(said.get("warnings")) == (row.check == "warn")


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)
def test_the_field_is_named_with_words_that_help(row: Row) -> None:
    told = [finding for finding in findings(row) if finding["path"] == row.path]

    assert told
    text = f"{told[0]['message']}; {told[0]['remedy']}"
    assert all(word in text for word in row.words), text


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)
def test_the_place_is_one_of_the_file(row: Row) -> None:
    # One line more: a bracket that is never closed is missed at the end.
    lines = [*row.text.splitlines(), ""]

    assert all(1 <= told["column"] <= len(lines[told["line"] - 1]) + 1 for told in findings(row))


@pytest.mark.parametrize(
    ("file", "starts_with"),
    [
        ("field-misspelt", "concurency:"),
        ("runs-zero", "numRuns: 0"),
        ("template-name-unknown", '"--'),
        ("param-kind-misspelt", "kind:"),
        ("argument-is-a-number", "5, "),
        ("matrix-missing", "spec:"),
        ("yaml-key-twice", "numRuns: 20"),
    ],
)
def test_the_place_is_where_the_field_stands_or_the_one_around_it(file: str, starts_with: str) -> None:
    (row,) = (row for row in rows() if row.file == file)
    (told,) = findings(row)

    assert row.text.splitlines()[told["line"] - 1][told["column"] - 1 :].startswith(starts_with)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)
def test_people_read_the_same_at_file_line_and_column(row: Row) -> None:
    text = CliRunner().invoke(cli, ["check", str(row.place)]).stdout

    for finding in findings(row):
        place = f"{row.place}:{finding['line']}:{finding['column']}: "
        line = next(line for line in text.splitlines() if line.startswith(place))
        assert finding["path"] in line
        assert all(word in text for word in row.words)


@pytest.mark.parametrize("place", EXAMPLES, ids=lambda place: place.name)
def test_the_examples_are_valid_and_told_in_full(place: Path) -> None:
    status, said = check(place)

    assert status == 0
    always = {"algorithm", "space", "trials", "concurrency", "params", "warnings", "example"}
    assert always <= set(said) <= always | {"starts", "brackets", "tuner", "chosen", "earlyStopping"}
    assert [one["path"] for one in said["warnings"]] == NOT_INSTALLED.get(place.name, [])
    assert said["example"]["kind"] == "Job"
    assert "{{" not in json.dumps(
        said["example"]["spec"]["template"]["spec"]["containers"][0].get("command", "")
    )


def test_several_files_are_told_one_by_one_and_one_bad_one_decides() -> None:
    bad = rows()[0].place
    status, said = check(EXAMPLES[0], bad)

    assert status == 2
    assert [entry["file"] for entry in said] == [str(EXAMPLES[0]), str(bad)]
    assert "algorithm" in said[0]
    assert "errors" in said[1]
