"""Courses that speak xAPI: launched by the cloud or by a platform, they have a pseudonym and keys of ours, and no more."""

import json
import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from proxy.sandbox import APP_ID, LMS_PASSWORD, SECRET
from tests import parts
from tests.journeys.cmi5_school import TEACHER, W3ID, School, Vendor, basic, call, serving
from tests.journeys.kit import PATIENCE, free_ports, leaks, learner, nothing_kept, nothing_leaked, offer, running
from tests.journeys.people import LI, LONG, ZOE, planted
from tests.oracle import Oracle

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]

PEOPLE = (ZOE, LI, LONG)
TOKEN = re.compile(r"sv1[0-9a-hjkmnp-tv-z]{20,}")
NPM = Path(__file__).parent / "npm"
MOUNTS = """
[[mounts]]
name = "school-lrs"
adapter = "xapi"
tenant = "school"
public = "http://proxy.localhost:{proxy}/tc/SANDBOX"
upstream = "http://cloud.localhost:{cloud}/tc/SANDBOX"
lms_origins = ["SCHOOL"]
caller = {{ user = "lms", password = "file:lms-password" }}
credential = {{ user = "SANDBOX", password = "file:cloud-secret" }}
[mounts.xapi]
learner_home_pages = ["SCHOOL"]

[[mounts]]
name = "vendor"
adapter = "cmi5"
tenant = "school"
public = "http://proxy.localhost:{proxy}/au"
upstream = "VENDOR/au"
lms_origins = ["SCHOOL"]
"""
LIBRARY_PAGE = b"""<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Written with a library</title>
<script src="library.js" defer></script><script src="with-library.js" defer></script>
<body><p id="learner-id"></p><input id="q2"><button id="finish">Finish</button></body></html>"""
WITH_LIBRARY = b"""
const course = Cmi5.instance;
const english = text => ({ en: text });
course.initialize().then(() => {
  document.getElementById('learner-id').textContent = course.launchParameters.actor.account.name;
  document.getElementById('finish').onclick = async () => {
    const began = new Date();
    await course.interactionLongFillIn('foghorns', 'log', [document.getElementById('q2').value], undefined,
      english('The log'), english('What would you write?'), true, { start: began, end: new Date() });
    await course.moveOn({ score: { scaled: 0.9 } });
    window.location.replace(course.launchData.returnURL);
  };
  document.body.dataset.ready = 'true';
}, error => { document.body.dataset.problem = String(error); });
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ports():
    return free_ports()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def school(ports):
    return School(f"http://school.localhost:{ports.lms}", PEOPLE)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def vendor():
    return Vendor()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(tmp_path_factory, ports, school, vendor):
    courses = [offer("cmi5", content="cmi5"), offer("tincan", content="tincan"), offer("library", content="cmi5")]
    folder = tmp_path_factory.mktemp("cmi5") / "run"
    mounts = MOUNTS.replace("SCHOOL", school.origin).replace("VENDOR", f"http://vendor.localhost:{ports.content}")
    async with AsyncExitStack() as ending:
        await ending.enter_async_context(serving(school.application(), ports.lms))
        await ending.enter_async_context(serving(vendor.application(), ports.content, vendor.record))
        made = running(folder, PEOPLE, courses, name_order="Last, First", mounts=mounts)
        yield await ending.enter_async_context(made)


def statements(scene, verb=""):
    """What the cloud's record store holds."""
    everything = [one.statement for one in scene.cloud.statements()]
    return [one for one in everything if one["verb"]["id"].endswith(verb)]


@pytest.mark.parametrize(
    ("content", "person"),
    [("cmi5", ZOE), ("cmi5", LI), ("tincan", LONG)],
    ids=lambda one: getattr(one, "id", one),
)
async def test_the_cloud_launches_a_course_that_speaks_xapi(browser, scene, content, person):
    scene.forget()
    async with learner(browser, scene, person) as taker:
        course = await taker.launch(content)
        known = scene.registrations(content)[-1]
        assert TOKEN.fullmatch(known["learner_id"])
        assert await course.locator("#learner-id").inner_text() == f"{APP_ID}|{known['learner_id']}"
        await course.locator("#q1-a").check()
        await taker.leave("#suspend")
        course = await taker.launch(content)
        await expect(course.locator("#resumed")).to_be_visible()
        await course.locator("#q2").fill(f"I am {person.display_name()}, write to {person.email}")
        shown = await taker.leave("#finish")
        assert shown == {"completion": "completed", "success": "passed", "score": "100"}
        assert taker.recorded(content) == ("completed", "passed", 100.0)
        assert taker.alerts == []
    [written] = [one for one in statements(scene, "answered") if known["learner_id"] in json.dumps(one["actor"])][-1:]
    assert known["last_name"] in written["result"]["response"]
    assert scene.refused() == []
    await scene.cloud.settle()
    told = scene.results(known["id"])[-1]
    assert (told["registrationSuccess"], told["score"], told["learner"]["id"]) == (
        "PASSED",
        {"scaled": 100.0},
        person.id,
    )
    await nothing_leaked(scene)


