"""What a person sees of a search while it runs, on standard error: a live picture on a terminal, else plain lines.

Only shows: a screen that can't be written to any more (a closed terminal, a pipe that ended) never harms the search.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from leadline.api.names import FINAL_STATES
from leadline.cli.output import cell, is_live, span, visible, visible_lines

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live
    from rich.text import Text

    from leadline.local.body import Body
    from leadline.reconcile.observed import Attempt, Group, Trial
    from leadline.reconcile.plan import Event

REFRESH = 0.25
"""Seconds between two pictures."""
LOGS_SHOWN = 3
"""Failed trials whose last lines are shown as well; of the rest one line each."""
LINES_SHOWN = 8
"""Lines of a failed trial's log."""
VALUE_WIDTH = 17
"""Characters of a value with its step: "=0.123456 (step 9)"."""


def time_left(
    durations: list[float], running: list[float], waiting: int | None, concurrency: int
) -> float | None:
    """Seconds until the search is done, as far as that can be said; None where it can't.

    durations: of the trials that ended. running: for how long each running one has run. waiting: trials to come.
    """
    if not durations or waiting is None:
        return None
    usual = sum(durations) / len(durations)
    left = sum(max(0.0, usual - known) for known in running) + usual * waiting
    return left / max(1, min(concurrency, len(running) + waiting))


class Quiet:
    """Shows nothing."""

    def __init__(self) -> None:
        self.body: Body | None = None
        self._durations: list[float] = []

    @contextmanager
    def shown(self, body: Body) -> Iterator[None]:
        """Show this body's search for as long as the context lasts."""
        self.body = body
        yield

    def say(self, text: str, style: str = "") -> None:
        """One line, ready to be shown."""

    def leftovers(self, count: int) -> None:
        """Processes of an interrupted run are being ended."""
        self.say(f"ending {_count(count, 'trial')} that an earlier run left behind")

    def interrupting(self, count: int) -> None:
        """The search was told to end."""
        if count:
            self.say(f"ending {_count(count, 'running trial')}; Ctrl-C again ends them at once", "yellow")

    def event(self, event: Event) -> None:
        """A turn in the story; what is said of ended trials is told by ``ended``."""

    def ended(self, trial: Trial, attempt: Attempt | None) -> None:
        """A trial came to its end."""
        if attempt is not None and attempt.started is not None and attempt.finished is not None:
            self._durations.append(attempt.finished - attempt.started)


class Lines(Quiet):
    """One line for each thing that happens, for logs and pipes."""

    every_end = True
    """Whether trials that went well get a line as well."""

    def __init__(self) -> None:
        super().__init__()
        self._failed = 0
        self._closed = False

    def say(self, text: str, style: str = "") -> None:
        self._write(lambda: print(text, file=sys.stderr, flush=True))

    def _write(self, write: Callable[[], None]) -> None:
        """Show something, as long as there is somewhere to show it."""
        if self._closed:
            return
        try:
            write()
        except OSError:
            self._closed = True

    def event(self, event: Event) -> None:
        if event.trial is None:
            # The end is told with the result, and that it searches can be seen.
            if self._group().status.state in ("Waiting", "Suspended", "Stopping", "Stalled"):
                self.say(visible(event.message), "yellow")
            return
        trial = self._trials().get(event.trial)
        if event.type == "Warning" and trial is not None and trial.status.state not in FINAL_STATES:
            self.say(visible(f"{self._group().name}-{event.trial}: {event.message}"), "yellow")

    def ended(self, trial: Trial, attempt: Attempt | None) -> None:
        super().ended(trial, attempt)
        group, status = self._group(), trial.status
        failed = status.state == "Failed"
        if not failed and not self.every_end:
            return
        words = [f"[{group.status.progress}] {group.name}-{trial.number} {status.state.lower()}"]
        if status.value is not None:
            words.append(f"{_metric(group)}={cell(status.value)}")
        if attempt is not None and attempt.started is not None and attempt.finished is not None:
            words.append(f"in {attempt.finished - attempt.started:.1f}s")
        words.append(params_text(trial.spec.params))
        self.say("  ".join(words), "red" if failed else "")
        if status.message:
            self.say(f"    {visible(status.message)}")
        self._failed += failed
        if failed and self._failed <= LOGS_SHOWN:
            for line in visible_lines(status.log_tail)[-LINES_SHOWN:]:
                self.say(f"    | {line}", "dim")

    def _group(self) -> Group:
        assert self.body is not None
        return self.body.view.records.group

    def _trials(self) -> Mapping[int, Trial]:
        assert self.body is not None
        return self.body.view.records.trials


