"""Stopping rules: found by their entry points, asked in order, not believed; and what a search sees of it all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.search.engine import Group
from leadline.plugins import find_rule, make_searcher_here
from leadline.search import Answer, Completed, Curve, New, Running, check_matrix, is_heavy, make_searcher
from leadline.search.stopping.errors import StoppingRuleError
from leadline.search.stopping.fields import MOST_LOOKS, RuleFields, looks_of
from plugins.install import BAD_RULES, GOOD_RULES, RULES, install_here
from plugins.rules import Saying

PARAMS = {"x": {"kind": "uniform", "value": [0, 1]}}
METRIC = {"name": "loss", "optimization": "minimize"}


def rule(name: str, **fields: Any) -> dict[str, Any]:
    return {"kind": "custom_early_stopping", "entryPoint": name, **fields}


def matrix(*rules: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A random search of 12 trials with some rules."""
    found = {
        "kind": "random",
        "numRuns": 12,
        "params": PARAMS,
        "metric": METRIC,
        "earlyStopping": list(rules),
    }
    return {name: value for name, value in {**found, **fields}.items() if value is not None}


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_here(monkeypatch, tmp_path / "site", RULES, {**GOOD_RULES, **BAD_RULES})
    Saying.asked.clear()
    Saying.says = staticmethod(lambda: None)


def report(number: int, sequence: int, count: int, value: float | None) -> Completed:
    """What trial ``number`` had come to when it had reported so often."""
    return Completed(number, {"x": number / 20}, sequence, "succeeded", value, count)


def end(number: int, sequence: int, value: float | None, outcome: Any = "succeeded") -> Completed:
    return Completed(number, {"x": number / 20}, sequence, outcome, value)


def running(*numbers: int) -> list[Running]:
    return [Running(number, {"x": number / 20}) for number in numbers]


# --- when a trial is looked at ---


@pytest.mark.parametrize(
    ("fields", "first"),
    [({}, [1, 2, 3]), ({"evaluationInterval": 5}, [5, 10, 15]), ({"minInterval": 4}, [4, 5, 6]),
     ({"evaluationInterval": 5, "minInterval": 2}, [2, 7, 12])],
)  # fmt: skip
def test_a_trial_is_looked_at_after_the_first_reports_and_every_few_more(
    fields: dict[str, int], first: list[int]
) -> None:
    (new,) = make_searcher_here(matrix(rule("behind", **fields)), 0).suggest([0]).suggestions

    assert isinstance(new, New)
    assert list(new.rungs[:3]) == first
    assert len(new.rungs) == MOST_LOOKS
    assert new.resource is None


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), min_size=1, max_size=5))
def test_looks_are_the_first_of_all_rules(pairs: list[tuple[int, int]]) -> None:
    rules = [RuleFields("r", interval, least, {}) for interval, least in pairs]
    looks = looks_of(rules)

    assert len(looks) == MOST_LOOKS
    assert list(looks) == [
        count for count in range(1, looks[-1] + 1) if any(one.looks_at(count) for one in rules)
    ]


def test_each_rule_is_asked_at_its_own_reports() -> None:
    searcher = make_searcher_here(
        matrix(
            rule("above", evaluationInterval=3, settings={"limit": 0}), rule("saying", evaluationInterval=2)
        ),
        0,
    )
    history = [report(0, count, count, 1.0) for count in (2, 3, 4)]
    searcher.update(history[:1], running(0))
    assert searcher.suggest([]).stops == ()
    searcher.update(history[1:], running(0))
    (stop,) = searcher.suggest([]).stops

    assert stop.message == "above, after 3 reports: 1 is above 0"
    assert [curve.reports[-1][0] for curve, _ in Saying.asked] == [2], (
        "nobody is asked about a trial that is to end"
    )


# --- what a rule is told ---


def test_a_rule_is_told_every_trial_as_it_stood_then() -> None:
    searcher = make_searcher_here(matrix(rule("saying")), 0)
    searcher.update(
        [
            report(0, 1, 1, 5.0),
            report(1, 2, 1, None),
            end(0, 3, 4.0),
            report(1, 4, 2, 3.0),
            end(2, 5, None, "failed"),
        ],
        running(1),
    )
    searcher.update([report(1, 6, 3, 2.0)], running(1))

    trials = [sorted(known) for _, known in Saying.asked]
    assert trials == [[0], [0, 1], [0, 1], [0, 1, 2]]
    last, _ = Saying.asked[-1]
    assert last == Curve(1, {"x": 0.05}, ((1, None), (2, 3.0), (3, 2.0)))
    assert [last.at(count) for count in (0, 1, 2, 9)] == [None, None, 3.0, 2.0]


