"""Ralph behind the proxy: keeps numbers as they are and members it does not know, and compares what it is sent again."""

import asyncio
import json

import pytest
import pytest_asyncio

from tests.xapi import scene
from tests.xapi.bad_agents import statement
from tests.xapi.grammar import PEOPLE, TEXT, Author
from tests.xapi.people import SEAN, oracle, seen
from tests.xapi.same import differences

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.real]

ADDED = ("stored", "authority")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def store(tmp_path_factory):
    async with scene.ralph_store(tmp_path_factory.mktemp("ralph")) as made:
        yield made


def comparable(value):
    """A statement without what people wrote, in which names are not given back."""
    if isinstance(value, dict):
        return {key: comparable(one) for key, one in value.items()}
    if isinstance(value, list):
        return [comparable(one) for one in value]
    return TEXT if isinstance(value, str) and value.startswith(TEXT) else value


def batch(seed, version):
    """With a time of each: of one without, Ralph takes every retry for another statement, directly too."""
    made = [json.loads(one) for one in Author(seed, version, for_ralph=True).batch(25)]
    return [one | {"timestamp": f"2026-05-04T10:11:{number:02d}.125000Z"} for number, one in enumerate(made)]


@pytest.mark.parametrize(("seed", "version"), [(3001, "1.0.3"), (3002, "2.0.0")])
async def test_statements_come_back_and_may_be_sent_again(gate, seed, version):
    made = batch(seed, version)
    for _ in range(2):
        answer = await gate.lms.ask("POST", "/statements", {}, json.dumps(made).encode(), version=version)
        assert answer.status in {200, 204}, answer.raw
    other = made[0] | {"verb": {"id": "http://adlnet.gov/expapi/verbs/failed"}}
    assert (await gate.lms.ask("POST", "/statements", {}, json.dumps(other).encode())).status == 409
    for one in made:
        answer = await gate.lms.ask("GET", f"/statements?statementId={one['id']}", version=version)
        assert answer.status == 200, answer.raw
        back = json.loads(answer.body)["statements"][0]
        kept = {key: value for key, value in back.items() if key not in ADDED}
        assert differences(comparable(one), comparable(kept)) == []


async def test_pages_are_walked_by_a_path_that_says_nothing(store, gate):
    """Ralph's own `more` holds the whole question."""
    sent = await gate.lms.ask("POST", "/statements", {}, json.dumps(batch(3003, "1.0.3")).encode())
    assert sent.status == 200, sent.raw
    page = json.loads((await gate.lms.ask("GET", "/statements?limit=20")).body)
    assert page["more"].startswith("/xAPI/.scormveil/more/")
    assert "search_after" not in page["more"]
    assert (await gate.lms.ask("GET", page["more"])).status == 200
    assert b"search_after" in store.front.requests[-1].raw


async def test_ralph_refuses_addresses_at_a_reserved_domain(store, gate):
    """Its check of addresses knows RFC 2606: an mbox of ours, at pseudonym.invalid, is none to it; a limit we have."""
    one = json.dumps(statement(SEAN.agent)).encode()
    assert (await store.direct.ask("POST", "/statements", {}, one)).status == 200
    store.front.requests.clear()  # that was not through us
    answer = await gate.lms.ask("POST", "/statements", {}, json.dumps(statement(SEAN.agent) | {"id": OTHER}).encode())
    assert answer.status == 422, answer.raw
    assert b"special-use or reserved name" in answer.body


OTHER = "5f6f5d0a-6f62-4a43-8bb1-1c7a6a3b7d99"


async def test_at_a_domain_of_the_operators_it_takes_them(store, tmp_path):
    """And gives them back, as whoever may see people knows them."""
    domain = '[pseudonyms]\nmail_domain = "pseudonym.uni-example.org"\n'
    async with scene.gate(tmp_path / "house", store.front.origin, policy=domain) as gate:
        one = statement(SEAN.agent) | {"id": AT_OURS}
        answer = await gate.lms.ask("POST", "/statements", {}, json.dumps(one).encode())
        assert answer.status == 200, answer.raw
        assert b"@pseudonym.uni-example.org" in store.front.requests[-1].body
        back = json.loads((await gate.lms.ask("GET", f"/statements?statementId={AT_OURS}")).body)
        assert back.get("statements", [back])[0]["actor"] == one["actor"]


AT_OURS = "5f6f5d0a-6f62-4a43-8bb1-1c7a6a3b7d9a"


async def test_nobody_is_in_what_ralph_received(store, gate):
    sent = await gate.lms.ask("POST", "/statements", {}, json.dumps(batch(3004, "2.0.0")).encode(), version="2.0.0")
    assert sent.status == 200, sent.raw
    assert await asyncio.to_thread(seen, oracle(PEOPLE), {one.raw for one in store.front.requests}) == []
