"""Who an agent is, whatever identifier it has and wherever it stands; and where documents are kept by that."""

import hashlib
import json
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from tests.oracle import Oracle
from tests.passage.corridor import CALLER, OBRIEN, ZOE, corridor_in
from tests.passage.wire import http

JSON = {"Content-Type": "application/json"}
XAPI = {"Authorization": CALLER, "X-Experience-API-Version": "1.0.3"} | JSON
HOME = "https://lms.example.edu"
ADDRESS = "Zoe.M@Uni.example"
SHA1 = hashlib.sha1(b"mailto:Zoe.M@uni.example", usedforsecurity=False).hexdigest().upper()
AGENTS = {
    "mbox": {"mbox": f"mailto:{ADDRESS}"},
    "sha1": {"mbox_sha1sum": SHA1},
    "openid": {"openid": "https://id.example/people/zoe.m"},
    "learner": {"account": {"homePage": f"{HOME}/", "name": ZOE.id}},
    "cloud": {"account": {"homePage": "http://cloud.scorm.com", "name": f"APPID|{ZOE.id}"}},
    "other": {"account": {"homePage": "https://other.example/x", "name": "zoe m"}},
    "group": {"objectType": "Group", "openid": "https://id.example/people/zoe.m", "member": []},
}
ORACLE = Oracle({"zoe": (ZOE.id, ADDRESS, SHA1, "people/zoe.m", "zoe m")})


async def stored(corridor, agent):
    """What the store is told of a filter by `agent`."""
    corridor.cloud.say(http(200, JSON, b'{"statements":[],"more":""}'))
    answer = await corridor.get(f"/lrs/statements?agent={quote(json.dumps(agent), safe='')}", XAPI)
    assert answer.status == 200, answer.raw
    return json.loads(dict(parse_qsl(urlsplit(corridor.cloud.requests[-1].target).query))["agent"])


@pytest.mark.parametrize("name", AGENTS)
async def test_every_identifier_keeps_its_form_and_comes_back_as_it_was(corridor, name):
    agent = AGENTS[name]
    told = await stored(corridor, agent)
    assert set(told) == set(agent)
    assert ORACLE.search(corridor.cloud.everything) == []
    assert await stored(corridor, agent) == told, "the same again"
    assert await stored(corridor, told) == told, "a pseudonym is taken for what it is"
    corridor.cloud.say(http(200, JSON, json.dumps({"statements": [{"actor": told}], "more": ""}).encode()))
    back = json.loads((await corridor.get("/lrs/statements", XAPI)).body)
    assert back["statements"][0]["actor"] == agent


async def test_identifiers_of_one_person_meet(corridor):
    token = corridor.pseudonym(ZOE.id)
    assert (await stored(corridor, AGENTS["learner"]))["account"] == {
        "homePage": "https://pseudonym.invalid",
        "name": token,
    }
    assert (await stored(corridor, AGENTS["cloud"]))["account"]["name"] == f"APPID|{token}"
    mbox, sha1 = [await stored(corridor, AGENTS[name]) for name in ("mbox", "sha1")]
    one = mbox["mbox"].removeprefix("mailto:").partition("@")[0]
    corridor.cloud.say(http(200, JSON, json.dumps({"statements": [{"actor": sha1}], "more": ""}).encode()))
    await corridor.get("/lrs/statements", XAPI)
    shown = [entry for entry in await corridor.audit() if entry.event == "reidentified"]
    assert shown[-1].pseudonym == one
    agent, group = [await stored(corridor, AGENTS[name]) for name in ("openid", "group")]
    assert agent["openid"] == group["openid"]


async def test_where_learner_ids_are_addresses_an_mbox_is_the_learner(tmp_path, installation):
    async with corridor_in(tmp_path / "h", installation, xapi="learner_ids_are_addresses = true") as corridor:
        told = await stored(corridor, {"mbox": "mailto:li.xiaolong@uni.example"})
        token = corridor.pseudonym("li.xiaolong@uni.example")
        assert told == {"mbox": f"mailto:{token}@pseudonym.invalid"}
        assert await stored(corridor, told) == told


