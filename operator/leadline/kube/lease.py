"""Leader election with a Lease: of several operators, one acts.

The algorithm is client-go's (tools/leaderelection): whoever wants to lead writes its identity into a Lease and
renews it; others take over once they have seen no renewal for the whole duration, measured from when *they*
saw the last one on their own clock. The times in the Lease are for people; no two clocks are ever compared.

As client-go says of itself, this does not fence: a holder that was frozen may act for a moment after another took
over. Two differences make that moment smaller: a renewal counts from before its request was sent, and
`is_leader` looks at the clock, so that a thawed process knows at once. The launch protocol is safe even with
two leaders; the election only keeps that rare.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random as _random
import socket
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Protocol, Self

from leadline.kube.errors import KubeError, NotFound
from leadline.kube.rate import Clock, Random, Sleep
from leadline.kube.resources import LEASES, Resource

logger = logging.getLogger(__name__)

Json = dict[str, Any]


class LeaseClient(Protocol):
    """What is needed of `client.Client`: one of its own, so that no renewal waits behind other requests."""

    async def get(
        self, resource: Resource, name: str, *, namespace: str = "", deadline: float | None = None
    ) -> Json: ...

    async def create(
        self,
        resource: Resource,
        manifest: Mapping[str, Any],
        *,
        namespace: str = "",
        deadline: float | None = None,
    ) -> Json: ...

    async def replace(
        self, resource: Resource, manifest: Mapping[str, Any], *, deadline: float | None = None
    ) -> Json: ...


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """Seconds; the defaults are those of Kubernetes' own components."""

    duration: int = 15
    """How long others wait after the last renewal they saw."""
    renew_deadline: float = 10.0
    """How long the leader goes on without a renewal. Less than `duration`: it stops before another starts."""
    retry_period: float = 2.0
    """Between two tries, and between two renewals."""

    def __post_init__(self) -> None:
        if not self.duration > self.renew_deadline > 1.2 * self.retry_period > 0:
            raise ValueError(f"a lease needs duration > renew_deadline > 1.2 * retry_period > 0, not {self}")


