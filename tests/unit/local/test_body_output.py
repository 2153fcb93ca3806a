"""Logs read piece by piece while they grow."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadline.local import output
from leadline.local.output import Output
from leadline.local.process import Files


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files.of(tmp_path, "g-0-1")


def test_a_log_is_followed_as_it_grows_and_nothing_counts_twice(files: Files) -> None:
    known = Output(files, (), "loss")
    assert known.follow().metrics == {}
    files.log.write_text("loss=1\nloss=2\n")
    assert known.follow().metrics["loss"].count == 2
    assert known.follow().metrics["loss"].count == 2
    files.log.write_text("loss=1\nloss=2\nloss=0.5")
    summary, tail = known.finish()
    assert (summary.metrics["loss"].count, summary.metrics["loss"].last) == (3, 0.5)
    assert tail == "loss=1\nloss=2\nloss=0.5"


def test_one_look_at_a_fast_log_reads_a_bounded_part(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "CHUNK", 70)
    monkeypatch.setattr(output, "FOLLOWED", 140)
    files.log.write_text("".join(f"loss={number:04}\n" for number in range(100)))
    known = Output(files, (), "loss")
    assert known.follow().metrics["loss"].count == 14
    assert known.follow().metrics["loss"].count == 28
    assert known.finish()[0].metrics["loss"].count == 100


def test_a_trial_that_wrote_nothing_at_all_has_reported_nothing(files: Files) -> None:
    summary, tail = Output(files, (), "loss").finish()
    assert (summary.metrics, tail) == ({}, "")


def test_a_users_own_patterns_are_used(files: Files) -> None:
    files.log.write_text("score is 7\n")
    summary, _ = Output(files, (r"(?P<name>score) is (?P<value>\d+)",), "score").finish()
    assert summary.metrics["score"].last == 7
