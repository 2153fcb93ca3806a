"""Events: repeats counted in one, never too many, never in anyone's way."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadline.kube import errors
from leadline.kube.recorder import Recorder, RecorderSettings
from leadline.kube.resources import EVENTS, Resource
from unit.kube.wire import Time

Json = dict[str, Any]
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Events:
    """The API server's Events, with failures on demand."""

    def __init__(self) -> None:
        self.stored: dict[str, Json] = {}
        self.requests = 0
        self.failures: list[errors.KubeError] = []
        self.lost = False
        self.written = asyncio.Event()

    async def create(
        self,
        resource: Resource,
        manifest: Mapping[str, Any],
        *,
        namespace: str = "",
        deadline: float | None = None,
    ) -> Json:
        assert resource is EVENTS
        self._maybe_fail()
        name = manifest["metadata"]["name"]
        if name in self.stored:
            raise errors.AlreadyExists(409, "AlreadyExists", name)
        self.stored[name] = dict(manifest)
        self.written.set()
        if self.lost:
            self.lost = False
            raise errors.OutcomeUnknown("lost")
        return dict(manifest)

    async def patch(
        self,
        resource: Resource,
        name: str,
        change: Mapping[str, Any],
        *,
        namespace: str = "",
        deadline: float | None = None,
    ) -> Json:
        self._maybe_fail()
        if name not in self.stored:
            raise errors.NotFound(404, "NotFound", name)
        self.stored[name] = {**self.stored[name], **change}
        return self.stored[name]

    def _maybe_fail(self) -> None:
        self.requests += 1
        if self.failures:
            raise self.failures.pop(0)

    @property
    def all(self) -> list[Json]:
        return list(self.stored.values())

    @property
    def counts(self) -> list[int]:
        return [event.get("series", {}).get("count", 1) for event in self.all]


def trial(name: str = "digits-1") -> Json:
    metadata = {
        "name": name,
        "namespace": "there",
        "uid": f"uid-{name}",
        "resourceVersion": "5",
        "labels": {},
    }
    return {
        "apiVersion": "leadline.dev/v1alpha1",
        "kind": "Trial",
        "metadata": metadata,
        "spec": {"a": "secret"},
    }


@pytest.fixture
def events() -> Events:
    return Events()


def make(events: Events, time: Time, **settings: Any) -> Recorder:
    return Recorder(
        events,
        instance="me",
        settings=RecorderSettings(**settings),
        clock=time.clock,
        now=lambda: EPOCH + timedelta(seconds=time.now),
    )


def normal(recorder: Recorder, regarding: Json, reason: str, note: str, template: str = "") -> None:
    recorder.event(regarding, "Normal", reason, note, template=template)


def warning(recorder: Recorder, regarding: Json, reason: str, note: str, action: str = "Reconcile") -> None:
    recorder.event(regarding, "Warning", reason, note, action=action)


async def test_an_event_says_what_kubectl_shows(events: Events, fake_time: Time) -> None:
    recorder = make(events, fake_time)
    warning(recorder, trial(), "ImagePull", "the image does not exist", action="Launch")
    await recorder.write_due()
    [event] = events.all
    assert event["metadata"]["name"].startswith("digits-1.")
    del event["metadata"]["name"]
    assert event == {
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"namespace": "there"},
        "eventTime": "2026-01-01T00:16:40.000000Z",
        "type": "Warning",
        "reason": "ImagePull",
        "action": "Launch",
        "note": "the image does not exist",
        "reportingController": "leadline.dev/operator",
        "reportingInstance": "me",
        "regarding": {
            "apiVersion": "leadline.dev/v1alpha1",
            "kind": "Trial",
            "namespace": "there",
            "name": "digits-1",
            "uid": "uid-digits-1",
            "resourceVersion": "5",
        },
    }


