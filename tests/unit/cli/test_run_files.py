"""Reading the one group of a file: what is wrong with it comes out as file, line, column, path and remedy."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from bad_files.table import Row, rows
from leadline.cli.files import InvalidFileError, read_group
from leadline.problems import Problem

GOOD = """\
apiVersion: leadline.dev/v1alpha1
kind: OptimizationGroup
metadata: {name: g}
spec:
  matrix: {kind: mapping, values: [{x: 1}]}
  template: {spec: {containers: [{name: main, image: i, command: [echo, "{{ x }}"]}]}}
"""


def write(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "search.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def refusal(path: str) -> tuple[str, ...]:
    with pytest.raises(InvalidFileError) as caught:
        read_group(path).require_valid()
    assert caught.value.exit_code == 2
    return tuple(line.removeprefix(f"{path}:") for line in caught.value.lines)


def test_a_good_file_is_read_and_its_folder_known(tmp_path: Path) -> None:
    file = read_group(write(tmp_path, GOOD))
    file.require_valid()
    assert (file.value["metadata"], file.folder) == ({"name": "g"}, tmp_path)


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.replace("mapping", "maping").encode()))
    )
    file = read_group("-")
    assert file.folder == tmp_path
    with pytest.raises(InvalidFileError, match=r"^<stdin>:5:12: spec.matrix.kind: .*did you mean mapping\?"):
        file.require_valid()


@pytest.mark.parametrize("row", [row for row in rows() if row.check == "refuse"], ids=lambda row: row.file)
def test_every_bad_file_is_refused_with_line_column_and_path(row: Row) -> None:
    for line in refusal(str(row.place)):
        place, _, text = line.partition(": ")
        number, column = map(int, place.split(":"))
        assert number >= 1
        assert column >= 1
        assert text


def test_problems_come_in_the_order_of_lines_with_warnings_marked(tmp_path: Path) -> None:
    file = read_group(write(tmp_path, GOOD))
    found = [
        Problem("spec.template", "is odd", "change it", severity="warning"),
        Problem("spec.nothing", "is missing"),
        Problem("kind", "is wrong"),
    ]
    assert [line.removeprefix(file.label) for line in file.lines(found)] == [
        ":2:1: kind: is wrong",
        ":4:1: spec.nothing: is missing",
        ":6:3: warning: spec.template: is odd; change it",
    ]


def test_warnings_are_told_and_stop_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    read_group(write(tmp_path, GOOD)).refuse_if([Problem("kind", "is odd", severity="warning")])
    assert capsys.readouterr().err.endswith(":2:1: warning: kind: is odd\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "1:1: the file is empty"),
        ("# nothing\n---\n", "1:1: the file is empty"),
        ("a: [1", "1:6: expected"),
        ("kind: Pod\n---\nkind: Job\n", "1:1: holds no OptimizationGroup, only Job, Pod"),
        (f"{GOOD}---\n{GOOD}", "8:1: holds 2 OptimizationGroups; put each into a file of its own"),
        ("- 1\n", "1:1: must be a map"),
        ("kind: Pod\n", "1:1: apiVersion: is missing"),
        (b"\xff\xfe", "1:1: is not UTF-8 text; save it as UTF-8"),
        (b"kind: x\nname: \xe4\n", "2:1: is not UTF-8 text"),
        (GOOD.replace("name: g", 'name: "g\\e[2J"'), '3:12: metadata.name: "g\\x1b[2J" is no name'),
        (GOOD.replace("name: g", "name: g, name: h"), "3:21: metadata.name: stands twice, first in line 3"),
    ],
)
def test_what_is_no_group_is_told_in_one_line(tmp_path: Path, text: str | bytes, line: str) -> None:
    assert refusal(write(tmp_path, text))[0].startswith(line)


def test_other_objects_may_stand_beside_the_group(tmp_path: Path) -> None:
    file = read_group(write(tmp_path, f"kind: ConfigMap\napiVersion: v1\n---\n{GOOD}"))
    assert file.problems == ()
    assert file.position("spec.matrix").line == 8


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    assert read_group(write(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())).problems == ()


@pytest.mark.parametrize(("name", "words"), [("missing.yaml", "No such file"), (".", "Is a directory")])
def test_a_file_that_can_t_be_read_says_why(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(InvalidFileError, match=words):
        read_group(str(tmp_path / name))