def test_what_has_ended_says_how() -> None:
    searcher = make_searcher_here(matrix(rule("saying")), 0)
    searcher.update([report(0, 1, 1, 5.0), end(0, 2, 4.0, "stopped"), report(1, 3, 1, 5.0)], running(1))

    trial, trials = Saying.asked[-1]
    assert (trial.outcome, trial.value) == (None, None)
    assert trials[1] == trial
    assert trials[0] == Curve(0, {"x": 0.0}, ((1, 5.0),), "stopped", 4.0)


def test_the_search_is_told_of_ends_only() -> None:
    fields = {"kind": "bayes", "numInitialRuns": 2, "maxIterations": 8, "numRuns": None}
    watched = make_searcher_here(matrix(rule("saying"), **fields), 3)
    plain = make_searcher(matrix(**fields, earlyStopping=None), 3)
    ends = [end(number, 10 + number, number / 7) for number in range(4)]
    watched.update([report(n, n, 1, 9.0) for n in range(4)], running(*range(4)))
    watched.update([*ends, report(4, 20, 1, 9.0)], running(4))
    plain.update(ends, running(4))

    ours, theirs = watched.suggest([5, 6]), plain.suggest([5, 6])
    assert [new.params for new in ours.suggestions if isinstance(new, New)] == [
        new.params for new in theirs.suggestions if isinstance(new, New)
    ]
    assert ours.done == theirs.done


# --- what becomes of it ---


def test_a_trial_is_ended_by_the_first_rule_that_is_against_it_and_stays_so() -> None:
    searcher = make_searcher_here(matrix(rule("behind"), rule("above", settings={"limit": 0})), 0)
    searcher.update([report(0, 1, 1, 1.0), report(1, 2, 1, 2.0)], running(0, 1))
    stops = {stop.trial: stop.message for stop in searcher.suggest([]).stops}
    assert stops == {0: "above, after 1 report: 1 is above 0", 1: "behind, after 1 report: 2 is behind 1"}

    searcher.update([report(0, 3, 2, -5.0)], running(0, 1))
    assert {stop.trial: stop.message for stop in searcher.suggest([]).stops} == stops
    searcher.update([end(0, 4, -5.0, "stopped")], running(1))
    assert [stop.trial for stop in searcher.suggest([]).stops] == [1]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 1)), max_size=20), st.integers(0, 20))
def test_a_new_search_with_the_same_history_says_the_same(told: list[tuple[int, float]], cut: int) -> None:
    counts: dict[int, int] = {}
    history = []
    for place, (number, value) in enumerate(told):
        counts[number] = counts.get(number, 0) + 1
        history.append(report(number, place + 1, counts[number], value))
    searched = matrix(rule("behind"))
    at_once, piecewise = (make_searcher(searched, 0, find_rule=find_rule) for _ in range(2))
    at_once.update(history, running(*range(4)))
    piecewise.update(history[:cut], running(*range(4)))
    before = {stop.trial for stop in piecewise.suggest([]).stops}
    piecewise.update(history[cut:], running(*range(4)))

    assert at_once.suggest([4]) == piecewise.suggest([4])
    assert before <= {stop.trial for stop in at_once.suggest([4]).stops}


@pytest.mark.parametrize("kind", ["random", "sobol", "tpe", "cmaes", "evolution", "auto"])
def test_a_whole_search_comes_to_its_end(kind: str) -> None:
    searched = matrix(rule("behind", evaluationInterval=2), kind=kind, numRuns=30)
    group = Group(make_searcher_here(searched, 1), 4).run()

    assert len(group.suggested) == 30
    assert len(group.stopped) >= 10
    assert {stop.message.split(",")[0] for stop in group.stopped} == {"behind"}
    assert group.done is not None


