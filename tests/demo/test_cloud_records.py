"""The cloud's record store: what it stores, how it is asked, and what it does not take (xAPI 1.0.3)."""

import hashlib
import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from aiohttp import encode_basic_auth
from aiohttp.test_utils import TestClient, TestServer
from cloud_api_kit import KEY
from cloud_kit import FAST, ZOE
from test_cloud_launch import ORIGIN, configured, content_url, filled, opened

from proxy.demo.cloud import SandboxCloud

STORE = {**KEY, "X-Experience-API-Version": "1.0.3"}
ZOE_ACCOUNT = {"account": {"homePage": "http://cloud.scorm.com", "name": "SANDBOX|zoe"}}
MENTOR = {"mbox": "mailto:mentor@example.org", "name": "Mentor"}
VERB = {"id": "http://adlnet.gov/expapi/verbs/answered"}
ACTIVITY = {"id": "http://example.org/activity/1"}
ONE = "fd41c918-b88b-4b20-a0a5-a4c32391aaa0"
TWO = "0b7bd4a1-2a4c-4f11-9d4f-7f1d0b6a3f52"
CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"


def statement(**more):
    return {"actor": ZOE_ACCOUNT, "verb": VERB, "object": ACTIVITY, **more}


@pytest.fixture
def cloud():
    return SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022", backoff=FAST)


@pytest.fixture
async def client(cloud):
    async with TestClient(TestServer(cloud.application())) as made:
        yield made


async def send(client, body, status=200, headers=STORE, path="/lrs/SANDBOX/statements", method="POST"):
    answer = await client.request(method, path, json=body, headers=headers)
    assert answer.status == status, await answer.text()
    return await answer.json() if answer.content_type == "application/json" else await answer.text()


async def get(client, resource, parameters, status=200, headers=STORE):
    answer = await client.get(f"/lrs/SANDBOX/{resource}", params=parameters, headers=headers)
    assert answer.status == status, await answer.text()
    return await answer.json() if answer.content_type == "application/json" else await answer.text()


async def test_what_was_sent_is_found_by_every_filter(client):
    whole = statement(id=ONE, context={"instructor": MENTOR, "registration": TWO}, timestamp="2026-11-25T10:11:12Z")
    assert await send(client, whole) == [ONE]
    assert await send(client, whole) == [ONE]
    [found] = (await get(client, "statements", {}))["statements"]
    assert {key: found[key] for key in whole} == whole
    for asked, count in (
        ({"agent": json.dumps({**ZOE_ACCOUNT, "name": "any"})}, 1),
        ({"agent": json.dumps(MENTOR)}, 0),
        ({"agent": json.dumps(MENTOR), "related_agents": "true"}, 1),
        ({"verb": VERB["id"]}, 1),
        ({"verb": "http://example.org/other"}, 0),
        ({"activity": ACTIVITY["id"], "registration": TWO.upper()}, 1),
        ({"since": found["stored"]}, 0),
        ({"until": found["stored"]}, 1),
    ):
        assert len((await get(client, "statements", asked))["statements"]) == count, asked
    assert (await get(client, "statements", {"statementId": ONE}))["stored"] == found["stored"]
    ids = await get(client, "statements", {"format": "ids"})
    assert "name" not in ids["statements"][0]["context"]["instructor"]
    assert (await get(client, "agents", {"agent": json.dumps(MENTOR)}))["mbox"] == [MENTOR["mbox"]]


async def test_pages_follow_one_another_in_the_order_asked_for(client):
    await send(client, [statement(verb={"id": f"http://example.org/{number}"}) for number in range(5)])
    page = await get(client, "statements", {"limit": "2", "ascending": "true"})
    seen = page["statements"]
    while page["more"]:
        page = await (await client.get(page["more"], headers=STORE)).json()
        seen += page["statements"]
    assert [one["verb"]["id"][-1] for one in seen] == ["0", "1", "2", "3", "4"]


