"""Methods for tasks with learning curves: our matrices with rungs, and Optuna's samplers with and without a pruner.

``flat`` ones give each trial its whole training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.search.fidelity import RungEntry, RungMethod, RungSetting, Work
from benchmarks.search.methods.dimensions import read_dimensions
from benchmarks.search.methods.leadline_matrix import METRIC, matrix_of, searcher_of
from benchmarks.search.methods.method import Unavailable
from benchmarks.search.methods.optuna_samplers import ask_trial
from benchmarks.search.tasks.task import Params
from leadline.search import Completed, Promote, Running

ETA = 3


class Rungs:
    """Any matrix of ours. Trials that have come to their rung wait as paused until they are promoted or closed."""

    def __init__(self, matrix: Mapping[str, Any], setting: RungSetting) -> None:
        self._searcher = searcher_of(matrix, setting.seed)
        self._most = setting.most
        self._told: list[Completed] = []
        self._sequence = 0
        self._live: dict[int, Running] = {}
        self._params: dict[int, Params] = {}
        self._rungs: dict[int, tuple[float | int, ...]] = {}
        self._last: set[int] = set()
        self._stops: set[int] = set()

    def ask(self, number: int) -> Work | None:
        answer = self._answer([number])
        for suggestion in answer.suggestions:
            if isinstance(suggestion, Promote):
                trial, params = suggestion.trial, self._params[suggestion.trial]
            else:
                trial, params = number, dict(suggestion.params)
                self._params[number] = params
                self._rungs[number] = suggestion.rungs
            if suggestion.last:
                self._last.add(trial)
            until = int(suggestion.resource or self._most)
            self._live[trial] = Running(trial, params, until)
            return Work(trial, params, until)
        return None

    def report(self, number: int, epoch: int, loss: float | None) -> bool:
        """A trial whose rungs are told while it runs may be stopped at one."""
        if epoch in self._rungs[number] and loss is not None:
            self._tell(number, "succeeded", loss, epoch)
            self._answer([])
        return number not in self._stops

    def tell(self, number: int, epoch: int, loss: float | None) -> None:
        trial = self._live.pop(number)
        stopped = number in self._stops
        if loss is not None and not stopped and trial.resource is not None and number not in self._last:
            # It waits for its promotion.
            self._live[number] = Running(number, trial.params, trial.resource, paused=True)
        if not stopped:
            self._tell(number, "failed" if loss is None else "succeeded", loss, epoch)
        elif epoch not in self._rungs[number]:
            self._tell(number, "stopped", None, epoch)

    def _tell(self, number: int, outcome: Any, loss: float | None, epoch: int) -> None:
        self._sequence += 1
        params = self._params[number]
        self._told.append(Completed(number, params, self._sequence, outcome, loss, epoch))

    def _answer(self, numbers: list[int]) -> Any:
        self._searcher.update(self._told, list(self._live.values()))
        self._told = []
        answer = self._searcher.suggest(numbers)
        for trial in answer.closed:
            self._live.pop(trial, None)
        self._stops |= {stop.trial for stop in answer.stops}
        return answer


class Pruned:
    """Optuna, which is told every epoch and may prune there. pruner: None for whole trainings."""

    def __init__(self, setting: RungSetting, sampler: Callable[[Any, int], Any], pruner: str | None) -> None:
        try:
            import optuna
        except ImportError as error:
            raise Unavailable(str(error)) from error
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._states = optuna.trial.TrialState
        rule = {
            None: optuna.pruners.NopPruner,
            "hyperband": lambda: optuna.pruners.HyperbandPruner(1, setting.most, ETA),
            "halving": lambda: optuna.pruners.SuccessiveHalvingPruner(1, ETA),
            "median": optuna.pruners.MedianPruner,
        }[pruner]
        self._study = optuna.create_study(sampler=sampler(optuna, setting.seed), pruner=rule())
        self._setting = setting
        self._dimensions = read_dimensions(setting.params)
        self._trials: dict[int, Any] = {}
        self._pruned: set[int] = set()

    def ask(self, number: int) -> Work | None:
        trial = self._trials[number] = self._study.ask()
        params = ask_trial(trial, self._setting.params, self._dimensions, flat=False)
        return Work(number, params, self._setting.most)

    def report(self, number: int, epoch: int, loss: float | None) -> bool:
        if loss is None:
            return False
        self._trials[number].report(loss, epoch)
        if epoch < self._setting.most and self._trials[number].should_prune():
            self._pruned.add(number)
        return number not in self._pruned

    def tell(self, number: int, epoch: int, loss: float | None) -> None:
        trial = self._trials.pop(number)
        if loss is None:
            self._study.tell(trial, state=self._states.FAIL)
        elif number in self._pruned:
            self._study.tell(trial, state=self._states.PRUNED)
        else:
            self._study.tell(trial, loss)


def rung_matrix(kind: str, setting: RungSetting, **more: Any) -> dict[str, Any]:
    """A matrix with rungs over epochs. numRuns is no limit where it is asked for: the budget is."""
    matrix = {
        "kind": kind,
        "params": dict(setting.params),
        "metric": METRIC,
        "maxIterations": setting.most,
        "eta": ETA,
        "resource": {"name": "epochs", "type": "int"},
        "resume": True,
    }
    return matrix | ({} if kind == "hyperband" else {"numRuns": setting.budget}) | more


def _ours(name: str, label: str, kind: str, **more: Any) -> RungEntry:
    def build(setting: RungSetting) -> RungMethod:
        return Rungs(rung_matrix(kind, setting, **more), setting)

    return RungEntry(name, build, (), f"Leadline {label}", kind)


def _flat(kind: str, label: str) -> RungEntry:
    def build(setting: RungSetting) -> RungMethod:
        return Rungs(matrix_of(kind, setting.params, setting.budget // setting.most), setting)

    return RungEntry(f"flat-{kind}", build, (), f"Leadline {label}, whole trainings", kind)


def _optuna(name: str, label: str, sampler: Callable[[Any, int], Any], pruner: str | None) -> RungEntry:
    return RungEntry(name, lambda setting: Pruned(setting, sampler, pruner), ("optuna",), label)


def _tpe(optuna: Any, seed: int) -> Any:
    return optuna.samplers.TPESampler(seed=seed)


def _random(optuna: Any, seed: int) -> Any:
    return optuna.samplers.RandomSampler(seed=seed)


ENTRIES = (
    _flat("random", "random search"),
    _flat("tpe", "tpe"),
    _flat("bayes", "bayes"),
    _ours("auto", "auto", "auto"),
    _ours("hyperband", "hyperband", "hyperband"),
    _ours("hyperband-tpe", "hyperband, sampler tpe", "hyperband", sampler="tpe"),
    _ours("hyperband-bayes", "hyperband, sampler bayes", "hyperband", sampler="bayes"),
    _ours("asha", "asha", "asha"),
    _ours("asha-tpe", "asha, sampler tpe", "asha", sampler="tpe"),
    _ours("asha-bayes", "asha, sampler bayes", "asha", sampler="bayes"),
    _ours("asha-stopping", "asha, stopping", "asha", variant="stopping"),
    _ours("asha-stopping-tpe", "asha, stopping, sampler tpe", "asha", variant="stopping", sampler="tpe"),
    _optuna("optuna-hyperband-tpe", "Optuna Hyperband and TPE", _tpe, "hyperband"),
    _optuna("optuna-hyperband-random", "Optuna Hyperband and random", _random, "hyperband"),
    _optuna("optuna-halving-tpe", "Optuna successive halving and TPE", _tpe, "halving"),
    _optuna("optuna-median-tpe", "Optuna median rule and TPE", _tpe, "median"),
    _optuna("optuna-flat-tpe", "Optuna TPE, whole trainings", _tpe, None),
)
ALL: dict[str, RungEntry] = {entry.name: entry for entry in ENTRIES}
