"""Bodies: opened, rewritten and closed again, or refused. Nothing is passed on unread."""

import gzip
import json
import zlib

import pytest
import pytest_asyncio

from tests.passage.corridor import BODY_LIMIT, COMMIT, PROXY_HOST, TOKEN, ZOE
from tests.passage.wire import request

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def corridor(corridor_again):
    return corridor_again


NOTE = "Frau Müller-Østergård fragt"
WITH_NAME = f'<RTD RI="r1"><A II="i1"><ARTC C="{NOTE}"/></A></RTD>'
CLEAN = '<RTD RI="r1"><A II="i1"><ART AI="1" L="page 7"/></A></RTD>'
RESULT = {"id": "r1", "registrationCompletion": "COMPLETED", "learner": {"id": "sv1x", "firstName": "L"}}


@pytest_asyncio.fixture(loop_scope="module")
async def cookie(corridor):
    return await corridor.launch(ZOE)


async def posted(corridor, body, headers=()):
    pairs = [("Host", PROXY_HOST), ("Content-Type", "application/json"), *headers]
    return await corridor.send(request("POST", f"/in/{TOKEN}", pairs, body))


class TestACompressedCommit:
    @pytest.mark.parametrize(
        ("coding", "close", "open_"),
        [
            ("gzip", gzip.compress, gzip.decompress),
            ("GZIP", gzip.compress, gzip.decompress),
            ("x-gzip", gzip.compress, gzip.decompress),
            ("deflate", zlib.compress, zlib.decompress),
            ("identity", bytes, bytes),
        ],
    )
    async def test_is_opened_rewritten_and_closed_again(self, corridor, cookie, coding, close, open_):
        answer = await corridor.commit(close(WITH_NAME.encode()), cookie, {"Content-Encoding": coding})
        assert answer.status == 200
        received = corridor.cloud.requests[-1]
        wanted = WITH_NAME.replace("Müller-Østergård", corridor.alias(ZOE.id))
        assert open_(received.body).decode() == wanted
        coded = received.header("Content-Encoding")
        assert coded == ("" if coding == "identity" else coding.lower())

    async def test_of_several_members_is_read_to_its_end(self, corridor, cookie):
        half = len(WITH_NAME.encode()) // 2
        body = gzip.compress(WITH_NAME.encode()[:half]) + gzip.compress(WITH_NAME.encode()[half:])
        assert (await corridor.commit(body, cookie, {"Content-Encoding": "gzip"})).status == 200
        assert "Müller" not in gzip.decompress(corridor.cloud.requests[-1].body).decode()

    @pytest.mark.parametrize(
        "coding", ["br", "zstd", "compress", "gzip, gzip", "gzip, deflate", "identity, gzip", "gzip,", "x", "aes128gcm"]
    )
    async def test_in_a_coding_we_cannot_open_is_refused(self, corridor, cookie, coding):
        async with corridor.refuses("unsupported-encoding", 415, ZOE.last) as refusal:
            refusal.answer = await corridor.commit(
                gzip.compress(WITH_NAME.encode()), cookie, {"Content-Encoding": coding}
            )

    @pytest.mark.parametrize(
        "body",
        [
            b"not gzip at all",
            gzip.compress(WITH_NAME.encode())[:-9],
            gzip.compress(WITH_NAME.encode()) + b"and " + ZOE.last.encode(),
            gzip.compress(WITH_NAME.encode())[:-8] + b"\0" * 8,
        ],
        ids=["no gzip", "cut off", "something behind", "wrong checksum"],
    )
    async def test_that_does_not_open_is_refused(self, corridor, cookie, body):
        async with corridor.refuses("unreadable-body", 400, ZOE.last) as refusal:
            refusal.answer = await corridor.commit(body, cookie, {"Content-Encoding": "gzip"})

    async def test_called_gzip_twice_is_refused(self, corridor, cookie):
        headers = [("Host", PROXY_HOST), ("Content-Type", "text/xml"), ("Cookie", cookie)]
        headers += [("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")]
        data = gzip.compress(gzip.compress(WITH_NAME.encode()))
        async with corridor.refuses("unsupported-encoding", 415, ZOE.last) as refusal:
            refusal.answer = await corridor.send(request("POST", COMMIT, headers, data))

    async def test_that_swells_is_stopped(self, corridor, cookie):
        bomb = gzip.compress(b"<RTD>" + b" " * (BODY_LIMIT * 400) + b"</RTD>", 9)
        assert len(bomb) < BODY_LIMIT
        async with corridor.refuses("body-too-large", 413) as refusal:
            refusal.answer = await corridor.commit(bomb, cookie, {"Content-Encoding": "gzip"})