class Elector:
    """One candidate for one Lease. `async with` waits until it leads, and gives the Lease back at the end.

    on_lost: called once, with the reason, when a leader no longer leads against its will. What is guarded by
    the Lease must then stop within the `duration` that is left, most simply by ending the process.
    """

    def __init__(
        self,
        client: LeaseClient,
        *,
        namespace: str,
        name: str,
        on_lost: Callable[[str], None],
        identity: str = "",
        times: LeaseTimes | None = None,
        clock: Clock = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
        random: Random = _random.random,
    ) -> None:
        self.identity = identity or f"{socket.gethostname()}_{uuid.uuid4()}"
        self._client = client
        self._namespace = namespace
        self._name = name
        self._on_lost = on_lost
        self._times = times or LeaseTimes()
        self._clock = clock
        self._now = now
        self._sleep = sleep
        self._random = random
        self._lease: Json = {}  # as last seen on the server
        self._seen_at = -math.inf  # when its spec was last seen to change
        self._renewed_at = -math.inf  # when the last successful renewal of ours was sent
        self._renewing: asyncio.Task[None] | None = None

    @property
    def leader(self) -> str:
        """Identity of the holder as last seen; empty if there is none."""
        return str(_spec(self._lease).get("holderIdentity") or "")

    @property
    def is_leader(self) -> bool:
        """Whether this candidate leads now, by its own clock."""
        return self.leader == self.identity and self._clock() < self._renewed_at + self._times.renew_deadline

    async def __aenter__(self) -> Self:
        await self.acquire()
        self._renewing = asyncio.create_task(self._keep(), name=f"renew lease {self._name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)
        await self.release()

    async def acquire(self) -> None:
        """Wait until this candidate leads."""
        logger.info("waiting for the lease %s/%s as %s", self._namespace, self._name, self.identity)
        while not await self._try():
            await self._sleep(self._times.retry_period * (1 + 1.2 * self._random()))  # jitter as in client-go
        logger.info("leading: holds the lease %s/%s", self._namespace, self._name)

    async def release(self) -> None:
        """Let others take over at once. Call it when nothing that the Lease guards runs any more."""
        if not self.is_leader:
            return
        try:
            self._see(await self._read())
            if self.leader == self.identity:
                await self._write(holder="", duration=1)  # as client-go gives it back
        except KubeError as problem:
            logger.warning("the lease was not given back, others wait until it runs out: %s", problem)
        finally:
            self._renewed_at = -math.inf

    async def _keep(self) -> None:
        """Renew until that fails for too long."""
        try:
            while True:
                await self._sleep(self._times.retry_period)
                if await self._try():
                    continue
                if self.leader != self.identity:
                    return self._lose(f"{self.leader or 'nobody'} holds the lease now")
                if not self.is_leader:
                    return self._lose(f"the lease was not renewed for {self._times.renew_deadline:g} s")
        except Exception as problem:
            self._lose(f"renewing the lease failed: {problem!r}")
            raise

    def _lose(self, reason: str) -> None:
        self._renewed_at = -math.inf
        logger.error("no longer leading: %s", reason)
        self._on_lost(reason)

    async def _try(self) -> bool:
        """Acquire or renew once; False where another holds the Lease, or the server gave no good answer."""
        if self.is_leader:
            try:
                # What was seen last is most likely still so: one request instead of two.
                return await self._write(self.identity, self._times.duration)
            except KubeError as problem:
                logger.debug("%s; reading the lease", problem)
        try:
            self._see(await self._read())
            return not self._is_held_by_another() and await self._write(self.identity, self._times.duration)
        except KubeError as problem:
            logger.debug("%s; trying again in %g s", problem, self._times.retry_period)
            return False

    async def _read(self) -> Json:
        try:
            return await self._client.get(
                LEASES, self._name, namespace=self._namespace, deadline=self._patience()
            )
        except NotFound:
            return {}

    async def _write(self, holder: str, duration: int) -> bool:
        """Write the Lease over what was last seen of it; a KubeError where that is not how it is."""
        started = self._clock()
        now = self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        before = _spec(self._lease)
        spec = {**before, "holderIdentity": holder, "leaseDurationSeconds": duration, "renewTime": now}
        if holder != self.leader:
            spec["acquireTime"] = now
            spec["leaseTransitions"] = (before.get("leaseTransitions") or 0) + (
                1 if self._lease and holder else 0
            )
        if self._lease:
            manifest = {**self._lease, "spec": spec}
            answer = await self._client.replace(LEASES, manifest, deadline=self._patience())
        else:
            manifest = {
                "apiVersion": LEASES.api_version,
                "kind": LEASES.kind,
                "metadata": {"name": self._name, "namespace": self._namespace},
                "spec": spec,
            }
            answer = await self._client.create(LEASES, manifest, deadline=self._patience())
        self._see(answer)
        self._renewed_at = started
        return True

    def _see(self, lease: Json) -> None:
        """Remember the Lease, and when it was seen to change. Only its spec counts: labels renew nothing."""
        if _spec(lease) != _spec(self._lease):
            self._seen_at = self._clock()
        self._lease = lease

    def _is_held_by_another(self) -> bool:
        duration = _spec(self._lease).get("leaseDurationSeconds") or self._times.duration
        return self.leader not in ("", self.identity) and self._clock() < self._seen_at + duration

    def _patience(self) -> float:
        """Seconds that one request may take: a leader must know in time that it leads no more."""
        half = self._times.renew_deadline / 2
        if not self.is_leader:
            return half
        return max(0.0, min(half, self._renewed_at + self._times.renew_deadline - self._clock()))


def _spec(lease: Json) -> Mapping[str, Any]:
    return lease.get("spec") or {}
