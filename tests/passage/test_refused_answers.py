"""What the cloud (or the LMS) answers and we do not pass on; and bodies that break off on the way."""

import gzip
import json

import pytest

from tests.passage.corridor import CALLER, LAUNCH, OBRIEN, PROXY, TOKEN, ZOE
from tests.passage.wire import http

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def corridor(corridor_again):
    return corridor_again


API = "/api/v2/registrations/r1"
CONFIG = "/api/cloud/dispatch/D1/customConfig?appId=A"
SCRIPT = "/dispatch/dispatch.client.loader.v2.js"
PAGE = "/content/c/index.html"


class TestARedirect:
    @pytest.mark.parametrize(
        "location",
        [
            "https://evil.example/steal",
            "//evil.example/steal",
            "http://evil.example",
            "https://cloud.localhost/",
            "https://lms.example.edu.evil.example/",
            "https://lms.example.edu@evil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "\\\\evil.example\\x",
            "/\\evil.example",
            "https:evil.example",
            "https:///evil.example",
            "ftp://cloud.localhost/x",
            "HTTPS://EVIL.example/",
            "/\tx",
        ],
    )
    async def test_to_a_stranger_is_refused(self, corridor, location):
        corridor.cloud.say(http(302, [("Location", location)]))
        answer = await corridor.get(PAGE)
        told = json.loads(answer.body)
        assert (answer.status, told["code"]) == (502, "upstream-refused")
        assert "Location" not in dict(answer.headers)
        assert "evil" not in answer.raw.decode() + corridor.log.getvalue()
        entry = (await corridor.audit())[-1]
        assert (entry.event, entry.reason, entry.exchange) == ("refused", "upstream-refused", told["incident"])

    @pytest.mark.parametrize(
        ("location", "wanted"),
        [
            ("next.html", "next.html"),
            ("?page=2", "?page=2"),
            ("/content/c/next.html", "/content/c/next.html"),
            ("{cloud}/content/next.html", f"{PROXY}/content/next.html"),
            ("{content}/vault/x/y.html?z=1", f"{PROXY}/~content/vault/x/y.html?z=1"),
            ("https://lms.example.edu/mod/view?id=3", "https://lms.example.edu/mod/view?id=3"),
            (f"{PROXY}/content/x", f"{PROXY}/content/x"),
        ],
    )
    async def test_within_the_cloud_or_back_to_the_lms_is_turned(self, corridor, location, wanted):
        sent = location.format(cloud=corridor.cloud.origin, content=corridor.content.origin)
        corridor.cloud.say(http(302, [("Location", sent)]))
        answer = await corridor.get(PAGE)
        assert (answer.status, answer.header("Location")) == (302, wanted)

    async def test_relative_from_a_further_host_stays_there(self, corridor):
        corridor.content.say(http(302, [("Location", "/vault/next.html")]))
        answer = await corridor.get("/~content/vault/1/index.html")
        assert answer.header("Location") == "/~content/vault/next.html"


class TestATextWeMustRewrite:
    @pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "gzip, br"])
    @pytest.mark.parametrize("path", [PAGE, API, SCRIPT, CONFIG])
    async def test_in_a_coding_we_cannot_open_is_refused(self, corridor, path, coding):
        media = {PAGE: "text/html", SCRIPT: "text/javascript"}.get(path, "application/json")
        corridor.cloud.say(http(200, {"Content-Type": media, "Content-Encoding": coding}, b"{}"))
        answer = await corridor.get(path, {"Authorization": CALLER})
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")
        assert (await corridor.audit())[-1].reason == "upstream-refused"

    @pytest.mark.parametrize("charset", ["utf-16", "utf-32le", "UTF-16BE"])
    async def test_in_wide_characters_is_refused(self, corridor, charset):
        corridor.cloud.say(http(200, {"Content-Type": f"text/html; charset={charset}"}, b"\0<\0p\0>"))
        assert (await corridor.get(PAGE)).header("X-Scormveil-Code") == "upstream-refused"

    async def test_in_part_is_refused(self, corridor):
        corridor.cloud.say(http(206, {"Content-Type": "text/html", "Content-Range": "bytes 0-3/9"}, b"abcd"))
        assert (await corridor.get(PAGE)).header("X-Scormveil-Code") == "upstream-refused"

    @pytest.mark.parametrize("path", [API, CONFIG])
    @pytest.mark.parametrize("media", ["text/html", "", "application/xml", "image/png"])
    async def test_that_should_be_json_and_is_none_is_refused(self, corridor, path, media):
        corridor.cloud.say(http(200, {"Content-Type": media} if media else {}, b"<p>Zo\xc3\xab</p>"))
        answer = await corridor.get(path, {"Authorization": CALLER})
        assert answer.header("X-Scormveil-Code") == "upstream-refused"
        assert b"Zo" not in answer.body

    @pytest.mark.parametrize("path", [API, CONFIG])
    @pytest.mark.parametrize(
        "body",
        [b"{", b"", b"<p>", b"\xff\xfe{\0}\0", b'{"launchToken":1,"launchToken":2}', b'{"a":' * 50 + b"1" + b"}" * 50],
    )
    async def test_that_is_broken_json_is_refused(self, corridor, path, body):
        corridor.cloud.say(http(200, {"Content-Type": "application/json"}, body))
        answer = await corridor.get(path, {"Authorization": CALLER})
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused"), answer.raw

    async def test_that_swells_is_refused(self, corridor):
        bomb = gzip.compress(b'{"a":"' + b" " * 40_000_000 + b'"}', 9)
        corridor.cloud.say(http(200, {"Content-Type": "application/json", "Content-Encoding": "gzip"}, bomb))
        answer = await corridor.get(API, {"Authorization": CALLER})
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")


