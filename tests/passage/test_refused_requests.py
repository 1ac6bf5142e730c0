"""Addresses, launches and origins that nobody declared: refused with a code, recorded, and the cloud hears nothing."""

import base64

import pytest

from tests.passage.corridor import (
    CALLER,
    COMMIT,
    LAUNCH,
    LMS,
    PROXY,
    PROXY_HOST,
    TOKEN,
    ZOE,
    cookies_of,
)
from tests.passage.wire import request

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def corridor(corridor_again):
    return corridor_again


CLOSED = '<RTD RI="r1"/>'


class TestAnAddressNobodyDeclared:
    @pytest.mark.parametrize(
        ("method", "target"),
        [
            ("GET", "/"),
            ("GET", "/nothing/here.html"),
            ("GET", "/admin"),
            ("GET", "/metrics"),
            ("GET", "/healthz"),
            ("GET", "/dispatch/DispatchRequest.jsp?methodName=launch"),
            ("GET", "/dispatch/DispatchRequest.jsp?methodName=Launch%00"),
            ("GET", "/dispatch/DispatchRequest.jsp"),
            ("DELETE", "/content/courses/c1/index.html"),
            ("PUT", COMMIT),
            ("GET", COMMIT),
            ("POST", LAUNCH),
            ("PATCH", "/api/v2/registrations/r1"),
            ("GET", "/api/v2/registration"),
            ("POST", "/api/v2/registrations/r1"),
            ("GET", "/api/v2/registrations/r1/launchLink"),
            ("GET", "/api/v2/learner/s1234567"),
            ("GET", "/api/v1/registrations/r1"),
            ("GET", f"/in/{TOKEN}"),
            ("POST", "/in/postback-guessed-wrongly-000"),
            ("POST", f"/in/{TOKEN}/more"),
            ("TRACE", "/content/courses/c1/index.html"),
            ("OPTIONS", "/content/courses/c1/index.html"),
            ("OPTIONS", "*"),
            ("PROPFIND", "/content/courses/c1/index.html"),
            ("GET", "/~unknown/file.js"),
        ],
    )
    async def test_is_unknown(self, corridor, method, target):
        async with corridor.refuses("unknown-route", 404, "guessed") as refusal:
            refusal.answer = await corridor.ask(method, target)

    @pytest.mark.parametrize(
        "host",
        [
            "",
            "evil.example",
            "proxy.example.org.evil.example",
            "proxy.example.org:8443",
            "127.0.0.1",
            "xproxy.example.org",
        ],
    )
    async def test_under_a_host_we_do_not_serve_is_misdirected(self, corridor, host):
        async with corridor.refuses("unknown-host", 421, "evil") as refusal:
            refusal.answer = await corridor.get("/content/courses/c1/index.html", host=host)

    async def test_the_host_is_compared_without_regard_to_case(self, corridor):
        assert (await corridor.get("/content/c/i.html", host="Proxy.Example.ORG")).status == 200

    @pytest.mark.parametrize(
        "line",
        [
            "GET http://evil.example/content/x HTTP/1.1",
            f"GET {PROXY}/content/courses/x HTTP/1.1",
            "GET //evil.example/content/x HTTP/1.1",
            "CONNECT evil.example:443 HTTP/1.1",
            f"CONNECT {PROXY_HOST}:443 HTTP/1.1",
        ],
    )
    async def test_that_makes_a_forward_proxy_of_us_is_refused(self, corridor, line):
        async with corridor.refuses("unknown-route", 404, "evil") as refusal:
            refusal.answer = await corridor.send(f"{line}\r\nHost: {PROXY_HOST}\r\n\r\n".encode())


