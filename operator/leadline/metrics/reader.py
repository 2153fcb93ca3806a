"""A trial's log, of any size and content, into its summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from leadline.metrics.forms import Forms, Line
from leadline.metrics.lines import LineSplitter
from leadline.metrics.milestones import MarkedSeriesBuilder, Milestones
from leadline.metrics.patterns import Patterns
from leadline.metrics.series import Series, SeriesBuilder
from leadline.metrics.summary import MAX_NAME_LENGTH, MAX_NAMES, Summary
from leadline.metrics.tail import Tail, last_bytes, printable


class Collector:
    """Measurements by name: the first ``MAX_NAMES`` metrics and, whenever it comes, the objective."""

    def __init__(self, objective: str | None, milestones: Milestones | None = None) -> None:
        self._objective = objective
        self._milestones = milestones
        self._series: dict[str, SeriesBuilder] = {}
        self._dropped = 0

    def take(self, line: Line) -> None:
        """Add what one line reports."""
        clock, reports = line
        for name, number in reports:
            builder = self._series.get(name) or self._new(name)
            if builder is None:
                self._dropped += 1
            else:
                builder.add(number, clock)

    def _new(self, name: str) -> SeriesBuilder | None:
        if name != self._objective:
            room = MAX_NAMES - (self._objective is not None and self._objective not in self._series)
            if len(self._series) >= room or not 0 < len(name) <= MAX_NAME_LENGTH or not name.isprintable():
                return None
        if name == self._objective and self._milestones is not None:
            builder: SeriesBuilder = MarkedSeriesBuilder(self._milestones)
        else:
            builder = SeriesBuilder(with_curve=name == self._objective)
        self._series[name] = builder
        return builder

    @property
    def reached(self) -> int:
        """How many milestones the objective has come up to."""
        builder = self._series.get(self._objective) if self._objective is not None else None
        return builder.reached if isinstance(builder, MarkedSeriesBuilder) else 0

    def summary(self, unreadable: int = 0, lines_cut: int = 0) -> Summary:
        """What has been reported so far; ``unreadable``: reports of the objective that gave no number."""
        metrics = {
            name: builder.series(unreadable if name == self._objective else 0)
            for name, builder in self._series.items()
        }
        if unreadable and self._objective is not None and self._objective not in metrics:
            metrics[self._objective] = Series(ignored=unreadable)
        return Summary(metrics, lines_cut=lines_cut, reports_dropped=self._dropped)


class LogReader:
    """Reads a log in bounded memory, whatever it is fed; never raises for its content.

    patterns: users' own (RE2), which then replace the built-in forms; ValueError for one that
    ``check_patterns`` refuses. objective: the metric that is always kept, and the only one with a curve.
    milestones: where its values are kept for good, as marks.
    """

    def __init__(
        self,
        patterns: Sequence[str] = (),
        objective: str | None = None,
        milestones: Milestones | None = None,
    ) -> None:
        self._lines = LineSplitter()
        self._tail = Tail()
        self._collector = Collector(objective, milestones)
        self._forms = Patterns(patterns, objective) if patterns else Forms(objective)
        self._closed = False

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the log, cut anywhere; after ``close`` nothing counts any more."""
        if not self._closed:
            self._tail.feed(chunk)
            self._take(self._lines.feed(chunk))

    def close(self) -> None:
        """The log has ended: a last line without a line end counts as well.

        Not to be called where reading was broken off: half a number would then be taken for one.
        """
        self._closed = True
        self._take(self._lines.close())

    def _take(self, blocks: Iterable[bytes]) -> None:
        for block in blocks:
            for line in self._forms.read(block):
                self._collector.take(line)

    @property
    def summary(self) -> Summary:
        """What has been reported in finished lines so far; may be asked for at any time."""
        return self._collector.summary(self._forms.unreadable, self._lines.lines_cut)

    @property
    def reached(self) -> int:
        """How many milestones it has come up to: cheap enough to be asked after every chunk."""
        return self._collector.reached

    @property
    def tail(self) -> str:
        """The last lines, at most 1 KiB, control characters escaped."""
        splitter = LineSplitter()
        lines = b"\n".join([*splitter.feed(self._tail.kept), *splitter.close()])
        return last_bytes(printable(lines.decode("utf-8", "replace")).rstrip())