async def test_a_person_object_is_restored_in_every_list(corridor):
    told = [await stored(corridor, AGENTS[name]) for name in ("mbox", "learner")]
    person = {
        "objectType": "Person",
        "mbox": [told[0]["mbox"]],
        "account": [told[1]["account"], {"homePage": "https://stranger.example", "name": "x"}],
    }
    corridor.cloud.say(http(200, JSON, json.dumps(person).encode()))
    answer = await corridor.get(f"/lrs/agents?agent={quote(json.dumps(AGENTS['mbox']), safe='')}", XAPI)
    assert json.loads(answer.body) == {
        "objectType": "Person",
        "mbox": [f"mailto:{ADDRESS}"],
        "account": [AGENTS["learner"]["account"], {"homePage": "https://stranger.example", "name": "x"}],
    }


async def test_documents_are_found_by_who_and_by_a_key_that_names_her(corridor):
    agent = quote(json.dumps(AGENTS["learner"]), safe="")
    place = f"/lrs/activities/state?activityId=x%3Ay&agent={agent}&stateId="
    body = b'{ "page": 7.0 }'
    corridor.cloud.say(http(204, {}, b""))
    assert (await corridor.ask("PUT", f"{place}bookmark-{ZOE.id}", XAPI, body)).status == 204
    sent = corridor.cloud.requests[-1]
    token = corridor.pseudonym(ZOE.id)
    assert dict(parse_qsl(urlsplit(sent.target).query))["stateId"] == f"bookmark-{token}"
    assert sent.body == body
    corridor.cloud.say(http(200, JSON | {"ETag": '"1"'}, body))
    got = await corridor.get(f"{place}bookmark-{ZOE.id}", XAPI)
    assert (got.body, got.header("ETag")) == (body, '"1"')
    corridor.cloud.say(http(200, JSON, json.dumps([f"bookmark-{token}", "other"]).encode()))
    listed = await corridor.get(place.removesuffix("&stateId="), XAPI)
    assert json.loads(listed.body) == [f"bookmark-{ZOE.id}", "other"]
    assert ORACLE.search(corridor.cloud.everything) == []
    async with corridor.refuses("leak-suspected", 403) as refusal:
        refusal.answer = await corridor.ask("PUT", f"{place}x", XAPI, json.dumps({"who": ZOE.id}).encode())
    async with corridor.refuses("unsupported-media", 415) as refusal:
        refusal.answer = await corridor.ask(
            "PUT", f"{place}x", XAPI | {"Content-Type": "application/octet-stream"}, b"\x00\xff\xfe"
        )


@pytest.mark.parametrize("name", ["mbox", "sha1", "openid", "cloud", "other"])
async def test_the_key_of_a_document_is_restored_whatever_names_her_in_it(corridor, name):
    [(key, value)] = AGENTS[name].items()
    text = value["name"].rpartition("|")[2] if key == "account" else value.removeprefix("mailto:")
    place = f"/lrs/activities/state?activityId=x%3Ay&agent={quote(json.dumps(AGENTS[name]), safe='')}"
    corridor.cloud.say(http(204, {}, b""))
    sent = await corridor.ask("PUT", f"{place}&stateId={quote(f'a:{text}!', safe='')}", XAPI, b"{}")
    assert sent.status == 204, sent.raw
    told = dict(parse_qsl(urlsplit(corridor.cloud.requests[-1].target).query))["stateId"]
    corridor.cloud.say(http(200, JSON, json.dumps([told, "b"]).encode()))
    assert json.loads((await corridor.get(place, XAPI)).body) == [f"a:{text}!", "b"]
    assert ORACLE.search(corridor.cloud.everything) == []


@pytest.mark.parametrize(
    "agent",
    [
        {"mbox": "mailto:zoe@pseudonym.invalid"},
        {"mbox": "MAILTO:zoe@Pseudonym.INVALID"},
        {"openid": "https://pseudonym.invalid/zoe"},
        {"openid": "http://pseudonym.invalid:80/zoe"},
        {"account": {"homePage": "https://pseudonym.invalid", "name": ZOE.id}},
        {"account": {"homePage": "https://pseudonym.invalid/x", "name": ZOE.id}},
    ],
)
async def test_nobody_in_clear_lives_where_pseudonyms_do(corridor, agent):
    async with corridor.refuses("field-invalid", 400) as refusal:
        target = f"/lrs/statements?agent={quote(json.dumps(agent), safe='')}"
        refusal.answer = await corridor.get(target, XAPI)