class TestABodyThatBreaksOff:
    """The browser must see a broken connection, never a short answer that looks whole."""

    async def test_of_a_course_file_breaks_off_for_the_browser(self, corridor):
        corridor.cloud.say(
            broken(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 9000\r\n\r\n" + b"v" * 500)
        )
        answer = await corridor.get("/content/c/film.mp4")
        assert answer.status == 200
        assert not answer.whole

    @pytest.mark.parametrize(
        "sent",
        [
            b"Content-Length: 9000\r\n\r\n<p>half",
            b"Transfer-Encoding: chunked\r\n\r\n7\r\n<p>half\r\n",
            b"Transfer-Encoding: chunked\r\n\r\n40\r\n<p>half",
        ],
        ids=["length", "between chunks", "within a chunk"],
    )
    async def test_of_a_page_breaks_off_for_the_browser(self, corridor, sent):
        corridor.cloud.say(broken(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + sent))
        answer = await corridor.get(PAGE)
        assert not answer.whole

    async def test_of_a_packed_page_breaks_off_for_the_browser(self, corridor):
        packed = gzip.compress(b"<p>" + bytes(range(97, 123)) * 400)[:-20]
        fields = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
        corridor.cloud.say(http(200, fields, packed))
        answer = await corridor.get(PAGE)
        assert not answer.whole

    @pytest.mark.parametrize(("path", "media"), [(API, "application/json"), (SCRIPT, "text/javascript")])
    async def test_of_an_answer_we_read_is_refused(self, corridor, path, media):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: 90\r\n\r\n".encode()
        corridor.cloud.say(broken(head + b'{"id":"r1"'))
        answer = await corridor.get(path, {"Authorization": CALLER})
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-failed")

    async def test_before_it_began_is_refused(self, corridor):
        corridor.cloud.say(broken(b""), broken(b""), broken(b"HTTP/1.1 200"))
        for _ in range(2):
            answer = await corridor.get(PAGE)
            assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-failed")

    async def test_that_is_no_http_is_refused(self, corridor):
        corridor.cloud.say(broken(b"SSH-2.0 hello\r\n\r\n"))
        answer = await corridor.get(PAGE)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-failed")
        assert b"SSH" not in answer.raw


def broken(data: bytes):
    async def script(_reader, writer):
        writer.write(data)
        await writer.drain()

    return script


class TestACloudThatIsNotThere:
    async def test_is_told_and_recorded_and_comes_back(self, corridor):
        await corridor.cloud.stop()
        answer = await corridor.get(PAGE)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-failed")
        assert (await corridor.audit())[-1].reason == "upstream-failed"
        await corridor.cloud.start()
        assert (await corridor.get(PAGE)).status == 200

    async def test_who_is_launched_meanwhile_keeps_her_pseudonym(self, corridor):
        await corridor.cloud.stop()
        assert (await corridor.get(LAUNCH + ZOE.query())).status == 502
        await corridor.cloud.start()
        await corridor.launch(ZOE)
        assert corridor.pseudonym(ZOE.id) in corridor.cloud.requests[-1].target
        assert [entry.event for entry in await corridor.audit()].count("minted") == 1


class TestAScript:
    @pytest.fixture
    def corridor(self, corridor_anew):
        return corridor_anew

    async def test_that_changed_is_held_back_until_it_is_approved(self, corridor):
        script = {"Content-Type": "text/javascript"}
        corridor.cloud.say(http(200, script, b"first()"), http(200, script, b"first()"), http(200, script, b"second()"))
        for _ in range(2):
            assert (await corridor.get(SCRIPT)).body == b"first()"
        changed = await corridor.get(SCRIPT)
        assert (changed.status, changed.header("X-Scormveil-Code")) == (502, "script-changed")
        assert b"second" not in changed.raw
        events = [entry.event for entry in await corridor.audit() if entry.event.startswith("script")]
        assert events == ["script-pinned", "script-changed"]
        pins = await corridor.house.store.pins()
        assert [pin.state for pin in pins] == ["approved", "pending"]
        await corridor.house.store.approve(pins[1].mount, pins[1].path, pins[1].digest)
        corridor.cloud.say(http(200, script, b"second()"))
        assert (await corridor.get(SCRIPT)).body == b"second()"

    async def test_under_another_name_is_another_script(self, corridor):
        script = {"Content-Type": "text/javascript"}
        corridor.cloud.say(http(200, script, b"loader()"), http(200, script, b"driver()"))
        assert (await corridor.get(SCRIPT)).status == 200
        assert (await corridor.get("/dispatch/dispatch.client.driver.v2.js?cachebuster=136")).status == 200

    async def test_that_is_a_page_is_refused(self, corridor):
        corridor.cloud.say(http(200, {"Content-Type": "text/html"}, b"<p>error"))
        assert (await corridor.get(SCRIPT)).header("X-Scormveil-Code") == "upstream-refused"


class TestThePostback:
    @pytest.fixture
    def corridor(self, corridor_anew):
        return corridor_anew

    BODY = json.dumps({"id": "r1", "learner": {"id": "unknown-to-us"}}).encode()

    @pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 401, 403, 404, 429, 500, 503])
    async def test_that_the_lms_does_not_take_is_repeated(self, corridor, status):
        corridor.lms.say(
            http(status, [("Location", "https://lms.example.edu/login")], b"" if status == 304 else b"secret")
        )
        answer = await corridor.ask("POST", f"/in/{TOKEN}", {"Content-Type": "application/json"}, self.BODY)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "relay-failed")
        assert b"secret" not in answer.raw
        assert "Location" not in dict(answer.headers)
        assert (await corridor.audit())[-1].reason == "relay-failed"

    async def test_that_finds_no_lms_is_repeated(self, corridor):
        await corridor.lms.stop()
        answer = await corridor.ask("POST", f"/in/{TOKEN}", {"Content-Type": "application/json"}, self.BODY)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "relay-failed")

    async def test_that_the_lms_leaves_unanswered_is_repeated(self, corridor):
        corridor.lms.say(broken(b""), broken(b"HTTP/1.1 2"))
        for _ in range(2):
            answer = await corridor.ask("POST", f"/in/{TOKEN}", {"Content-Type": "application/json"}, self.BODY)
            assert answer.status == 502

    @pytest.mark.parametrize("status", [200, 201, 202, 204])
    async def test_that_the_lms_took_is_done(self, corridor, status):
        corridor.lms.say(http(status, {"Set-Cookie": "lms=1", "X-User": "zoe"}, b"" if status == 204 else b"ok zoe"))
        answer = await corridor.ask("POST", f"/in/{TOKEN}", {"Content-Type": "application/json"}, self.BODY)
        assert (answer.status, answer.body) == (204, b"")
        assert b"zoe" not in answer.raw
        assert (await corridor.audit())[-1].event == "relayed"


