"""Somebody wants to fill the memory, keep the process busy, or make one answer look like two."""

import asyncio
import gzip
import tracemalloc
from urllib.parse import quote

import pytest

from proxy.adapters.runtime import COMMIT as COMMIT_SHAPE
from proxy.errors import UnreadableBody
from proxy.guard.spellings import spellings
from proxy.message import Direction, Message
from proxy.people import Cleartext, Kind
from proxy.rewrite import BodyDecoder, decode_body, find
from tests.passage.corridor import COMMIT, OBRIEN, PROXY_HOST, ZOE
from tests.passage.wire import http, request

MIB = 2**20
BOMB = gzip.compress(bytes(200 * MIB), 9)


def test_a_bomb_in_a_page_is_opened_piece_by_piece():
    decoder = BodyDecoder("gzip", None)
    tracemalloc.start()
    try:
        opened = sum(len(piece) for piece in decoder.pieces(BOMB))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert opened == 200 * MIB
    assert peak < 2 * MIB


async def test_a_bomb_in_a_page_does_not_fill_the_proxy(corridor):
    """The reader is slow; what is not read yet must wait in its closed form."""
    corridor.cloud.say(http(200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, BOMB))
    reader, writer = await asyncio.open_connection("127.0.0.1", corridor.port, limit=2**16)
    tracemalloc.start()
    try:
        writer.write(request("GET", "/content/bomb.html", [("Host", PROXY_HOST)]))
        seen = 0
        while seen < 4 * MIB:
            seen += len(await reader.readexactly(2**16))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        writer.transport.abort()
    assert peak < 32 * MIB


@pytest.mark.parametrize("members", [101, 2_000])
async def test_thousands_of_empty_parts_in_one_compressed_commit_are_refused(corridor, members):
    body = gzip.compress(b"") * members
    cookie = await corridor.launch(ZOE)
    async with corridor.refuses("unreadable-body", 400) as refusal:
        headers = {"Content-Type": "text/xml", "Content-Encoding": "gzip", "Cookie": cookie}
        refusal.answer = await corridor.ask("POST", COMMIT, headers, body)


@pytest.mark.parametrize(
    "body",
    ["<RTD>" + "<a/>" * 100_001 + "</RTD>", "<RTD>" + '<ARTI LR="ab"/>' * 20_001 + "</RTD>"],
    ids=["elements", "answers"],
)
def test_a_commit_of_a_hundred_thousand_values_is_refused(body):
    message = Message(Direction.OUTWARD, "POST", target="/e/RecordResults.jsp", media="text/xml", body=body.encode())
    with pytest.raises(UnreadableBody):
        find(message, COMMIT_SHAPE)


def test_a_commit_of_a_long_course_is_read():
    body = "<RTD>" + '<ARTI LR="ab" D="c" Id="i1"/>' * 5_000 + "</RTD>"
    message = Message(Direction.OUTWARD, "POST", target="/e/RecordResults.jsp", media="text/xml", body=body.encode())
    assert len(find(message, COMMIT_SHAPE).findings) == 15_000


def test_a_body_in_a_few_parts_is_read():
    assert decode_body(gzip.compress(b"ab") * 50, "gzip", 1000) == b"ab" * 50
    with pytest.raises(UnreadableBody):
        decode_body(gzip.compress(b"") * 101, "gzip", 1000)


def test_names_made_to_be_many_needles_do_not_cost_more_than_a_long_one():
    """A stranger may launch for somebody with any names; what the guard prepares of them must stay small."""
    names = [Cleartext(Kind.GIVEN, " ".join(f"wö-{j}-rt{i}" for i in range(200))[:1000]) for j in range(5)]
    names += [Cleartext(Kind.FAMILY, "-".join(f"ä{i}bc{j}" for i in range(200))[:1000]) for j in range(5)]
    assert all(len(one.text) <= 300 for one in spellings(names, 4))
    assert sum(len(one.text) for one in spellings(names, 4)) < 100_000


async def test_several_learners_of_one_browser_are_each_looked_for(corridor):
    """Each by herself: twenty given and family names of four learners would be four hundred full names nobody has."""
    cookie = await corridor.launch(ZOE)
    cookie = await corridor.launch(OBRIEN, cookie)
    for learner in (ZOE, OBRIEN):
        answer = await corridor.get(f"/content/x?q={quote(learner.last)}", {"Cookie": cookie})
        assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "leak-suspected")


async def test_an_answer_with_two_lengths_is_none(corridor):
    """A short body under a long length would swallow the next answer of the connection."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 1000\r\nTransfer-Encoding: chunked\r\n\r\n"
    corridor.cloud.say(head + b"5\r\nhello\r\n0\r\n\r\n")
    answer = await corridor.get("/content/film.mp4")
    assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-failed")


async def test_a_fault_within_an_answer_does_not_begin_a_second_one(corridor, monkeypatch):
    """Half an answer must end as a cut connection: a refusal behind it would read as part of the file."""
    corridor.cloud.say(http(200, {"Content-Type": "text/html"}, b"x" * 100_000))

    class Broken:
        turned = 0

        def feed(self, data: bytes) -> bytes:
            self.turned += 1
            if self.turned > 1:
                raise KeyError("Zoë")
            return data[:1000]

        def close(self) -> bytes:
            raise KeyError("Zoë")

    book = corridor.house.mounts.all[0].book
    monkeypatch.setattr(type(book), "stream_in", lambda _book: Broken())
    answer = await corridor.get("/content/page.html")
    assert not answer.whole
    assert answer.raw.count(b"HTTP/1.") == 1
    assert b"internal" not in answer.raw
