"""The official Python client, unmodified, calls every operation of the sandbox cloud directly.

What it gets here is what it must get through the proxy, minus what policy strips: the same table of calls is run there.
"""

import asyncio
import collections
import json
import urllib.request
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from proxy.demo.cloud import Backoff, SandboxCloud, serve
from tests.clients.calls import steps
from tests.clients.heard import at_pointer, heard, in_request, matches
from tests.clients.planted import LI, SEAN, ZOE, Planting
from tests.clients.scene import Account, Scene, run
from tests.clients.statements import statements
from tests.inventory.extract import CLIENT, fields

OWNER = "owner@cloud.example"
NOT_ASKED = {
    # Nothing pushes statements here, so a pipe has no page to go on with.
    "/moreUrl",
    "/xapiStatementPipes/*/moreUrl",
}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def open_link(link):
    """What a browser sends first; where it is led to is not our matter."""
    try:
        urllib.request.build_opener(_Stay).open(urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0"}))
    except urllib.error.HTTPError as moved:
        assert moved.code == 302
        moved.close()


def accept(link, email):
    body = f"email={email}&firstName=Invited&lastName=Guest".encode()
    try:
        urllib.request.build_opener(_Stay).open(link, body)
    except urllib.error.HTTPError as moved:
        assert moved.code == 303
        moved.close()


@asynccontextmanager
async def hook():
    """A platform that takes every postback."""
    got = []

    async def take(request):
        got.append((request.path_qs, dict(request.headers), await request.text()))
        return web.Response()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    async with TestServer(app) as server:
        yield f"http://127.0.0.1:{server.port}/hook", got


@asynccontextmanager
async def running_cloud():
    """A listening cloud that acts at once."""
    port, content_port = unused_port(), unused_port()
    cloud = SandboxCloud(
        origin=f"http://127.0.0.1:{port}",
        content_origin=f"http://127.0.0.1:{content_port}",
        backoff=Backoff(first=0.001, longest=0.002, attempts=3, patience=5.0),
        owner=OWNER,
    )
    cloud.habits.statement_object = "both"
    cloud.renames.seconds = 3600.0
    runner = await serve(cloud, "127.0.0.1", port, content_port)
    try:
        yield cloud
    finally:
        await runner.close()


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """One run of the whole table: outcomes, what the cloud heard, what the platform got."""

    async def go():
        async with running_cloud() as cloud, hook() as (address, got):
            host = cloud.origin + "/api/v2/"  # as the stock client: every path begins with another slash

            def write(scene):
                registration = scene.planting.registration_id(ZOE)
                for one in statements(ZOE, (SEAN, LI), scene.planting.uuid(ZOE.id)):
                    cloud.write_statement(registration, one)

            scene = Scene(
                normal=Account(host, "SANDBOX", "sandbox-secret"),
                manager=Account(host, "SANDBOX-MANAGEMENT", "sandbox-management-secret"),
                owner=OWNER,
                planting=Planting(hook=address),
                folder=tmp_path_factory.mktemp("upload"),
                write_statements=write,
                open_link=open_link,
                accept=lambda one: accept(f"{cloud.origin}/api/cloud/invitation/public/{one}", "guest@uni.example"),
            )
            outcomes = await asyncio.to_thread(run, scene, steps())
            cloud.hurry()
            await cloud.settle()
            return outcomes, heard(cloud.record.bytes()), got, cloud

    return asyncio.run(go())


def test_every_operation_is_called_and_answers_what_was_created(whole_run):
    outcomes, *_ = whole_run
    wanted = {one["operation"] for one in json.loads(CLIENT.read_text("utf-8"))}
    called = {one.operation for one in outcomes if not one.error}
    assert sorted(wanted - called) == [], f"{len(called)} of {len(wanted)} operations"
    wrong = [f"{one.operation} {one.status}: {one.wrong or one.error}" for one in outcomes if not one.ok]
    assert wrong == []


def test_statuses_are_those_of_the_published_answers(whole_run):
    """What has an answer is 200, what has none is 204; the launch of LTI 1.3 leads to a page."""
    outcomes, *_ = whole_run
    rows = {one["operation"]: one for one in json.loads(CLIENT.read_text("utf-8"))}
    wrong = collections.Counter()
    for one in outcomes:
        bodiless = rows[one.operation]["response"] is None
        expected = 200 if not bodiless or one.operation in {"GetRegistration", "GetLti13DispatchLaunch"} else 204
        if one.status != expected:
            wrong[one.operation, one.status] += 1
    assert wrong == {}


def test_total_counts_stand_in_a_header(whole_run):
    outcomes, *_ = whole_run
    counts = [int(one.headers["X-Total-Count"]) for one in outcomes if "X-Total-Count" in one.headers]
    assert len(counts) > 10
    assert any(counts)


def test_every_place_of_a_request_that_the_inventory_names_is_planted(whole_run):
    """Each of the 426 rows of requests has been sent with something in it."""
    _, requests, *_ = whole_run
    called = {(one["method"], one["path"]) for one in json.loads(CLIENT.read_text("utf-8"))}
    rows = [
        one
        for one in fields()
        if one["api"] == "v2" and one["direction"] == "request" and (one["method"], one["path"]) in called
    ]
    missing = [
        f"{row['operation']} {row['location']} {row['pointer']}"
        for row in rows
        if not any(in_request(one, row) for one in requests if matches(one, row))
    ]
    assert missing == [], f"{len(rows) - len(missing)} of {len(rows)} places"


def test_every_place_of_an_answer_that_the_inventory_names_is_filled(whole_run):
    """The sandbox tells everything that the inventory knows the real one may tell (error texts have their own test)."""
    outcomes, *_ = whole_run
    answers = collections.defaultdict(list)
    for one in outcomes:
        if one.raw.startswith("{"):
            answers[one.operation].append(json.loads(one.raw))
    operations = {one["operation"] for one in json.loads(CLIENT.read_text("utf-8"))}
    rows = [
        one
        for one in fields()
        if one["api"] == "v2"
        and one["direction"] == "response"
        and one["operation"] in operations
        and one["location"] == "body-json"
        and one["pointer"] not in {"/message", "/error"} | NOT_ASKED
    ]
    missing = [
        f"{row['operation']} {row['pointer']}"
        for row in rows
        if not any(at_pointer(one, row["pointer"]) for one in answers[row["operation"]])
    ]
    assert missing == [], f"{len(rows) - len(missing)} of {len(rows)} places"
