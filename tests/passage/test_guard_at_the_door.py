"""A learner's identity where no rule expects it: in suspend data, in unknown elements, in queries and headers."""

import base64
import gzip
import json
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import pytest

from tests.guard.disguises import lz_base64, lz_uri, lz_utf16
from tests.passage.corridor import COMMIT, LI, LONG, OBRIEN, RTL, WORD, ZOE, corridor_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def corridor(corridor_again):
    return corridor_again


FULL = f"{ZOE.first} {ZOE.last}"

DISGUISES = {
    "plain": FULL,
    "last name only": f"state={ZOE.last};",
    "the id": f"user:{ZOE.id}:7",
    "upper case": FULL.upper(),
    "without accents": "Zoe Muller-Ostergard",
    "decomposed": "Zoe\u0308 Mu\u0308ller-\u00d8sterga\u030ard",
    "turned round": f"{ZOE.last}, {ZOE.first}",
    "percent": quote(FULL),
    "percent twice": quote(quote(FULL)),
    "plus for blanks": quote(FULL).replace("%20", "+"),
    "JSON-escaped": json.dumps({"name": FULL}),
    "JSON in JSON": json.dumps({"state": json.dumps({"name": FULL})}),
    "character references": "".join(f"&#{ord(sign)};" for sign in FULL),
    "base64": base64.b64encode(FULL.encode()).decode(),
    "base64 of JSON": base64.b64encode(json.dumps({"n": FULL, "a": 1}).encode()).decode(),
    "base64url": base64.urlsafe_b64encode(f"x{FULL}".encode()).decode().rstrip("="),
    "base64 of UTF-16": base64.b64encode(FULL.encode("utf-16-le")).decode(),
    "base64 twice": base64.b64encode(base64.b64encode(FULL.encode())).decode(),
    "base64 of gzip": base64.b64encode(gzip.compress(FULL.encode() * 3)).decode(),
    "LZString": lz_base64(json.dumps({"v": 1, "user": FULL})).decode(),
    "LZString for addresses": lz_uri(json.dumps({"v": 1, "user": FULL})).decode(),
    "LZString in UTF-16": lz_utf16(json.dumps({"v": 1, "user": FULL})).decode(),
    "base64 of LZString": base64.b64encode(lz_base64(json.dumps({"v": 1, "user": FULL}))).decode(),
    "hex": FULL.encode().hex(),
    "hex of UTF-16": FULL.encode("utf-16-be").hex(),
}


def suspend(value: str) -> str:
    return f"<RTD RI='r1'><A II='i1'><ART AI='1' SD={quoteattr(value)}/></A></RTD>"


class TestSuspendData:
    @pytest.mark.parametrize("name", DISGUISES)
    async def test_that_holds_her_is_refused_whatever_it_is_packed_in(self, corridor, name):
        cookie = await corridor.launch(ZOE)
        async with corridor.refuses("leak-suspected", 403, ZOE.last, DISGUISES[name]) as refusal:
            refusal.answer = await corridor.commit(suspend(DISGUISES[name]), cookie)
        assert refusal.entry.event == "leak-suspected"
        assert refusal.entry.route == "runtime.results"

    @pytest.mark.parametrize(
        ("who", "value"),
        [
            (OBRIEN, "2|O'Brien|Seán"),
            (OBRIEN, quote("O'Brien, Seán")),
            (LI, "user=李小龙"),
            (LI, json.dumps("小龙 李")),
            (RTL, "state محمد بن علي"),
            (WORD, "by=Teller&x=1"),
            (LONG, LONG.last),
            (LONG, base64.b64encode(LONG.id.encode()).decode()),
        ],
    )
    async def test_of_people_whose_names_hurt(self, corridor, who, value):
        cookie = await corridor.launch(who)
        async with corridor.refuses(
            "leak-suspected", 403, value, *(text for text in who.texts if len(text) > 3)
        ) as one:
            one.answer = await corridor.commit(suspend(value), cookie)

    @pytest.mark.parametrize(
        "value", ["v1|7|ok", "A" * 5000, "1,2,3;s=80", base64.b64encode(bytes(range(256))).decode()]
    )
    async def test_that_holds_nobody_goes_on_byte_for_byte(self, corridor, value):
        cookie = await corridor.launch(ZOE)
        body = suspend(value)
        assert (await corridor.commit(body, cookie)).status == 200
        assert corridor.cloud.requests[-1].body == body.encode()

    async def test_of_someone_elses_session_is_not_hers(self, corridor):
        """Only who was launched in this browser is looked for; a name of a stranger is not known to be one."""
        await corridor.launch(ZOE)
        cookie = await corridor.launch(OBRIEN)
        assert (await corridor.commit(suspend(ZOE.last), cookie)).status == 200


