"""Somebody's name or address on its way into a record store by a way that nobody thought of: refused, or not there."""

import base64
import gzip
import json
from urllib.parse import quote

import pytest

from tests.oracle import Oracle
from tests.passage.corridor import CALLER, ZOE, corridor_in, founded
from tests.passage.wire import http

JSON = {"Content-Type": "application/json"}
XAPI = [("Authorization", CALLER), ("X-Experience-API-Version", "1.0.3"), ("Content-Type", "application/json")]
ADDRESS = "zoe.mueller@uni.example"
MBOX = {"mbox": f"mailto:{ADDRESS}"}
ACTOR = {"account": {"homePage": "https://lms.example.edu", "name": ZOE.id}, "name": f"{ZOE.first} {ZOE.last}"}
PLAIN = {"actor": ACTOR, "verb": {"id": "x:y"}, "object": {"id": "x:z"}}
ORACLE = Oracle({"zoe": (ZOE.id, ZOE.last, f"{ZOE.first} {ZOE.last}", ADDRESS)})


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return founded(tmp_path_factory.mktemp("smuggling"))


def text(statement):
    return json.dumps(statement)


def changed(old, version):
    return [(name, version if name.startswith("X-Ex") else value) for name, value in old]


def having(old, *pairs):
    names = {name.lower() for name, _ in pairs}
    return [pair for pair in old if pair[0].lower() not in names] + list(pairs)


AGENT = quote(text(ACTOR), safe="")
STATEMENTS = {
    "a list in a list": text([[PLAIN]]),
    "blanks before a list": "  \r\n\t" + text([PLAIN]),
    "a byte order mark": "\ufeff" + text(PLAIN),
    "a key in escapes": text(PLAIN).replace('"name"', '"n\\u0061me"'),
    "an identifier in escapes": text(PLAIN | {"actor": MBOX}).replace("@", "\\u0040"),
    "two actors": text(PLAIN).replace('{"actor"', '{"actor": {"mbox": "mailto:x@y.example"}, "actor"', 1),
    "an agent as activity": text(PLAIN | {"object": {"id": f"mailto:{ADDRESS}"}}),
    "an agent in an activity": text(PLAIN | {"object": {"id": "x:z", **MBOX}}),
    "an agent of no type": text(PLAIN | {"object": {"objectType": "agent", **MBOX}}),
    "an address in an IRI": text(PLAIN | {"object": {"id": f"https://lms.example.edu/u/{ADDRESS}"}}),
    "an escaped address in an IRI": text(PLAIN | {"object": {"id": f"https://x.example/?u={quote(ADDRESS, safe='')}"}}),
    "a nested agent in an extension": text(PLAIN | {"context": {"extensions": {"x:e": {"deep": [{"agent": MBOX}]}}}}),
    "an address as a key": text(PLAIN | {"context": {"extensions": {"x:e": {ADDRESS: 1}}}}),
    "an address as an IRI of an extension": text(PLAIN | {"context": {"extensions": {f"mailto:{ADDRESS}": 1}}}),
    "JSON in a string": text(PLAIN | {"result": {"response": text(MBOX)}}),
    "JSON in base64": text(PLAIN | {"result": {"response": base64.b64encode(text(ACTOR).encode()).decode()}}),
    "a language that is a name": text(PLAIN | {"context": {"language": f"{ZOE.first} {ZOE.last}"}}),
    "a language map by name": text(PLAIN | {"verb": {"id": "x:y", "display": {ZOE.last: "x"}}}),
    "a verb by name": text(PLAIN | {"verb": {"id": f"https://x.example/{ZOE.id}"}}),
    "an unknown member": text(PLAIN | {"learner": ZOE.last}),
    "a number as id": text(PLAIN | {"actor": {"account": {"homePage": "https://lms.example.edu", "name": 4711}}}),
    "a foreign key in an account": text(PLAIN | {"actor": {"account": ACTOR["account"] | {"email": ADDRESS}}}),
    "a home page with her in it": text(
        PLAIN | {"actor": {"account": {"homePage": f"https://x.example/{ZOE.id}", "name": "n"}}}
    ),
    "a pseudonym of nobody": text(PLAIN | {"actor": {"mbox": "mailto:sv1abcd" + "0" * 33 + "@pseudonym.invalid"}}),
    "a date that is an object": text(PLAIN | {"timestamp": {"of": ZOE.last}}),
    "a statement reference with a name": text(PLAIN | {"object": {"objectType": "StatementRef", "id": ZOE.last}}),
    "members of an agent": text(PLAIN | {"actor": MBOX | {"member": [ACTOR]}}),
    "a group in a group": text(
        PLAIN | {"actor": {"objectType": "Group", "member": [{"objectType": "Group", "member": [MBOX]}]}}
    ),
    "wide letters": text(PLAIN | {"result": {"response": "ｚｏｅ．ｍｕｅｌｌｅｒ＠ｕｎｉ．ｅｘａｍｐｌｅ"}}),
}
KINDS = {
    "as it is": XAPI,
    "as text": having(XAPI, ("Content-Type", "text/plain")),
    "as a form": having(XAPI, ("Content-Type", "application/x-www-form-urlencoded")),
    "of an old client": changed(XAPI, "0.95"),
    "of a client without version": [pair for pair in XAPI if pair[0] != "X-Experience-API-Version"],
    "of 2.0": changed(XAPI, "2.0.0"),
}


