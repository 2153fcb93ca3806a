"""Requests as they go over the wire, and every way in which they can fail there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from leadline.kube import errors
from leadline.kube.client import Client
from leadline.kube.encoding import OBJECT_LIMIT
from leadline.kube.rate import RateLimiter
from leadline.kube.resources import JOBS, TRIALS, Resource
from leadline.kube.transport import ClientSettings
from unit.kube.conftest import MakeClient
from unit.kube.wire import Time, Wire, after, hang, lose, reply, status, stream

CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
QUICK = ClientSettings(request_timeout=0.05)


def config_map(**data: Any) -> dict[str, Any]:
    metadata = {"name": "one", "namespace": "there"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


# --- what is sent ---


async def test_get_returns_the_object_as_a_dict(wire: Wire, client: Client) -> None:
    wire.answer(reply(200, {"metadata": {"name": "one"}}))
    assert await client.get(JOBS, "one", namespace="there") == {"metadata": {"name": "one"}}
    assert (wire.asked[0].method, wire.asked[0].path) == ("GET", "/apis/batch/v1/namespaces/there/jobs/one")


async def test_a_name_never_leads_to_another_path(wire: Wire, client: Client) -> None:
    await client.get(CONFIG_MAPS, "../secrets/x?y=1", namespace="there")
    assert wire.asked[0].path == "/api/v1/namespaces/there/configmaps/..%2Fsecrets%2Fx%3Fy%3D1"
    with pytest.raises(ValueError, match="cannot be the name"):
        await client.get(CONFIG_MAPS, "..", namespace="there")


async def test_create_posts_the_manifest_to_its_namespace(wire: Wire, client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map(a="é"), strict=True, dry_run=True)
    asked = wire.asked[0]
    assert (asked.method, asked.path) == ("POST", "/api/v1/namespaces/there/configmaps")
    assert asked.query == {"dryRun": "All", "fieldValidation": "Strict"}
    assert asked.json == config_map(a="é")
    assert asked.headers["Content-Type"] == "application/json"


async def test_create_without_a_namespace_is_refused(wire: Wire, client: Client) -> None:
    with pytest.raises(ValueError, match="namespace"):
        await client.create(CONFIG_MAPS, {"metadata": {"name": "one"}})
    assert not wire.asked


async def test_a_merge_patch_carries_its_preconditions_beside_other_metadata(
    wire: Wire, client: Client
) -> None:
    change = {"metadata": {"labels": {"a": "b"}}, "spec": {"suspend": False}}
    await client.patch(JOBS, "one", change, namespace="there", uid="u", resource_version="7")
    assert wire.asked[0].headers["Content-Type"] == "application/merge-patch+json"
    assert wire.asked[0].json == {
        "metadata": {"labels": {"a": "b"}, "uid": "u", "resourceVersion": "7"},
        "spec": {"suspend": False},
    }
    assert change["metadata"] == {"labels": {"a": "b"}}


async def test_a_json_patch_carries_its_preconditions_as_operations(wire: Wire, client: Client) -> None:
    change = [{"op": "remove", "path": "/spec/suspend"}]
    await client.patch(JOBS, "one", change, namespace="there", resource_version="7")
    assert wire.asked[0].headers["Content-Type"] == "application/json-patch+json"
    assert wire.asked[0].json == [
        *change,
        {"op": "replace", "path": "/metadata/resourceVersion", "value": "7"},
    ]


async def test_status_is_written_through_its_subresource(wire: Wire, client: Client) -> None:
    await client.patch_status(TRIALS, "one", {"state": "Running"}, namespace="there")
    await client.replace_status(TRIALS, config_map())
    paths = ["/apis/leadline.dev/v1alpha1/namespaces/there/trials/one/status"] * 2
    assert [asked.path for asked in wire.asked] == paths
    assert [asked.method for asked in wire.asked] == ["PATCH", "PUT"]
    assert wire.asked[0].json == {"status": {"state": "Running"}}


async def test_delete_sends_preconditions_and_propagation(wire: Wire, client: Client) -> None:
    await client.delete(JOBS, "one", namespace="there", uid="u", propagation="Foreground", grace_seconds=0)
    assert wire.asked[0].json == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Foreground",
        "gracePeriodSeconds": 0,
        "preconditions": {"uid": "u"},
    }


async def test_pages_follow_the_continuation_and_keep_the_selectors(wire: Wire, client: Client) -> None:
    wire.answer(
        reply(200, {"metadata": {"continue": "next+/=", "remainingItemCount": 1}, "items": [{"a": 1}]}),
        reply(200, {"metadata": {"resourceVersion": "9"}, "items": [{"a": 2}]}),
    )
    pages = client.pages(JOBS, namespace="there", label_selector="a in (b,c)", field_selector="x=y", limit=1)
    found = [page async for page in pages]
    assert [page.items for page in found] == [[{"a": 1}], [{"a": 2}]]
    assert [page.remaining for page in found] == [1, None]
    assert found[-1].resource_version == "9"
    assert [asked.query.get("continue") for asked in wire.asked] == [None, "next+/="]
    assert all(asked.query["labelSelector"] == "a in (b,c)" for asked in wire.asked)


async def test_a_list_of_all_pages_and_of_all_namespaces(wire: Wire, client: Client) -> None:
    wire.answer(
        reply(200, {"metadata": {"continue": "c"}, "items": [{}] * 3}),
        reply(200, {"metadata": {"resourceVersion": "9"}, "items": [{}] * 2}),
    )
    found = await client.list(JOBS)
    assert (len(found.items), found.resource_version) == (5, "9")
    assert wire.asked[0].path == "/apis/batch/v1/jobs"


async def test_a_raw_request_gives_the_body_as_it_is(wire: Wire, client: Client) -> None:
    wire.answer(reply(200, b"ok"))
    assert await client.request("GET", "/readyz", query={"verbose": "x"}) == b"ok"
    assert wire.asked[0].query == {"verbose": "x"}


async def test_what_json_does_not_have_is_never_sent(wire: Wire, client: Client) -> None:
    with pytest.raises(ValueError, match=r"status\.metrics\[1\]\.loss is nan") as caught:
        await client.patch_status(TRIALS, "one", {"metrics": [{}, {"loss": float("nan")}]}, namespace="there")
    assert isinstance(caught.value, errors.NotSerializable)
    assert not wire.asked


async def test_an_object_above_the_limit_is_never_sent(wire: Wire, client: Client) -> None:
    await client.create(CONFIG_MAPS, config_map(a="x" * (OBJECT_LIMIT - 1000)))
    with pytest.raises(errors.TooLarge, match="524,288"):
        await client.create(CONFIG_MAPS, config_map(a="x" * OBJECT_LIMIT))
    assert len(wire.asked) == 1


# --- what comes back, or does not ---


@pytest.mark.parametrize(
    ("code", "reason", "kind"),
    [
        (400, "BadRequest", errors.BadRequest),
        (403, "Forbidden", errors.Forbidden),
        (404, "NotFound", errors.NotFound),
        (409, "Conflict", errors.Conflict),
        (409, "AlreadyExists", errors.AlreadyExists),
        (410, "Expired", errors.Gone),
        (413, "RequestEntityTooLarge", errors.TooLarge),
        (422, "Invalid", errors.Invalid),
    ],
)
async def test_a_refusal_is_one_typed_error_after_one_request(
    wire: Wire, client: Client, code: int, reason: str, kind: type[errors.ApiError]
) -> None:
    wire.answer(status(code, reason, "because"))
    with pytest.raises(errors.ApiError) as caught:
        await client.create(CONFIG_MAPS, config_map())
    assert type(caught.value) is kind
    assert str(caught.value) == f"create configmaps there/one: {code} {reason}: because"
    assert len(wire.asked) == 1


async def test_a_read_is_sent_again_after_500s_with_growing_pauses(
    wire: Wire, client: Client, fake_time: Time
) -> None:
    wire.answer(*[reply(500, b"<html>down</html>")] * 3, reply(200, {"a": 1}))
    assert await client.get(CONFIG_MAPS, "one", namespace="there") == {"a": 1}
    assert fake_time.slept == [0.05, 0.1, 0.2]


async def test_a_read_ends_with_the_servers_error_at_its_deadline(
    wire: Wire, client: Client, fake_time: Time
) -> None:
    wire.answer(reply(500, b"<html>\n" + b"x" * 100_000 + b"</html>"))
    with pytest.raises(errors.ServerError) as caught:
        await client.get(CONFIG_MAPS, "one", namespace="there", deadline=20)
    assert fake_time.now <= 1020
    assert len(wire.asked) > 5
    assert len(caught.value.message) <= 200
    assert "\n" not in str(caught.value)


async def test_a_500_to_a_write_leaves_the_outcome_unknown(wire: Wire, client: Client) -> None:
    wire.answer(status(500, "InternalError", "etcdserver: request timed out"))
    with pytest.raises(errors.OutcomeUnknown, match="request timed out") as caught:
        await client.create(CONFIG_MAPS, config_map())
    assert caught.value.status == 500
    assert len(wire.asked) == 1


async def test_etcds_limit_is_no_unknown_outcome_though_it_comes_as_a_500(wire: Wire, client: Client) -> None:
    wire.answer(status(500, "", "etcdserver: request is too large"))
    with pytest.raises(errors.TooLarge):
        await client.create(CONFIG_MAPS, config_map())
    assert len(wire.asked) == 1


@pytest.mark.parametrize("method", ["get", "create"])
async def test_429_is_obeyed_and_the_request_sent_again(
    wire: Wire, client: Client, fake_time: Time, method: str
) -> None:
    wire.answer(reply(429, b"slow down", Retry_After="7"), reply(200, {"a": 1}))
    if method == "get":
        await client.get(CONFIG_MAPS, "one", namespace="there")
    else:
        await client.create(CONFIG_MAPS, config_map())
    assert fake_time.slept == [7]
    assert len(wire.asked) == 2


async def test_429_is_not_waited_for_beyond_the_deadline(wire: Wire, client: Client, fake_time: Time) -> None:
    wire.answer(reply(429, b"", Retry_After="120"))
    with pytest.raises(errors.TooManyRequests) as caught:
        await client.get(CONFIG_MAPS, "one", namespace="there")
    assert caught.value.retry_after == 120
    assert fake_time.slept == []


async def test_a_reply_lost_after_the_write_leaves_the_outcome_unknown(wire: Wire, client: Client) -> None:
    wire.answer(lose())
    with pytest.raises(errors.OutcomeUnknown):
        await client.create(CONFIG_MAPS, config_map())
    assert len(wire.asked) == 1


@pytest.mark.parametrize("verb", ["replace", "delete", "patch"])
async def test_a_write_lost_on_a_used_connection_is_not_sent_again(
    wire: Wire, client: Client, verb: str
) -> None:
    """aiohttp itself repeats PUT and DELETE when a kept connection breaks."""
    wire.answer(reply(200, {}), lose())
    await client.get(CONFIG_MAPS, "one", namespace="there")
    match verb:
        case "replace":
            writing = client.replace(CONFIG_MAPS, config_map())
        case "delete":
            writing = client.delete(CONFIG_MAPS, "one", namespace="there")
        case _:
            writing = client.patch(CONFIG_MAPS, "one", {}, namespace="there")
    with pytest.raises(errors.OutcomeUnknown):
        await writing
    assert len(wire.asked) == 2


async def test_a_lost_read_is_sent_again(wire: Wire, client: Client) -> None:
    wire.answer(lose(), lose(), reply(200, {"a": 1}))
    assert await client.get(CONFIG_MAPS, "one", namespace="there") == {"a": 1}


async def test_garbage_for_a_read_counts_as_no_reply(wire: Wire, client: Client) -> None:
    wire.answer(reply(200, b"{oops"), reply(200, b"[]"), reply(200, b"[" * 100_000), reply(200, {"a": 1}))
    assert await client.get(CONFIG_MAPS, "one", namespace="there") == {"a": 1}


async def test_garbage_for_a_write_leaves_the_outcome_unknown(wire: Wire, client: Client) -> None:
    wire.answer(reply(201, b"\xff\xfe{oops"))
    with pytest.raises(errors.OutcomeUnknown, match="cannot be read"):
        await client.create(CONFIG_MAPS, config_map())


async def test_a_body_cut_off_in_the_middle_is_no_reply(wire: Wire, client: Client) -> None:
    wire.answer(stream([b'{"a":'], then_lose=True), reply(200, {"a": 1}))
    assert await client.get(CONFIG_MAPS, "one", namespace="there") == {"a": 1}


async def test_a_slow_answer_to_a_write_leaves_the_outcome_unknown(
    wire: Wire, make_client: MakeClient
) -> None:
    wire.answer(hang())
    client = await make_client(settings=QUICK)
    with pytest.raises(errors.OutcomeUnknown, match="no answer in time"):
        await client.create(CONFIG_MAPS, config_map())
    assert len(wire.asked) == 1


async def test_a_slow_answer_to_a_read_is_asked_for_again(wire: Wire, make_client: MakeClient) -> None:
    wire.answer(hang(), reply(200, {"a": 1}))
    client = await make_client(settings=QUICK)
    assert await client.get(CONFIG_MAPS, "one", namespace="there") == {"a": 1}


async def test_a_huge_answer_is_not_read_to_its_end(wire: Wire, make_client: MakeClient) -> None:
    sent = 0

    def chunks() -> Any:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b"x" * 65536

    wire.answer(stream(chunks()))
    client = await make_client(settings=ClientSettings(reply_limit=200_000))
    with pytest.raises(errors.TooLarge, match="larger than 200,000 bytes"):
        await client.get(CONFIG_MAPS, "one", namespace="there")
    assert sent < 500
    assert len(wire.asked) == 1


async def test_a_refused_connection_is_surely_not_sent_and_tried_until_the_deadline(
    wire: Wire, make_client: MakeClient, fake_time: Time
) -> None:
    client = await make_client()
    await wire.stop()
    with pytest.raises(errors.NotSent, match="no connection"):
        await client.create(CONFIG_MAPS, config_map(), deadline=30)
    assert len(fake_time.slept) > 5
    assert fake_time.now <= 1030


async def test_a_write_is_done_once_the_server_is_back(make_client: MakeClient, fake_time: Time) -> None:
    wire = Wire()
    await wire.start()
    port = wire.port
    await wire.stop()
    back = Wire()

    async def sleep(seconds: float) -> None:
        await fake_time.sleep(seconds)
        if len(fake_time.slept) == 3:
            await back.start(port)

    client = await make_client(f"http://127.0.0.1:{port}", sleep=sleep)
    try:
        await client.create(CONFIG_MAPS, config_map())
        assert len(back.asked) == 1
    finally:
        await back.stop()


async def test_a_redirect_is_not_followed(wire: Wire, client: Client) -> None:
    wire.answer(reply(302, b"", Location=f"{wire.url}/elsewhere"))
    with pytest.raises(errors.ApiError, match="302"):
        await client.get(CONFIG_MAPS, "one", namespace="there")
    assert len(wire.asked) == 1


# --- limits ---


async def test_no_more_than_the_allowed_requests_are_in_flight(wire: Wire, make_client: MakeClient) -> None:
    go = asyncio.Event()
    wire.answer(after(go, reply(200, {})))
    client = await make_client(settings=ClientSettings(connections=5))
    calls = [asyncio.create_task(client.get(CONFIG_MAPS, "one", namespace="there")) for _ in range(40)]
    await wire.wait_for_requests(5)
    go.set()
    await asyncio.gather(*calls)
    assert wire.most_at_once == 5
    assert len(wire.asked) == 40


async def test_requests_leave_in_the_order_in_which_they_came(
    wire: Wire, make_client: MakeClient, fake_time: Time
) -> None:
    client = await make_client(
        settings=ClientSettings(connections=1),
        limiter=RateLimiter(10, 1, clock=fake_time.clock, sleep=fake_time.sleep),
    )
    await asyncio.gather(*(client.get(CONFIG_MAPS, f"n{i}", namespace="there") for i in range(20)))
    assert [asked.path.rpartition("/")[2] for asked in wire.asked] == [f"n{i}" for i in range(20)]
    assert fake_time.now == pytest.approx(1001.9)


async def test_a_call_whose_turn_comes_too_late_was_never_sent(
    wire: Wire, make_client: MakeClient, fake_time: Time
) -> None:
    client = await make_client(limiter=RateLimiter(0.01, 1, clock=fake_time.clock, sleep=fake_time.sleep))
    await client.get(CONFIG_MAPS, "one", namespace="there")
    with pytest.raises(errors.NotSent, match="no turn"):
        await client.create(CONFIG_MAPS, config_map(), deadline=30)
    assert len(wire.asked) == 1


async def test_a_cancelled_call_frees_its_slot(wire: Wire, make_client: MakeClient) -> None:
    wire.answer(hang(), reply(200, {}))
    client = await make_client(settings=ClientSettings(connections=1))
    stuck = asyncio.create_task(client.get(CONFIG_MAPS, "one", namespace="there"))
    await wire.wait_for_requests(1)
    stuck.cancel()
    await client.get(CONFIG_MAPS, "two", namespace="there")
    assert stuck.cancelled()


async def test_each_request_is_told_with_its_verb_resource_and_outcome(
    wire: Wire, make_client: MakeClient
) -> None:
    told: list[tuple[str, str, str]] = []

    def on_call(verb: str, resource: str, code: str, seconds: float) -> None:
        told.append((verb, resource, code))

    client = await make_client(on_call=on_call)
    wire.answer(reply(503), reply(200, {}), lose(), status(409, "Conflict"), reply(200, b""))
    await client.get(JOBS, "one", namespace="there")
    with pytest.raises(errors.OutcomeUnknown):
        await client.create(CONFIG_MAPS, config_map())
    with pytest.raises(errors.Conflict):
        await client.patch_status(TRIALS, "one", {}, namespace="there")
    async with client.log("pod", namespace="there") as chunks:
        assert [chunk async for chunk in chunks] == []
    unreachable = await make_client("http://127.0.0.1:1", on_call=on_call)
    with pytest.raises(errors.NotSent):
        await unreachable.delete(JOBS, "one", namespace="there", deadline=0.01)
    assert told == [
        ("get", "jobs", "503"),
        ("get", "jobs", "200"),
        ("create", "configmaps", "lost"),
        ("patch", "trials/status", "409"),
        ("get", "pods/log", "200"),
        ("delete", "jobs", "refused"),
    ]
