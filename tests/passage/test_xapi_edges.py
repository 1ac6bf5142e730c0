"""A record store at its edges: where an answer continues, what errors say, who sees people, numbers, hidden signatures."""

import gzip
import hashlib
import json

import jwt
import pytest
import pytest_asyncio

from tests.oracle import Oracle
from tests.passage.corridor import CALLER, CREDENTIAL, OBRIEN, ZOE, corridor_in
from tests.passage.test_xapi_attachments import KEY, MIXED, PEM, SIGNATURE, attached, mixed, part
from tests.passage.wire import http

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def corridor(corridor_again):
    return corridor_again


JSON = {"Content-Type": "application/json"}
XAPI = {"Authorization": CALLER, "X-Experience-API-Version": "1.0.3"}
HOME = "https://lms.example.edu"
ACTOR = {"account": {"homePage": HOME, "name": ZOE.id}, "name": f"{ZOE.first} {ZOE.last}"}
STATEMENT = {"actor": ACTOR, "verb": {"id": "x:y"}, "object": {"id": "x:z"}}
UNKNOWN = "xenia.unbekannt@uni.example"
ORACLE = Oracle({"zoe": (ZOE.id, ZOE.first, ZOE.last), "unknown": (UNKNOWN,)})
OTHERS = """
[[mounts]]
name = "other-lrs"
adapter = "xapi"
tenant = "uni"
public = "https://proxy.example.org/other"
upstream = "{cloud}/other"
caller = { user = "lms", password = "file:caller.key" }
credential = { user = "APPID", password = "file:cloud.key" }

[[mounts]]
name = "analysts"
adapter = "xapi"
tenant = "uni"
audience = "analyst"
public = "https://proxy.example.org/numbers"
upstream = "{cloud}/numbers"
caller = { user = "lms", password = "file:caller.key" }
credential = { user = "APPID", password = "file:cloud.key" }
"""


@pytest_asyncio.fixture(loop_scope="module")
async def stores(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, extra=OTHERS) as one:
        yield one


async def post(corridor, statement, **headers):
    body = statement if isinstance(statement, bytes) else json.dumps(statement).encode()
    return await corridor.ask("POST", "/lrs/statements", XAPI | JSON | headers, body)


async def page(corridor, more, base="/lrs"):
    corridor.cloud.say(http(200, JSON, json.dumps({"statements": [], "more": more}).encode()))
    return await corridor.get(f"{base}/statements", XAPI)


async def test_an_answer_continues_only_where_it_began(stores):
    here = json.loads((await page(stores, "more/1")).body)["more"]
    absolute = json.loads((await page(stores, f"{stores.cloud.origin}/lrs/more/2?a=%20b")).body)["more"]
    stores.cloud.say(http(200, JSON, b'{"statements":[],"more":""}'))
    assert (await stores.get(absolute, XAPI)).status == 200
    assert stores.cloud.requests[-1].target == "/lrs/more/2?a=%20b"
    async with stores.refuses("unknown-route", 404) as refusal:
        refusal.answer = await stores.get(here.replace("/lrs/", "/other/", 1), XAPI)
    async with stores.refuses("unknown-route", 404) as refusal:
        refusal.answer = await stores.get(here[:-4] + "AAAA", XAPI)
    async with stores.refuses("not-permitted", 403) as refusal:
        refusal.answer = await stores.get(here, XAPI | {"Authorization": CREDENTIAL})


async def test_an_answer_that_continues_nowhere_of_the_stores_is_refused(stores):
    for more in ("https://elsewhere.example/m", "//elsewhere.example/m", "/more/é", "/more HTTP/1.1", "/more/\u007f"):
        answer = await page(stores, more)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused"), more


async def test_who_sees_people_is_the_mounts_decision(stores):
    stores.cloud.say(http(200, JSON, b"[]"))
    await post(stores, STATEMENT)
    told = stores.cloud.requests[-1].body
    stores.cloud.say(http(200, JSON, b'{"more":"","statements":[' + told + b"]}"))
    seen = await stores.get("/lrs/statements", XAPI)
    assert json.loads(seen.body)["statements"] == [STATEMENT]
    stores.cloud.say(http(200, JSON, b'{"more":"","statements":[' + told + b"]}"))
    seen = await stores.get("/numbers/statements", XAPI)
    assert json.loads(seen.body)["statements"] == [json.loads(told)]
    assert ORACLE.search(seen.raw) == []
    assert [one.mount for one in await stores.audit() if one.event == "reidentified"] == ["lrs"]


async def test_an_error_is_told_as_far_as_people_may_be_seen(stores):
    token = stores.pseudonym(ZOE.id)
    stores.cloud.say(http(200, JSON, b"[]"))
    await post(stores, STATEMENT)
    said = f"account {token} is no agent"
    errors = (
        ("text/plain", said.encode(), b"account s1234567 is no agent"),
        ("application/json", json.dumps({"message": said}).encode(), b'{"message": "account s1234567 is no agent"}'),
        ("text/html", f"<b>{said}</b>".encode(), b""),
    )
    for status in (400, 401, 403, 404, 409, 412, 413, 429, 500):
        for media, body, shown in errors:
            stores.cloud.say(http(status, {"Content-Type": media}, body))
            answer = await stores.get("/lrs/statements", XAPI)
            assert (answer.status, answer.body) == (status, shown)
    stores.cloud.say(http(400, {"Content-Type": "text/plain"}, said.encode()))
    assert ZOE.id.encode() not in (await stores.get("/numbers/statements", XAPI)).raw


