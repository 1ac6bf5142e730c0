"""Clients of other makers, unmodified, against real record stores: through the proxy they see what they see directly.

Each client makes every call that it has. The store behind the proxy has none of the people in anything it received or
wrote; whoever may see people gets every one of them back, in every place.
"""

import asyncio
import base64
import json
import os
import shutil
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests import parts
from tests.xapi.clients import story, tincan_python
from tests.xapi.people import SEAN, ZOE, oracle, seen
from tests.xapi.same import aliases, differences, plain, token_of

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.real]

HERE = Path(__file__).parent
NPM = HERE / "npm"
ENROLMENT = "0b9f2d7e-7b1c-4c58-8f43-0d4c5a1e6b77"


def node(script, said):
    """What a client of Node printed."""
    program = shutil.which("node") or parts.need("node", "install Node.js; xAPI clients of other makers run on it")
    for name in ("tincanjs", "@xapi/xapi", "@xapi/cmi5"):
        parts.npm_package(NPM, name)
    env = os.environ | {"NODE_PATH": str(NPM / "node_modules")}
    command = [program, str(HERE / "clients" / f"{script}.js")]
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False, env=env, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tincan(way):
    return tincan_python.run(way.address + "/", way.login)


def tincanjs(way):
    return node("tincanjs", story.told(2, way.address, way.login))


def xapi_axios(way):
    return node("xapi", story.told(3, way.address, way.login, version="1.0.3", adapter="axios"))


def xapi_fetch(way):
    return node("xapi", story.told(4, way.address, way.login, version="1.0.3", adapter="fetch"))


def compare(direct, proxied, named):
    """Step by step the same status and the same answer; of a refusal only the status, for texts are the refuser's."""
    assert [name for name, *_ in direct] == [name for name, *_ in proxied]
    for (name, status, said), (_, through, heard) in zip(direct, proxied, strict=True):
        assert through == status, (name, heard)
        if 200 <= status < 300:
            pages = name in {"two", "more", "two of them", "more of them"}
            one, other = plain(said), plain(heard, named)
            assert differences(size(one) if pages else one, size(other) if pages else other) == [], name


def size(page):
    """Of pages that both cut where they like: how many statements, and whether there are more."""
    return [len(page["statements"]), page["more"]]


@pytest.mark.parametrize("client", [tincan, tincanjs, xapi_axios, xapi_fetch])
async def test_a_client_sees_through_the_proxy_what_it_sees_directly(direct, store, gate, client):
    said = await asyncio.to_thread(client, direct.direct)
    heard = await asyncio.to_thread(client, gate.lms)
    compare(said, heard, aliases(gate.scheme))
    assert sum(200 <= status < 300 for _, status, _ in heard) > len(heard) * 3 / 4


def launched(fetch):
    """How an LMS launches a unit of cmi5: the parameters, and what it wrote into the store before."""
    actor = {"objectType": "Agent", **ZOE.nameless}
    where = {"activityId": story.COURSE, "registration": ENROLMENT, "agent": json.dumps(actor)}
    data = {
        "contextTemplate": {
            "registration": ENROLMENT,
            "contextActivities": {"grouping": [{"id": f"{story.COURSE}/all"}]},
            "extensions": {"https://w3id.org/xapi/cmi5/context/extensions/sessionid": "session-1"},
        },
        "launchMode": "Normal",
        "masteryScore": 0.8,
        "moveOn": "CompletedAndPassed",
    }
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in where.items())
    parameters = {"fetch": fetch, "actor": actor, **{key: where[key] for key in ("activityId", "registration")}}
    return parameters, f"/activities/state?stateId=LMS.LaunchData&{query}", json.dumps(data).encode()


@asynccontextmanager
async def fetching(login):
    """An LMS that gives a unit its token, once."""
    taken = []

    async def give(_request):
        taken.append(1)
        return web.json_response({"auth-token": base64.b64encode(":".join(login).encode()).decode()})

    app = web.Application()
    app.router.add_post("/fetch", give)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}/fetch?session=1"
    assert taken == [1]


async def unit(way):
    """Everything that a unit of cmi5 does."""
    async with fetching(way.login) as fetch:
        parameters, document, data = launched(fetch)
        wrote = await way.ask("PUT", document, {}, data)
        assert wrote.status == 204, wrote.raw
        parameters["endpoint"] = way.address + "/"
        said = story.told(5, way.address, way.login, launch=parameters, answer=f"I am {ZOE.name}")
        return await asyncio.to_thread(node, "cmi5", said)


async def test_a_unit_of_cmi5_runs_from_launch_to_end(direct, store, gate):
    met = await gate.lms.ask("POST", "/statements", {}, json.dumps(story.statements(6)).encode())
    assert met.status == 200, met.raw
    said, heard = await unit(direct.direct), await unit(gate.lms)
    compare(said, heard, aliases(gate.scheme))
    assert [status for _, status, _ in heard] == [200] * len(heard)
    assert len(heard[-1][2]["statements"]) == 7


async def test_whoever_may_not_see_people_sees_pseudonyms_in_every_answer(store, gate):
    """A statement pipe, an analyst: the mount decides, never the request."""
    wrote = await gate.lms.ask("POST", "/statements", {}, json.dumps(story.statements(7)).encode())
    assert wrote.status == 200, wrote.raw
    agent = quote(json.dumps(SEAN.nameless), safe="")
    answers = [
        await gate.pipe.ask("GET", target)
        for target in (
            f"/statements?statementId={story.uuid(7, 4)}",
            "/statements?limit=50",
            "/statements?limit=50&attachments=true",
            "/statements?format=ids&limit=50",
            f"/statements?agent={agent}&related_agents=true",
            f"/agents?agent={agent}",
        )
    ]
    assert [one.status for one in answers] == [200] * len(answers), [one.raw for one in answers]
    assert await asyncio.to_thread(seen, oracle(), [one.raw for one in answers]) == []
    page = json.loads(answers[4].body)
    assert {"mbox"} == {key for one in page["statements"] for key in one["actor"]} & {"mbox", "account"}
    assert b"@pseudonym.invalid" in answers[4].body


async def test_nobody_is_in_anything_that_the_store_received_or_wrote(store, gate):
    """Whatever the tests above sent, and this one."""
    wrote = await gate.lms.ask("POST", "/statements", {}, json.dumps(story.statements(8)).encode())
    assert wrote.status == 200, wrote.raw
    pieces = store.pieces()
    assert any(token_of(gate.scheme, ZOE).encode() in one for one in pieces)
    assert await asyncio.to_thread(seen, oracle(), pieces) == []
