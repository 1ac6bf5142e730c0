"""Confused deputies: who reads through the API, as which application, and by which names."""

import base64
import json

import pytest

from tests.passage.corridor import CALLER, ZOE, corridor_in
from tests.passage.wire import http

TRUSTING = """
[[mounts]]
name = "trusting"
adapter = "cloud_v2"
tenant = "uni"
public = "https://trusting.example.org/api/v2"
upstream = "{cloud}/api/v2"
applications = ["OURS"]
trust_upstream_login = true

[[mounts]]
name = "open"
adapter = "cloud_v2"
tenant = "uni"
audience = "analyst"
public = "https://open.example.org/api/v2"
upstream = "{cloud}/api/v2"
"""
JSON = {"Content-Type": "application/json"}


def basic(user, key="key"):
    return "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode()


@pytest.fixture
async def trusting(tmp_path, installation):
    """One more mount, where the cloud's own login is trusted; and one that shows nobody and asks nobody."""
    async with corridor_in(
        tmp_path / "house", installation, extra=TRUSTING.replace("{cloud}", "http://cloud.localhost:1")
    ) as one:
        for mount in one.house.mounts.all:
            if mount.name in {"trusting", "open"}:
                object.__setattr__(mount, "upstream", type(mount.upstream).of(f"{one.cloud.origin}/api/v2"))
        yield one


def planted(token):
    return http(200, JSON, json.dumps({"id": "r", "learner": {"id": token}}).encode())


async def test_a_pseudonym_planted_in_a_strangers_application_is_not_undone(trusting):
    await trusting.launch(ZOE)
    token = trusting.pseudonym(ZOE.id)
    host = "trusting.example.org"
    before = len(trusting.cloud.requests)
    for login in (basic("STRANGERS"), basic("ours"), basic("OURS:x").replace("T1VSU", "T1VSX"), "Bearer abc", ""):
        answer = await trusting.ask("GET", "/api/v2/registrations/r", {"Authorization": login}, host=host)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "not-permitted"), login
    two = [("Authorization", basic("OURS")), ("Authorization", basic("STRANGERS"))]
    assert (await trusting.ask("GET", "/api/v2/registrations/r", two, host=host)).status in {400, 403}
    assert len(trusting.cloud.requests) == before

    trusting.cloud.say(planted(token))
    answer = await trusting.ask("GET", "/api/v2/registrations/r", {"Authorization": basic("OURS")}, host=host)
    assert json.loads(answer.body)["learner"]["id"] == ZOE.id
    assert trusting.cloud.requests[-1].header("Authorization") == basic("OURS")


async def test_a_caller_may_ask_by_pseudonym(corridor):
    await corridor.launch(ZOE)
    token = corridor.pseudonym(ZOE.id)
    corridor.cloud.say(http(200, JSON, b'{"registrations": []}'))
    answer = await corridor.ask("GET", f"/api/v2/registrations?learnerId={token}", {"Authorization": CALLER})
    assert answer.status == 200
    assert f"learnerId={token}" in corridor.cloud.requests[-1].start


async def test_who_has_shown_no_key_of_ours_may_not(trusting):
    """The cloud has every pseudonym; it could find out by trial what the guard looks for in its company."""
    await trusting.launch(ZOE)
    token = trusting.pseudonym(ZOE.id)
    before = len(trusting.cloud.requests)
    answer = await trusting.ask(
        "GET", f"/api/v2/registrations?learnerId={token}", {"Authorization": basic("ANY")}, host="open.example.org"
    )
    assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "session-missing")
    assert len(trusting.cloud.requests) == before


async def test_two_humans_ids_of_different_kinds_are_not_mixed(corridor):
    """A registration's pseudonym where a learner's is expected is nobody."""
    body = {"courseId": "c", "registrationId": f"{ZOE.id}-c", "learner": {"id": ZOE.id, "lastName": ZOE.last}}
    corridor.cloud.say(http(204))
    headers = JSON | {"Authorization": CALLER}
    assert (await corridor.ask("POST", "/api/v2/registrations", headers, json.dumps(body).encode())).status == 204
    registration = json.loads(corridor.cloud.requests[-1].body)["registrationId"]

    corridor.cloud.say(planted(registration))
    answer = await corridor.ask("GET", "/api/v2/registrations/r", {"Authorization": CALLER})
    assert json.loads(answer.body)["learner"]["id"] == registration


KEYLESS = """
[[mounts]]
name = "keyless"
adapter = "cloud_v2"
tenant = "uni"
audience = "analyst"
public = "https://open.example.org/api/v2"
upstream = "{cloud}/api/v2"
caller = {{ user = "lms", password = "file:caller.key" }}
"""


async def test_a_key_of_ours_never_leaves(tmp_path, installation):
    """Whoever had it could read people here: it opens our door, and nobody else's, whatever is put in its place."""
    policy = 'exceptions = ["lti13"]'
    extra = KEYLESS.replace("{cloud}", "http://cloud.localhost:1").replace("{{", "{").replace("}}", "}")
    async with corridor_in(tmp_path / "house", installation, api_policy=policy, extra=extra) as one:
        for mount in one.house.mounts.all:
            if mount.name == "keyless":
                object.__setattr__(mount, "upstream", type(mount.upstream).of(f"{one.cloud.origin}/api/v2"))
        one.cloud.say(http(200, JSON, b"{}"), http(200, JSON, b"{}"))
        launch = "/api/v2/dispatch/dispatches/D1/launches?externalConfig=x&jwt=a.b.c"
        assert (await one.ask("GET", launch, {"Authorization": CALLER})).status == 200
        ping = await one.ask("GET", "/api/v2/ping", {"Authorization": CALLER}, host="open.example.org")
        assert ping.status == 200
        assert len(one.cloud.requests) == 2
        assert CALLER.split()[1].encode() not in one.cloud.everything
