"""Logs of trials of this machine, by their names and without knowing them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from leadline.cli.main import cli

from .objects import BEST, TRIALS, group, store, trial

pytestmark = pytest.mark.usefixtures("here")


def leadline(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


@pytest.mark.parametrize(
    "arguments",
    [["digits-1"], ["digits", "1"], ["digits", "best"], ["best"], ["digits", "1", "--attempt", "1"]],
    ids=" ".join,
)
def test_a_log_is_printed_as_it_is(here: Path, arguments: list[str]) -> None:
    store(here, group(best=BEST), TRIALS, logs={"1-1": "ünï\x1b[1m\nno end"})
    answer = leadline("logs", *arguments, "--local")

    assert answer.exit_code == 0, answer.stderr
    assert answer.stdout_bytes == "ünï\x1b[1m\nno end".encode()


def test_the_last_failed_trial_is_found(here: Path) -> None:
    trials = [
        trial(0, "Failed", completionTime="2027-01-15T07:00:02Z"),
        trial(1, "Failed", completionTime="2027-01-15T07:00:01Z"),
        trial(2),
    ]
    store(here, group(), trials, logs={"0-1": "zero", "1-1": "one"})

    assert leadline("logs", "digits", "failed", "--local").stdout == "zero"


def test_the_attempt_that_ran_is_read_and_not_the_one_to_come(here: Path) -> None:
    waits = trial(0, "Pending", attempt=2)
    store(here, group(), [waits], logs={"0-1": "first"})

    assert leadline("logs", "digits-0", "--local").stdout == "first"


def test_a_log_that_is_followed_ends_with_its_attempt(here: Path) -> None:
    store(here, group(), [trial(0)], logs={"0-1": "all of it"})

    assert leadline("logs", "digits-0", "-f", "--local").stdout == "all of it"


def test_of_a_failed_trial_the_last_lines_are_kept(here: Path) -> None:
    store(here, group(), TRIALS)
    answer = leadline("logs", "digits-3", "--local")

    assert answer.exit_code == 0
    assert answer.stdout == "last words\n\n"
    assert "these are its last lines" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["digits-1"], 3, "the log of digits-1 can't be had"),
        (["digits"], 2, "digits is a search: name one of its trials"),
        (["digits-9"], 3, "no trial 'digits-9' in .leadline"),
        (["digits", "worst"], 2, "neither a number nor one of best, failed"),
        (["nothing", "best"], 3, "no search 'nothing'"),
        (["digits", "best"], 3, "no trial of digits has succeeded yet"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_has_no_log_is_told_why(here: Path, arguments: list[str], status: int, words: str) -> None:
    store(here, group(), TRIALS)
    answer = leadline("logs", *arguments, "--local")

    assert answer.exit_code == status
    assert words in answer.stderr


def test_the_best_of_which_search_is_asked(here: Path) -> None:
    store(here, group("a"))
    store(here, group("b"))
    answer = leadline("logs", "best", "--local")

    assert answer.exit_code == 2
    assert "there are 2 searches in .leadline: name one, as in `leadline logs GROUP best`" in answer.stderr


def test_a_trial_that_waits_has_printed_nothing(here: Path) -> None:
    store(here, group(), [trial(0, "Pending", message="no node fits")])
    answer = leadline("logs", "digits-0", "--local")

    assert answer.exit_code == 3
    assert "digits-0 has printed nothing: no node fits; -f waits for it" in answer.stderr