class TestAPathWithASecondMeaning:
    @pytest.mark.parametrize(
        "path",
        [
            "/content/../admin/secret",
            "/content/./x",
            "/content/%2e%2e/admin",
            "/content/%2E%2e%2fadmin",
            "/content/%252e%252e/admin",
            "/content/%25252e%25252e/admin",
            "/content/..;/admin",
            "/content/..;x=1/admin",
            "/content/.%2e;/admin",
            "/content/a%5c..%5cadmin",
            "/content/a\\..\\admin",
            "/content/%00",
            "/content/a%0d%0aSet-Cookie:x",
            "/content/%c0%ae%c0%ae/admin",
            "/content/%e0%80%ae/admin",
            "/content/%ff",
            "/content/%zz",
            "/content/%",
            "/content/x#fragment",
        ],
    )
    async def test_is_refused(self, corridor, path):
        async with corridor.refuses("unknown-route", 404, "admin") as refusal:
            data = f"GET {path} HTTP/1.1\r\nHost: {PROXY_HOST}\r\n\r\n".encode()
            refusal.answer = await corridor.send(data)

    @pytest.mark.parametrize(
        "path", ["/content/a%20b/%C3%A4.html", "/content/a.b..c/x", "/content/a%2Bb", "/content//x"]
    )
    async def test_an_ordinary_one_goes_on_as_it_is_written(self, corridor, path):
        assert (await corridor.get(path)).status == 200
        assert corridor.cloud.requests[-1].target == path


class TestALaunch:
    @pytest.mark.parametrize(
        ("rest", "code"),
        [
            ("&fname=Zo%C3%AB", "field-missing"),
            ("", "field-missing"),
            ("&learnerid=", "field-missing"),
            ("&learnerid=%20", "field-missing"),
            ("&learnerid", "field-missing"),
            ("&learnerid=s1234567&LearnerID=s1234567", "unreadable-body"),
            ("&learnerid=s1234567&learnerid=other", "unreadable-body"),
            ("&learnerid=s1234567&%6cearnerid=other", "unreadable-body"),
            ("&learnerid=s1234567&fname=A&FNAME=B", "unreadable-body"),
            ("&learnerid=s1234567&nickname=zoe", "unknown-field"),
            ("&learnerid=s1234567&zoe", "unknown-field"),
            ("&learnerid=s1234567&=zoe", "unknown-field"),
            ("&learnerid=s1234567;learner=zoe", None),
            ("&learnerid=%ff", "unreadable-body"),
            ("&learnerid=%c3%28", "unreadable-body"),
            ("&learnerid=%c0%af", "unreadable-body"),
            ("&learnerid=%ed%a0%80", "unreadable-body"),
            ("&learnerid=s12%", "unreadable-body"),
            ("&learnerid=s12%2", "unreadable-body"),
            ("&learnerid=s12%zz", "unreadable-body"),
            ("&learnerid=s1234%00567", "unreadable-body"),
            ("&learnerid=s1234%0a567", "unreadable-body"),
            ("&learnerid=s1234%7f567", "unreadable-body"),
            ("&learnerid=" + "9" * 3000, "field-invalid"),
            ("&learnerid=s1234567&regid=zo%C3%AB", "field-invalid"),
            ("&learnerid=s1234567&regid=a%20b", "field-invalid"),
            ("&learnerid=s1234567&regid=" + "r" * 256, "field-invalid"),
        ],
    )
    async def test_that_names_nobody_or_too_much_is_refused(self, corridor, rest, code):
        if code is None:
            await corridor.get(LAUNCH + rest)
            assert b"zoe" not in corridor.cloud.everything
            return
        async with corridor.refuses(code, 400, "s1234567", "zoe", "Zoë", "9999999999") as refusal:
            refusal.answer = await corridor.get(LAUNCH + rest)

    @pytest.mark.parametrize("key", ["redirecturl", "pipeurl", "cssurl"])
    @pytest.mark.parametrize(
        "address",
        [
            "https%3A%2F%2Fevil.example%2Fpage",
            "https%3A%2F%2Flms.example.edu.evil.example%2F",
            "https%3A%2F%2Flms.example.edu%40evil.example%2F",
            "https%3A%2F%2Fevil.example%5C%40lms.example.edu%2F",
            "http%3A%2F%2Flms.example.edu%2F",
            "https%3A%2F%2Flms.example.edu%3A8443%2F",
            "%2F%2Fevil.example%2F",
            "javascript%3Aalert(1)",
            "data%3Atext%2Fhtml%2Cx",
            "evil.example",
        ],
    )
    async def test_that_leads_to_a_stranger_is_refused(self, corridor, key, address):
        async with corridor.refuses("field-invalid", 400, "evil", ZOE.id) as refusal:
            refusal.answer = await corridor.get(f"{LAUNCH}&learnerid={ZOE.id}&{key}={address}")

    async def test_with_a_body_is_refused(self, corridor):
        async with corridor.refuses("body-too-large", 413, ZOE.id) as refusal:
            refusal.answer = await corridor.ask("GET", f"{LAUNCH}&learnerid={ZOE.id}", body=b"learner=zoe")

    async def test_refused_as_a_page_still_names_code_and_incident_and_no_value(self, corridor):
        answer = await corridor.get(f"{LAUNCH}&fname=Zo%C3%AB", {"Accept": "text/html,*/*;q=0.8"})
        assert (answer.status, answer.header("Content-Type")) == (400, "text/html; charset=utf-8")
        entry = (await corridor.audit())[-1]
        assert (entry.event, entry.reason) == ("refused", "field-missing")
        assert f"<b>{entry.exchange}</b>" in answer.body.decode()
        assert "Zo" not in answer.body.decode()


