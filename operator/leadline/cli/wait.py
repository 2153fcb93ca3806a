"""``leadline wait``: until a search has finished, for scripts; its progress goes to standard error."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable
from typing import Final

import click

from leadline.cli.examples import examples
from leadline.cli.output import cell, is_live, say, span, visible
from leadline.cli.rows import at_resource, metric_of, outcome_of
from leadline.cli.source import Object, Source, Where, complete_group, open_source, source_options
from leadline.cli.steering import require_driven

LOOK: Final = 2.0
"""Seconds between two looks."""
SILENCE: Final = 60.0
"""Seconds after which a search that goes on is told of again where lines can't be drawn over."""
PATIENCE: Final = 300.0
"""Seconds for which a cluster may give no answer before we give up: it may be upgraded meanwhile."""

BETWEEN_RUNS: Final = 5.0
"""Seconds for which nobody may run a local search: one may be about to begin, or to go on."""

SUCCEEDED, FAILED, TIMED_OUT = 0, 1, 2


_UNITS: Final = {"h": 3600, "m": 60, "s": 1}
_PART: Final = r"(\d+(?:\.\d+)?)(h|m|s)"


def seconds_of(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """A time as kubectl takes it, 90s, 10m or 1h30m, or a number of seconds."""
    if value is None:
        return None
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return float(value)
    if not re.fullmatch(f"({_PART})+", value):
        raise click.BadParameter(f"{value!r} is no time; write it as 90s, 10m or 1h30m", ctx, param)
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(_PART, value))


@click.command(
    epilog=examples(
        (
            "In a pipeline",
            "kubectl apply -f search.yaml && leadline wait digits-svm --timeout 2h && leadline best digits-svm",
        ),
        (
            "Telling failure from lack of time",
            'leadline wait digits-svm --timeout 30m; case $? in 1) echo failed;; 2) echo "still running";; esac',
        ),
    )
)
@click.argument("group", shell_complete=complete_group)
@click.option(
    "--timeout", callback=seconds_of, metavar="TIME", help="Such as 90s, 10m, 1h30m.  [default: none]"
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing while waiting.")
@source_options
def command(group: str, timeout: float | None, quiet: bool, where: Where) -> int:
    """Wait until GROUP has finished.

    The exit status is 0 if it succeeded, 1 if it failed or can't go on without an edit, 2 if it has not finished when
    the time is over.
    """
    show = _Nothing() if quiet else _Drawn() if is_live(sys.stderr) else _Lines()
    with open_source(where) as source:
        try:
            found, finished = wait(source, group, timeout, show)
        finally:
            show.close()
    name, status = found["metadata"]["name"], found.get("status") or {}
    message = f": {status['message']}" if status.get("message") else ""
    if finished is None:
        say(visible(f"{name} has not finished after {span(timeout or 0)}: {progress_text(found)}"))
        return TIMED_OUT
    click.echo(visible(f"{name} {finished.lower()}{message}"))
    return SUCCEEDED if finished == "Succeeded" else FAILED


def wait(
    source: Source,
    name: str,
    timeout: float | None,
    show: Callable[[Object], None],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Object, str | None]:
    """The group when it has finished or the time is over, and Succeeded or Failed, or None.

    A cluster that gives no answer for a while is waited for. A group that is deleted raises CliError, and so does a
    local one that nobody runs.
    """
    begun = answered = driven = clock()
    found: Object | None = None
    while True:
        try:
            found = source.group(name)
            answered = clock()
            show(found)
            finished = outcome_of(found)
            if finished is not None:
                return found, finished
            if source.is_driven(found):
                driven = clock()
            elif clock() - driven > BETWEEN_RUNS:
                require_driven(source, found)
        except Exception as error:
            if found is None or not _passes(error) or clock() - answered > PATIENCE:
                raise
        left = LOOK if timeout is None else begun + timeout - clock()
        if left <= 0:
            assert found is not None
            return found, None
        sleep(min(LOOK, left))


def progress_text(group: Object) -> str:
    """A search in one line: how far, how well, and what it waits for."""
    status = group.get("status") or {}
    parts = [f"{status.get('progress') or '0/?'} done"]
    running = (status.get("counts") or {}).get("running")
    if running:
        parts.append(f"{running} running")
    best = status.get("best")
    if best:
        metric = metric_of(group).get("name", "value")
        parts.append(f"best {metric}={cell(best['value'])}{at_resource(group, best)} ({best['trial']})")
    state = status.get("state") or "Pending"
    if state not in ("Searching", "Succeeded", "Failed"):
        parts.append(state + (f": {status['message']}" if status.get("message") else ""))
    return ", ".join(parts)


def _passes(error: Exception) -> bool:
    """Whether an error may go away by itself."""
    from leadline.kube.errors import ServerError, TooManyRequests, TransportError

    return isinstance(error, ServerError | TooManyRequests | TransportError)


class _Nothing:
    """Shows nothing."""

    def __call__(self, group: Object) -> None:
        pass

    def close(self) -> None:
        """Leave the terminal as it was."""


class _Lines(_Nothing):
    """A line whenever something has changed, but not more than one a minute while it is only the numbers."""

    def __init__(self) -> None:
        self._told: tuple[str, str] | None = None
        self._when = 0.0

    def __call__(self, group: Object) -> None:
        text = progress_text(group)
        state = str((group.get("status") or {}).get("state"))
        if (text, state) == self._told:
            return
        if self._told is None or self._told[1] != state or time.monotonic() - self._when >= SILENCE:
            self._told, self._when = (text, state), time.monotonic()
            say(visible(f"{group['metadata']['name']}: {text}"))


class _Drawn(_Nothing):
    """One line that is drawn over again and again."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, group: Object) -> None:
        import shutil

        text = f"{group['metadata']['name']}: {progress_text(group)}, {span(time.monotonic() - self._begun)}"
        text = visible(text)[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    def close(self) -> None:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
