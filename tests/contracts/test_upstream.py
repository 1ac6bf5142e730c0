"""What goes to the cloud and what comes back, against real servers on loopback; and aiohttp's half-public parts."""

import asyncio
import gzip

import pytest
from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpResponseParser
from multidict import CIMultiDict
from upstream_peer import OK, always_ok, client, peer, saying

from proxy.edge.upstream import parser_kind
from proxy.errors import BodyTooLarge, UpstreamFailed


async def test_the_target_and_the_headers_go_out_exactly_as_given():
    target = "/a%2fb/%C3%9cnter/../x;y?c=%7Bd%7d&&e=%20+'\"<>|\\^`#~"
    headers = [("X-Twice", "1"), ("accept", "*/*"), ("X-Twice", "2"), ("X-Name", "Zoë 李小龙")]
    async with peer(always_ok) as cloud, client() as upstream:
        answer = await upstream.send(cloud.origin, "GET", target, headers)
        assert await answer.read(10) == b"ok"
        host = cloud.origin.removeprefix("http://")
        want = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nX-Twice: 1\r\naccept: */*\r\nX-Twice: 2\r\nX-Name: Zoë 李小龙\r\n\r\n"
        assert cloud.requests == [want.encode()]


async def test_framing_and_connection_fields_are_ours_whatever_the_caller_says():
    lies = [("Host", "elsewhere.example"), ("content-length", "9"), ("Transfer-Encoding", "chunked"), ("TE", "gzip")]
    lies += [("Connection", "close"), ("Upgrade", "h2c"), ("Expect", "100-continue")]
    async with peer(always_ok) as cloud, client() as upstream:
        await upstream.send(cloud.origin, "POST", "/a", [*lies, ("X-Kept", "y")], b"12345")
        host = cloud.origin.removeprefix("http://")
        want = f"POST /a HTTP/1.1\r\nHost: {host}\r\nX-Kept: y\r\nContent-Length: 5\r\n\r\n12345"
        assert cloud.requests == [want.encode()]


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("GET", "/a\r\nX: y", []),
        ("GET", "/a b", []),
        ("GET", "/a\x00", []),
        ("GET", "/ü", []),
        ("GET", "http://elsewhere.example/", []),
        ("GET", "", []),
        ("GET /x HTTP/1.1\r\n", "/", []),
        ("CONNECT", "/", []),
        ("GET", "/", [("X", "a\r\nY: b")]),
        ("GET", "/", [("X", "a\nY: b")]),
        ("GET", "/", [("X", "a\rb")]),
        ("GET", "/", [("X", "a\x00b")]),
        ("GET", "/", [("X: y\r\nZ", "a")]),
        ("GET", "/", [("", "a")]),
        ("GET", "/", [("X Y", "a")]),
        ("GET", "/", [("X", "\ud800")]),
    ],
)
async def test_text_that_could_smuggle_a_line_is_refused_before_a_connection_is_opened(method, target, headers):
    async with peer(always_ok) as cloud, client() as upstream:
        with pytest.raises(UpstreamFailed, match="unsafe-request"):
            await upstream.send(cloud.origin, method, target, headers)
        assert cloud.connections == 0


@pytest.mark.parametrize(
    "origin",
    ["ftp://127.0.0.1", "http://u:p@127.0.0.1", "http://127.0.0.1/x", "127.0.0.1", "http://127.0.0.1:99999", ""],
)
async def test_only_an_origin_is_an_origin(origin):
    async with client() as upstream:
        with pytest.raises(UpstreamFailed, match="bad-origin"):
            await upstream.send(origin, "GET", "/", [])


async def test_a_real_aiohttp_server_gets_a_body_and_its_answer_comes_back_untouched():
    packed = gzip.compress(b"completed " * 500)

    async def echo(request: web.BaseRequest) -> web.Response:
        assert await request.read() == b"learner=jane" * 50_000
        headers = [("Content-Encoding", "gzip"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
        return web.Response(status=207, body=packed, headers=CIMultiDict(headers))

    runner = web.ServerRunner(web.Server(echo))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with client() as upstream:
        answer = await upstream.send(f"http://{host}:{port}", "PUT", "/x", [], b"learner=jane" * 50_000)
        assert answer.status == 207
        assert [value for name, value in answer.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
        assert await answer.read(10_000) == packed
    await runner.cleanup()


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcde",
        b"HTTP/1.1 200 OK\r\nUpgrade: h2,h2c\r\nConnection: Upgrade, Keep-Alive\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
async def test_a_framed_answer_is_read_and_its_connection_kept(text):
    async with peer(saying(text, OK)) as cloud, client() as upstream:
        answer = await upstream.send(cloud.origin, "GET", "/", [])
        assert (answer.status, await answer.read(5)) == (200, b"abcde")
        assert await (await upstream.send(cloud.origin, "POST", "/", [], b"x")).read(5) == b"ok"
        assert cloud.connections == 1


async def test_an_answer_that_ends_with_its_connection_is_read_whole():
    text = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"abcde" * 1000
    async with peer(saying(text, keep=False)) as cloud, client() as upstream:
        assert await (await upstream.send(cloud.origin, "GET", "/", [])).read(5000) == b"abcde" * 1000


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"),
    ],
)
async def test_answers_without_a_body_have_none_whatever_they_announce(method, head):
    async with peer(saying(head, OK)) as cloud, client() as upstream:
        answer = await upstream.send(cloud.origin, method, "/", [])
        assert [piece async for piece in answer.chunks()] == []
        assert await (await upstream.send(cloud.origin, "POST", "/", [])).read(5) == b"ok"
        assert cloud.connections == 1


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n500\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"",
    ],
)
async def test_an_answer_that_ends_too_early_is_never_a_short_answer(text):
    async with peer(saying(text, keep=False)) as cloud, client() as upstream:
        with pytest.raises(UpstreamFailed, match="broke-off"):
            await (await upstream.send(cloud.origin, "GET", "/", [])).read(1000)
        assert len(cloud.requests) == 1


@pytest.mark.parametrize(
    "text",
    [
        b"\x16\x03\x01nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 50,
    ],
)
async def test_a_malformed_or_boundless_answer_is_refused_and_its_connection_closed(text):
    closed = asyncio.Event()

    async def script(talk):
        await talk.request()
        await talk.say(text)
        await talk.gone()
        closed.set()

    async with peer(script) as cloud, client() as upstream:
        with pytest.raises(UpstreamFailed, match=r"^upstream-failed malformed-answer$") as refused:
            await (await upstream.send(cloud.origin, "GET", "/", [])).read(1000)
        assert refused.value.__suppress_context__
        await closed.wait()


async def test_a_body_over_the_limit_is_refused_without_reading_on():
    async with (
        peer(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"a" * 2000)) as cloud,
        client() as upstream,
    ):
        with pytest.raises(BodyTooLarge):
            await (await upstream.send(cloud.origin, "GET", "/", [])).read(1000)
    async with peer(saying(OK)) as cloud, client() as upstream:
        with pytest.raises(BodyTooLarge):
            await (await upstream.send(cloud.origin, "GET", "/", [])).read(1)


def test_the_compiled_parser_is_in_use():
    assert parser_kind() == "c"


async def test_the_parser_knows_at_the_end_of_an_answer_whether_bytes_lie_behind_it():
    loop = asyncio.get_running_loop()
    options = {"read_until_eof": True, "auto_decompress": False, "response_with_body": True}
    for rest, clean in ((b"", True), (b"H", False), (b"HTTP/1.1 200 OK\r\n", False)):
        parser = HttpResponseParser(BaseProtocol(loop), loop, 2**16, **options)
        messages, upgraded, tail = parser.feed_data(OK + rest)
        assert (len(messages), upgraded, tail, messages[0][1].is_eof()) == (1, False, b"", True)
        assert (parser.feed_eof() is None) == clean
