"""Carries a plan out against the API server: the launch protocol, to the letter.

    claim (compare-and-swap on the group's status) → create the Trial, then its Job, suspended → open the claim (a
    second swap, in the next pass) → release the Job → record: the Trial's status, out of the claims, the Job may go

Children are created by POST only and changed with uid and resourceVersion; a status is replaced with resourceVersion.
Any step may be the last one before a crash: see docs/architecture.md for what the next process finds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, TypeVar

from leadline.api import names
from leadline.api.names import Reason
from leadline.api.schema import to_dict
from leadline.api.status import GroupStatus
from leadline.kube.errors import (
    AlreadyExists,
    ApiError,
    BadRequest,
    Conflict,
    Invalid,
    NotFound,
    TooLarge,
)
from leadline.kube.resources import GROUPS, JOBS, TRIALS
from leadline.kube.slim import owner_uid
from leadline.kube.view import View
from leadline.reconcile.manifest import build_job, build_trial
from leadline.reconcile.observed import AttemptKey, Phase, Trial
from leadline.reconcile.plan import End, Launch, Plan, Release, TrialWrite
from leadline.template import RenderError

Json = dict[str, Any]
T = TypeVar("T")


class Api(Protocol):
    """The requests that carrying out a plan takes; made by `kube.client.Client`, and by the model in the tests."""

    async def get(self, resource: Any, name: str, *, namespace: str = "") -> Json: ...

    async def create(
        self, resource: Any, manifest: Any, *, dry_run: bool = False, strict: bool = False
    ) -> Json: ...

    async def patch(
        self,
        resource: Any,
        name: str,
        change: Any,
        *,
        namespace: str = "",
        uid: str = "",
        resource_version: str = "",
    ) -> Json: ...

    async def replace_status(self, resource: Any, manifest: Any) -> Json: ...

    async def delete(
        self, resource: Any, name: str, *, namespace: str = "", uid: str = "", propagation: Any = "Background"
    ) -> Json: ...


class Stale(Exception):
    """What was decided on is not what the API server has: look again, and decide again."""


class Applier:
    """Carries plans out. ``width``: requests of one group at once."""

    def __init__(self, api: Api, clock: Callable[[], float], width: int = 32) -> None:
        self._api = api
        self._clock = clock
        self._width = width

    async def apply(self, view: View, plan: Plan, write_status: bool = True) -> None:
        """Carry out everything of a plan that writes, in the protocol's order.

        Raises Stale where a compare-and-swap was lost, after reading what won; KubeError where a write's outcome is
        unknown or the server refuses it for good. In both cases nothing that should have come later was done.
        """
        await self._each(plan.trial_writes, lambda write: self._write_trial(view, write))
        if plan.status is not None and write_status:
            await self._swap_status(view, plan.status)
        await self._each(plan.launches, lambda launch: self._create(view, launch))
        await self._each(plan.releases, lambda release: self._release(view, release))
        await self._each(plan.ends, lambda end: self.end(view, end))

    async def _each(self, items: Iterable[T], action: Callable[[T], Awaitable[None]]) -> None:
        """Every action, `width` at a time; all are tried, then the first error is raised."""
        waiting = list(items)
        if len(waiting) == 1:
            await action(waiting[0])
            return
        gate = asyncio.Semaphore(self._width)

        async def one(item: T) -> None:
            async with gate:
                await action(item)

        results = await asyncio.gather(*(one(item) for item in waiting), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    # --- records ------------------------------------------------------------------------------------------------

    async def _write_trial(self, view: View, write: TrialWrite) -> None:
        group, trial = view.records.group, view.records.trials[write.number]
        name = names.trial_name(group.name, write.number)
        document = {
            "apiVersion": names.API_VERSION,
            "kind": names.TRIAL_KIND,
            "metadata": {
                "name": name,
                "namespace": group.namespace,
                "uid": trial.uid,
                "resourceVersion": str(view.trial_versions[write.number]),
            },
            "status": to_dict(write.status),
        }
        try:
            view.put_trial(await self._api.replace_status(TRIALS, document))
        except NotFound:
            view.records.drop_trial(write.number)
            raise Stale(f"trial {name} is gone") from None
        except Conflict:
            await self.refresh_trial(view, write.number)
            raise Stale(f"trial {name} was changed") from None

    async def refresh_trial(self, view: View, number: int) -> None:
        """Read a Trial again; what is not there, or is another group's, is gone."""
        group = view.records.group
        try:
            document = await self._api.get(
                TRIALS, names.trial_name(group.name, number), namespace=group.namespace
            )
        except NotFound:
            view.records.drop_trial(number)
            return
        if view.owns(document):
            view.put_trial(document)
        else:
            view.records.drop_trial(number)

    async def _swap_status(self, view: View, status: GroupStatus) -> None:
        group = view.records.group
        document = {
            "apiVersion": names.API_VERSION,
            "kind": names.GROUP_KIND,
            "metadata": {
                "name": group.name,
                "namespace": group.namespace,
                "uid": group.uid,
                "resourceVersion": str(view.version),
            },
            "status": to_dict(status),
        }
        try:
            stored = await self._api.replace_status(GROUPS, document)
        except Conflict:
            await self.refresh_group(view)
            raise Stale("the group was changed") from None
        view.version = int(stored["metadata"]["resourceVersion"])
        view.status_written = self._clock()
        view.records.wrote_status(status)

    async def refresh_group(self, view: View) -> None:
        """Read the group again. A namesake of another uid means that ours is gone."""
        group = view.records.group
        try:
            document = await self._api.get(GROUPS, group.name, namespace=group.namespace)
        except NotFound:
            view.deleting = True
            return
        if document["metadata"]["uid"] == group.uid:
            view.put_group(document)
        else:
            view.deleting = True

    # --- launching ----------------------------------------------------------------------------------------------

    async def _create(self, view: View, launch: Launch) -> None:
        """The Trial, then its Job, held. Neither is ever adopted from another owner; one of ours may exist already."""
        key = (launch.number, launch.attempt)
        try:
            if launch.new is not None:
                await self._create_trial(view, launch)
            if launch.number in view.records.trials and key not in view.jobs:
                await self._create_job(view, view.records.trials[launch.number], launch.attempt)
        except RenderError as error:
            self._hinder(view, key, Reason.TEMPLATE_ERROR, error.problem.under("spec.template"), final=True)
        except (Invalid, BadRequest, TooLarge) as error:
            self._hinder(view, key, Reason.TEMPLATE_ERROR, error.message, final=True)
        except ApiError as error:
            self._hinder(view, key, Reason.JOB_REFUSED, error.message)

    async def _create_trial(self, view: View, launch: Launch) -> None:
        assert launch.new is not None
        group = view.records.group
        if launch.number in view.records.trials:
            return
        manifest = build_trial(group, launch.number, launch.new, launch.seen)
        try:
            view.put_trial(await self._api.create(TRIALS, manifest))
        except AlreadyExists:
            name = manifest["metadata"]["name"]
            document = await self._api.get(TRIALS, name, namespace=group.namespace)
            if view.owns(document):
                # Created before, with the parameters that count from now on.
                view.put_trial(document)
            else:
                key = (launch.number, launch.attempt)
                self._hinder(view, key, Reason.NAME_TAKEN, f"Trial {name} belongs to another owner")

    async def _create_job(self, view: View, trial: Trial, attempt: int) -> None:
        group = view.records.group
        assert group.spec is not None
        manifest = build_job(group, group.spec, trial, attempt)
        try:
            view.put_job(await self._api.create(JOBS, manifest))
        except AlreadyExists:
            name = manifest["metadata"]["name"]
            document = await self._api.get(JOBS, name, namespace=group.namespace)
            if owner_uid(document) == trial.uid:
                view.put_job(document)
            else:
                key = (trial.number, attempt)
                self._hinder(view, key, Reason.NAME_TAKEN, f"Job {name} belongs to another owner")

    async def _release(self, view: View, release: Release) -> None:
        """Let a held Job run. Its uid is precondition enough: only the process that opened the claim gets here.

        The list of who wrote which field is emptied with it: nobody reads it, and the API server, which would compute
        it anew at each of the Job controller's writes, then leaves it (docs/decisions/fewer-and-cheaper-writes.md).
        """
        key = (release.number, release.attempt)
        name = names.job_name(view.records.group.name, *key)
        try:
            stored = await self._api.patch(
                JOBS,
                name,
                {"metadata": {"managedFields": [{}]}, "spec": {"suspend": False}},
                namespace=view.records.group.namespace,
                uid=release.uid,
            )
            view.put_job(stored)
        except (NotFound, Conflict):
            await self.refresh_job(view, key)
        view.records.opened.discard(key)

    async def refresh_job(self, view: View, key: AttemptKey) -> None:
        """Read an attempt's Job again."""
        group = view.records.group
        name = names.job_name(group.name, *key)
        try:
            view.put_job(await self._api.get(JOBS, name, namespace=group.namespace))
        except NotFound:
            if key in view.jobs:
                view.drop_job(view.jobs[key])

    def _hinder(self, view: View, key: AttemptKey, reason: str, message: object, final: bool = False) -> None:
        view.records.hinder(key, reason, str(message), self._clock(), final)

    # --- the end of an attempt ------------------------------------------------------------------------------------

    async def end(self, view: View, end: End) -> None:
        """Remove an attempt's Job with its pods, or let it be removed ``keep`` seconds from now."""
        key = (end.number, end.attempt)
        group = view.records.group
        name = names.job_name(group.name, *key)
        try:
            if end.keep:
                await self._keep_for(view, key, name, end)
            else:
                await self._delete(view, key, name, end.uid)
        except (NotFound, Conflict):
            # Gone already, or another Job has the name by now: not ours to touch.
            if key in view.jobs and view.jobs[key]["metadata"]["uid"] == end.uid:
                await self.refresh_job(view, key)

    async def _delete(self, view: View, key: AttemptKey, name: str, uid: str) -> None:
        """Where pods may be alive in the foreground: the Job stays, and holds its slot, until they are gone."""
        attempt = view.attempts.get(key)
        ended = attempt is not None and attempt.phase is Phase.ENDED
        stored = await self._api.delete(
            JOBS,
            name,
            namespace=view.records.group.namespace,
            uid=uid,
            propagation="Background" if ended else "Foreground",
        )
        if (stored.get("metadata") or {}).get("uid"):
            view.put_job(stored)
        elif key in view.jobs:
            view.drop_job(view.jobs[key])

    async def _keep_for(self, view: View, key: AttemptKey, name: str, end: End) -> None:
        """The Job controller's own clean-up takes over: it works without us, and the Job leaves our watch at once."""
        attempt = view.attempts.get(key)
        ended = attempt.finished if attempt is not None and attempt.finished is not None else self._clock()
        ttl = max(0, int(self._clock() - ended)) + end.keep
        change = {
            "metadata": {"labels": {names.LABEL_RECORDED: "true"}},
            "spec": {"ttlSecondsAfterFinished": ttl},
        }
        stored = await self._api.patch(
            JOBS, name, change, namespace=view.records.group.namespace, uid=end.uid
        )
        view.drop_job(stored)
