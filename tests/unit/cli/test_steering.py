"""wait, suspend, resume and stop on searches of this machine, and what they say of running trials."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from leadline.api.names import GROUP_KIND
from leadline.cli.main import cli
from leadline.local.store import Store

from . import terminal
from .objects import group, store

pytestmark = pytest.mark.usefixtures("here")


def leadline(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def spec_of(path: Path, name: str = "digits") -> dict[str, Any]:
    with Store.open(path, "read") as opened:
        found = opened.get(GROUP_KIND, name)
    assert found is not None
    spec: dict[str, Any] = found["spec"]
    return spec


# --- wait ---


@pytest.mark.parametrize(("state", "status"), [("Succeeded", 0), ("Failed", 1)])
def test_wait_tells_how_it_ended(here: Path, state: str, status: int) -> None:
    store(here, group(state=state, message="20 trials"))
    answer = leadline("wait", "digits", "--local", "-q")

    assert answer.exit_code == status
    assert answer.stdout == f"digits {state.lower()}: 20 trials\n"


def test_wait_tells_when_the_time_is_over(here: Path, held: Callable[[Path], None]) -> None:
    held(store(here, group()))
    answer = leadline("wait", "digits", "--local", "--timeout", "0")

    assert answer.exit_code == 2
    assert answer.stdout == ""
    assert "digits has not finished after 0s: 2/4 done, 2 running" in answer.stderr


# --- suspend, resume, stop ---


@pytest.mark.parametrize(
    ("command", "before", "after", "words"),
    [
        (["suspend"], {}, {"suspend": True}, "suspended: no new trial starts. 2 running trials go on"),
        (["suspend"], {"suspend": True}, {"suspend": True}, "is suspended already"),
        (["resume"], {"suspend": True}, {}, "resumed: new trials start"),
        (["resume"], {"stop": "Drain"}, {}, "no longer to stop"),
        (["resume"], {}, {}, "neither suspended nor stopped"),
        (["stop"], {}, {"stop": "Drain"}, "2 running trials come to the end first"),
        (["stop"], {"stop": "Drain"}, {"stop": "Drain"}, "is stopping already"),
        (
            ["stop", "--now"],
            {},
            {"stop": "Now"},
            "2 running trials are being ended and will count as stopped",
        ),
        (["stop", "--now"], {"stop": "Drain"}, {"stop": "Now"}, "are being ended"),
        (["stop"], {"stop": "Now"}, {"stop": "Now"}, "is stopping already"),
    ],
)
def test_an_edit_says_what_becomes_of_running_trials(
    here: Path,
    held: Callable[[Path], None],
    command: list[str],
    before: dict[str, Any],
    after: dict[str, Any],
    words: str,
) -> None:
    held(path := store(here, group(spec=before)))
    answer = leadline(*command, "digits", "--local")
    spec = spec_of(path)

    assert answer.exit_code == 0
    assert words in answer.stdout
    assert {key: spec[key] for key in ("suspend", "stop") if key in spec} == after
    assert spec["matrix"] == group()["spec"]["matrix"]


@pytest.mark.parametrize("command", [["suspend"], ["stop"], ["stop", "--now"]], ids=" ".join)
def test_a_search_that_has_finished_is_left_alone(here: Path, command: list[str]) -> None:
    path = store(here, group(state="Succeeded"))
    answer = leadline(*command, "digits", "--local")

    assert answer.exit_code == 0
    assert answer.stdout == "digits has finished already (succeeded): nothing was changed\n"
    assert spec_of(path).keys() == {"matrix", "template"}


@pytest.mark.parametrize("command", ["suspend", "stop", "resume"])
def test_an_edit_that_nobody_would_notice_is_refused(here: Path, command: str) -> None:
    spec = {"suspend": True} if command == "resume" else {}
    path = store(here, group(spec=spec))
    answer = leadline(command, "digits", "--local")

    assert answer.exit_code == 3
    assert "nothing runs digits now: `leadline run` with its file goes on with it" in answer.stderr
    assert spec_of(path).get("suspend") == spec.get("suspend")


@pytest.mark.parametrize(
    ("answered", "status", "stop"), [("y\n", 0, "Now"), ("n\n", 130, None), (terminal.END, 130, None)]
)
def test_a_terminal_is_asked_before_running_trials_are_ended(
    here: Path,
    held: Callable[[Path], None],
    answered: str,
    status: int,
    stop: str | None,
) -> None:
    held(path := store(here, group()))
    ended, shown = terminal.leadline(here, "stop", "digits", "--now", "--local", keys=answered)

    assert ended == status
    assert "2 running trials of digits will be ended and count as stopped. Go on?" in " ".join(shown.split())
    assert spec_of(path).get("stop") == stop


def test_a_terminal_is_not_asked_where_yes_was_said(here: Path, held: Callable[[Path], None]) -> None:
    held(path := store(here, group()))
    assert terminal.leadline(here, "stop", "digits", "--now", "--yes", "--local")[0] == 0
    assert spec_of(path)["stop"] == "Now"
