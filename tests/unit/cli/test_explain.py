"""Where a trial comes from and what became of it, in sentences and as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from leadline.cli.main import cli
from leadline.cli.story import tell

from .objects import BEST, TRIALS, Object, group, store, trial

EPOCHS = {"name": "epochs", "type": "int"}


def leadline(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def from_origin(origin: dict[str, Any], history: int = 0, **changes: Any) -> Object:
    known = trial(7, **changes)
    return {**known, "spec": {**known["spec"], "origin": origin, "history": history}}


def named(item: Object) -> Object:
    return {**item, "metadata": {"name": f"digits-{item['spec']['number']}"}}


def sentences(kind: str, item: Object, *others: Object, **matrix: Any) -> dict[str, list[str]]:
    whole = group(matrix={"kind": kind, **matrix})
    told: dict[str, list[str]] = tell(whole, named(item), [named(one) for one in (item, *others)])[
        "sentences"
    ]
    return told


def result(sequence: int, value: float | None, resource: int | None = None, **changes: Any) -> Object:
    return {
        "attempt": 1,
        "sequence": sequence,
        "outcome": "succeeded",
        "value": value,
        **({} if resource is None else {"resource": resource}),
        **changes,
    }


@pytest.mark.parametrize(
    ("kind", "origin", "words"),
    [
        ("grid", {"algorithm": "grid", "index": 7}, ["Point 7 of the grid"]),
        ("random", {"algorithm": "random", "index": 7}, ["Point 7 of random search", "no result does"]),
        ("sobol", {"algorithm": "sobol"}, ["Point 7 of the Sobol sequence"]),
        ("mapping", {"algorithm": "mapping", "index": 7}, ["Entry 7 of spec.matrix.values"]),
        ("bayes", {"algorithm": "bayes", "history": 3, "phase": "initial"}, ["first trials", "3 results."]),
        (
            "bayes",
            {"algorithm": "bayes", "history": 12, "pending": 3, "phase": "model", "acquisition": 0.034},
            ["its model", "knew 12 results", "3 more trials had no value", "value was 0.034, the greatest"],
        ),
        (
            "tpe",
            {"algorithm": "tpe", "history": 1, "phase": "model", "acquisition": 2.5},
            ["knew 1 result.", "logarithm of how much likelier"],
        ),
        (
            "cmaes",
            {"algorithm": "cmaes", "history": 30, "phase": "distribution", "generation": 2, "restarts": 1},
            ["its distribution as it was after generation 2.", "knew 30 results.", "also said restarts 1."],
        ),
        (
            "evolution",
            {
                "algorithm": "evolution",
                "history": 30,
                "phase": "mutation",
                "parent": 3,
                "changed": "lr, layers",
            },
            ["a mutation in lr, layers of the result in place 3 among the latest"],
        ),
        (
            "hyperopt",
            {"algorithm": "hyperopt", "history": 30, "method": "anneal", "phase": "unseen"},
            ["Suggested by hyperopt (anneal)", "not tried yet"],
        ),
        (
            "hyperband",
            {
                "algorithm": "hyperband",
                "bracket": 4,
                "rung": 0,
                "sampler": "random",
                "index": 7,
                "resource": 1,
            },
            ["drawn at random, as point 7", "bracket 4 at rung 0, with epochs=1"],
        ),
        (
            "tpe",
            {"algorithm": "tpe", "history": 5, "phase": "given", "point": 2},
            ["Point 2 of spec.warmStart", "5 results."],
        ),
        (
            "asha",
            {"algorithm": "asha", "sampler": "tpe", "phase": "model", "acquisition": 2.5, "history": 9},
            ["asha through sampler tpe: chosen by its model", "knew 9 results.", "how much likelier"],
        ),
        (
            "auto",
            {"algorithm": "auto", "chosen": "tpe", "phase": "model", "acquisition": 2.5, "history": 9},
            ["Suggested by auto (tpe): chosen by its model", "how much likelier"],
        ),
        (
            "iterative",
            {"algorithm": "iterative", "tuner": "http", "iteration": 2},
            ["Suggested by iterative: tuner http, round 2."],
        ),
        (
            "iterative",
            {"algorithm": "iterative", "tuner": "staircase", "step": 2},
            ["Suggested by iterative: tuner staircase.", "also said step 2."],
        ),
        ("iterative", {"algorithm": "mine", "phase": "{x} of {"}, ["Suggested by mine: phase {x} of {."]),
        ("iterative", {"algorithm": "mine", "mood": "bold"}, ["Suggested by mine.", "also said mood bold"]),
    ],
    ids=str,
)
def test_the_suggestion_is_told_in_sentences(kind: str, origin: dict[str, Any], words: list[str]) -> None:
    text = " ".join(sentences(kind, from_origin(origin), resource=EPOCHS)["suggested"])
    assert [word for word in words if word not in text] == [], text


def test_a_promotion_is_told_with_its_place_among_the_bracket() -> None:
    origin = {"algorithm": "hyperband", "bracket": 4, "rung": 0, "resource": 1}
    climber = from_origin(
        origin,
        state="Running",
        attempt=3,
        resource=9,
        results=[
            result(
                5, 0.8, 1, promoted="place 1 of the 2 results at epochs=1 so far, of which the best 1 goes on"
            ),
            result(9, 0.85, 3, attempt=2),
        ],
    )
    others = [
        {
            **trial(n, results=[result(n, value, 1)]),
            "spec": {**trial(n)["spec"], "origin": {"bracket": bracket}},
        }
        for n, value, bracket in ((1, 0.9, 4), (2, 0.7, 4), (3, 0.95, 3))
    ]
    assert sentences("hyperband", climber, *others, resource=EPOCHS)["results"] == [
        "Attempt 1 came to accuracy 0.8 at epochs=1: result 5 of the search, place 2 of 3 there by now.",
        "It was promoted to epochs=3: place 1 of the 2 results at epochs=1 so far, of which the best 1 goes on.",
        "Attempt 2 came to accuracy 0.85 at epochs=3: result 9 of the search, place 1 of 1 there by now.",
        "That was among the best: it was promoted to epochs=9.",
    ]


def test_a_trial_that_runs_on_from_rung_to_rung_is_not_promoted() -> None:
    stopped = from_origin(
        {"algorithm": "asha", "bracket": 0, "rung": 0, "resource": 81},
        state="Stopped",
        reason="StoppedAtRung",
        message="place 4 of the 6 results at epochs=3 so far, of which the best 2 go on",
        results=[result(5, 0.8, 1), result(9, 0.6, 3), result(10, None, 81, outcome="stopped")],
    )
    stopped["spec"]["rungs"] = [1, 3, 9, 27]
    told = sentences("asha", stopped, resource=EPOCHS)
    assert "to run up to epochs=81 unless it falls behind at 1, 3, 9, 27." in told["suggested"][-1]
    assert told["results"][1] == "That was good enough to run on to epochs=3."
    assert told["state"] == [
        "It was stopped (StoppedAtRung): place 4 of the 6 results at epochs=3 so far, of which the best 2 go on."
    ]


def test_a_trial_that_a_rule_looks_at_says_after_how_many_reports() -> None:
    stopped = from_origin(
        {"algorithm": "random", "index": 0},
        state="Stopped",
        reason="StoppedEarly",
        message="median, after 4 reports: it is worse than half of the others",
        results=[result(5, 0.8, 2), result(9, 0.6, 4), result(10, 0.6, outcome="stopped")],
    )
    stopped["spec"]["rungs"] = [2, 4, 6, 8, 10, 12]
    told = sentences("random", stopped)
    assert told["suggested"][-1] == "Early stopping looks at it when it has reported 2, 4, 6, 8, 10, … times."
    assert told["results"] == [
        "Attempt 1 came to accuracy 0.8 after 2 reports: result 5 of the search, place 1 of 1 there by now.",
        "Attempt 1 came to accuracy 0.6 after 4 reports: result 9 of the search, place 1 of 1 there by now.",
        "Attempt 1 came to accuracy 0.6 and stopped: result 10 of the search, place 1 of 1 by now.",
    ]
    assert told["state"] == [
        "It was stopped (StoppedEarly): median, after 4 reports: it is worse than half of the others."
    ]


def test_lost_attempts_are_told_with_their_reasons() -> None:
    unlucky = from_origin(
        {"algorithm": "random"},
        state="Failed",
        reason="ExitCode",
        message="exit code 1",
        attempt=3,
        failures=2,
        disruptions=1,
        lostAttempts=[
            {"attempt": 1, "reason": "Disrupted", "message": "the node was drained"},
            {"attempt": 2, "reason": "OutOfMemory"},
        ],
    )
    told = sentences("random", unlucky)
    assert told["attempts"] == [
        "Attempt 1 ended with Disrupted: the node was drained",
        "Attempt 2 ended with OutOfMemory.",
        "In all: 2 failures by its own fault and 1 disruption by the cluster in this rung; "
        "the last attempt is number 3.",
    ]
    assert told["state"] == ["It failed (ExitCode): exit code 1."]


@pytest.mark.parametrize("state", ["Pending", "Running", "Paused", "Succeeded", "Failed", "Stopped"])
def test_every_state_is_told(state: str) -> None:
    assert sentences("random", from_origin({"algorithm": "random"}, state=state))["state"][0].startswith(
        "It "
    )


@pytest.mark.usefixtures("here")
class TestCommand:
    """Against a file of this machine."""

    @pytest.mark.parametrize(
        "arguments", [["digits-1"], ["digits", "1"], ["digits", "best"], ["best"]], ids=" ".join
    )
    def test_a_trial_is_found_as_by_logs(self, here: Path, arguments: list[str]) -> None:
        store(here, group(best=BEST), TRIALS)
        answer = leadline("explain", *arguments, "--local")
        assert answer.exit_code == 0, answer.stderr
        assert answer.stdout.startswith("digits-1 (Succeeded): lr=0.0123457, opt=a dam\n")
        assert "\nHow it stands\n  It succeeded" in answer.stdout
        assert "It is the best trial of the search so far." in answer.stdout

    def test_json_and_yaml_hold_the_same(self, here: Path) -> None:
        store(here, group(best=BEST), TRIALS)
        told = json.loads(leadline("explain", "digits-3", "--local", "-o", "json").stdout)
        assert told == yaml.safe_load(leadline("explain", "digits-3", "--local", "-o", "yaml").stdout)
        assert told["end"] == {"reason": "ExitCode", "message": "exit code 1"}
        assert told["suggestion"]["history"] == 0

    def test_what_a_trial_wrote_moves_no_cursor(self, here: Path) -> None:
        store(here, group(), [trial(0, "Failed", reason="ExitCode", message="\x1b[2Jgone")])
        assert "\\x1b[2Jgone" in leadline("explain", "digits-0", "--local").stdout

    def test_a_search_alone_is_asked_for_its_trial(self, here: Path) -> None:
        store(here, group(), TRIALS)
        answer = leadline("explain", "digits", "--local")
        assert answer.exit_code == 2
        assert "as in `leadline explain digits best`" in answer.stderr
