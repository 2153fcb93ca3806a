"""The cluster body: one pass over one group, from what is known to what is done about it.

Knows the API server through a client only; who calls it, and when, is the controller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Protocol

from leadline.api import names
from leadline.api.names import Reason
from leadline.api.trial import TrialStatus
from leadline.kube.apply import Api, Applier, Stale
from leadline.kube.earlier import read_earlier
from leadline.kube.errors import AlreadyExists, BadRequest, Forbidden, Invalid
from leadline.kube.explain import why_no_pods
from leadline.kube.readings import Readings
from leadline.kube.resources import JOBS, PODS, TRIALS
from leadline.kube.tuner import Tuners
from leadline.kube.view import View
from leadline.problems import Problem
from leadline.reconcile.conditions import is_finished
from leadline.reconcile.decide import decide, seed_of
from leadline.reconcile.manifest import build_job, trial_spec
from leadline.reconcile.observed import Answered, Ask, Trial, Waiting
from leadline.reconcile.plan import Event, Plan
from leadline.reconcile.rounds import has_rounds
from leadline.reconcile.sample import middle
from leadline.search import Answer, New
from leadline.search.errors import ExtensionError
from leadline.template import RenderError
from leadline.tuners.desk import Post
from leadline.tuners.http import post_outside

Json = dict[str, Any]

STATUS_INTERVAL = 1.0
"""Seconds between two writes of a group's status that carry neither claims nor results."""
NO_POD_GRACE = 4.0
"""Seconds after which it is asked why a released Job has no pod: the Job controller answers with Events only."""
NO_POD_INTERVAL = 15.0
"""Seconds between two such questions about one group: each makes the API server read all Events of the namespace."""

COUNT_INTERVAL, DOUBTFUL_COUNT_INTERVAL = 600.0, 30.0
"""Seconds after which Jobs and pods of a group are listed again: a watch that was interrupted tells of no deletions
(kopf lists anew, and says nothing of what is no longer there). The second one where a pod seems to outlive its Job."""
STRAY_GRACE = 20.0
"""Seconds that a pod may outlive its Job: the two watches tell in any order, and pods have a grace period."""


class Offload(Protocol):
    """Calls a function somewhere else than on the event loop."""

    async def __call__(self, function: Callable[..., Answer], /, *args: Any) -> Answer: ...


class Client(Api, Protocol):
    """What the body asks of the API server; `kube.client.Client` answers."""

    def pages(
        self, resource: Any, *, namespace: str = "", label_selector: str = "", field_selector: str = ""
    ) -> AsyncIterator[Any]: ...

    def log(
        self, pod: str, *, namespace: str, container: str = "", limit_bytes: int | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]: ...


