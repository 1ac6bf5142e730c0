"""How connections to the cloud are shared, kept and given up, and what happens when they break."""

import asyncio
import gc

import pytest
from upstream_peer import LONG, OK, always_ok, client, drain, fetch, peer, saying

from proxy.errors import BodyTooLarge, UpstreamFailed


async def test_one_after_another_shares_a_connection_and_many_at_once_stay_under_the_limit():
    async with peer(always_ok) as cloud, client(connections_per_host=3) as upstream:
        for _ in range(5):
            assert await fetch(upstream, cloud.origin) == b"ok"
        assert cloud.connections == 1
        assert await asyncio.gather(*(fetch(upstream, cloud.origin) for _ in range(40))) == [b"ok"] * 40
        assert cloud.connections == 3
        assert len(cloud.requests) == 45


async def hang_up_after_one(talk):
    request = await talk.request()
    await talk.say(OK[:-2] if request.startswith(b"HEAD") else OK)
    if await talk.request():  # a kept connection dies under the second request
        talk.hang_up()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_safe_request_on_a_stale_connection_is_sent_once_more_on_a_new_one(method):
    async with peer(hang_up_after_one) as cloud, client() as upstream:
        await fetch(upstream, cloud.origin)
        assert (await upstream.send(cloud.origin, method, "/", [])).status == 200
        assert (cloud.connections, len(cloud.requests)) == (2, 3)


async def test_a_result_is_never_sent_twice():
    async with peer(hang_up_after_one) as cloud, client() as upstream:
        await fetch(upstream, cloud.origin)
        with pytest.raises(UpstreamFailed, match="broke-off"):
            await fetch(upstream, cloud.origin, "POST", b"score=80")
        assert (cloud.connections, len(cloud.requests)) == (1, 2)


async def test_a_connection_that_breaks_in_mid_answer_is_not_retried():
    async def script(talk):
        await talk.request()
        await talk.say(OK)
        await talk.request()
        await talk.say(b"HTTP/1.1 200")

    async with peer(script) as cloud, client() as upstream:
        await fetch(upstream, cloud.origin)
        with pytest.raises(UpstreamFailed, match="broke-off"):
            await fetch(upstream, cloud.origin)
        assert len(cloud.requests) == 2


async def test_a_connection_closed_by_the_cloud_between_requests_is_replaced_unseen():
    async with peer(saying(OK, keep=False)) as cloud, client() as upstream:
        await fetch(upstream, cloud.origin)
        await upstream._lanes[cloud.origin]._empty.wait()
        assert await fetch(upstream, cloud.origin, "POST", b"score=80") == b"ok"
        assert cloud.connections == 2


@pytest.mark.parametrize("surplus", [b"H", OK])
async def test_bytes_behind_an_answer_never_become_the_answer_of_the_next(surplus):
    async with peer(saying(OK + surplus, OK)) as cloud, client() as upstream:
        await fetch(upstream, cloud.origin)
        await fetch(upstream, cloud.origin)
        assert cloud.connections == 2


async def test_bytes_on_an_idle_connection_close_it():
    shut = asyncio.Event()

    async def script(talk):
        await talk.request()
        await talk.say(OK)
        await idle.wait()
        await talk.say(OK)
        await talk.gone()
        shut.set()

    idle = asyncio.Event()
    async with peer(script) as cloud, client() as upstream:
        await fetch(upstream, cloud.origin)
        idle.set()
        await shut.wait()
        await fetch(upstream, cloud.origin)
        assert cloud.connections == 2


@pytest.mark.parametrize("wait_for", ["head", "body"])
async def test_cancelling_closes_the_connection(wait_for):
    asked, shut = asyncio.Event(), asyncio.Event()

    async def script(talk):
        await talk.request()
        if wait_for == "body":
            await talk.say(LONG)
        asked.set()
        await talk.gone()
        shut.set()

    async with peer(script) as cloud, client() as upstream, asyncio.TaskGroup() as group:
        task = group.create_task(fetch(upstream, cloud.origin) if wait_for == "head" else drain(upstream, cloud.origin))
        await asked.wait()
        task.cancel()
        await shut.wait()


@pytest.mark.parametrize("way", ["close", "leave", "forget", "limit"])
async def test_an_answer_given_up_early_closes_its_connection(way):
    shut = asyncio.Event()

    async def script(talk):
        await talk.request()
        await talk.say(LONG + b"a" * 5000)
        await talk.gone()
        shut.set()

    async with peer(script) as cloud, client() as upstream:
        answer = await upstream.send(cloud.origin, "GET", "/", [])
        if way == "close":
            answer.close()
            with pytest.raises(UpstreamFailed, match="closed"):
                await answer.read(10)
        elif way == "leave":
            pieces = answer.chunks()
            assert await anext(pieces)
            await pieces.aclose()
        elif way == "limit":
            with pytest.raises(BodyTooLarge):
                await answer.read(10)
        else:
            del answer
            gc.collect()
        await shut.wait()
