"""Statements on their way to a record store and back: who is in them, and what must stay as it was."""

import hashlib
import json
from urllib.parse import quote

from tests.oracle import Oracle
from tests.passage.corridor import CALLER, CREDENTIAL, LONG, RTL, ZOE
from tests.passage.wire import http

JSON = {"Content-Type": "application/json"}
XAPI = {"Authorization": CALLER, "X-Experience-API-Version": "1.0.3"} | JSON
HOME = "https://lms.example.edu"
SHA1 = hashlib.sha1(b"mailto:rtl@uni.example", usedforsecurity=False).hexdigest()
ACTOR = {"objectType": "Agent", "name": f"{ZOE.first} {ZOE.last}", "account": {"homePage": HOME, "name": ZOE.id}}
MENTOR = {"mbox": "mailto:obrien.4711@uni.example", "name": "Seán O'Brien"}
TEAM = {
    "objectType": "Group",
    "name": "Gruppe Müller-Østergård",
    "member": [{"mbox_sha1sum": SHA1, "name": RTL.last}, {"openid": "https://id.example/teller-9"}],
}
STATEMENT = {
    "id": "fd41c918-b88b-4b20-a0a5-a4c32391aaa0",
    "actor": ACTOR,
    "verb": {"id": "http://adlnet.gov/expapi/verbs/answered", "display": {"en": f"{ZOE.last} answered"}},
    "object": {
        "objectType": "SubStatement",
        "actor": MENTOR,
        "verb": {"id": "http://example.org/verbs/mentored"},
        "object": {"objectType": "Group", **{key: TEAM[key] for key in ("name", "member")}},
        "context": {"instructor": MENTOR},
    },
    "result": {
        "response": f"I am {ZOE.first} {ZOE.last}, write to nobody.known@uni.example",
        "extensions": {
            "http://example.org/x": {"who": f"{ZOE.last}, {ZOE.first}", "n": 1.0, "big": 12345678901234567890}
        },
    },
    "context": {
        "instructor": {"objectType": "Agent", "account": {"homePage": "https://other.example", "name": LONG.id}},
        "team": TEAM,
        "platform": f"desk of {ZOE.id}",
        "extensions": {"http://example.org/ip": "10.0.0.1", "http://example.org/keep": None},
    },
    "timestamp": "2026-11-25T10:11:12.123456789Z",
}
ORACLE = Oracle(
    {
        "zoe": (ZOE.id, ZOE.first, ZOE.last, f"{ZOE.first} {ZOE.last}"),
        "mentor": ("obrien.4711@uni.example", "O'Brien"),
        "rtl": (SHA1, "rtl@uni.example", RTL.last),
        "word": ("teller-9",),
        "long": (LONG.id,),
        "unknown": ("nobody.known@uni.example",),
    }
)


async def test_everybody_in_a_statement_leaves_as_a_pseudonym_and_comes_back(corridor):
    corridor.cloud.say(http(200, JSON, b'["fd41c918-b88b-4b20-a0a5-a4c32391aaa0"]'))
    answer = await corridor.ask("POST", "/lrs/statements", XAPI, json.dumps(STATEMENT).encode())
    assert answer.status == 200, answer.raw
    request = corridor.cloud.requests[-1]
    assert request.header("Authorization") == CREDENTIAL
    assert ORACLE.search(corridor.cloud.everything) == []
    told = json.loads(request.body)
    assert told["actor"]["account"] == {"homePage": "https://pseudonym.invalid", "name": corridor.pseudonym(ZOE.id)}
    assert told["context"]["extensions"] == STATEMENT["context"]["extensions"]
    assert b'"n": 1.0, "big": 12345678901234567890' in request.body

    page = {"statements": [told], "more": "/elsewhere/more/abc?agent=x"}
    corridor.cloud.say(http(200, JSON, json.dumps(page).encode()))
    back = await corridor.get("/lrs/statements", XAPI)
    assert back.status == 200, back.raw
    whole = json.loads(back.body)
    restored = whole["statements"][0]
    for place in ("actor", "object"):
        assert restored[place] == STATEMENT[place]
    assert restored["context"]["team"] == TEAM
    assert restored["context"]["instructor"] == STATEMENT["context"]["instructor"]
    assert whole["more"].startswith("/lrs/.scormveil/more/")

    corridor.cloud.say(http(200, JSON, json.dumps({"statements": [], "more": ""}).encode()))
    assert (await corridor.get(whole["more"], XAPI)).status == 200
    assert corridor.cloud.requests[-1].target == "/elsewhere/more/abc?agent=x"


async def test_a_filter_finds_what_was_stored(corridor):
    corridor.cloud.say(http(200, JSON, b"[]"))
    await corridor.ask("POST", "/lrs/statements", XAPI, json.dumps([STATEMENT]).encode())
    stored = json.loads(corridor.cloud.requests[-1].body)[0]
    corridor.cloud.say(http(200, JSON, b'{"statements":[],"more":""}'))
    asked = quote(json.dumps({"account": {"homePage": HOME, "name": ZOE.id}}), safe="")
    answer = await corridor.get(f"/lrs/statements?agent={asked}&related_agents=true&limit=5", XAPI)
    assert answer.status == 200, answer.raw
    target = corridor.cloud.requests[-1].target
    assert quote(stored["actor"]["account"]["name"]) in target
    assert ORACLE.search(corridor.cloud.everything) == []