class TestPlacesNoRuleKnows:
    @pytest.mark.parametrize(
        "body",
        [
            f"<RTD><NEW>{FULL}</NEW></RTD>",
            f"<RTD><A NewAttribute='{ZOE.last}'/></RTD>",
            f"<RTD><!-- {ZOE.last} --></RTD>",
            f"<RTD><?note {ZOE.last}?></RTD>",
            f"<RTD><X><![CDATA[{FULL}]]></X></RTD>",
            f"<RTD {ZOE.id}='1'/>",
            f"<{ZOE.id}/>",
            f"<RTD><ARTI Id='{ZOE.id}_1'/></RTD>",
        ],
        ids=["element", "attribute", "comment", "instruction", "cdata", "attribute name", "element name", "identifier"],
    )
    async def test_in_a_commit(self, corridor, body):
        cookie = await corridor.launch(ZOE)
        async with corridor.refuses("leak-suspected", 403, ZOE.last, ZOE.id) as refusal:
            refusal.answer = await corridor.commit(body, cookie)

    async def test_in_a_compressed_commit(self, corridor):
        cookie = await corridor.launch(ZOE)
        body = gzip.compress(f"<RTD><NEW>{FULL}</NEW></RTD>".encode())
        async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
            refusal.answer = await corridor.commit(body, cookie, {"Content-Encoding": "gzip"})

    @pytest.mark.parametrize(
        "target",
        [
            f"/content/courses/c1/greeting.html?name={quote(ZOE.last)}",
            f"/content/courses/c1/{quote(ZOE.last)}.html",
            f"/~content/vault/1/index.html?u={ZOE.id}",
            f"/RusticiEngine/PlayerConfiguration.jsp?x={quote(quote(FULL))}",
            "/content/courses/c1/x.html?d=" + base64.urlsafe_b64encode(FULL.encode()).decode(),
        ],
    )
    async def test_in_an_address_of_the_course(self, corridor, target):
        cookie = await corridor.launch(ZOE)
        async with corridor.refuses("leak-suspected", 403, ZOE.last, ZOE.id) as refusal:
            refusal.answer = await corridor.get(target, {"Cookie": cookie})

    async def test_in_the_query_of_a_commit(self, corridor):
        cookie = await corridor.launch(ZOE)
        async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
            headers = {"Cookie": cookie, "Content-Type": "text/xml"}
            refusal.answer = await corridor.ask("POST", f"{COMMIT}&who={quote(ZOE.last)}", headers, b"<RTD/>")

    @pytest.mark.parametrize("name", ["X-Requested-With", "Accept", "If-None-Match", "Cache-Control", "DispatchId"])
    async def test_in_a_header_that_travels(self, corridor, name):
        cookie = await corridor.launch(ZOE)
        async with corridor.refuses("leak-suspected", 403, ZOE.id) as refusal:
            refusal.answer = await corridor.get("/content/c/x.js", {"Cookie": cookie, name: f"of {ZOE.id}"})

    async def test_in_a_cookie_that_the_course_set(self, corridor):
        cookie = await corridor.launch(ZOE)
        async with corridor.refuses("leak-suspected", 403, ZOE.id) as refusal:
            refusal.answer = await corridor.get("/content/c/x.js", {"Cookie": f"{cookie}; sv~h.~who={ZOE.id}"})

    @pytest.mark.parametrize("key", ["tenant", "dispatchid", "launchsecret", "cachebuster", "regid"])
    async def test_in_a_launch_beside_the_declared_fields(self, corridor, key):
        target = f"/d?methodName=Launch&learnerid={ZOE.id}&{key}={ZOE.id}"
        async with corridor.refuses("leak-suspected", 403, ZOE.id) as refusal:
            refusal.answer = await corridor.get(target)

    async def test_a_tab_left_open_by_the_one_before_is_guarded_for_her(self, corridor):
        """A classroom's browser: two people, one after the other, and a commit of the first one's course."""
        first = await corridor.launch(ZOE)
        both = await corridor.launch(OBRIEN, first)
        for who in (ZOE, OBRIEN):
            async with corridor.refuses("leak-suspected", 403, who.last) as refusal:
                refusal.answer = await corridor.commit(suspend(who.last), both)


class TestPolicies:
    async def test_report_lets_it_leave_and_says_so(self, tmp_path, installation):
        async with corridor_in(tmp_path, installation, policy='guard = "report"\nopaque = "pass"') as corridor:
            cookie = await corridor.launch(ZOE)
            assert (await corridor.commit(suspend(FULL), cookie)).status == 200
            assert ZOE.last in corridor.cloud.requests[-1].body.decode()
            entry = (await corridor.audit())[-1]
            assert (entry.event, entry.route, entry.reason) == ("leak-reported", "runtime.results", "body:plain")
            assert '"verdict": "reported"' in corridor.log.getvalue()
            for text in ZOE.texts:
                assert text not in corridor.log.getvalue() + repr(await corridor.audit())

    async def test_suspend_data_that_may_pass_is_still_seen_by_the_guard(self, tmp_path, installation):
        async with corridor_in(tmp_path, installation, policy='opaque = "pass"') as corridor:
            cookie = await corridor.launch(ZOE)
            async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
                refusal.answer = await corridor.commit(suspend(FULL), cookie)

    async def test_free_text_may_be_refused_instead_of_replaced(self, tmp_path, installation):
        async with corridor_in(tmp_path, installation, policy='free_text = "refuse"') as corridor:
            cookie = await corridor.launch(ZOE)
            async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
                refusal.answer = await corridor.commit(f"<RTD><ARTC C='it was {ZOE.last}'/></RTD>", cookie)
            assert (await corridor.commit("<RTD><ARTC C='nobody'/></RTD>", cookie)).status == 200

    async def test_commits_without_session_may_pass_unguarded(self, tmp_path, installation):
        async with corridor_in(tmp_path, installation, policy='without_session = "pass"') as corridor:
            assert (await corridor.commit("<RTD/>", "")).status == 200
