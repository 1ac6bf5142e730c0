"""Whatever becomes of a request in which somebody was planted: the record store hears nobody."""

import asyncio
import json

import pytest
import pytest_asyncio

from tests.xapi import leaks, scene
from tests.xapi.bad_agents import ID, statement
from tests.xapi.people import EVERYBODY, oracle, seen
from tests.xapi.refusals import Silence

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def silence():
    async with Silence() as upstream:
        yield upstream


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gate(tmp_path_factory, silence):
    """A proxy that has met everybody before."""
    async with scene.gate(tmp_path_factory.mktemp("gate") / "house", silence.origin) as made:
        met = [statement(one.agent) | {"id": f"{ID[:-2]}{at:02d}"} for at, one in enumerate(EVERYBODY)]
        answer = await made.lms.ask("POST", "/statements", {}, json.dumps(met).encode())
        assert answer.status == 204, answer.raw
        yield made


@pytest.mark.parametrize("cell", leaks.CELLS)
async def test_nobody_is_heard(silence, gate, cell):
    before = len(silence.heard)
    method, target, headers, body = leaks.CELLS[cell]
    answer = await gate.lms.ask(method, target, headers, body)
    heard = silence.heard[before:]
    assert answer.status in {204, 400, 401, 403, 404, 415}, answer.raw
    assert bool(heard) == (answer.status == 204)
    assert await asyncio.to_thread(seen, oracle(), [heard]) == []


@pytest.mark.parametrize("cells", [leaks.ROLES, leaks.ASKED, leaks.SYNTAX], ids=["roles", "asked", "alternate"])
async def test_what_is_well_formed_goes_on(gate, cells):
    for name, (method, target, headers, body) in cells.items():
        assert (await gate.lms.ask(method, target, headers, body)).status == 204, name
