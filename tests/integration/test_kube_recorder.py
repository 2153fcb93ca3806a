"""Events as a real API server stores them, and as the older API that kubectl describe reads shows them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from cluster.choose import Cluster
from cluster.client import Api
from leadline.kube.client import Client
from leadline.kube.config import login
from leadline.kube.recorder import Recorder, RecorderSettings
from leadline.kube.resources import EVENTS, Resource

CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")


@pytest.fixture
async def client(cluster: Cluster) -> AsyncIterator[Client]:
    async with Client(login(kubeconfig=str(cluster.kubeconfig()))) as client:
        yield client


@pytest.fixture
async def thing(client: Client, namespace: str) -> dict[str, Any]:
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "thing", "namespace": namespace},
    }
    return await client.create(CONFIG_MAPS, manifest)


async def test_repeats_become_one_series_that_both_apis_show(
    client: Client, api: Api, namespace: str, thing: dict[str, Any]
) -> None:
    async with Recorder(client, settings=RecorderSettings(series_interval=0)) as recorder:
        for _ in range(40):
            recorder.event(thing, "Warning", "Pulling", "the image does not exist", action="Launch")
        recorder.event(thing, "Normal", "Started", "runs on node-1")
    assert recorder.dropped == 0

    events = {e["reason"]: e for e in (await client.list(EVENTS, namespace=namespace)).items}
    assert events["Pulling"]["series"]["count"] == 40
    assert events["Pulling"]["regarding"]["uid"] == thing["metadata"]["uid"]
    assert "series" not in events["Started"]

    selector = f"involvedObject.uid={thing['metadata']['uid']},reason=Pulling"
    [shown] = api.list("v1", "Event", namespace, fields=selector)
    assert (shown["type"], shown["message"]) == ("Warning", "the image does not exist")
    assert shown["series"]["count"] == 40
    assert shown["reportingComponent"] == "leadline.dev/operator"


async def test_a_series_goes_on_when_its_event_was_deleted(
    client: Client, namespace: str, thing: dict[str, Any]
) -> None:
    settings = RecorderSettings(series_interval=0)
    recorder = Recorder(client, settings=settings)
    recorder.event(thing, "Normal", "Again", "x")
    await recorder.write_due()
    [event] = (await client.list(EVENTS, namespace=namespace)).items
    await client.delete(EVENTS, event["metadata"]["name"], namespace=namespace)
    recorder.event(thing, "Normal", "Again", "x")
    await recorder.write_due()
    [event] = (await client.list(EVENTS, namespace=namespace)).items
    assert event["series"]["count"] == 2


@pytest.mark.parametrize("note", ["", "x" * 5000, "é" * 3000, "line\nbreak \x00 \ud800", "{{ }}"])
async def test_the_server_takes_every_note(
    client: Client, namespace: str, thing: dict[str, Any], note: str
) -> None:
    async with Recorder(client) as recorder:
        recorder.event(thing, "Normal", "Odd", note)
    assert recorder.dropped == 0
    assert len((await client.list(EVENTS, namespace=namespace)).items) == 1


async def test_an_event_about_something_in_a_missing_namespace_is_dropped(
    client: Client, thing: dict[str, Any]
) -> None:
    gone = {**thing, "metadata": {**thing["metadata"], "namespace": "never-was"}}
    async with Recorder(client) as recorder:
        recorder.event(gone, "Normal", "Odd", "x")
    assert recorder.dropped == 1