async def test_a_voided_statement_is_hidden_and_not_gone(client):
    await send(client, statement(id=ONE))
    voiding = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    await send(client, statement(id=TWO, verb=voiding, object={"objectType": "StatementRef", "id": ONE}))
    await get(client, "statements", {"statementId": ONE}, status=404)
    assert (await get(client, "statements", {"voidedStatementId": ONE}))["actor"] == ZOE_ACCOUNT
    [left] = (await get(client, "statements", {}))["statements"]
    assert left["id"] == TWO


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (statement(actor={**ZOE_ACCOUNT, "mbox": "mailto:a@b.example"}), 400),
        (statement(actor={"mbox": "a@b.example"}), 400),
        (statement(actor={"Mbox": "mailto:a@b.example"}), 400),
        (statement(actor={**ZOE_ACCOUNT, "email": "a@b.example"}), 400),
        (statement(context={"contextAgents": []}), 400),
        (statement(context={"team": {"objectType": "Agent", **MENTOR}}), 400),
        (statement(object={"objectType": "SubStatement", "id": ONE, **statement()}), 400),
        (statement(result={"response": None}), 400),
        (statement(unknown=1), 400),
        (statement(id="1234"), 400),
        ([statement(id=ONE), statement(id=ONE)], 400),
    ],
)
async def test_what_is_no_statement_is_refused(client, body, status):
    await send(client, body, status)
    assert (await get(client, "statements", {}))["statements"] == []


async def test_another_statement_with_the_same_id_is_a_conflict_for_the_whole_batch(client):
    await send(client, statement(id=ONE))
    await send(client, [statement(id=TWO), statement(id=ONE, result={"success": True})], 409)
    await get(client, "statements", {"statementId": TWO}, status=404)


async def test_who_is_unknown_and_what_is_unknown_is_refused(client):
    wrong = {**STORE, "Authorization": encode_basic_auth("SANDBOX", "guess")}
    await get(client, "statements", {}, 401, wrong)
    for version in ("", "0.95", "2.0.0"):
        await get(client, "statements", {}, 400, {**KEY, "X-Experience-API-Version": version})
    await get(client, "statements", {"Agent": "x"}, 400)
    await get(client, "elsewhere", {}, 404)
    about = await client.get("/tc/SANDBOX/about")
    assert (about.status, (await about.json())["version"]) == (200, ["1.0.3"])


async def test_documents_have_tags_and_preconditions(client):
    state = "/lrs/SANDBOX/activities/state"
    whose = {"activityId": ACTIVITY["id"], "agent": json.dumps(ZOE_ACCOUNT), "stateId": "bookmark"}
    tag = '"' + hashlib.sha1(b'{"a":1}', usedforsecurity=False).hexdigest() + '"'
    jsons = {**STORE, "Content-Type": "application/json"}
    assert (await client.put(state, params=whose, data=b'{"a":1}', headers=jsons)).status == 204
    got = await client.get(state, params=whose, headers=STORE)
    assert (got.headers["ETag"], await got.read()) == (tag, b'{"a":1}')
    assert (await client.post(state, params=whose, data=b'{"b":2}', headers=jsons)).status == 204
    assert await (await client.get(state, params=whose, headers=STORE)).json() == {"a": 1, "b": 2}
    stale = {**jsons, "If-Match": tag}
    assert (await client.put(state, params=whose, data=b"{}", headers=stale)).status == 412
    others = {**whose, "agent": json.dumps(MENTOR)}
    assert (await client.get(state, params=others, headers=STORE)).status == 404
    del whose["stateId"]
    assert await (await client.get(state, params=whose, headers=STORE)).json() == ["bookmark"]
    assert (await client.delete(state, params=whose, headers=STORE)).status == 204
    assert await (await client.get(state, params=whose, headers=STORE)).json() == []

    profile, whose = "/lrs/SANDBOX/agents/profile", {"agent": json.dumps(ZOE_ACCOUNT), "profileId": "p"}
    assert (await client.put(profile, params=whose, data=b"1", headers=jsons)).status == 204
    assert (await client.put(profile, params=whose, data=b"2", headers=jsons)).status == 409
    fresh = {**jsons, "If-None-Match": "*"}
    assert (await client.put(profile, params=whose, data=b"2", headers=fresh)).status == 412