class TestAStrangersPage:
    @pytest.mark.parametrize(
        "origin",
        ["https://evil.example", "null", "https://lms.example.edu.evil.example", "http://lms.example.edu", "x"],
    )
    async def test_may_not_use_a_learners_session(self, corridor, origin):
        cookie = await corridor.launch(ZOE)
        async with corridor.refuses("not-permitted", 403, "evil") as refusal:
            refusal.answer = await corridor.commit(CLOSED, cookie, {"Origin": origin})

    async def test_may_not_even_ask_whether_it_may(self, corridor):
        for origin in ("https://evil.example", "https://lms.example.edu:444"):
            async with corridor.refuses("not-permitted", 403, "evil") as refusal:
                refusal.answer = await corridor.ask(
                    "OPTIONS",
                    "/api/cloud/dispatch/D1/customConfig?appId=A",
                    {"Origin": origin, "Access-Control-Request-Method": "GET"},
                )

    async def test_the_lms_may_only_where_that_is_declared(self, corridor):
        async with corridor.refuses("unknown-route", 404) as refusal:
            refusal.answer = await corridor.ask(
                "OPTIONS", COMMIT, {"Origin": PROXY, "Access-Control-Request-Method": "POST"}
            )
        answer = await corridor.get("/content/c/x.js", {"Origin": LMS})
        assert answer.header("Access-Control-Allow-Origin") == ""


class TestASession:
    async def test_is_needed_for_a_commit(self, corridor):
        async with corridor.refuses("session-missing", 403) as refusal:
            refusal.answer = await corridor.commit(CLOSED, "")

    async def test_forged_or_altered_counts_as_none(self, corridor):
        good = await corridor.launch(ZOE)
        name, _, value = good.partition("=")
        middle = len(value) // 2
        flipped = value[:middle] + ("A" if value[middle] != "A" else "B") + value[middle + 1 :]
        made_up = base64.urlsafe_b64encode(b'{"p":["' + corridor.pseudonym(ZOE.id).encode() + b'"],"t":9999999999}')
        for bad in (flipped, value[:-4], made_up.decode().rstrip("="), "", "=", "%%%", "ä", "null", value[::-1]):
            async with corridor.refuses("session-missing", 403) as refusal:
                refusal.answer = await corridor.commit(CLOSED, f"{name}={bad}")

    async def test_of_another_tenant_counts_as_none(self, corridor):
        other = await corridor.get(LAUNCH + ZOE.query(), host="other.example.org")
        assert other.status == 200
        async with corridor.refuses("session-missing", 403) as refusal:
            refusal.answer = await corridor.commit(CLOSED, cookies_of(other))

    async def test_of_another_purpose_counts_as_none(self, corridor):
        """A sealed return address is no session, though the same key sealed it."""
        back = "https%3A%2F%2Flms.example.edu%2Fx"
        await corridor.launch(ZOE, more=f"&redirecturl={back}")
        sealed = corridor.cloud.requests[-1].target.partition("return%2F")[2]
        assert len(sealed) > 40
        async with corridor.refuses("session-missing", 403) as refusal:
            refusal.answer = await corridor.commit(CLOSED, f"__Host-scormveil={sealed}")


