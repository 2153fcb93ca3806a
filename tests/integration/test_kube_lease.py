"""Two operators and one Lease on a real API server, one of them killed."""

from __future__ import annotations

import asyncio
import signal
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import leadline
from cluster.choose import Cluster
from leadline.kube.client import Client
from leadline.kube.config import login
from leadline.kube.lease import Elector, LeaseTimes
from leadline.kube.resources import LEASES

TIMES = LeaseTimes(duration=4, renew_deadline=3, retry_period=0.5)

HOLDER = textwrap.dedent("""
    import asyncio, sys
    from leadline.kube.client import Client
    from leadline.kube.config import login
    from leadline.kube.lease import Elector, LeaseTimes

    async def main(kubeconfig, namespace):
        async with Client(login(kubeconfig=kubeconfig)) as client:
            times = LeaseTimes(duration=4, renew_deadline=3, retry_period=0.5)
            elector = Elector(client, namespace=namespace, name="op", identity="first", on_lost=sys.exit, times=times)
            async with elector:
                print("leading", flush=True)
                await asyncio.Event().wait()

    asyncio.run(main(*sys.argv[1:]))
""")


@pytest.fixture
def kubeconfig(cluster: Cluster) -> Path:
    return cluster.kubeconfig()


@pytest.fixture
async def client(kubeconfig: Path) -> AsyncIterator[Client]:
    async with Client(login(kubeconfig=str(kubeconfig))) as client:
        yield client


@asynccontextmanager
async def another_operator(kubeconfig: Path, namespace: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process of its own that leads as `first` and waits to be killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLDER,
        str(kubeconfig),
        namespace,
        stdout=asyncio.subprocess.PIPE,
        env={"PYTHONPATH": str(Path(leadline.__file__).parents[1])},
    )
    try:
        assert process.stdout is not None
        assert await asyncio.wait_for(process.stdout.readline(), 30) == b"leading\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def make_elector(client: Client, namespace: str, identity: str, reasons: list[str] | None = None) -> Elector:
    told: list[str] = [] if reasons is None else reasons
    return Elector(
        client, namespace=namespace, name="op", identity=identity, on_lost=told.append, times=TIMES
    )


async def test_a_killed_leader_is_followed_when_its_lease_has_run_out(
    client: Client, kubeconfig: Path, namespace: str
) -> None:
    async with another_operator(kubeconfig, namespace) as first:
        second = make_elector(client, namespace, "second")
        waiting = asyncio.create_task(second.acquire())
        await asyncio.sleep(2 * TIMES.duration)
        assert not waiting.done()
        assert second.leader == "first"
        first.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        await asyncio.wait_for(waiting, 30)
        took = time.monotonic() - killed
    assert second.is_leader
    assert took > TIMES.duration / 2  # it renewed shortly before it died
    lease = await client.get(LEASES, "op", namespace=namespace)
    assert lease["spec"]["holderIdentity"] == "second"
    assert lease["spec"]["leaseTransitions"] == 1
    await second.release()


async def test_a_leader_that_ends_well_is_followed_at_once(client: Client, namespace: str) -> None:
    async with make_elector(client, namespace, "first"):
        waiting = asyncio.create_task(make_elector(client, namespace, "second").acquire())
        await asyncio.sleep(0.2)
    await asyncio.wait_for(waiting, TIMES.duration - 0.5)
    lease = await client.get(LEASES, "op", namespace=namespace)
    assert lease["spec"]["holderIdentity"] == "second"


async def test_of_many_that_start_together_one_leads(client: Client, namespace: str) -> None:
    electors = [make_elector(client, namespace, f"c{number}") for number in range(5)]
    tasks = [asyncio.create_task(elector.acquire()) for elector in electors]
    await asyncio.wait(tasks, timeout=30, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(1)  # enough for the others to take it as well, if they could
    assert sum(task.done() for task in tasks) == sum(elector.is_leader for elector in electors) == 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_leader_whose_lease_is_taken_is_told(client: Client, namespace: str) -> None:
    reasons: list[str] = []
    async with make_elector(client, namespace, "first", reasons) as first:
        await client.patch(LEASES, "op", {"spec": {"holderIdentity": "usurper"}}, namespace=namespace)
        for _ in range(50):
            await asyncio.sleep(0.1)
            if reasons:
                break
        assert reasons == ["usurper holds the lease now"]
        assert not first.is_leader
    lease = await client.get(LEASES, "op", namespace=namespace)
    assert lease["spec"]["holderIdentity"] == "usurper"
