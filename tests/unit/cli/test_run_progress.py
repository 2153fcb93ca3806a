"""What a person sees of a search: the lines and the picture of a real, small one, and the time that is left."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from leadline.cli import progress
from leadline.cli.progress import Lines, Picture, Quiet, choose, params_text, time_left
from unit.local.bodies import MARK_START, Document, Search, document, until


@pytest.fixture
def search(tmp_path: Path) -> Iterator[Search]:
    search = Search(tmp_path)
    yield search
    search.clean()


async def shown(
    search: Search, given: Document, shower: Quiet, during: Callable[[], object] | None = None
) -> None:
    """Run a search with this way of showing it."""
    search.told = shower  # type: ignore[assignment]
    async with search.running(given) as body:
        with shower.shown(body):
            await body.run()


# --- lines ---


async def test_each_trial_gets_a_line_when_it_ends(
    search: Search, capsys: pytest.CaptureFixture[str]
) -> None:
    given = document("echo loss=0.12345678", trials=1)
    await shown(search, given, Lines())
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split("  ")[:2] for line in err.splitlines()] == [["[1/1] g-0 succeeded", "loss=0.123457"]]
    assert err.rstrip().endswith("x=0")


async def test_a_failure_is_told_with_its_reason_and_the_end_of_its_log(
    search: Search, capsys: pytest.CaptureFixture[str]
) -> None:
    await shown(search, document("printf 'bad news \\033[2J\\007\\n'; exit 3", trials=1), Lines())
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("[1/1] g-0 failed")
    assert lines[1] == "    its command ended with exit code 3"
    assert lines[2].startswith("    | bad news")
    assert all(line.isprintable() for line in lines)


async def test_only_the_first_failures_show_their_logs(
    search: Search, capsys: pytest.CaptureFixture[str]
) -> None:
    await shown(search, document("echo bad news; exit 3", trials=progress.LOGS_SHOWN + 2), Lines())
    err = capsys.readouterr().err
    assert err.count("failed") == progress.LOGS_SHOWN + 2
    assert err.count("bad news") == progress.LOGS_SHOWN


async def test_what_a_search_waits_for_is_told(search: Search, capsys: pytest.CaptureFixture[str]) -> None:
    given = document("echo loss=1", spec={"suspend": True})
    search.told = Lines()  # type: ignore[assignment]
    async with search.begun(given) as body:
        with search.told.shown(body):  # type: ignore[attr-defined]
            await until(lambda: search.group().status.state == "Suspended", "the suspension")
            body.interrupt()
    assert "spec.suspend is true: nothing new starts" in capsys.readouterr().err


async def test_a_terminal_that_is_gone_harms_nothing(search: Search, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError("the terminal is gone")

    monkeypatch.setattr("sys.stderr", Gone())
    await shown(search, document("echo loss=1"), Lines())
    assert search.group().status.state == "Succeeded"


async def test_quiet_says_nothing(search: Search, capsys: pytest.CaptureFixture[str]) -> None:
    await shown(search, document("exit 3"), choose(quiet=True, plain=False))
    assert capsys.readouterr() == ("", "")


def test_a_pipe_gets_lines() -> None:
    assert type(choose(quiet=False, plain=False)) is Lines


# --- the picture ---


def picture_of(height: int = 12, width: int = 90) -> tuple[Picture, Console]:
    drawn = Console(
        file=io.StringIO(),
        width=width,
        height=height,
        markup=False,
        emoji=False,
        highlight=False,
        no_color=True,
    )
    return Picture(drawn), drawn


def draw(picture: Picture, drawn: Console) -> list[str]:
    with drawn.capture() as capture:
        drawn.print(picture._picture())
    return [line.rstrip() for line in capture.get().splitlines()]


async def test_the_picture_shows_progress_best_and_what_runs(search: Search) -> None:
    picture, drawn = picture_of()
    script = (
        f"{MARK_START}; [ $LEADLINE_NUMBER = 0 ] || {{ echo step=4 loss=0.75; sleep 300; }}; echo loss=0.5"
    )
    search.told = picture  # type: ignore[assignment]
    async with search.begun(document(script, trials=4)) as body:
        picture.body = body
        await until(
            lambda: len(body.supervisor.running()) == 2 and all(a.metrics for a in body.supervisor.running()),
            "two to run",
        )
        await until(lambda: "Succeeded" in search.states(), "one to end")
        lines = draw(picture, drawn)
        body.interrupt()
    assert lines[0].startswith("g  ━")
    assert "1/4  2 running" in lines[0]
    assert lines[1] == "best loss=0.5  g-0  x=0"
    assert [line.split() for line in lines[2:4]] == [
        ["g-1", lines[2].split()[1], "loss=0.75", "(step", "4)", "x=1"],
        ["g-2", lines[3].split()[1], "loss=0.75", "(step", "4)", "x=2"],
    ]


async def test_the_picture_never_outgrows_the_terminal(search: Search) -> None:
    picture, drawn = picture_of(height=10, width=40)
    given = document(f"{MARK_START}; sleep 300", trials=12, matrix={"concurrency": 12})
    search.told = picture  # type: ignore[assignment]
    async with search.begun(given) as body:
        picture.body = body
        await until(lambda: len(body.supervisor.running()) == 12, "all of them to run")
        lines = draw(picture, drawn)
        body.interrupt()
    assert len(lines) <= 10
    assert lines[-1] == "and 8 more"
    assert max(map(len, lines)) <= 40


async def test_the_picture_is_gone_at_the_end_and_failures_stay(search: Search) -> None:
    drawn = Console(file=io.StringIO(), force_terminal=True, width=90, no_color=True, highlight=False)
    await shown(search, document("echo bad news; exit 3", trials=1), Picture(drawn))
    text = drawn.file.getvalue()  # type: ignore[attr-defined]
    assert "g-0 failed" in text
    assert "| bad news" in text
    assert text.rstrip().endswith("\x1b[2K") or "\x1b[?25h" in text  # the cursor is shown again


# --- the time that is left ---


@pytest.mark.parametrize(
    ("durations", "running", "waiting", "concurrency", "expected"),
    [
        ([], [], 10, 2, None),  # nobody knows yet
        ([10.0], [], None, 2, None),  # nobody knows how many
        ([10.0], [], 10, 2, 50.0),
        ([5.0, 15.0], [4.0, 4.0], 8, 2, 46.0),
        ([10.0], [25.0], 0, 4, 0.0),  # longer than usual: about to end
        ([10.0], [0.0], 0, 4, 10.0),  # one alone is no quicker for free slots
        ([10.0], [], 0, 4, 0.0),
    ],
)
def test_the_time_left(
    durations: list[float],
    running: list[float],
    waiting: int | None,
    concurrency: int,
    expected: float | None,
) -> None:
    assert time_left(durations, running, waiting, concurrency) == expected


def test_parameters_on_one_line_command_nothing() -> None:
    assert params_text({"C": 0.5, "na\x1bme": "a\x1b"}) == r"C=0.5  na\x1bme=a\x1b"