async def test_somebody_met_elsewhere_is_guarded_here(corridor):
    await corridor.launch(OBRIEN)
    statement = {
        "actor": AGENTS["mbox"],
        "verb": {"id": "x:y"},
        "object": {"id": f"x:z/{OBRIEN.first}_{OBRIEN.last}"},
    }
    async with corridor.refuses("leak-suspected", 403) as refusal:
        refusal.answer = await corridor.ask("POST", "/lrs/statements", XAPI, json.dumps(statement).encode())


async def test_the_alternate_syntax_is_the_request_that_it_means(corridor):
    agent = json.dumps(AGENTS["learner"])
    fields = {"agent": agent, "activityId": "x:y", "stateId": "s", "content": '{"a":1}', "Authorization": CALLER}
    fields |= {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json", "Content-Length": "7"}
    form = "&".join(f"{key}={quote(value, safe='')}" for key, value in fields.items()).encode()
    for media in ("application/x-www-form-urlencoded", "text/plain"):
        corridor.cloud.say(http(204, {}, b""))
        answer = await corridor.ask("POST", "/lrs/activities/state?method=PUT", {"Content-Type": media}, form)
        assert answer.status == 204, answer.raw
        sent = corridor.cloud.requests[-1]
        assert (sent.start.split()[0], sent.body) == ("PUT", b'{"a":1}')
    assert ORACLE.search(corridor.cloud.everything) == []
    for target, body in (
        ("/lrs/activities/state?method=PUT&x=1", form),
        ("/lrs/activities/state?method=PATCH", form),
        ("/lrs/activities/state?method=PUT", form + b"&method=GET"),
        ("/lrs/activities/state?method=PUT", form + b"&Agent=x"),
        ("/lrs/activities/state?method=GET", form),
    ):
        async with corridor.refuses("field-invalid", 400) as refusal:
            refusal.answer = await corridor.ask("POST", target, {"Content-Type": "text/plain"}, body)


async def test_an_old_client_has_lists_and_several_identifiers(corridor):
    old = {"Authorization": CALLER, "X-Experience-API-Version": "0.95"} | JSON
    actor = {
        "objectType": "Person",
        "name": [f"{ZOE.first} {ZOE.last}"],
        "mbox": [f"mailto:{ADDRESS}"],
        "account": [{"accountServiceHomePage": "https://other.example/x", "accountName": "zoe m"}],
    }
    statement = {"actor": actor, "verb": "completed", "object": {"id": "x:z"}, "inProgress": False}
    corridor.cloud.say(http(200, JSON, b"[]"))
    answer = await corridor.ask("POST", "/lrs/statements", old, json.dumps([statement]).encode())
    assert answer.status == 200, answer.raw
    told = json.loads(corridor.cloud.requests[-1].body)[0]["actor"]
    one = told["mbox"][0].removeprefix("mailto:").partition("@")[0]
    assert told["account"][0]["accountName"] == one
    corridor.cloud.say(http(200, JSON, json.dumps({"statements": [{"actor": told}], "more": ""}).encode()))
    asked = quote(json.dumps(actor), safe="")
    back = await corridor.get(f"/lrs/statements?actor={asked}&sparse=false", old)
    assert json.loads(back.body)["statements"][0]["actor"] == actor
    corridor.cloud.say(http(204, {}, b""))
    place = f"/lrs/activities/state?actor={asked}&registrationId=r&activityId=x%3Ay&stateId=s"
    assert (await corridor.ask("PUT", place, old, b"{}")).status == 204
    assert ORACLE.search(corridor.cloud.everything) == []


async def test_who_is_asked_for_is_not_renamed_by_the_question(corridor):
    named = AGENTS["learner"] | {"name": f"{ZOE.first} {ZOE.last}"}
    statement = {"actor": named, "verb": {"id": "x:y"}, "object": {"id": "x:z"}}
    corridor.cloud.say(http(200, JSON, b"[]"))
    await corridor.ask("POST", "/lrs/statements", XAPI, json.dumps(statement).encode())
    told = json.loads(corridor.cloud.requests[-1].body)["actor"]
    await stored(corridor, AGENTS["learner"] | {"name": "Somebody Else"})
    corridor.cloud.say(http(200, JSON, json.dumps({"statements": [{"actor": told}], "more": ""}).encode()))
    back = json.loads((await corridor.get("/lrs/statements", XAPI)).body)
    assert back["statements"][0]["actor"] == named