class Picture(Lines):
    """A few lines at the bottom of the terminal, drawn over again and again; what fails is told above them."""

    every_end = False

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    @contextmanager
    def shown(self, body: Body) -> Iterator[None]:
        from rich.live import Live

        self.body = body
        with Live(console=self._console, auto_refresh=False, transient=True) as live:
            drawing = asyncio.create_task(self._draw(live))
            try:
                yield
            finally:
                drawing.cancel()

    def say(self, text: str, style: str = "") -> None:
        from rich.text import Text

        self._write(lambda: self._console.print(Text(text, style=style)))

    async def _draw(self, live: Live) -> None:
        while True:
            self._write(lambda: live.update(self._picture(), refresh=True))
            await asyncio.sleep(REFRESH)

    def _picture(self) -> RenderableType:
        from rich.console import Group as Stack
        from rich.text import Text

        group = self._group()
        parts: list[RenderableType] = [self._progress(), self._best()]
        parts.extend(self._running())
        if group.status.message:
            parts.append(Text(visible(group.status.message), style="yellow"))
        return Stack(*parts)

    def _progress(self) -> RenderableType:
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        group = self._group()
        counts, total = group.status.counts, group.status.total
        done = counts.succeeded + counts.failed + counts.stopped + counts.skipped
        words = [group.status.progress or "starting"]
        words += [f"{number} {word}" for word, number in _told(counts).items() if number]
        left = self._time_left(done)
        if left is not None:
            words.append(f"about {span(left)} left")
        line = Table.grid(padding=(0, 2, 0, 0))
        line.add_row(
            Text(group.name, style="bold"),
            ProgressBar(total or 1, done, width=28),
            Text("  ".join(words)),
        )
        return line

    def _time_left(self, done: int) -> float | None:
        assert self.body is not None
        group, now = self._group(), time.time()
        if group.spec is None or group.spec.suspend or group.spec.stop or group.status.total is None:
            return None
        running = [now - (known.started or now) for known in self.body.supervisor.running()]
        waiting = max(0, group.status.total - done - len(running))
        return time_left(self._durations, running, waiting, group.spec.matrix.concurrency)

    def _best(self) -> Text:
        from rich.text import Text

        group = self._group()
        best = group.status.best
        if best is None:
            return Text("no result yet" if group.spec and group.spec.matrix.metric else "", style="dim")
        text = Text("best ", style="green")
        text.append(f"{_metric(group)}={cell(best.value)}", style="bold green")
        if best.resource is not None and group.spec is not None and group.spec.matrix.resource is not None:
            text.append(f" at {group.spec.matrix.resource.name}={cell(best.resource)}")
        text.append(f"  {best.trial}  {params_text(best.params)}", style="default")
        return text

    def _running(self) -> list[RenderableType]:
        from rich.table import Table
        from rich.text import Text

        from leadline.reconcile.manifest import attempt_params

        assert self.body is not None
        group, trials, now = self._group(), self._trials(), time.time()
        running = self.body.supervisor.running()
        room = max(3, self._console.size.height - 6)
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, justify="right")
        # Wide enough from the start, so that nothing moves when the first value comes.
        table.add_column(no_wrap=True, min_width=len(_metric(group)) + VALUE_WIDTH)
        table.add_column(overflow="ellipsis", no_wrap=True)
        for attempt in running[:room]:
            trial = trials.get(attempt.number)
            params = params_text(attempt_params(group.spec, trial)) if trial and group.spec else ""
            name = f"{group.name}-{attempt.number}"
            ran = span(now - (attempt.started or now))
            table.add_row(
                name, ran, Text(_value_so_far(group, attempt), style="cyan"), Text(params, style="dim")
            )
        parts: list[RenderableType] = [table] if running else []
        if len(running) > room:
            parts.append(Text(f"and {len(running) - room} more", style="dim"))
        return parts


def choose(*, quiet: bool, plain: bool) -> Quiet:
    """The way of showing that fits the caller's wishes and standard error."""
    from leadline.cli.output import console

    if quiet:
        return Quiet()
    return Picture(console(stderr=True)) if is_live(sys.stderr, plain) else Lines()


def params_text(params: Mapping[str, Any]) -> str:
    """Parameters on one line."""
    return "  ".join(f"{visible(name)}={cell(value)}" for name, value in params.items())


def _metric(group: Group) -> str:
    metric = group.spec.matrix.metric if group.spec is not None else None
    return visible(metric.name) if metric is not None else "value"


def _value_so_far(group: Group, attempt: Attempt) -> str:
    """What a running trial has reported of the objective, and how far it is where it says so."""
    metric = group.spec.matrix.metric if group.spec is not None else None
    if metric is None or attempt.metrics is None:
        return ""
    series = attempt.metrics.metrics.get(metric.name)
    if series is None or series.last is None:
        return ""
    step = series.curve[-1][0] if series.curve else None
    reached = f" (step {cell(step)})" if step is not None else ""
    return f"{visible(metric.name)}={cell(series.last)}{reached}"


def _told(counts: Any) -> dict[str, int]:
    return {
        "running": counts.running,
        "failed": counts.failed,
        "stopped": counts.stopped,
        "skipped": counts.skipped,
    }


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