class TestPeopleInAnswers:
    async def test_only_of_this_tenant_come_back(self, corridor):
        await corridor.launch(ZOE)
        foreign = await corridor.get(LAUNCH + OBRIEN.query(), host="other.example.org")
        assert foreign.status == 200
        mine, theirs = corridor.pseudonym(ZOE.id), corridor.pseudonym(OBRIEN.id, "college")
        mistyped = mine[:-1] + ("1" if mine.endswith("0") else "0")
        for token, wanted in (
            (mine, ZOE.id),
            (theirs, theirs),
            (mine.upper(), ZOE.id),
            (mistyped, mistyped),
        ):
            body = json.dumps({"id": "r1", "learner": {"id": token}}).encode()
            corridor.cloud.say(http(200, {"Content-Type": "application/json"}, body))
            answer = await corridor.get(API, {"Authorization": CALLER})
            assert json.loads(answer.body)["learner"]["id"] == wanted
        events = [entry.event for entry in await corridor.audit()]
        assert events.count("reidentified") == 2

    async def test_an_error_of_the_cloud_comes_without_its_details(self, corridor):
        told = {"message": "no such registration", "error": "x", "stack": "at zoe", "learner": {"id": "zoe"}}
        corridor.cloud.say(http(404, {"Content-Type": "application/json"}, json.dumps(told).encode()))
        answer = await corridor.get(API, {"Authorization": CALLER})
        assert (answer.status, json.loads(answer.body)) == (404, {"message": "no such registration", "error": "x"})
