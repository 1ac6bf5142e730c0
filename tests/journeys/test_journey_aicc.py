"""AICC: a vendor's course asks the platform who the learner is, through the proxy, and hears a pseudonym."""

import asyncio
import io
import re
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import expect

from proxy.assemble import build
from proxy.config import load
from proxy.edge.listening import Listening
from proxy.founding import found
from proxy.observe import configure
from tests.journeys.aicc_school import School, Vendor, serving
from tests.journeys.kit import PATIENCE, free_ports
from tests.journeys.people import DARCY, FATIMA, LI, LONG, MADONNA, ZOE, planted
from tests.oracle import Oracle
from tests.passage.corridor import closed

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]

PEOPLE = (ZOE, LI, LONG, FATIMA, MADONNA, DARCY)
TOKEN = re.compile(r"sv1[0-9a-hjkmnp-tv-z]{37}")
CONFIG = """
[server]
listen = "127.0.0.1:{proxy}"
[audiences.lms]
reveal = true

[[mounts]]
name = "hacp"
adapter = "aicc"
tenant = "school"
public = "http://hacp.localhost:{proxy}/aicc"
upstream = "http://school.localhost:{lms}/aicc"

[[mounts]]
name = "course"
adapter = "aicc_content"
tenant = "school"
public = "http://course.localhost:{proxy}"
upstream = "http://vendor.localhost:{cloud}"
lms_origins = ["http://school.localhost:{lms}"]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(tmp_path_factory):
    """School, proxy and vendor on free ports."""
    folder, ports = tmp_path_factory.mktemp("aicc"), free_ports()
    file = folder / "scormveil.toml"
    file.write_text(CONFIG.format(proxy=ports.proxy, lms=ports.lms, cloud=ports.cloud), "utf-8")
    await asyncio.to_thread(lambda: found(load(file), file))
    configure("json", "debug", io.StringIO())
    school, vendor = School(f"http://school.localhost:{ports.lms}", PEOPLE), Vendor()
    school.page = f"http://course.localhost:{ports.proxy}/au/index.html"
    house = build(load(file), file)
    await house.open()
    listening = Listening()
    async with AsyncExitStack() as ending:
        ending.push_async_callback(closed, house)
        await ending.enter_async_context(serving(school.application(), ports.lms))
        await ending.enter_async_context(serving(vendor.application(), ports.cloud, vendor.record))
        await listening.serve(house.server.door(), "127.0.0.1", ports.proxy)
        ending.push_async_callback(listening.close)
        yield school, vendor


@pytest.mark.parametrize("person", PEOPLE, ids=lambda one: one.id)
async def test_a_learner_passes_a_course_at_a_vendor_who_never_hears_of_her(scene, browser, person):
    school, vendor = scene
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(f"{school.origin}/launch?person={person.id}".replace("+", "%2B").replace("\\", "%5C"))
        course = page.frame_locator("#au")
        await expect(course.locator("#who")).to_have_text(TOKEN, timeout=PATIENCE)
        await course.locator("#answer").fill('They are loud, "very" loud')
        await course.locator("#finish").click()
        await expect(course.locator("#end")).to_contain_text("Successful", timeout=PATIENCE)
    finally:
        await context.close()
    put = school.put[person.id]
    assert "lesson_status=passed\r\nscore=90" in put["putparam"]
    assert f'"foghorns","{person.id}","q1"' in put["putinteractions"]
    assert "exitau" in put
    oracle = Oracle({one.id: planted(one).texts for one in school.people.values()})
    assert oracle.search(vendor.everything) == []
    assert "Bergen" not in "".join(vendor.heard), "demographics stay"
    assert "Platform_Extras" not in "".join(vendor.heard), "what nobody declared stays"
