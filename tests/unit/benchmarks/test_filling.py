"""What is missing is run, one after another or several at a time, and kept."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
from benchmarks.search.filling import Job, fill
from benchmarks.search.methods import Unavailable
from benchmarks.search.runner import Trajectory
from benchmarks.search.sorts import SORTS, Sort
from benchmarks.search.store import Key, Store


def jobs(*seeds: int, sort: Sort = SORTS[0]) -> list[Job]:
    """Random search on a task that takes no time."""
    task, entry = sort.tasks["cliff5"], sort.entries["random"]
    return [
        Job(sort, task, entry, Key(task.name, task.hash, entry.name, "v", "sequential", s)) for s in seeds
    ]


def test_several_at_a_time_find_what_one_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    peers, one, two = Store(tmp_path / "peers"), Store(tmp_path / "one"), Store(tmp_path / "two")
    fill(jobs(0, 1, 2), peers, one, 1, None)
    fill(jobs(0, 1, 2), peers, two, 2, None)
    assert set(one) == set(two) == {job.key for job in jobs(0, 1, 2)}
    assert [one[key].best for key in one] == [two[key].best for key in one]
    assert set(Store(tmp_path / "two")) == set(two)
    assert "[3/3, " in capsys.readouterr().out


@pytest.mark.parametrize("at_once", [1, 2])
def test_nothing_begins_after_the_deadline(
    at_once: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = Store(tmp_path)
    fill(jobs(0, 1), ours, ours, at_once, time.monotonic() - 1)
    assert not set(ours)
    assert capsys.readouterr().out == "time is up: 2 runs are missing\n"


def test_a_method_that_is_not_there_is_tried_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = []

    def run(*asked: object) -> Trajectory:
        tried.append(asked)
        raise Unavailable("no such package")

    sort = replace(SORTS[0], run=run)
    monkeypatch.setattr("benchmarks.search.filling.SORTS", (sort,))
    ours = Store(tmp_path)
    fill(jobs(0, 1, 2, sort=sort), ours, ours, 1, None)
    assert len(tried) == 1
    assert capsys.readouterr().out == "random is left out: no such package\n"
