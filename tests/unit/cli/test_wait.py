"""Waiting for a search, on a clock that does not tick by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click
import pytest

from leadline.cli.errors import CliError
from leadline.cli.wait import BETWEEN_RUNS, PATIENCE, progress_text, seconds_of, wait
from leadline.kube.errors import Forbidden, KubeError, NotSent, ServerError

from .objects import Object, best, group


class Scripted:
    """A place whose one group is, look after look, what the script says; the last entry stays."""

    place = "here"

    def __init__(self, *script: Object | Exception, driven: bool = True) -> None:
        self.script = list(script)
        self.driven = driven
        self.now = 0.0
        self.looks = 0

    def group(self, name: str) -> Object:
        self.looks += 1
        entry = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(entry, Exception):
            raise entry
        return {**entry, "metadata": {"name": name, "generation": 1}}

    def is_driven(self, group: Object) -> bool:
        return self.driven

    def groups(self) -> list[Object]:
        raise NotImplementedError

    def trials(self, group: Object) -> list[Object]:
        raise NotImplementedError

    def trial(self, name: str) -> Object:
        raise NotImplementedError

    def edit(self, group: Object, change: Mapping[str, Any]) -> Object:
        raise NotImplementedError

    def read_log(
        self, group: Object, trial: Object, attempt: int, write: Callable[[bytes], object], *, follow: bool
    ) -> str:
        raise NotImplementedError

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def outcome(place: Scripted, timeout: float | None = None) -> str | None:
    return wait(place, "digits", timeout, lambda _: None, clock=lambda: place.now, sleep=place.sleep)[1]


@pytest.mark.parametrize("state", ["Succeeded", "Failed"])
def test_it_ends_when_the_search_does(state: str) -> None:
    place = Scripted(group(), group(), group(state=state))

    assert outcome(place) == state
    assert place.looks == 3


def test_it_gives_up_when_the_time_is_over_and_not_later() -> None:
    place = Scripted(group())

    assert outcome(place, timeout=5) is None
    assert place.now == 5


def test_no_time_at_all_means_one_look() -> None:
    place = Scripted(group())

    assert outcome(place, timeout=0) is None
    assert place.looks == 1
    assert outcome(Scripted(group(state="Failed")), timeout=0) == "Failed"


def test_a_cluster_that_does_not_answer_for_a_while_is_waited_for() -> None:
    silence: list[Exception] = [NotSent("refused"), ServerError(503, "", "busy")]
    place = Scripted(group(), *silence, group(state="Succeeded"))

    assert outcome(place) == "Succeeded"


def test_a_cluster_that_never_answers_again_is_given_up() -> None:
    place = Scripted(group(), NotSent("refused"))

    with pytest.raises(KubeError):
        outcome(place)
    assert PATIENCE < place.now < PATIENCE + 10


@pytest.mark.parametrize("error", [Forbidden(403, "Forbidden", "no"), CliError("no search 'digits'")])
def test_what_no_waiting_cures_is_told_at_once(error: Exception) -> None:
    with pytest.raises(type(error)):
        outcome(Scripted(group(), error))


def test_a_cluster_that_can_not_be_reached_in_the_beginning_is_told_at_once() -> None:
    with pytest.raises(NotSent):
        outcome(Scripted(NotSent("refused")))


def test_a_search_that_nobody_runs_is_not_waited_for() -> None:
    place = Scripted(group(), driven=False)

    with pytest.raises(CliError, match="nothing runs digits now"):
        outcome(place)
    assert BETWEEN_RUNS < place.now < BETWEEN_RUNS + 5


def test_the_end_of_a_search_that_nobody_runs_any_more_counts() -> None:
    assert outcome(Scripted(group(state="Succeeded"), driven=False)) == "Succeeded"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("90s", 90), ("10m", 600), ("1h30m", 5400), ("1h0.5m", 3630), (None, None)],
)
def test_times_are_read_as_kubectl_reads_them(text: str | None, seconds: float | None) -> None:
    command = click.Command("wait")

    assert seconds_of(click.Context(command), click.Option(["--timeout"]), text) == seconds


@pytest.mark.parametrize("text", ["", "m", "10 m", "ten", "-5", "5d", "1h30"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write it as 90s, 10m or 1h30m"):
        seconds_of(click.Context(click.Command("wait")), click.Option(["--timeout"]), text)


def test_progress_is_one_line() -> None:
    assert progress_text(group()) == "2/4 done, 2 running"
    assert (
        progress_text(group(best=best("digits", 1, 0.9)))
        == "2/4 done, 2 running, best accuracy=0.9 (digits-1)"
    )
    waiting = group(state="Waiting", message="trial 3: no node fits", counts={})
    assert progress_text(waiting) == "2/4 done, Waiting: trial 3: no node fits"
