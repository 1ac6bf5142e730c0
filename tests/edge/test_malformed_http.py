"""Requests that two servers could read differently: refused and recorded, and never passed on."""

import asyncio

import pytest

from tests.passage.corridor import COMMIT, LAUNCH, PROXY_HOST, TOKEN, ZOE
from tests.passage.wire import read_message

HOST = f"Host: {PROXY_HOST}\r\n"
FILE = "/content/c/index.html"
INNER = f"GET /content/smuggled HTTP/1.1\r\n{HOST}\r\n"


BODY = '{"a":1}'


def framed(fields: str, body: str = "") -> bytes:
    """A postback, which needs no session: were it readable, the LMS would get it."""
    line = f"POST /in/{TOKEN} HTTP/1.1"
    return f"{line}\r\n{HOST}Content-Type: application/json\r\n{fields}\r\n{body}".encode()


SMUGGLING = {
    "length and coding": framed("Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", f"0\r\n\r\n{INNER}"),
    "coding and length": framed("Transfer-Encoding: chunked\r\nContent-Length: 7\r\n", f"0\r\n\r\n{INNER}"),
    "two lengths": framed("Content-Length: 7\r\nContent-Length: 0\r\n", BODY + INNER),
    "two equal lengths": framed("Content-Length: 7\r\nContent-Length: 7\r\n", BODY),
    "a list of lengths": framed("Content-Length: 6, 7\r\n", BODY),
    "a signed length": framed("Content-Length: +7\r\n", BODY),
    "a negative length": framed("Content-Length: -1\r\n", BODY),
    "a hexadecimal length": framed("Content-Length: 0x7\r\n", BODY),
    "an empty length": framed("Content-Length: \r\n", BODY),
    "an unknown coding": framed("Transfer-Encoding: gzip\r\n", BODY),
    "chunked is not last": framed("Transfer-Encoding: chunked, gzip\r\n", f"0\r\n\r\n{INNER}"),
    "chunked twice": framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    "a hidden coding": framed("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
    "a coding before a colon": framed("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
    "a bad chunk size": framed("Transfer-Encoding: chunked\r\n", f"zz\r\n{BODY}\r\n0\r\n\r\n"),
    "a negative chunk size": framed("Transfer-Encoding: chunked\r\n", f"-7\r\n{BODY}\r\n0\r\n\r\n"),
    "a chunk longer than told": framed("Transfer-Encoding: chunked\r\n", f"3\r\n{BODY}\r\n0\r\n\r\n"),
    "a folded line": framed("X-Folded: one\r\n two\r\nContent-Length: 7\r\n", BODY),
    "a folded length": framed("Content-Length:\r\n 7\r\n", BODY),
    "a field without a colon": framed("X-Field\r\nContent-Length: 7\r\n", BODY),
    "a field without a name": framed(": x\r\nContent-Length: 7\r\n", BODY),
    "a blank in a name": framed("X Field: x\r\nContent-Length: 7\r\n", BODY),
    "a control in a name": framed("X\x01Field: x\r\nContent-Length: 7\r\n", BODY),
    "a NUL in a value": framed("X-Field: a\x00b\r\nContent-Length: 7\r\n", BODY),
    "a lone carriage return": framed("X-Field: a\rb\r\nContent-Length: 7\r\n", BODY),
    "two hosts": f"GET {FILE} HTTP/1.1\r\n{HOST}Host: evil.example\r\n\r\n".encode(),
    "no host": f"GET {FILE} HTTP/1.1\r\n\r\n".encode(),
    "an unknown version": f"GET {FILE} HTTP/9.9\r\n{HOST}\r\n".encode(),
    "no version": f"GET {FILE}\r\n\r\n".encode(),
    "no target": f"GET  HTTP/1.1\r\n{HOST}\r\n".encode(),
    "a blank in the target": f"GET {FILE} x HTTP/1.1\r\n{HOST}\r\n".encode(),
    "a letter beyond ASCII in the target": f"GET /content/ä HTTP/1.1\r\n{HOST}\r\n".encode(),
    "a control in the target": f"GET /content/\x01 HTTP/1.1\r\n{HOST}\r\n".encode(),
    "a lower-case method": f"get {FILE} HTTP/1.1\r\n{HOST}\r\n".encode(),
    "a strange method": f"G\x00T {FILE} HTTP/1.1\r\n{HOST}\r\n".encode(),
    "not HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 zoe\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a target without end": f"GET /content/{'x' * 70_000} HTTP/1.1\r\n{HOST}\r\n".encode(),
    "a field without end": f"GET {FILE} HTTP/1.1\r\n{HOST}X: {'x' * 70_000}\r\n\r\n".encode(),
    "fields without end": f"GET {FILE} HTTP/1.1\r\n{HOST}".encode() + b"X-A: b\r\n" * 500 + b"\r\n",
}


async def test_the_frame_of_these_examples_would_pass(corridor):
    assert (await corridor.send(framed("Content-Length: 7\r\n", BODY))).status == 204
    assert corridor.lms.requests[0].body == b"{}"


@pytest.mark.parametrize("name", SMUGGLING)
async def test_what_could_be_read_in_two_ways_is_refused_and_recorded(corridor, name):
    answer = await corridor.send(SMUGGLING[name])
    assert corridor.cloud.requests + corridor.lms.requests == []
    assert answer is not None, "not a word"
    assert answer.status in {400, 403, 404, 413, 421}, answer.raw
    refused = [entry for entry in await corridor.audit() if entry.event == "refused"]
    assert refused
    assert f'"incident":"{refused[0].exchange}"' in answer.body.decode()
    told = answer.raw.decode() + corridor.log.getvalue()
    for word in ("smuggled", "evil", "zoe", "xxxx", "aiohttp", "Traceback"):
        assert word not in told


async def test_fields_cannot_be_smuggled_in_by_a_value(corridor):
    target = f"{LAUNCH}&learnerid=s1%0d%0aX-Injected:%20yes&regid=_new_"
    async with corridor.refuses("unreadable-body", 400, "Injected") as refusal:
        refusal.answer = await corridor.get(target)


async def test_nor_into_the_answer_by_an_address(corridor):
    async with corridor.refuses("unknown-route", 404, "Injected") as refusal:
        refusal.answer = await corridor.get("/.scormveil/return/%0d%0aSet-Cookie:%20Injected=1")


async def test_requests_on_one_connection_do_not_mix(corridor):
    """Two people on one kept connection (a load balancer's): each is answered for herself."""
    reader, writer = await asyncio.open_connection("127.0.0.1", corridor.port)
    first = f"GET {LAUNCH}{ZOE.query()} HTTP/1.1\r\n{HOST}\r\n"
    second = f"GET {FILE} HTTP/1.1\r\n{HOST}\r\n"
    writer.write((first + second + first).encode())
    answers = [await read_message(reader, answer=True) for _ in range(3)]
    writer.close()
    await writer.wait_closed()
    assert [bool(one.all("Set-Cookie")) for one in answers] == [True, False, True]
    assert [one.target for one in corridor.cloud.requests][1] == FILE


async def test_a_client_that_waits_for_continue_is_told_so_only_when_its_body_will_be_read(corridor):
    cookie = await corridor.launch(ZOE)
    fields = f"Expect: 100-continue\r\nCookie: {cookie}\r\nContent-Length: 6\r\n"
    head = f"POST {COMMIT} HTTP/1.1\r\n{HOST}Content-Type: text/xml\r\n"
    answer = await corridor.send(f"{head}{fields}\r\n<RTD/>".encode())
    assert answer.status in {100, 200}
    assert corridor.cloud.requests[-1].header("Expect") == ""


async def test_an_upgrade_is_not_passed_on(corridor):
    fields = {"Connection": "Upgrade, X-Secret", "Upgrade": "h2c", "X-Secret": "1", "Keep-Alive": "5"}
    answer = await corridor.get(FILE, fields)
    assert answer.status == 200
    received = corridor.cloud.requests[-1]
    assert {name.lower() for name, _ in received.headers} <= {"host", "user-agent", "accept-encoding"}


async def test_every_refusal_has_the_same_plain_face(corridor):
    for data in (SMUGGLING["two lengths"], f"GET /nothing HTTP/1.1\r\n{HOST}\r\n".encode()):
        answer = await corridor.send(data)
        assert answer.header("Server") == "scormveil"
        assert answer.header("Cache-Control") == "no-store"
        assert answer.header("Referrer-Policy") == "no-referrer"
        assert answer.header("X-Content-Type-Options") == "nosniff"
