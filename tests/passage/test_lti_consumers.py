"""Keys of ours for LTI consumers: given out in place of the cloud's, good here only, and nothing without their secret."""

import json

import pytest

from proxy.passage.consumers import LONGEST, PREFIX
from tests.passage.corridor import CALLER, PROXY, ZOE
from tests.passage.lti import NOW, PATH, launch_of, post, set_clock, signature, signed, told
from tests.passage.wire import http

ASK = "/api/v2/dispatch/dispatches/D1/lti"
THEIRS = {"consumerKey": "APPID-3f9d1c7a5b", "sharedSecret": "c1f7e3b8a95d4c0e9b2f6a7d8e1c3b5f40"}


async def asked(corridor, **other) -> tuple[int, dict]:
    answer = {"url": corridor.cloud.origin + PATH} | THEIRS | other
    body = json.dumps({name: text for name, text in answer.items() if text is not None}).encode()
    corridor.cloud.say(http(200, {"Content-Type": "application/json"}, body))
    got = await corridor.get(ASK, {"Authorization": CALLER})
    return got.status, json.loads(got.body)


@pytest.fixture
async def known(corridor):
    set_clock(corridor, NOW)
    return corridor


async def test_who_asks_for_a_dispatch_is_told_ours(known):
    status, told_lms = await asked(known)
    assert (status, told_lms["url"]) == (200, PROXY + PATH)
    assert told_lms["consumerKey"].startswith(PREFIX)
    assert len(told_lms["consumerKey"]) <= LONGEST
    assert len(told_lms["sharedSecret"]) == 32
    for secret in THEIRS.values():
        assert secret not in json.dumps(told_lms)


async def test_a_launch_with_them_leaves_with_the_clouds(known):
    _, ours = await asked(known)
    sent = signed(launch_of(oauth_consumer_key=ours["consumerKey"]), ours["sharedSecret"])
    assert (await post(known, sent)).status == 200
    form = told(known.cloud.requests[-1])
    assert (form["oauth_consumer_key"], form["user_id"]) == (THEIRS["consumerKey"], known.pseudonym(ZOE.id))
    address = known.cloud.origin + PATH
    assert form["oauth_signature"] == signature(address, list(form.items()), THEIRS["sharedSecret"])


async def test_nothing_else_opens_them(known):
    _, ours = await asked(known)
    _, others = await asked(known)
    assert ours != others
    key, known_secret = ours["consumerKey"], ours["sharedSecret"]
    for bad_key, secret in (
        (key, THEIRS["sharedSecret"]),
        (key, others["sharedSecret"]),
        (key, ""),
        (key[:-1] + ("A" if key[-1] != "A" else "Q"), known_secret),
        (key.removeprefix(PREFIX), known_secret),
        (PREFIX, known_secret),
        (PREFIX + "é", known_secret),
        (THEIRS["consumerKey"], THEIRS["sharedSecret"]),
    ):
        async with known.refuses("not-permitted", 403, ZOE.last) as refusal:
            refusal.answer = await post(known, signed(launch_of(oauth_consumer_key=bad_key), secret))


async def test_of_another_tenant_they_are_nothing(known):
    _, ours = await asked(known)
    fields = launch_of(oauth_consumer_key=ours["consumerKey"])
    address = f"https://other.example.org{PATH}"
    sent = fields | {"oauth_signature": signature(address, list(fields.items()), ours["sharedSecret"])}
    async with known.refuses("not-permitted", 403, ZOE.last) as refusal:
        refusal.answer = await post(known, sent, host="other.example.org")


async def test_half_a_pair_and_one_that_no_lms_could_keep_are_refused(known):
    for wrong in ({"sharedSecret": None}, {"consumerKey": None}, {"consumerKey": "k" * 120}):
        status, got = await asked(known, **wrong)
        assert (status, got["code"]) == (502, "upstream-refused")


async def test_where_there_is_no_consumer_nothing_is_made(known):
    status, got = await asked(known, consumerKey=None, sharedSecret=None)
    assert (status, set(got)) == (200, {"url"})