class TestAReturnAddress:
    @pytest.mark.parametrize("value", ["", "x", "AAAA", "%41%41", "A" * 400, "https://evil.example", "../../x"])
    async def test_that_we_did_not_seal_leads_nowhere(self, corridor, value):
        async with corridor.refuses("unknown-route", 404, "evil") as refusal:
            refusal.answer = await corridor.get(f"/.scormveil/return/{value}")

    async def test_of_another_mount_or_altered_leads_nowhere(self, corridor):
        cookie = await corridor.launch(ZOE, more="&redirecturl=https%3A%2F%2Flms.example.edu%2Fmod%3Fid%3D7")
        sealed = corridor.cloud.requests[-1].target.partition("return%2F")[2]
        opened = await corridor.get(f"/.scormveil/return/{sealed}", {"Cookie": cookie})
        assert (opened.status, opened.header("Location")) == (302, "https://lms.example.edu/mod?id=7")
        async with corridor.refuses("unknown-route", 404) as refusal:
            refusal.answer = await corridor.get(f"/.scormveil/return/{sealed}", host="other.example.org")
        async with corridor.refuses("unknown-route", 404) as refusal:
            refusal.answer = await corridor.get(f"/.scormveil/return/{sealed[:-6]}AAAAAA")

    async def test_a_made_up_one_does_not_ride_out_in_a_launch(self, corridor):
        """It looks like ours, so it must be opened before it is believed."""
        forged = f"{PROXY}/.scormveil/return/page-of-s7654321"
        quoted = forged.replace(":", "%3A").replace("/", "%2F")
        async with corridor.refuses("field-invalid", 400, "s7654321") as refusal:
            refusal.answer = await corridor.get(f"{LAUNCH}&learnerid={ZOE.id}&redirecturl={quoted}")


class TestACallerOfTheApi:
    @pytest.mark.parametrize("login", ["", "Basic bG1zOndyb25n", "Bearer x", CALLER + "x", CALLER.lower(), CALLER[:-2]])
    async def test_without_the_key_is_refused(self, corridor, login):
        async with corridor.refuses("not-permitted", 403, "key-of-the-lms", "bG1zOndyb25n") as refusal:
            refusal.answer = await corridor.get("/api/v2/registrations/r1", {"Authorization": login} if login else None)

    @pytest.mark.parametrize("query", ["learnerId=zoe", "includeRuntime=true&x=zoe", "until=now"])
    async def test_asking_for_more_than_is_declared_is_refused(self, corridor, query):
        async with corridor.refuses("unknown-field", 400, "zoe") as refusal:
            refusal.answer = await corridor.get(f"/api/v2/registrations/r1?{query}", {"Authorization": CALLER})


class TestLogs:
    @pytest.mark.parametrize("page", ["DebugLog.jsp", "ServerLogger.jsp"])
    async def test_of_the_player_stay_here(self, corridor, page):
        cookie = await corridor.launch(ZOE)
        async with corridor.refuses("not-permitted", 403, ZOE.last) as refusal:
            headers = [("Host", PROXY_HOST), ("Content-Type", "text/xml"), ("Cookie", cookie)]
            body = f"<log>GetValue cmi.learner_name {ZOE.last}</log>".encode()
            refusal.answer = await corridor.send(request("POST", f"/RusticiEngine/{page}", headers, body))