# --- what goes wrong ---


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "patience",
            "no stopping rule named 'patience' is installed where the search runs; there are: above",
        ),
        ("unbuildable", "the stopping rule 'unbuildable' failed: ValueError: no such setting: patience"),
        ("nothing", "'nothing' is no stopping rule: it has no judge()"),
        ("missing", "can't be loaded from plugins.rules:Nowhere: AttributeError"),
    ],
)
def test_what_keeps_a_rule_from_being_made_is_said(name: str, words: str) -> None:
    with pytest.raises(StoppingRuleError) as raised:
        make_searcher_here(matrix(rule(name)), 0)

    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (lambda: True, "the stopping rule 'saying': its judge() returned bool, neither None nor a sentence"),
        (lambda: "", "its judge() returned an empty text"),
        (lambda: 1 / 0, "the stopping rule 'saying' failed: ZeroDivisionError: division by zero"),
    ],
)
def test_an_answer_that_can_not_be_used_is_refused(says: Any, words: str) -> None:
    Saying.says = staticmethod(says)
    searcher = make_searcher_here(matrix(rule("saying")), 0)

    with pytest.raises(StoppingRuleError) as raised:
        searcher.update([report(0, 1, 1, 1.0)], running(0))

    assert words in str(raised.value)


def test_a_search_that_was_told_of_no_rules_finds_none() -> None:
    with pytest.raises(StoppingRuleError, match="no stopping rule named 'above' can be found here"):
        make_searcher(matrix(rule("above")), 0)


def test_code_of_others_is_given_a_process_of_its_own() -> None:
    assert is_heavy(matrix(rule("above")))
    assert not is_heavy(matrix())


RUNGS = {"kind": "asha", "maxIterations": 9, "resource": {"name": "epochs", "type": "int"}}


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"metric": None}, "metric", "earlyStopping needs a metric; say what is compared"),
        (RUNGS, "earlyStopping", "a search by rungs ends trials at rungs of its own; remove earlyStopping"),
        ({**RUNGS, "kind": "auto"}, "earlyStopping", "a search by rungs"),
        (
            {"kind": "iterative", "numRuns": None, "maxIterations": 3, "tuner": {"http": {"url": "http://a"}}},
            "earlyStopping",
            "asked in rounds has no earlyStopping",
        ),
        ({"earlyStopping": "median"}, "earlyStopping", "must be a list of rules, not 'median'"),
        ({"earlyStopping": [rule("above")] * 6}, "earlyStopping", "6 rules are more than 5"),
        ({"earlyStopping": ["median"]}, "earlyStopping[0]", "must be a map, not 'median'"),
        ({"earlyStopping": [{"entryPoint": "above"}]}, "earlyStopping[0].kind", "kind is missing"),
        (
            {"earlyStopping": [{**rule("above"), "kind": "costum_early_stopping"}]},
            "earlyStopping[0].kind",
            "did you mean custom_early_stopping?",
        ),
        (
            {"earlyStopping": [{"kind": "custom_early_stopping"}]},
            "earlyStopping[0].entryPoint",
            "entryPoint is missing; name an entry point of the group leadline.stopping_rules",
        ),
        (
            {"earlyStopping": [rule("above", evaluationInterval=0)]},
            "earlyStopping[0].evaluationInterval",
            "from 1 to 1000000, not 0; it is counted in reports of the metric",
        ),
        ({"earlyStopping": [rule("above", minInterval=1.5)]}, "earlyStopping[0].minInterval", "not 1.5"),
        ({"earlyStopping": [rule("above", settings=3)]}, "earlyStopping[0].settings", "must be a map"),
        (
            {"earlyStopping": [rule("above", evaluationIntervall=2)]},
            "earlyStopping[0].evaluationIntervall",
            "did you mean evaluationInterval?",
        ),
    ],
)  # fmt: skip
def test_a_matrix_with_a_mistake_is_told_of(fields: dict[str, Any], path: str, words: str) -> None:
    (problem,) = check_matrix(matrix(rule("above", settings={"limit": 1}), **fields))

    assert problem.path == path
    assert words in str(problem)


def test_an_answer_without_rules_is_the_searchs_own() -> None:
    answer = make_searcher(matrix(), 0).suggest([0, 1])

    assert isinstance(answer, Answer)
    assert answer.stops == ()