async def test_a_course_written_with_a_library_is_launched_by_the_cloud(browser, scene):
    """`@xapi/cmi5` from npm, as it is."""
    package = parts.npm_package(NPM, "@xapi/cmi5")
    library = (package / "dist" / "Cmi5.umd.js").read_bytes()
    files = {"library.html": LIBRARY_PAGE, "library.js": library, "with-library.js": WITH_LIBRARY}
    scene.cloud.add_files("library", files, start="library.html")
    scene.forget()
    async with learner(browser, scene, ZOE) as taker:
        course = await taker.launch("library")
        await course.locator("#q2").fill(f"{ZOE.display_name('Last, First')} was here")
        shown = await taker.leave("#finish")
        assert shown == {"completion": "completed", "success": "passed", "score": "90"}
    [known] = scene.registrations("library")
    assert (known["success"], known["finished"]) == ("passed", True)
    assert scene.refused() == []
    await nothing_leaked(scene)


async def test_a_platform_launches_a_course_of_a_third_party(browser, scene, ports, school, vendor):
    """The platform writes with people's names and reads them; vendor and record store have pseudonyms."""
    origin = scene.sandbox.proxy_origin
    school.page, school.store = f"{origin}/au/cmi5.html", f"{origin}/tc/{APP_ID}"
    school.login = f"Basic {basic('lms', LMS_PASSWORD)}"
    school.key = basic(APP_ID, SECRET)
    oracle = Oracle(
        {person.id: planted(person).texts for person in PEOPLE} | {"teacher": (TEACHER["mbox"][7:], "Sæther")}
    )
    scene.forget()
    context = await browser.new_context()
    page = await context.new_page()
    for person in (ZOE, LI):
        await page.goto(f"{school.origin}/launch?person={person.id}")
        course = page.frame_locator("#au")
        await expect(course.locator("body[data-ready=true]")).to_be_visible(timeout=PATIENCE)
        assert TOKEN.fullmatch(await course.locator("#learner-id").inner_text())
        await course.locator("#q1-a").check()
        await course.locator("#q2").fill(f"{person.display_name()} saw nothing at all")
        await course.locator("#finish").click()
        await expect(course.locator("#back")).to_have_text(person.id, timeout=PATIENCE)

        whose = {"agent": json.dumps({"account": {"homePage": school.origin, "name": person.id}})}
        found = (await school.ask("GET", "statements", whose))["statements"]
        verbs = [one["verb"]["id"].rpartition("/")[2] for one in found]
        assert verbs == ["terminated", "passed", "completed", "answered", "initialized", "launched"]
        assert {one["actor"]["account"]["name"] for one in found} == {person.id}
        assert found[-1]["actor"] == school.agent(person)
        assert all(one["context"]["instructor"] == TEACHER for one in found)
        assert all(one["context"]["registration"] == school.registrations[person.id] for one in found)
        assert found[1]["result"]["score"] == {"scaled": 1}
        assert found[-1]["context"]["extensions"][f"{W3ID}/extensions/launchurl"] == school.page
    await context.close()
    assert scene.refused() == []
    assert leaks(scene) == []
    for name, data in {"vendor": vendor.record.bytes(), "cloud": scene.cloud.record.bytes()}.items():
        assert oracle.search(data) == [], name
        assert b"SchoolSession" not in data, name


async def test_a_key_of_a_course_is_good_for_nothing_else(browser, scene, school):
    """A course that tries to go around the proxy with what it has; it sees nobody with it, either."""
    origin = scene.sandbox.proxy_origin
    context = await browser.new_context()
    page = await context.new_page()
    async with page.expect_request(lambda one: one.url.endswith("/statements")) as sent:
        await page.goto(f"{school.origin}/launch?person={ZOE.id}")
    key = (await (await sent.value).all_headers())["authorization"]
    assert (await call("GET", f"{scene.cloud.origin}/tc/{APP_ID}/statements", key))[0] == 401
    assert (await call("GET", f"{origin}/lrs/{APP_ID}/statements", key))[0] == 403
    status, text = await call("GET", f"{origin}/tc/{APP_ID}/statements", key)
    assert (status, ZOE.id in text) == (200, False)
    assert TOKEN.search(text)
    await context.close()


async def test_nothing_of_them_is_on_disk(scene):
    scene.forget()
    await nothing_kept(scene)