async def test_repeats_are_counted_in_one_event_with_few_writes(events: Events, fake_time: Time) -> None:
    recorder = make(events, fake_time)
    for _ in range(60):
        normal(recorder, trial(), "Waiting", "for a node")
        await recorder.write_due()
        fake_time.now += 1
    assert len(events.all) == 1
    assert events.requests <= 3
    fake_time.now += 30
    await recorder.write_due()
    assert events.counts == [60]
    assert events.all[0]["series"]["lastObservedTime"] == "2026-01-01T00:17:39.000000Z"


async def test_notes_of_one_template_are_one_series(events: Events, fake_time: Time) -> None:
    recorder = make(events, fake_time)
    for number in range(5):
        normal(recorder, trial(), "Stopped", f"trial {number} stopped", template="trial {} stopped")
    await recorder.write_due()
    assert [event["note"] for event in events.all] == ["trial 0 stopped"]
    assert events.counts == [5]


async def test_other_objects_reasons_types_and_notes_are_events_of_their_own(
    events: Events, fake_time: Time
) -> None:
    recorder = make(events, fake_time)
    normal(recorder, trial(), "A", "x")
    normal(recorder, trial("digits-2"), "A", "x")
    normal(recorder, trial(), "B", "x")
    warning(recorder, trial(), "A", "x")
    normal(recorder, trial(), "A", "y")
    await recorder.write_due()
    assert len(events.all) == 5


async def test_what_happens_again_after_ten_quiet_minutes_is_a_new_event(
    events: Events, fake_time: Time
) -> None:
    recorder = make(events, fake_time)
    normal(recorder, trial(), "A", "x")
    await recorder.write_due()
    fake_time.now += 599
    normal(recorder, trial(), "A", "x")
    fake_time.now += 600
    normal(recorder, trial(), "A", "x")
    await recorder.write_due()
    assert len(events.all) == 2


async def test_an_object_has_25_events_at_once_and_one_more_each_five_minutes(
    events: Events, fake_time: Time
) -> None:
    recorder = make(events, fake_time)
    for number in range(40):
        normal(recorder, trial(), "A", f"x{number}")
    normal(recorder, trial("digits-2"), "A", "another object is not held back")
    await recorder.write_due()
    assert len(events.all) == 26
    assert recorder.dropped == 15
    fake_time.now += 301
    normal(recorder, trial(), "A", "later")
    normal(recorder, trial(), "A", "later still")
    await recorder.write_due()
    assert len(events.all) == 27


async def test_a_count_that_may_not_be_written_yet_is_written_later(events: Events, fake_time: Time) -> None:
    recorder = make(events, fake_time, burst=1)
    normal(recorder, trial(), "A", "x")
    await recorder.write_due()
    for _ in range(9):
        normal(recorder, trial(), "A", "x")
    seconds = await recorder.write_due()
    assert events.counts == [1]
    while seconds is not None:
        fake_time.now += seconds
        seconds = await recorder.write_due()
    assert events.counts == [10]
    assert fake_time.now == pytest.approx(1300)


