"""Slow readers, silent servers, full pools, closing, TLS: where the way upstream has its limits."""

import asyncio
import hashlib

import pytest
from upstream_peer import LONG, OK, always_ok, certificate, client, drain, fetch, peer, saying

from proxy.edge.upstream import Upstream
from proxy.edge.upstream_lane import Lane
from proxy.errors import UpstreamFailed


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_slow_reader_slows_the_cloud_down_and_loses_nothing(chunked):
    piece = bytes(range(256)) * 256
    count = 600
    sent = 0

    async def script(talk):
        nonlocal sent
        await talk.request()
        await talk.say(
            b"HTTP/1.1 200 OK\r\n"
            + (b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % (count * len(piece)))
            + b"\r\n\r\n"
        )
        for _ in range(count):
            await talk.say(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            sent += len(piece)
        await talk.say(b"0\r\n\r\n" if chunked else b"")

    async with peer(script) as cloud, client() as upstream:
        answer = await upstream.send(cloud.origin, "GET", "/", [])
        pieces = answer.chunks()
        seen = hashlib.sha256(await anext(pieces))
        before = -1
        while before != sent:  # until the cloud is stuck
            before = sent
            await asyncio.sleep(0.05)
        assert sent < count * len(piece)
        async for part in pieces:
            seen.update(part)
        assert seen.digest() == hashlib.sha256(piece * count).digest()


async def test_silence_is_a_timeout_even_on_a_kept_connection_that_could_be_tried_again():
    async with peer(saying(OK)) as cloud, client(read_timeout=0.1) as upstream:
        assert await fetch(upstream, cloud.origin) == b"ok"
        with pytest.raises(UpstreamFailed, match="read-timeout"):
            await fetch(upstream, cloud.origin)
        assert cloud.connections == 1


async def test_slowness_is_no_silence():
    heard = asyncio.Event()

    async def script(talk):
        await talk.request()
        for byte in LONG:
            await talk.say(bytes([byte]))
            await heard.wait()
            heard.clear()
        await talk.gone()

    async with peer(script) as cloud, client(read_timeout=10) as upstream:
        sending = asyncio.ensure_future(drain(upstream, cloud.origin))
        for _ in LONG:
            line = await told(upstream, cloud.origin)
            line._heard -= 9  # nine seconds pass
            line._watch()
            assert not sending.done()
            line.silent = True
            heard.set()
        line._heard -= 11
        line._watch()
        with pytest.raises(UpstreamFailed, match="read-timeout"):
            await sending


async def told(upstream, origin):
    """Wait until a line has heard something and return it."""
    async with asyncio.timeout(10):
        while True:
            for line in upstream._lanes[origin]._lines if origin in upstream._lanes else ():
                if not line.silent:
                    return line
            await asyncio.sleep(0)


async def test_a_refused_connection_an_unknown_name_and_a_busy_pool_have_their_own_words():
    async with peer(saying(LONG)) as cloud, client(connections_per_host=1, connect_timeout=0.2) as upstream:
        held = await upstream.send(cloud.origin, "GET", "/", [])
        with pytest.raises(UpstreamFailed, match="busy"):
            await upstream.send(cloud.origin, "GET", "/", [])
        held.close()
        assert (await upstream.send(cloud.origin, "GET", "/", [])).status == 200
    async with client() as upstream:
        with pytest.raises(UpstreamFailed, match="connect-failed"):
            await upstream.send(cloud.origin, "GET", "/", [])
        with pytest.raises(UpstreamFailed, match="not-resolvable"):
            await upstream.send(f"http://{'x' * 70}.invalid", "GET", "/", [])


async def test_a_cancelled_wait_passes_its_turn_on():
    async with peer(always_ok) as cloud, client(connections_per_host=1) as upstream:
        held = await upstream.send(cloud.origin, "GET", "/", [])
        assert await held.read(5) == b"ok"
        tasks = [asyncio.ensure_future(fetch(upstream, cloud.origin)) for _ in range(6)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.wait(tasks[:1])
        tasks[2].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        assert [done[0], *done[3:]] == [b"ok"] * 4
        assert await fetch(upstream, cloud.origin) == b"ok"


async def test_closing_fails_what_is_under_way_and_refuses_what_comes():
    asked = asyncio.Event()

    async def script(talk):
        await talk.request()
        asked.set()
        await talk.gone()

    upstream = Upstream(connections_per_host=1, connect_timeout=5, read_timeout=5)
    async with peer(script) as cloud:
        tasks = [asyncio.ensure_future(fetch(upstream, cloud.origin)) for _ in range(2)]
        await asked.wait()
        await upstream.close()
        failures = await asyncio.gather(*tasks, return_exceptions=True)
        assert [str(failure) for failure in failures] == ["upstream-failed closed"] * 2
        with pytest.raises(UpstreamFailed, match="closed"):
            await fetch(upstream, cloud.origin)
    await upstream.close()


async def test_tls_is_verified_against_the_given_authority(tmp_path):
    context, trusted = certificate(tmp_path)
    async with peer(always_ok, context) as cloud:
        async with client(ca_file=str(trusted)) as upstream:
            assert [await fetch(upstream, cloud.origin) for _ in range(2)] == [b"ok", b"ok"]
            assert cloud.connections == 1
        async with client() as upstream:
            with pytest.raises(UpstreamFailed, match="tls-failed"):
                await fetch(upstream, cloud.origin)
    with pytest.raises(UpstreamFailed, match="tls-failed"):
        Upstream(connections_per_host=1, connect_timeout=1, read_timeout=1, ca_file=str(tmp_path / "absent.pem"))


async def test_a_body_cut_short_under_tls_is_a_failure(tmp_path):
    context, trusted = certificate(tmp_path)
    async with peer(saying(LONG + b"abc", keep=False), context) as cloud, client(ca_file=str(trusted)) as upstream:
        with pytest.raises(UpstreamFailed, match="broke-off"):
            await drain(upstream, cloud.origin)


async def test_what_may_not_be_repeated_avoids_connections_that_have_been_idle_for_long():
    async with peer(always_ok) as cloud, client(connections_per_host=1) as upstream:
        await fetch(upstream, cloud.origin)
        lane: Lane = upstream._lanes[cloud.origin]
        lane._idle[0].idle_since -= 5
        await fetch(upstream, cloud.origin)
        assert cloud.connections == 1
        lane._idle[0].idle_since -= 5
        await fetch(upstream, cloud.origin, "POST", b"score=80")
        assert cloud.connections == 2
        lane._idle[0].idle_since -= 20
        lane._sweep()
        assert lane._idle == []
