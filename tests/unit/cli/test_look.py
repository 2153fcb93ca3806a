"""list, trials and best on searches of this machine; on a cluster: tests/integration/test_cli_cluster.py."""

from __future__ import annotations

import csv
import io
import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from leadline.api.names import GROUP_KIND
from leadline.cli.main import cli

from . import terminal
from .objects import BEST, TRIALS, best, group, store, trial

pytestmark = pytest.mark.usefixtures("here")


def leadline(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


# --- list ---


def test_list_shows_every_search_of_the_folder(here: Path, held: Callable[[Path], None]) -> None:
    store(here, group("b", "Succeeded", best=best("b", 0, 0.25)))
    held(store(here, group("a")))
    lines = leadline("list", "--local").stdout.splitlines()

    assert lines[0].split() == ["NAME", "ALGORITHM", "DONE/TOTAL", "RUNNING", "BEST", "STATE", "AGE"]
    assert lines[1].split()[:5] == ["a", "random", "2/4", "2", "Searching"]
    assert lines[2].split()[:6] == ["b", "random", "4/4", "0", "0.25", "Succeeded"]


def test_a_search_that_nobody_runs_any_more_is_interrupted(here: Path) -> None:
    store(here, group())

    assert "Interrupted" in leadline("list", "--local").stdout
    assert (
        json.loads(leadline("list", "--local", "-o", "json").stdout)["items"][0]["status"]["state"]
        == "Searching"
    )


def test_list_as_data_is_what_kubectl_prints(here: Path) -> None:
    store(here, group())
    found = json.loads(leadline("list", "--local", "-o", "json").stdout)

    assert (found["apiVersion"], found["kind"]) == ("v1", "List")
    assert found["items"][0]["kind"] == GROUP_KIND
    assert yaml.safe_load(leadline("list", "--local", "-o", "yaml").stdout) == found
    assert leadline("list", "--local", "-o", "name").stdout == "optimizationgroup.leadline.dev/digits\n"


def test_wide_says_what_a_search_waits_for(here: Path) -> None:
    store(here, group(state="Waiting", message="trial 0: no\nnode \x1b[31mfits"))
    text = leadline("list", "--local", "-o", "wide").stdout

    assert "METRIC" in text
    assert "trial 0: no\\nnode \\x1b[31mfits" in text


def test_no_searches_is_a_word_and_no_table(here: Path) -> None:
    answer = leadline("list", "--local")

    assert (answer.exit_code, answer.stdout) == (0, "")
    assert "no searches in .leadline" in answer.stderr
    assert json.loads(leadline("list", "--local", "-o", "json").stdout)["items"] == []


# --- where ---


def test_without_any_cluster_the_folders_searches_are_meant(here: Path) -> None:
    store(here, group())

    assert leadline("list", "-o", "name").stdout == "optimizationgroup.leadline.dev/digits\n"


@pytest.mark.parametrize("options", [["--context", "c"], ["-n", "x"], ["--kubeconfig", "k"]], ids=" ".join)
def test_a_cluster_that_is_asked_for_is_never_replaced_by_the_folder(here: Path, options: list[str]) -> None:
    store(here, group())
    answer = leadline("list", *options)

    assert answer.exit_code == 3
    assert "kubeconfig" in answer.stderr


def test_without_cluster_and_searches_the_kubeconfig_is_missed(here: Path) -> None:
    answer = leadline("trials", "digits")

    assert answer.exit_code == 3
    assert "no kubeconfig" in answer.stderr


def test_a_broken_kubeconfig_is_told_and_not_passed_over(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store(here, group())
    (here / "config").write_text("contexts: []\n")
    monkeypatch.setenv("KUBECONFIG", str(here / "config"))
    answer = leadline("list")

    assert answer.exit_code == 3
    assert "no context is current" in answer.stderr


def test_a_file_may_be_named(here: Path) -> None:
    path = store(here, group(), TRIALS, path=here / "elsewhere.db")

    assert "digits" in leadline("list", "--db", str(path)).stdout
    assert "digits-1" in leadline("trials", "digits", "--db", str(path)).stdout


def test_a_file_that_is_not_there_is_told() -> None:
    answer = leadline("list", "--db", "nowhere.db")

    assert answer.exit_code == 3
    assert "does not exist" in answer.stderr


def test_a_cluster_and_this_machine_at_once_make_no_sense() -> None:
    answer = leadline("list", "--local", "-n", "x")

    assert answer.exit_code == 2
    assert "--local" in answer.stderr


def test_a_misspelt_search_is_told_with_the_one_that_is_meant(here: Path) -> None:
    store(here, group("digits"))
    store(here, group("words"))

    assert (
        "no search 'digit' in .leadline; did you mean digits?" in leadline("best", "digit", "--local").stderr
    )
    assert "there are: digits, words" in leadline("best", "zzz", "--local").stderr


def test_shells_complete_names_of_searches(here: Path) -> None:
    store(here, group("digits"))
    store(here, group("words"))
    words = {
        "COMP_WORDS": "leadline best --local di",
        "COMP_CWORD": "3",
        "_LEADLINE_COMPLETE": "bash_complete",
    }
    answer = subprocess.run(
        [Path(sys.executable).with_name("leadline")], env=words, cwd=here, capture_output=True, text=True
    )

    assert answer.stdout.split() == ["plain,digits"]


# --- trials ---


def test_trials_are_shown_best_first_with_parameters_and_metrics(here: Path) -> None:
    store(here, group(), TRIALS)
    lines = leadline("trials", "digits", "--local").stdout.splitlines()

    assert lines[0].split() == ["TRIAL", "STATE", "VALUE", "lr", "opt", "size", "TIME"]
    assert [line.split()[0] for line in lines[1:]] == ["digits-1", "digits-0", "digits-2", "digits-3"]
    assert lines[1].split()[:6] == ["digits-1", "Succeeded", "0.9", "0.0123457", "a", "dam"]
    assert lines[2].split() == ["digits-0", "Succeeded", "0.5", "0.1", "sgd", "7.25"]


def test_wide_says_why(here: Path) -> None:
    store(here, group(), TRIALS)
    lines = leadline("trials", "digits", "--local", "-o", "wide").stdout.splitlines()

    assert lines[0].split()[-4:] == ["ATTEMPT", "NODE", "AGE", "MESSAGE"]
    assert lines[4].endswith("ExitCode: exit code 1")


@pytest.mark.parametrize(
    ("options", "order"),
    [
        (["--sort", "lr"], [2, 1, 0, 3]),
        (["--sort", "-lr"], [0, 3, 1, 2]),
        (["--sort=-number"], [3, 2, 1, 0]),
        (["--state", "failed"], [3]),
        (["--state", "Succeeded", "--state", "running", "--sort", "number"], [0, 1, 2]),
    ],
)
def test_trials_can_be_sorted_and_chosen(here: Path, options: list[str], order: list[int]) -> None:
    store(here, group(), TRIALS)
    text = leadline("trials", "digits", "--local", "-o", "name", *options).stdout

    assert text.split() == [f"trial.leadline.dev/digits-{number}" for number in order]


def test_an_unknown_order_is_told_with_those_that_there_are(here: Path) -> None:
    store(here, group(), TRIALS)
    answer = leadline("trials", "digits", "--local", "--sort", "loss")

    assert answer.exit_code == 2
    assert "'loss' is none of size, lr, opt, value, number" in answer.stderr


def test_csv_has_every_number_in_full(here: Path) -> None:
    store(here, group(), TRIALS)
    rows = list(csv.DictReader(io.StringIO(leadline("trials", "digits", "--local", "-o", "csv").stdout)))

    assert rows[0]["trial"] == "digits-1"
    assert rows[0]["value"] == "0.9"
    assert rows[0]["params.lr"] == "0.01234567890123"
    assert rows[0]["params.opt"] == "a dam"
    assert rows[0]["metrics.size"] == ""
    assert rows[1]["metrics.size"] == "7.25"
    assert (rows[3]["failures"], rows[0]["failures"]) == ("1", "0")


def test_trials_as_data_come_in_the_order_of_the_table(here: Path) -> None:
    store(here, group(), TRIALS)
    found = json.loads(leadline("trials", "digits", "--local", "-o", "json").stdout)

    assert [item["metadata"]["name"] for item in found["items"]][:2] == ["digits-1", "digits-0"]
    assert yaml.safe_load(leadline("trials", "digits", "--local", "-o", "yaml").stdout) == found


def test_no_trials_is_a_word_and_no_table(here: Path) -> None:
    store(here, group(), TRIALS[:1])
    store(here, group("empty"))

    assert (
        "has no trials that are Stopped"
        in leadline("trials", "digits", "--local", "--state", "stopped").stderr
    )
    assert "has no trials yet" in leadline("trials", "empty", "--local").stderr


# --- on a terminal ---


def test_a_narrow_terminal_gets_fewer_metrics_and_no_folded_cell(here: Path) -> None:
    metrics = {f"metric{number}": number + 0.5 for number in range(8)}
    store(here, group(), [trial(0, value=0.5, metrics=metrics)])
    narrow = terminal.leadline(here, "trials", "digits", "--local", width=80)[1].splitlines()
    wide = terminal.leadline(here, "trials", "digits", "--local", width=160)[1].splitlines()

    assert narrow[0].split() == [
        "TRIAL",
        "STATE",
        "VALUE",
        "lr",
        "opt",
        "metric0",
        "metric1",
        "metric2",
        "TIME",
    ]
    assert [line.strip() for line in narrow[2:]] == ["5 more metrics: -o wide"]
    assert len(wide) == 2
    assert "metric7" in wide[0]


def test_lines_run_on_rather_than_be_squeezed(here: Path) -> None:
    store(here, group(state="Failed", message="a long story " * 20))
    lines = terminal.leadline(here, "list", "--local", "-o", "wide", width=60)[1].splitlines()

    assert len(lines) == 2
    assert lines[1].split()[:3] == ["digits", "random", "4/4"]


def test_the_progress_of_a_wait_is_one_line_that_is_gone_afterwards(
    here: Path, held: Callable[[Path], None]
) -> None:
    held(store(here, group("a-search-with-quite-a-long-name", message="x" * 200, state="Waiting")))
    arguments = ("wait", "a-search-with-quite-a-long-name", "--local", "--timeout", "0.1s")
    status, shown = terminal.leadline(here, *arguments, width=60)
    drawn, *rest = shown.split("\r")[1:]

    assert status == 2
    assert drawn.startswith("a-search-with-quite-a-long-name: 2/4 done")
    assert len(drawn) < 60
    assert "has not finished after 0s" in rest[-1]


# --- best ---


def test_the_best_parameters_are_data_and_their_value_is_a_word(here: Path) -> None:
    store(here, group(best=BEST))
    answer = leadline("best", "digits", "--local")

    assert yaml.safe_load(answer.stdout) == BEST["params"]
    assert json.loads(leadline("best", "digits", "--local", "-o", "json").stdout) == BEST["params"]
    assert answer.stderr == "digits-1: accuracy 0.9\n"


def test_the_best_parameters_are_variables_that_a_shell_reads_back(here: Path) -> None:
    values = {"lr": 1e-05, "opt": BEST["params"]["opt"], "deep": True, "sizes": [1, "$(x)"], "none": None}
    store(here, group(best={**BEST, "params": values}))
    text = leadline("best", "digits", "--local", "-o", "env").stdout
    shell = f'{text}\nprintf "%s|" "$LEADLINE_PARAM_LR" "$LEADLINE_PARAM_OPT" "$LEADLINE_PARAM_DEEP"'
    shell += ' "$LEADLINE_PARAM_SIZES" "$LEADLINE_PARAM_NONE"'

    said = subprocess.run(["sh", "-c", shell], capture_output=True, text=True, check=True).stdout

    assert said == f'1e-05|{values["opt"]}|true|[1,"$(x)"]|null|'
    assert len(shlex.split(text)) == len(values)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (group(), "no trial of digits has succeeded yet (2/4 done)"),
        (group(matrix={"metric": None}), "digits has no spec.matrix.metric"),
    ],
)
def test_without_a_best_trial_it_is_told_why(here: Path, known: Any, words: str) -> None:
    store(here, known)
    answer = leadline("best", "digits", "--local")

    assert answer.exit_code == 3
    assert words in answer.stderr