async def test_memory_is_bounded_whether_events_are_written_or_not(events: Events, fake_time: Time) -> None:
    recorder = make(events, fake_time, remembered=10)
    for number in range(1000):
        normal(recorder, trial(f"t-{number}"), "A", "x")
        assert max(len(recorder._series), len(recorder._buckets), len(recorder._queue) // 2) <= 11
    await recorder.write_due()
    assert len(events.all) == 10
    assert recorder.dropped == 990
    for number in range(1000):
        normal(recorder, trial(f"u-{number}"), "A", "x")
        await recorder.write_due()
    assert len(events.all) == 1010
    assert max(len(recorder._series), len(recorder._buckets), len(recorder._queue)) <= 10


async def test_an_event_without_an_answer_is_tried_again_under_the_same_name(
    events: Events, fake_time: Time
) -> None:
    recorder = make(events, fake_time)
    events.lost = True
    normal(recorder, trial(), "A", "x")
    seconds = await recorder.write_due()
    normal(recorder, trial(), "A", "x")
    while seconds is not None:
        fake_time.now += seconds
        seconds = await recorder.write_due()
    assert events.counts == [2]


async def test_an_event_is_given_up_after_many_tries(events: Events, fake_time: Time) -> None:
    recorder = make(events, fake_time, tries=3)
    events.failures = [errors.NotSent("down")] * 10
    normal(recorder, trial(), "A", "x")
    seconds = await recorder.write_due()
    while seconds is not None:
        fake_time.now += seconds
        seconds = await recorder.write_due()
    assert events.requests == 3
    assert recorder.dropped == 1


async def test_a_refused_event_is_not_tried_again(events: Events, fake_time: Time) -> None:
    recorder = make(events, fake_time)
    events.failures = [errors.Forbidden(403, "Forbidden", "no", causes=())]
    normal(recorder, trial(), "A", "x")
    assert await recorder.write_due() is None
    assert (events.requests, recorder.dropped) == (1, 1)


async def test_a_series_whose_event_has_expired_goes_on_in_a_new_one(events: Events, fake_time: Time) -> None:
    recorder = make(events, fake_time)
    normal(recorder, trial(), "A", "x")
    await recorder.write_due()
    events.stored.clear()
    fake_time.now += 60
    normal(recorder, trial(), "A", "x")
    await recorder.write_due()
    assert events.counts == [2]


@pytest.mark.parametrize(
    ("regarding", "kind"),
    [
        ({}, "Normal"),
        ({"metadata": None}, "Normal"),
        (trial(), "Error"),
        ({"metadata": {"name": "x"}}, "Normal"),
    ],
)
async def test_nothing_ever_raises_into_the_caller(
    events: Events, fake_time: Time, regarding: Any, kind: Any
) -> None:
    recorder = make(events, fake_time)
    recorder.event(regarding, kind, "A", "x")
    assert recorder.dropped == 1
    assert await recorder.write_due() is None


async def test_a_long_note_is_cut_to_what_the_server_takes(events: Events, fake_time: Time) -> None:
    recorder = make(events, fake_time)
    normal(recorder, trial("n" * 253), "A", "é" * 2000)
    await recorder.write_due()
    [event] = events.all
    assert len(event["note"].encode()) <= 1024
    assert len(event["metadata"]["name"]) <= 253


async def test_events_are_written_in_the_background_and_the_rest_at_the_end(
    events: Events, fake_time: Time
) -> None:
    async with make(events, fake_time) as recorder:
        normal(recorder, trial(), "A", "x")
        await events.written.wait()
        for _ in range(4):
            normal(recorder, trial(), "A", "x")
        normal(recorder, trial(), "B", "y")
    assert sorted(events.counts) == [1, 5]
    normal(recorder, trial(), "C", "after the end")
    assert recorder.dropped == 1


async def test_the_end_does_not_wait_for_a_dead_server(fake_time: Time) -> None:
    class Dead(Events):
        async def create(self, *_: Any, **__: Any) -> Json:
            await asyncio.Event().wait()
            raise AssertionError

    events = Dead()
    async with asyncio.timeout(5):
        async with Recorder(events, flush_seconds=0.02, clock=fake_time.clock) as recorder:
            normal(recorder, trial(), "A", "x")


async def test_a_fault_of_ours_does_not_silence_the_events_to_come(fake_time: Time) -> None:
    class Odd(Events):
        async def create(self, resource: Resource, manifest: Mapping[str, Any], **_: Any) -> Json:
            if manifest["reason"] == "Odd":
                raise TypeError("a bug")
            return await super().create(resource, manifest)

    events = Odd()
    recorder = make(events, fake_time)
    normal(recorder, trial(), "Odd", "x")
    normal(recorder, trial(), "Good", "x")
    await recorder.write_due()
    assert [event["reason"] for event in events.all] == ["Good"]
    assert recorder.dropped == 1
