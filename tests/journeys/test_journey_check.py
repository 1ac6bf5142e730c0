"""The check that ends every journey can fail: what is planted behind the proxy's back is found."""

import asyncio
import base64
import json
from urllib.parse import quote, urlsplit

import pytest
import pytest_asyncio
from prometheus_client import Counter

from tests.journeys.kit import leaks, leaks_on_disk, nothing_kept, nothing_leaked, offer, running
from tests.journeys.people import DARCY, LI, ZOE, planted

pytestmark = pytest.mark.asyncio(loop_scope="session")

NAME = ZOE.display_name()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def standing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("check") / "run"
    async with running(folder, (ZOE, LI, DARCY), [offer("c1")]) as made:
        yield made


@pytest.fixture
def scene(standing):
    standing.forget()
    return standing


async def tell(origin, *, target="/", header="", body=b""):
    """Send a request to the cloud directly; the answer does not matter, what arrives does."""
    at = urlsplit(origin)
    reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
    head = f"POST {target} HTTP/1.1\r\nHost: {at.netloc}\r\n{header}Content-Length: {len(body)}\r\n"
    writer.write(f"{head}Connection: close\r\n\r\n".encode() + body)
    await writer.drain()
    await reader.read()
    writer.close()
    await writer.wait_closed()


PLANTED = {
    "in a header": {"header": f"X-Who: {NAME}\r\n"},
    "in a body": {"body": json.dumps({"name": NAME}).encode()},
    "in the path": {"target": f"/{quote(quote(NAME, safe=''))}"},
    "in base64": {"body": b"x=" + base64.urlsafe_b64encode(f"{LI.last}, learner".encode())},
    "without accents, in capitals": {"body": b"MULLER OSTERGARD"},
    "the id with its slashes written otherwise": {"target": "/?id=dept_emp_4711"},
    "a short first name by itself": {"target": f"/?fname={quote('Zoë')}"},
    "an address": {"body": ZOE.email.upper().encode()},
}


@pytest.mark.parametrize("host", ["origin", "content_origin"])
@pytest.mark.parametrize("how", PLANTED)
async def test_what_the_cloud_is_told_is_found(scene, how, host):
    assert leaks(scene) == []
    await tell(getattr(scene.cloud, host), **PLANTED[how])
    found = leaks(scene)
    assert found
    assert all(find.startswith("cloud: ") for find in found)
    with pytest.raises(AssertionError):
        await nothing_leaked(scene)


async def test_what_an_operator_could_read_is_found(scene):
    scene.log.write(f'{{"event": "oops", "who": "{ZOE.id}"}}\n')
    assert {find.split(":")[0] for find in leaks(scene)} == {"log"}
    scene.forget()
    registry = scene.sandbox.house.metrics.registry
    planted_there = Counter("planted", "A label that holds a value.", ("who",), registry=registry)
    planted_there.labels(LI.last).inc()
    assert {find.split(":")[0] for find in leaks(scene)} == {"metrics"}
    registry.unregister(planted_there)


async def test_answers_that_refuse_are_read_and_others_are_not(scene):
    origin = urlsplit(scene.sandbox.proxy_origin)
    reader, writer = await asyncio.open_connection("127.0.0.1", origin.port)
    writer.write(f"GET /nowhere HTTP/1.1\r\nHost: {origin.netloc}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    assert b"unknown-route" in answer
    assert scene.wire.refusals() == answer
    assert b"GET /nowhere" in scene.wire.received()


@pytest.mark.parametrize("codec", ["utf-8", "utf-16-le"])
async def test_what_is_on_disk_is_found(scene, codec):
    spot = scene.folder / "scormveil.sqlite3-extra"
    spot.write_bytes(b"\0\1\2" * 100 + ZOE.last.encode(codec) + b"\xff\0" * 50)
    try:
        assert {find.split(":")[0] for find in leaks_on_disk(scene)} == {f"file {spot.name}"}
    finally:
        spot.unlink()
    assert leaks_on_disk(scene) == []


async def test_everything_of_a_person_is_looked_for():
    what = planted(ZOE)
    assert what.texts == (ZOE.id, ZOE.email, NAME, ZOE.last, "Müller", "Østergård")
    assert what.words == ("Zoë",)


async def test_a_scene_in_which_nothing_was_planted_is_clean(scene):
    await nothing_kept(scene)