class TestTheContentType:
    @pytest.mark.parametrize(
        "media",
        ["", "text/csv", "image/png", "text/html", "multipart/form-data; boundary=x", "xml", ";"],
    )
    async def test_must_be_a_declared_one(self, corridor, cookie, media):
        headers = [("Host", PROXY_HOST), ("Cookie", cookie), *([("Content-Type", media)] if media else [])]
        async with corridor.refuses("unsupported-media", 415, ZOE.last) as refusal:
            refusal.answer = await corridor.send(request("POST", COMMIT, headers, WITH_NAME.encode()))

    @pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "utf-7", "koi8-r", "x-user-defined"])
    async def test_must_be_in_utf8(self, corridor, cookie, charset):
        async with corridor.refuses("unreadable-body", 400, ZOE.last) as refusal:
            refusal.answer = await corridor.commit(WITH_NAME, cookie, {"Content-Type": f"text/xml; charset={charset}"})

    async def test_given_twice_does_not_hide_what_the_body_is(self, corridor, cookie):
        headers = [
            ("Host", PROXY_HOST),
            ("Cookie", cookie),
            ("Content-Type", "text/xml"),
            ("Content-Type", "text/plain"),
        ]
        answer = await corridor.send(request("POST", COMMIT, headers, WITH_NAME.encode()))
        if answer.status == 200:
            assert b"ller-" not in corridor.cloud.requests[-1].body
            assert corridor.cloud.requests[-1].all("Content-Type") == ["text/xml"]
        else:
            assert len(corridor.cloud.requests) == 1

    async def test_of_a_postback_must_be_one_the_cloud_sends(self, corridor):
        for media in ("text/html", "multipart/form-data", "text/plain"):
            async with corridor.refuses("unsupported-media", 415) as refusal:
                pairs = [("Host", PROXY_HOST), ("Content-Type", media)]
                body = json.dumps(RESULT).encode()
                refusal.answer = await corridor.send(request("POST", f"/in/{TOKEN}", pairs, body))


class TestMalformedXml:
    @pytest.mark.parametrize(
        "body",
        [
            " ",
            "not xml",
            "<RTD",
            "<RTD></RT>",
            "<RTD/><RTD/>",
            "<RTD>&nbsp;</RTD>",
            '<RTD RI="1" RI="2"/>',
            "<RTD RI=1/>",
            "<RTD>&#0;</RTD>",
            "<RTD>\x00</RTD>",
            "<RTD>\x0b</RTD>",
            '<!DOCTYPE RTD SYSTEM "http://evil.example/x.dtd"><RTD/>',
            '<!DOCTYPE RTD [<!ENTITY zoe "name">]><RTD>&zoe;</RTD>',
            '<?xml version="1.0" encoding="utf-16"?><RTD/>',
            '<?xml version="1.0" encoding="utf-7"?><RTD/>',
            "<a>" * 31 + "</a>" * 31,
            "<RTD><![CDATA[x</RTD>",
            "<RTD><!-- x -- x --></RTD>",
            "[1}",
        ],
    )
    async def test_is_refused(self, corridor, cookie, body):
        async with corridor.refuses("unreadable-body", 400, "evil") as refusal:
            refusal.answer = await corridor.commit(body, cookie)

    @pytest.mark.parametrize(
        "body",
        [WITH_NAME.encode("utf-16"), WITH_NAME.encode("latin-1"), b"<RTD>\xc0\xaf</RTD>", b"<RTD>\xed\xa0\x80</RTD>"],
        ids=["utf-16", "latin-1", "overlong", "surrogate"],
    )
    async def test_that_is_not_utf8_is_refused(self, corridor, cookie, body):
        async with corridor.refuses("unreadable-body", 400, ZOE.last) as refusal:
            refusal.answer = await corridor.commit(body, cookie)

    async def test_an_empty_body_has_nothing_to_read_and_goes_on_empty(self, corridor, cookie):
        assert (await corridor.commit("", cookie)).status == 200
        received = corridor.cloud.requests[-1]
        assert (received.body, received.header("Content-Length"), received.header("Content-Type")) == (b"", "0", "")

    async def test_of_thirty_levels_is_still_read(self, corridor, cookie):
        assert (await corridor.commit("<a>" * 30 + "</a>" * 30, cookie)).status == 200


