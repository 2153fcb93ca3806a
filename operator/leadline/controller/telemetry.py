"""The operator's own numbers for Prometheus. Labels never carry names of objects: their number has no bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric

from leadline.api.names import GroupState
from leadline.api.status import Counts
from leadline.kube.view import View

_FAST = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Telemetry:
    """Counters, histograms, and gauges read off the views when Prometheus asks."""

    def __init__(self, views: Callable[[], Iterable[View]], queue_depth: Callable[[], int]) -> None:
        self.registry = CollectorRegistry()
        self._views = views
        self.suggestion_seconds = Histogram(
            "leadline_suggestion_seconds",
            "Time the search engine took for one answer.",
            buckets=_FAST,
            registry=self.registry,
        )
        self.reconcile_seconds = Histogram(
            "leadline_reconcile_seconds",
            "Time of one pass over one group.",
            ["outcome"],
            buckets=_FAST,
            registry=self.registry,
        )
        self.api_calls = Counter(
            "leadline_api_calls",
            "Requests to the API server.",
            ["verb", "resource", "code"],
            registry=self.registry,
        )
        self.api_seconds = Histogram(
            "leadline_api_call_seconds",
            "Time of one request to the API server.",
            ["verb"],
            buckets=_FAST,
            registry=self.registry,
        )
        self.leader = Gauge("leadline_leader", "1 while this process leads.", registry=self.registry)
        depth = Gauge(
            "leadline_queue_depth", "Groups waiting for a worker whose time has come.", registry=self.registry
        )
        depth.set_function(queue_depth)
        self.registry.register(self)

    def on_call(self, verb: str, resource: str, code: str, seconds: float) -> None:
        """One request was answered."""
        self.api_calls.labels(verb, resource, code).inc()
        self.api_seconds.labels(verb).observe(seconds)

    def describe(self) -> Iterable[Metric]:
        """Names of the gauges that ``collect`` makes; without values, so that registering reads no view."""
        return (_groups(), _trials())

    def collect(self) -> Iterable[Metric]:
        """Groups by state and trials by state, as their statuses say."""
        groups = dict.fromkeys((str(state) for state in GroupState), 0)
        trials = dict.fromkeys((known.name for known in fields(Counts)), 0)
        for view in list(self._views()):
            status = view.records.group.status
            state = status.state or GroupState.PENDING
            groups[str(state)] = groups.get(str(state), 0) + 1
            for name in trials:
                trials[name] += getattr(status.counts, name)
        by_state = _groups()
        for state, count in groups.items():
            by_state.add_metric([state], count)
        yield by_state
        by_state = _trials()
        for name, count in trials.items():
            by_state.add_metric([name.capitalize()], count)
        yield by_state


def _groups() -> GaugeMetricFamily:
    return GaugeMetricFamily("leadline_groups", "OptimizationGroups by state.", labels=["state"])


def _trials() -> GaugeMetricFamily:
    return GaugeMetricFamily("leadline_trials", "Trials by state.", labels=["state"])