async def test_a_packed_statement_is_opened_and_packed_again(corridor):
    corridor.cloud.say(http(200, JSON, b"[]"))
    answer = await post(corridor, gzip.compress(json.dumps(STATEMENT).encode()), **{"Content-Encoding": "gzip"})
    assert answer.status == 200, answer.raw
    sent = corridor.cloud.requests[-1]
    assert sent.header("Content-Encoding") == "gzip"
    assert json.loads(sent.opened)["actor"]["account"]["name"] == corridor.pseudonym(ZOE.id)


async def test_head_is_a_get_without_what_it_shows(corridor):
    corridor.cloud.say(http(200, JSON | {"ETag": '"1"', "X-Experience-API-Version": "1.0.3", "Content-Length": "4711"}))
    answer = await corridor.ask("HEAD", "/lrs/about", XAPI)
    assert (answer.status, answer.header("X-Experience-API-Version")) == (200, "1.0.3")
    assert corridor.cloud.requests[-1].start.startswith("HEAD /lrs/about ")
    assert answer.header("Content-Length") != "4711"


async def test_a_number_that_no_store_can_hold_is_refused(corridor):
    for number in ("1e400", "-1E+999999999", "9" * 1000, "0." + "1" * 1000, "1e" + "0" * 400 + "1"):
        body = json.dumps(STATEMENT).encode()[:-1] + f',"result":{{"score":{{"raw":{number}}}}}}}'.encode()
        async with corridor.refuses("unreadable-body", 400) as refusal:
            refusal.answer = await post(corridor, body)


def jws_of(payload):
    return jwt.PyJWS().encode(json.dumps(payload).encode(), KEY, algorithm="RS256").encode()


@pytest.mark.parametrize("how", ["strip", "sign"])
async def test_a_signature_where_none_belongs_does_not_leave(tmp_path, installation, how):
    """A SubStatement is no statement, so nobody can have signed it (xAPI 1.0.3 part 2, 2.6 and 2.4.4.3)."""
    jws = jws_of({"actor": {"mbox": f"mailto:{UNKNOWN}"}})
    one = attached(jws, usageType=SIGNATURE, contentType="application/octet-stream")
    inner = {"objectType": "SubStatement", **STATEMENT, "attachments": [one]}
    body = mixed(STATEMENT | {"object": inner}, part(jws, **{"Content-Type": "application/octet-stream"}))
    async with (
        corridor_in(tmp_path / "h", installation, xapi=policy(tmp_path / "h", how)) as corridor,
        corridor.refuses("field-invalid", 400, UNKNOWN) as refusal,
    ):
        refusal.answer = await corridor.ask("POST", "/lrs/statements", MIXED, body)


async def test_what_is_signed_anew_says_nothing_of_what_came(tmp_path, installation):
    jws = jws_of(STATEMENT)
    one = attached(jws, usageType=SIGNATURE, contentType="application/octet-stream")
    fields = {"Content-Type": "application/octet-stream", "Content-Length": str(len(jws))}
    body = mixed(STATEMENT | {"attachments": [one]}, part(jws, **fields))
    async with corridor_in(tmp_path / "h", installation, xapi=policy(tmp_path / "h", "sign")) as corridor:
        corridor.cloud.say(http(200, JSON, b"[]"))
        answer = await corridor.ask("POST", "/lrs/statements", MIXED, body)
        assert answer.status == 200, answer.raw
        head, _, rest = corridor.cloud.requests[-1].body.rpartition(b"\r\n\r\n")
        signed = rest.partition(b"\r\n--b--")[0]
        assert b"content-length" not in head.lower(), "or it would be that of the signature that came"
        assert hashlib.sha256(signed).hexdigest().encode() in head.lower()
        assert b"x5c" not in json.dumps(jwt.get_unverified_header(signed)).encode()


def policy(folder, how):
    folder.mkdir()
    (folder / "sign.pem").write_text(PEM)
    return f'signatures = "{how}"' + ('\nsigning_key = "file:sign.pem"' if how == "sign" else "")


async def test_a_retry_is_the_same_statement(corridor):
    """Another spelling of her name comes in between: what was stored must not become another statement by that."""
    for name in (f"{ZOE.first} {ZOE.last}", OBRIEN.last, f"{ZOE.first} {ZOE.last}"):
        corridor.cloud.say(http(200, JSON, b"[]"))
        await post(corridor, STATEMENT | {"actor": ACTOR | {"name": name}})
    bodies = {one.body for one in corridor.cloud.requests}
    assert len(bodies) == 1