class TestMalformedJson:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"   ",
            b"{",
            b"not json",
            b"<RTD/>",
            b'{"learner":{"id":"a"},}',
            b'{"learner":{"id":"a","id":"b"}}',
            b'{"learner":{"id":"a"},"learner":{"id":"b"}}',
            b'{"learner":{"\\u0069d":"a","id":"b"}}',
            b'{"learner":{"id":"a"}} {}',
            b'{"learner":{"id":"a\x00"}}',
            b'{"learner":{"id":"a\n"}}',
            b'{"learner":{"id":"\\ud800"}}',
            b'{"learner":{"id":"\xff"}}',
            b"{'learner':{'id':'a'}}",
            b'{"learner":' + b"[" * 40 + b"]" * 40 + b"}",
            b'{"a":' * 40 + b"1" + b"}" * 40,
            b"[" * 100_000,
        ],
    )
    async def test_of_a_postback_is_refused(self, corridor, body):
        code, status = ("body-too-large", 413) if len(body) > BODY_LIMIT else ("unreadable-body", 400)
        async with corridor.refuses(code, status) as refusal:
            refusal.answer = await posted(corridor, body)

    async def test_where_a_person_is_no_text_is_refused(self, corridor):
        for value in ([], {"a": 1}, True, 1.5):
            async with corridor.refuses("field-invalid", 400) as refusal:
                refusal.answer = await posted(corridor, json.dumps({"learner": {"id": value}}).encode())


class TestABodyOverTheLimit:
    async def test_declared_is_refused_before_it_is_read(self, corridor, cookie):
        head = f"POST {COMMIT} HTTP/1.1\r\nHost: {PROXY_HOST}\r\nContent-Type: text/xml\r\nCookie: {cookie}\r\n"
        async with corridor.refuses("body-too-large", 413) as refusal:
            refusal.answer = await corridor.send(f"{head}Content-Length: {BODY_LIMIT + 1}\r\n\r\n".encode())

    async def test_that_comes_in_chunks_is_refused(self, corridor, cookie):
        head = f"POST {COMMIT} HTTP/1.1\r\nHost: {PROXY_HOST}\r\nContent-Type: text/xml\r\nCookie: {cookie}\r\n"
        chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
        async with corridor.refuses("body-too-large", 413) as refusal:
            data = f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunk * 17 + b"0\r\n\r\n"
            refusal.answer = await corridor.send(data)

    async def test_just_below_it_passes_in_chunks_as_well(self, corridor, cookie):
        head = f"POST {COMMIT} HTTP/1.1\r\nHost: {PROXY_HOST}\r\nContent-Type: text/xml\r\nCookie: {cookie}\r\n"
        body = CLEAN.encode().ljust(BODY_LIMIT)
        data = f"{head}Transfer-Encoding: chunked\r\n\r\n{BODY_LIMIT:x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
        assert (await corridor.send(data)).status == 200
        received = corridor.cloud.requests[-1]
        assert received.body == body
        assert received.header("Content-Length") == str(BODY_LIMIT)

    async def test_where_none_is_declared_is_refused(self, corridor):
        async with corridor.refuses("body-too-large", 413, ZOE.last) as refusal:
            refusal.answer = await corridor.ask("GET", "/content/c/x.js", body=ZOE.last.encode())

    async def test_that_breaks_off_is_refused(self, corridor, cookie):
        head = f"POST {COMMIT} HTTP/1.1\r\nHost: {PROXY_HOST}\r\nContent-Type: text/xml\r\nCookie: {cookie}\r\n"
        answer = await corridor.send(f"{head}Content-Length: 4000\r\n\r\n{CLEAN}".encode(), hang_up=True)
        assert answer is None or answer.header("X-Scormveil-Code") == "unreadable-body"
        assert len(corridor.cloud.requests) == 1