class Body:
    """Makes passes over groups.

    wake: asks for another pass over a group, by uid, when something that was waited for has come.
    tell: hands on an event for people. post: sends a request to a user's own tuner.
    spent: is told how many seconds each suggestion took.
    """

    def __init__(
        self,
        client: Client,
        *,
        clock: Callable[[], float],
        wake: Callable[[str], None],
        tell: Callable[[View, Event], None],
        spent: Callable[[float], None] = lambda seconds: None,
        width: int = 32,
        readers: int = 16,
        offload: Offload = asyncio.to_thread,
        post: Post = post_outside,
    ) -> None:
        self._client = client
        self._clock = clock
        self._tell = tell
        self._spent = spent
        self._offload = offload
        self._applier = Applier(client, clock, width)
        self._readings = Readings(client, wake, readers)
        self._tuners = Tuners(client, clock, wake, post)

    async def close(self) -> None:
        """End what runs in the background; nothing of it is lost: it is read again by whoever comes next."""
        await self._readings.close()
        await self._tuners.close()

    async def reconcile(self, view: View) -> float | None:
        """One pass. Returns seconds until the next one is wanted; None: only when something changes.

        Raises KubeError where a request fails in a way that only time can heal: try again later.
        """
        view.drain()
        if view.deleting or self._rests_unread(view):
            await self._tuners.tend(view, None)
            return None
        if not view.hydrated:
            await self._hydrate(view)
        elif self._until_count(view) <= 0:
            await self._count(view)
        await self._try_template(view)
        plan = await self._decide(view)
        if plan.earlier:
            namespace = view.records.group.namespace
            view.records.earlier = await read_earlier(self._client, namespace, plan.earlier)
            return 0.0
        if plan.confirm_trials or plan.confirm_attempts:
            await self._confirm(view, plan)
            return 0.0
        self._readings.tend(view, plan.reads)
        waited = await self._explain(view)
        try:
            deferred = await self._apply(view, plan)
        except Stale:
            return 0.0
        for event in plan.events:
            self._tell(view, event)
        await self._tuners.tend(view, plan.tune)
        if plan.at_rest and self._is_over(view):
            view.forget()
        count = self._until_count(view) if view.attempts else None
        waits = [known for known in (plan.requeue_after, waited, deferred, count) if known is not None]
        if deferred is None and not plan.at_rest:
            return 0.0
        return min(waits, default=None)

    async def _apply(self, view: View, plan: Plan) -> float | None:
        """Carry the plan out; seconds until its status may be written, where that was put off."""
        due = view.status_written + STATUS_INTERVAL - self._clock()
        put_off = plan.status is not None and not plan.urgent and due > 0
        await self._applier.apply(view, plan, write_status=not put_off)
        return due if put_off else None

    # --- what is known ----------------------------------------------------------------------------------------

    def _is_over(self, view: View) -> bool:
        group = view.records.group
        finished = is_finished(group.status.conditions)
        return (
            finished is not None
            and finished.observed_generation == group.generation
            and not group.status.active
            and not view.attempts
        )

    def _rests_unread(self, view: View) -> bool:
        """A group that finished before this process began, or was forgotten, is not worth reading."""
        return not view.hydrated and self._is_over(view)

    async def _hydrate(self, view: View) -> None:
        """Read everything of the group: trials are in no watch, and that of Jobs and pods may not have begun yet."""
        group = view.records.group
        selector = f"{names.LABEL_GROUP_UID}={group.uid}"
        async for page in self._client.pages(TRIALS, namespace=group.namespace, label_selector=selector):
            for document in page.items:
                view.put_trial(document)
        await self._count(view)
        view.hydrated = True

    def _until_count(self, view: View) -> float:
        """Seconds until Jobs and pods should be listed again."""
        now = self._clock()
        due = view.counted + COUNT_INTERVAL
        strayed = view.pods_astray_since(now)
        if strayed is not None:
            due = min(due, max(strayed + STRAY_GRACE, view.counted + DOUBTFUL_COUNT_INTERVAL))
        return max(0.0, due - now)

    async def _count(self, view: View) -> None:
        """List Jobs and pods: take in what is there, and let go of what is not."""
        group = view.records.group
        selector = f"{names.LABEL_GROUP_UID}={group.uid}"
        unrecorded = f"{selector},!{names.LABEL_RECORDED}"
        for resource, chosen, put, keep in (
            (JOBS, unrecorded, view.put_job, view.keep_jobs),
            (PODS, selector, view.put_pod, view.keep_pods),
        ):
            there, version = set(), 0
            async for page in self._client.pages(resource, namespace=group.namespace, label_selector=chosen):
                version = int(page.resource_version)
                for document in page.items:
                    there.add(document["metadata"]["uid"])
                    put(document)
            keep(there, version)
        view.counted = self._clock()

    async def _confirm(self, view: View, plan: Plan) -> None:
        """Read what the cache says is gone: leaving a watch looks the same."""
        for number in plan.confirm_trials:
            await self._applier.refresh_trial(view, number)
            view.records.confirmed.add(number)
        for key in plan.confirm_attempts:
            await self._applier.refresh_job(view, key)
            if key not in view.jobs:
                view.records.lost.add(key)

    # --- deciding ---------------------------------------------------------------------------------------------

    async def _decide(self, view: View) -> Plan:
        observed, now = view.observed(self._clock()), self._clock()
        plan = decide(observed, now)
        if plan.ask is None:
            return plan
        try:
            answer = await self._suggest(view, plan.ask)
        except ExtensionError as error:
            return decide(replace(observed, trouble=view.records.hinder_search(error, now)), now)
        return decide(replace(observed, answered=Answered(plan.ask, answer)), now)

    async def _suggest(self, view: View, ask: Ask) -> Answer:
        """Ask the engine, off the event loop: a model may take its time."""
        begun = self._clock()
        seed = seed_of(view.observed(begun))
        answer = await self._offload(view.records.answer, ask, seed)
        self._spent(self._clock() - begun)
        return answer

    async def _try_template(self, view: View) -> None:
        """Before the first trial: let the API server judge the Job of a sample trial, and store nothing."""
        group = view.records.group
        if group.spec is None or group.status.next or view.tried_generation == group.generation:
            return
        sample = await self._sample(view)
        problem = None
        if sample is not None:
            problem = await self._judge(view, Trial(0, group.uid, trial_spec(0, sample, 0), TrialStatus()))
        if problem is not None:
            view.records.put_group(replace(group, spec=None, problems=(problem,)))
        view.tried_generation = group.generation

    async def _sample(self, view: View) -> New | None:
        """What trial 0 will be, or stands for it."""
        group = view.records.group
        assert group.spec is not None
        if has_rounds(group.spec.matrix):
            return middle(group)
        try:
            answer = await self._suggest(view, Ask((0,), 0))
        except ExtensionError:
            return middle(group)  # The search itself will say so, and ask again.
        return next((known for known in answer.suggestions if isinstance(known, New)), None)

    async def _judge(self, view: View, sample: Trial) -> Problem | None:
        group = view.records.group
        assert group.spec is not None
        try:
            await self._client.create(
                JOBS, build_job(group, group.spec, sample, 1), dry_run=True, strict=True
            )
        except RenderError as error:
            return error.problem.under("spec.template")
        except Invalid as error:
            path = next((cause.field for cause in error.causes if cause.field), "spec.template")
            return Problem(path, f"the API server refuses it: {error.message}")
        except BadRequest as error:
            return Problem("spec.template", f"the API server refuses it: {error.message}")
        except Forbidden:
            # Quota or policy: may be put right later, and is told when a real Job is refused.
            return None
        except AlreadyExists:
            # A Job of an earlier namesake: it can't be judged now, and its going is waited for anyway.
            return None
        return None

    # --- why nothing starts -------------------------------------------------------------------------------------

    async def _explain(self, view: View) -> float | None:
        """Find out why released Jobs have no pods; seconds until it is worth asking again."""
        lacking = view.without_pods()
        if not lacking:
            return None
        now = self._clock()
        oldest = min(view.attempts[key].created for key in lacking)
        due = max(oldest + NO_POD_GRACE, view.asked_for_pods + NO_POD_INTERVAL)
        if due > now:
            return due - now
        view.asked_for_pods = now
        jobs = {key: view.jobs[key] for key in lacking}
        refusals = await why_no_pods(self._client, view.records.group.namespace, jobs.values())
        for key, job in jobs.items():
            words = refusals.get(job["metadata"]["uid"])
            if words is not None:
                view.put_refusal(key, Waiting(Reason.POD_REFUSED, words, view.attempts[key].created))
        return NO_POD_INTERVAL