async def launch(client, cloud, dispatch, content):
    """Launch as a dispatch package does; what the course finds in its address."""
    package = cloud.dispatch_zip(dispatch, generation="engine2020", standard="SCORM2004", content=content)
    player, _ = await opened(client, filled(content_url(package), ZOE))
    address = (await configured(client, player))["contentUrl"]
    return dict(parse_qsl(urlsplit(address).query))


def by_the_course(pairs, verb, session, **more):
    return {
        "actor": json.loads(pairs["actor"]),
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
        "object": {"id": pairs["activityId"]},
        "context": {
            "registration": pairs["registration"],
            "contextActivities": {"category": [{"id": CMI5}]},
            "extensions": {SESSION: session},
        },
        **more,
    }


async def test_cmi5_hands_its_credential_out_once_and_a_result_comes_of_it(client, cloud):
    pairs = await launch(client, cloud, "D1", "cmi5")
    assert set(pairs) == {"endpoint", "fetch", "actor", "registration", "activityId"}
    assert json.loads(pairs["actor"]) == {
        "objectType": "Agent",
        "account": {"homePage": "http://cloud.scorm.com", "name": f"SANDBOX|{ZOE['id']}"},
    }
    fetch = pairs["fetch"].removeprefix(ORIGIN)
    token = (await (await client.post(fetch)).json())["auth-token"]
    assert (await (await client.post(fetch)).json())["error-code"] == "1"
    assert (await client.get(fetch)).status == 405

    mine = {"Authorization": f"Basic {token}", "X-Experience-API-Version": "1.0.3"}
    whose = {key: pairs[key] for key in ("activityId", "registration")} | {"agent": pairs["actor"]}
    data = await get(client, "activities/state", whose | {"stateId": "LMS.LaunchData"}, headers=mine)
    assert data["moveOn"] == "CompletedOrPassed"
    session = data["contextTemplate"]["extensions"][SESSION]
    passed = by_the_course(pairs, "passed", session, result={"success": True, "score": {"scaled": 0.9}})
    foreign = {**passed, "actor": MENTOR}
    await send(client, foreign, headers=mine)
    assert cloud.state()["registrations"][0]["success"] == "unknown"
    await send(client, passed, headers=mine)
    await send(client, by_the_course(pairs, "terminated", session, result={"duration": "PT1M1.5S"}), headers=mine)
    [known] = cloud.state()["registrations"]
    told = (known["completion"], known["success"], known["score"], known["seconds"], known["finished"])
    assert told == ("completed", "passed", 90.0, 61.5, True)
    verbs = [one["verb"]["id"].rpartition("/")[2] for one in (await get(client, "statements", {}))["statements"]]
    assert verbs == ["terminated", "satisfied", "passed", "passed", "launched", "launched"]
    voiding = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    reference = {"objectType": "StatementRef", "id": ONE}
    await send(client, statement(verb=voiding, object=reference), 403, headers=mine)


async def test_the_older_launch_has_its_credential_in_the_address(client, cloud):
    pairs = await launch(client, cloud, "D2", "tincan")
    assert set(pairs) == {"endpoint", "auth", "actor", "registration", "activity_id", "activity_platform"}
    mine = {"Authorization": pairs["auth"], "X-Experience-API-Version": "1.0.3"}
    done = {
        "actor": json.loads(pairs["actor"]),
        "verb": {"id": "http://adlnet.gov/expapi/verbs/failed"},
        "object": {"id": pairs["activity_id"]},
        "context": {"registration": pairs["registration"]},
        "result": {"score": {"scaled": 0.1}},
    }
    await send(client, done, headers=mine, path="/tc/SANDBOX/statements")
    [known] = cloud.state()["registrations"]
    assert (known["success"], known["score"]) == ("failed", 10.0)
