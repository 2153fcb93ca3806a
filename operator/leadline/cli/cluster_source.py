"""Searches of a cluster, through the API server as the person of the kubeconfig."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from leadline.api import names
from leadline.cli.errors import CliError
from leadline.cli.source import Object, Where, no_such
from leadline.kube.client import Client
from leadline.kube.config import DEFAULT_KUBECONFIG, login
from leadline.kube.errors import ApiError, KubeError, NotFound
from leadline.kube.logs import read_log
from leadline.kube.resources import GROUPS, PODS, TRIALS, Resource
from leadline.kube.transport import ClientSettings
from leadline.reconcile.attempts import pod_to_read

T = TypeVar("T")

LOOK: Final = 2.0
"""Seconds between two looks at a pod whose log is followed."""
REACH: Final = 5.0
"""Seconds in which a cluster must give its first answer: someone sits there and waits."""


def knows_cluster() -> bool:
    """Whether a kubeconfig is there, or this is a pod; without either no cluster can be meant."""
    paths = os.environ.get("KUBECONFIG") or DEFAULT_KUBECONFIG
    given = any(Path(path).expanduser().is_file() for path in paths.split(os.pathsep) if path)
    return given or bool(os.environ.get("KUBERNETES_SERVICE_HOST"))


class ClusterSource:
    """Groups and trials of one namespace, or the groups of all."""

    def __init__(self, runner: asyncio.Runner, client: Client, namespace: str) -> None:
        self._runner = runner
        self._client = client
        self._namespace = namespace
        self.place = f"namespace {namespace}" if namespace else "all namespaces"

    @classmethod
    @contextmanager
    def open(cls, where: Where) -> Iterator[ClusterSource]:
        """Log in and connect."""
        info = login(kubeconfig=where.kubeconfig, context=where.context)
        namespace = "" if where.all_namespaces else where.namespace or info.namespace
        with asyncio.Runner() as runner:
            # Over the line between a person and a cluster, bytes cost more than packing them.
            client = runner.run(Client(info, settings=ClientSettings(compress=True)).__aenter__())
            try:
                runner.run(_greet(client))
                yield cls(runner, client, namespace)
            finally:
                runner.run(client.__aexit__(None, None, None))

    def groups(self) -> list[Object]:
        found = self._run(self._list(GROUPS, self._namespace))
        return sorted(found, key=lambda group: (group["metadata"]["namespace"], group["metadata"]["name"]))

    def group(self, name: str) -> Object:
        return self._get(GROUPS, "search", name)

    def trials(self, group: Object) -> list[Object]:
        metadata = group["metadata"]
        selector = f"{names.LABEL_GROUP_UID}={metadata['uid']}"
        found = self._run(self._list(TRIALS, metadata["namespace"], selector))
        return sorted(found, key=lambda trial: int(trial["spec"]["number"]))

    def trial(self, name: str) -> Object:
        return self._get(TRIALS, "trial", name)

    def is_driven(self, group: Object) -> bool:
        # An operator that is down comes back, and not everyone may see it.
        return True

    def edit(self, group: Object, change: Mapping[str, Any]) -> Object:
        metadata = group["metadata"]
        return self._run(
            self._client.patch(
                GROUPS,
                metadata["name"],
                {"spec": dict(change)},
                namespace=metadata["namespace"],
                uid=metadata["uid"],
            )
        )

    def read_log(
        self, group: Object, trial: Object, attempt: int, write: Callable[[bytes], object], *, follow: bool
    ) -> str:
        return self._run(_Log(self._client, group, trial, attempt, write).read(follow))

    def _get(self, resource: Resource, what: str, name: str) -> Object:
        try:
            return self._run(self._client.get(resource, name, namespace=self._namespace))
        except NotFound as error:
            if not error.reason:
                raise
            known = self._run(self._list(resource, self._namespace))
            raise no_such(what, name, (item["metadata"]["name"] for item in known), self.place) from None

    async def _list(self, resource: Resource, namespace: str, labels: str = "") -> list[Object]:
        """Every object, with the apiVersion and kind that lists leave out."""
        head = {"apiVersion": resource.api_version, "kind": resource.kind}
        pages = self._client.pages(resource, namespace=namespace, label_selector=labels)
        return [{**head, **item} async for page in pages for item in page.items]

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


async def _greet(client: Client) -> None:
    """Find out soon whether anybody is there at all: calls of their own would go on trying for a minute."""
    with suppress(ApiError):  # an answer, too; what may be done is seen when it is tried
        await client.request("GET", "/version", deadline=REACH)


class _Log:
    """The log of one attempt's pod on its way to ``write``."""

    def __init__(
        self, client: Client, group: Object, trial: Object, attempt: int, write: Callable[[bytes], object]
    ) -> None:
        self._client = client
        self._group = group
        self._trial = trial
        self._attempt = attempt
        self._write = write
        self._namespace: str = trial["metadata"]["namespace"]
        self._container: str = (group["spec"].get("metrics") or {}).get("container") or ""

    async def read(self, follow: bool) -> str:
        """Read it as far as it goes, or to its end; what is missing, if anything."""
        pod = await self._pod()
        while pod is None and follow and not await self._is_over():
            await asyncio.sleep(LOOK)
            pod = await self._pod()
        if pod is None:
            return "its pod is gone"
        name = pod["metadata"]["name"]
        if follow:
            return await self._follow(name)
        if _has_ended(pod):
            whole = await read_log(
                self._client, name, self._write, namespace=self._namespace, container=self._container_of(pod)
            )
            return whole.missing
        return await self._read_so_far(pod)

    async def _read_so_far(self, pod: Object) -> str:
        """What a container that still runs has printed; it may go on printing, so there is no end to wait for."""
        waiting = _waiting(pod)
        if waiting:
            raise CliError(
                f"{self._trial['metadata']['name']} has printed nothing yet: {waiting}; -f waits for it"
            )
        name, container = pod["metadata"]["name"], self._container_of(pod)
        async with self._client.log(name, namespace=self._namespace, container=container) as chunks:
            async for chunk in chunks:
                self._write(chunk)
        return ""

    async def _follow(self, name: str) -> str:
        ended = asyncio.Event()
        watching = asyncio.create_task(self._watch(name, ended))
        try:
            pod = await self._client.get(PODS, name, namespace=self._namespace)
            read = await read_log(
                self._client,
                name,
                self._write,
                namespace=self._namespace,
                container=self._container_of(pod),
                ended=ended,
            )
        except NotFound:
            return "its pod is gone"
        finally:
            watching.cancel()
        return read.missing

    async def _watch(self, name: str, ended: asyncio.Event) -> None:
        """Set ``ended`` when the pod has ended or is gone."""
        while not ended.is_set():
            try:
                pod = await self._client.get(PODS, name, namespace=self._namespace)
                over = _has_ended(pod)
            except NotFound:
                over = True
            except KubeError:
                over = False  # of which the log's own stream tells more
            if over:
                ended.set()
            else:
                await asyncio.sleep(LOOK)

    async def _pod(self) -> Object | None:
        labels = {
            names.LABEL_GROUP_UID: self._group["metadata"]["uid"],
            names.LABEL_TRIAL: self._trial["spec"]["number"],
            names.LABEL_ATTEMPT: self._attempt,
        }
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        pods = (await self._client.list(PODS, namespace=self._namespace, label_selector=selector)).items
        wanted = pod_to_read(pods)
        return next((pod for pod in pods if pod["metadata"]["name"] == wanted), None)

    async def _is_over(self) -> bool:
        trial = await self._client.get(TRIALS, self._trial["metadata"]["name"], namespace=self._namespace)
        status = trial.get("status") or {}
        return status.get("state") in names.FINAL_STATES or status.get("attempt", 0) > self._attempt

    def _container_of(self, pod: Object) -> str:
        """The one whose metrics are read; the first one where none is named."""
        return self._container or str(pod["spec"]["containers"][0]["name"])


def _has_ended(pod: Object) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def _waiting(pod: Object) -> str:
    """Why no container has begun; empty where one has."""
    status = pod.get("status") or {}
    states = [known.get("state") or {} for known in status.get("containerStatuses") or ()]
    if any("running" in state or "terminated" in state for state in states):
        return ""
    reasons = [(state.get("waiting") or {}).get("reason") for state in states]
    return next((reason for reason in reasons if reason), "its container has not started")
