"""Who leads, on clocks that need not agree, with a server that may fail."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leadline.kube import errors
from leadline.kube.lease import Elector, LeaseTimes
from leadline.kube.resources import LEASES, Resource
from unit.kube.wire import Time

Json = dict[str, Any]
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Leases:
    """One Lease with resourceVersions; `broken` decides what happens to a request before (or after) it is done."""

    def __init__(self) -> None:
        self.lease: Json | None = None
        self.version = 0
        self.writes = 0
        self.broken: Callable[[str], Exception | None] = lambda verb: None
        self.lost = False  # the next write is done, but its answer lost

    async def get(
        self, resource: Resource, name: str, *, namespace: str = "", deadline: float | None = None
    ) -> Json:
        assert (resource, namespace, name) == (LEASES, "ns", "leadline")
        await self._fail("get")
        if self.lease is None:
            raise errors.NotFound(404, "NotFound", "no lease")
        return copy.deepcopy(self.lease)

    async def create(
        self,
        resource: Resource,
        manifest: Mapping[str, Any],
        *,
        namespace: str = "",
        deadline: float | None = None,
    ) -> Json:
        await self._fail("create")
        if self.lease is not None:
            raise errors.AlreadyExists(409, "AlreadyExists", "there is one")
        return self._store(manifest)

    async def replace(
        self, resource: Resource, manifest: Mapping[str, Any], *, deadline: float | None = None
    ) -> Json:
        await self._fail("update")
        if self.lease is None:
            raise errors.NotFound(404, "NotFound", "no lease")
        if manifest["metadata"]["resourceVersion"] != self.lease["metadata"]["resourceVersion"]:
            raise errors.Conflict(409, "Conflict", "stale")
        return self._store(manifest)

    async def _fail(self, verb: str) -> None:
        await asyncio.sleep(0)
        if problem := self.broken(verb):
            raise problem

    def _store(self, manifest: Mapping[str, Any]) -> Json:
        self.version += 1
        self.writes += 1
        self.lease = copy.deepcopy(dict(manifest))
        self.lease["metadata"]["resourceVersion"] = str(self.version)
        if self.lost:
            self.lost = False
            raise errors.OutcomeUnknown("lost")
        return copy.deepcopy(self.lease)

    @property
    def spec(self) -> Json:
        assert self.lease is not None
        spec: Json = self.lease["spec"]
        return spec


@pytest.fixture
def leases() -> Leases:
    return Leases()


class Candidate(Elector):
    """An elector whose clock and wall clock start anywhere, and that remembers why it lost."""

    def __init__(self, leases: Leases, name: str, time: Time, *, ahead: float = 0, **options: Any) -> None:
        self.reasons: list[str] = []
        super().__init__(
            leases,
            namespace="ns",
            name="leadline",
            identity=name,
            on_lost=self.reasons.append,
            clock=lambda: time.now + ahead,
            now=lambda: EPOCH + timedelta(seconds=time.now + 1000 * ahead),
            sleep=time.sleep,
            random=lambda: 0.5,
            **options,
        )


async def passes(time: Time, seconds: float) -> None:
    """Let everyone act while the clock goes on by itself."""
    end = time.now + seconds
    while time.now < end:
        time.now += 0.1
        for _ in range(20):
            await asyncio.sleep(0)


class Ticking(Time):
    """A clock that others move: a sleep ends when they have moved it far enough."""

    async def sleep(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:  # noqa: ASYNC110  whoever moves the clock knows nothing of those who wait
            await asyncio.sleep(0)


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


async def test_the_first_to_come_leads_and_writes_who_it_is(leases: Leases, fake_time: Time) -> None:
    one = Candidate(leases, "one", fake_time)
    await one.acquire()
    assert one.is_leader
    assert leases.spec == {
        "holderIdentity": "one",
        "leaseDurationSeconds": 15,
        "acquireTime": "2026-01-01T00:16:40.000000Z",
        "renewTime": "2026-01-01T00:16:40.000000Z",
        "leaseTransitions": 0,
    }


async def test_an_identity_is_made_of_host_and_a_unique_part(leases: Leases) -> None:
    first, second = (Elector(leases, namespace="ns", name="x", on_lost=print).identity for _ in range(2))
    assert first != second
    assert first.rpartition("_")[0] == second.rpartition("_")[0] != ""


async def test_renewals_keep_another_waiting_whatever_its_clocks_say(
    leases: Leases, ticking: Ticking
) -> None:
    async with Candidate(leases, "one", ticking) as one:
        other = Candidate(leases, "two", ticking, ahead=5000)
        waiting = asyncio.create_task(other.acquire())
        await passes(ticking, 60)
        assert one.is_leader
        assert not other.is_leader
        assert other.leader == "one"
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    assert leases.writes == pytest.approx(31, abs=2)  # one to acquire, one each 2 s, one to release


async def test_a_dead_leader_is_followed_after_its_duration_and_not_before(
    leases: Leases, ticking: Ticking
) -> None:
    dead = Candidate(leases, "dead", ticking)
    await dead.acquire()
    other = Candidate(leases, "two", ticking, ahead=-777)
    waiting = asyncio.create_task(other.acquire())
    await passes(ticking, 14.5)
    assert not waiting.done()
    await passes(ticking, 5)
    assert waiting.done()
    assert other.is_leader
    assert not dead.is_leader
    assert leases.spec["leaseTransitions"] == 1


async def test_a_released_lease_is_taken_at_once(leases: Leases, fake_time: Time) -> None:
    async with Candidate(leases, "one", fake_time):
        pass
    assert leases.spec["holderIdentity"] == ""
    started = fake_time.now
    other = Candidate(leases, "two", fake_time)
    await other.acquire()
    assert fake_time.now == started


async def test_a_release_leaves_another_holder_alone(leases: Leases, fake_time: Time) -> None:
    one = Candidate(leases, "one", fake_time)
    await one.acquire()
    leases.spec["holderIdentity"] = "two"
    leases.version += 1
    assert leases.lease is not None
    leases.lease["metadata"]["resourceVersion"] = str(leases.version)
    await one.release()
    assert leases.spec["holderIdentity"] == "two"
    assert not one.is_leader


async def test_a_leader_that_cannot_renew_stops_before_another_starts(
    leases: Leases, ticking: Ticking
) -> None:
    async with Candidate(leases, "one", ticking) as one:
        await passes(ticking, 3)
        leases.broken = lambda verb: errors.NotSent("partition")
        cut_off = ticking.now
        while not one.reasons:
            await passes(ticking, 0.1)
        assert "not renewed for 10 s" in one.reasons[0]
        assert ticking.now - cut_off <= 10.5
        assert not one.is_leader
        leases.broken = lambda verb: None
        await passes(ticking, 30)
        assert len(one.reasons) == 1  # told once, and it does not come back by itself
    assert leases.spec["holderIdentity"] == "one"  # what is not held is not released


async def test_a_short_trouble_is_survived(leases: Leases, ticking: Ticking) -> None:
    async with Candidate(leases, "one", ticking) as one:
        leases.broken = lambda verb: errors.ServerError(500, "", "down")
        await passes(ticking, 7)
        leases.broken = lambda verb: None
        await passes(ticking, 5)
        assert one.is_leader
        assert not one.reasons


async def test_a_frozen_leader_knows_at_once_when_it_thaws(leases: Leases, ticking: Ticking) -> None:
    one = Candidate(leases, "one", ticking)
    await one.acquire()
    ticking.now += 10  # nothing of it ran meanwhile
    assert not one.is_leader


async def test_a_leader_that_finds_another_holder_stops(leases: Leases, ticking: Ticking) -> None:
    async with Candidate(leases, "one", ticking) as one:
        other = Candidate(leases, "two", ticking)
        leases.spec["holderIdentity"] = ""
        assert leases.lease is not None
        leases.lease["metadata"]["resourceVersion"] = "999"
        await other.acquire()
        await passes(ticking, 3)
        assert one.reasons == ["two holds the lease now"]
        assert not one.is_leader
    assert leases.spec["holderIdentity"] == "two"


async def test_a_renewal_whose_answer_was_lost_is_no_reason_to_stop(leases: Leases, ticking: Ticking) -> None:
    async with Candidate(leases, "one", ticking) as one:
        for _ in range(5):
            leases.lost = True
            await passes(ticking, 4)
        assert one.is_leader
        assert not one.reasons


async def test_a_creation_whose_answer_was_lost_is_found_again(leases: Leases, fake_time: Time) -> None:
    leases.lost = True
    one = Candidate(leases, "one", fake_time)
    await one.acquire()
    assert one.is_leader
    assert leases.spec["leaseTransitions"] == 0


async def test_two_that_create_at_once_do_not_both_lead(leases: Leases, ticking: Ticking) -> None:
    candidates = [Candidate(leases, name, ticking) for name in ("one", "two", "three")]
    tasks = [asyncio.create_task(candidate.acquire()) for candidate in candidates]
    await passes(ticking, 9)
    assert sum(candidate.is_leader for candidate in candidates) == 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_lease_deleted_by_hand_is_made_again(leases: Leases, ticking: Ticking) -> None:
    async with Candidate(leases, "one", ticking) as one:
        leases.lease = None
        await passes(ticking, 5)
        assert one.is_leader
        assert leases.lease is not None


async def test_touching_the_lease_without_renewing_it_does_not_keep_it(
    leases: Leases, ticking: Ticking
) -> None:
    dead = Candidate(leases, "dead", ticking)
    await dead.acquire()
    other = Candidate(leases, "two", ticking)
    waiting = asyncio.create_task(other.acquire())
    for _ in range(20):
        await passes(ticking, 1)
        if not waiting.done():
            assert leases.lease is not None
            leases.version += 1
            leases.lease["metadata"] |= {
                "resourceVersion": str(leases.version),
                "labels": {"n": str(leases.version)},
            }
    assert waiting.done()


async def test_fields_of_others_in_the_lease_are_kept(leases: Leases, fake_time: Time) -> None:
    leases.lease = {
        "metadata": {"name": "leadline", "namespace": "ns", "resourceVersion": "0", "labels": {"a": "b"}},
        "spec": {"strategy": "OldestEmulationVersion"},
    }
    await Candidate(leases, "one", fake_time).acquire()
    assert leases.lease["metadata"]["labels"] == {"a": "b"}
    assert leases.spec["strategy"] == "OldestEmulationVersion"
    assert leases.spec["holderIdentity"] == "one"


async def test_a_fault_of_the_renewal_itself_is_a_loss(leases: Leases, ticking: Ticking) -> None:
    async with Candidate(leases, "one", ticking) as one:
        leases.broken = lambda verb: TypeError("a bug")
        await passes(ticking, 3)
        assert "a bug" in one.reasons[0]
        assert not one.is_leader


@pytest.mark.parametrize(("duration", "deadline", "period"), [(10, 10, 2), (15, 2, 2), (15, 10, 0)])
def test_times_that_could_let_two_lead_are_refused(duration: int, deadline: float, period: float) -> None:
    with pytest.raises(ValueError):
        LeaseTimes(duration, deadline, period)