async def tried(corridor, method, target, headers, body=b""):
    corridor.cloud.say(http(200, JSON, b"[]"))
    answer = await corridor.ask(method, target, headers, body)
    assert answer.status < 500, answer.raw
    return answer


@pytest.mark.parametrize("kind", KINDS)
async def test_statements(tmp_path, template, kind):
    async with corridor_in(tmp_path / "house", template) as corridor:
        await corridor.launch(ZOE)
        await tried(corridor, "GET", f"/lrs/statements?agent={quote(text(MBOX), safe='')}", XAPI)
        passed = 0
        for name, body in STATEMENTS.items():
            answer = await tried(corridor, "POST", "/lrs/statements", KINDS[kind], body.encode())
            passed += answer.status == 200
            assert answer.status in {200, 400, 403, 415}, name
        assert passed == 0 if kind in {"as text", "as a form"} else passed
        assert ORACLE.search(corridor.cloud.everything) == []


async def test_requests_around_statements(corridor):
    await corridor.launch(ZOE)
    await tried(corridor, "GET", f"/lrs/statements?agent={quote(text(MBOX), safe='')}", XAPI)
    body = text(PLAIN).encode()
    state = f"/lrs/activities/state?activityId=x%3Ay&agent={AGENT}&stateId="
    attempts = [
        ("POST", "/lrs/statements", having(XAPI, ("Content-Encoding", "gzip")), gzip.compress(body)),
        (
            "POST",
            "/lrs/statements",
            having(XAPI, ("Content-Encoding", "gzip, gzip")),
            gzip.compress(gzip.compress(body)),
        ),
        ("POST", "/lrs/statements", having(XAPI, ("Content-Encoding", "br")), body),
        (
            "POST",
            "/lrs/statements",
            having(XAPI, ("Content-Type", "application/json; charset=utf-16")),
            text(PLAIN).encode("utf-16"),
        ),
        ("POST", "/lrs/statements", [*XAPI, ("Authorization", "Basic eA==")], body),
        ("POST", "/lrs/statements", [*XAPI, ("X-Experience-API-Version", "0.95")], body),
        ("POST", "/lrs/statements", [*XAPI, ("If-Match", f'"{ADDRESS}"')], body),
        ("GET", f"/lrs/statements?agent={AGENT}&agent={AGENT}", XAPI, b""),
        ("GET", f"/lrs/statements?Agent={AGENT}", XAPI, b""),
        ("GET", f"/lrs/statements?agents={AGENT}", XAPI, b""),
        ("GET", f"/lrs/statements?verb={quote(ADDRESS)}", XAPI, b""),
        ("GET", f"/lrs/statements?statementId={ZOE.last}", XAPI, b""),
        ("GET", f"/lrs/statements/{ZOE.id}", XAPI, b""),
        ("GET", f"/lrs/activities?activityId=mailto%3A{quote(ADDRESS)}", XAPI, b""),
        ("PUT", f"{state}{quote(ZOE.last)}", XAPI, b"{}"),
        ("PUT", f"{state}{quote(ADDRESS)}", XAPI, b"{}"),
        ("PUT", f"{state}s", XAPI, text({"who": ZOE.last}).encode()),
        ("PUT", f"{state}s", having(XAPI, ("Content-Type", "text/plain")), ZOE.last.encode("utf-16")),
        ("PUT", f"{state}s", having(XAPI, ("Content-Type", "application/x-y")), gzip.compress(ZOE.last.encode() * 9)),
        ("PUT", f"{state}s", having(XAPI, ("Content-Type", "text/html")), base64.b64encode(text(ACTOR).encode())),
        ("PUT", f"{state}LMS.LaunchData", XAPI, text({"returnURL": f"https://evil.example/?u={ZOE.id}"}).encode()),
        ("PUT", f"{state}LMS.LaunchData", XAPI, text({"launchMode": ZOE.last, "who": ZOE.last}).encode()),
        ("POST", "/lrs/statements?method=PUT&method=GET", XAPI, b"content=" + quote(text(PLAIN)).encode()),
        ("POST", "/lrs/statements?method=POST", XAPI, b"content=" + quote(text(PLAIN)).encode() + b"&content=x"),
        ("POST", "/lrs/statements?method=POST", XAPI, b"con%74ent=" + quote(text(PLAIN)).encode()),
    ]
    for method, target, headers, sent in attempts:
        answer = await tried(corridor, method, target, headers, sent)
        assert answer.status in {200, 204, 400, 403, 404, 415}, (method, target[:60], answer.start)
    assert ORACLE.search(corridor.cloud.everything) == []
