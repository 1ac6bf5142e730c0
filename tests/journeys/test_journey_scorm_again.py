"""The same journeys with the run-time of npm's `scorm-again` in place of the sandbox LMS's own."""

from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests import parts
from tests.journeys.kit import VARIANTS, all_offers, course_of, learner, nothing_kept, nothing_leaked, running
from tests.journeys.people import PEOPLE

pytestmark = [pytest.mark.journey, pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]

NPM = Path(__file__).parent / "npm"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(tmp_path_factory):
    package = parts.npm_package(NPM, "scorm-again")
    folder = tmp_path_factory.mktemp("scorm-again") / "run"
    async with running(folder, PEOPLE.values(), all_offers(), scorm_again=package) as made:
        yield made


@pytest.mark.parametrize(("who", "variant"), list(zip(PEOPLE, VARIANTS, strict=False)), ids=str)
async def test_another_run_time_gets_the_same_results(browser, scene, who, variant):
    """Suspended, resumed and passed; the cloud never learns who, the LMS has the result."""
    course_id = course_of(*variant)
    async with learner(browser, scene, PEOPLE[who]) as taker:
        course = await taker.launch(course_id, query="?runtime=scorm-again")
        assert await taker.page.evaluate("typeof (window.API || window.API_1484_11)") == "object"
        await course.locator("#q1-a").check()
        await course.locator("#next").click()
        await taker.leave("#suspend")
        [known] = scene.registrations(course_id)
        assert scene.lms.attempt(taker.person.id, course_id)["suspend_data"] == known["id"]

        course = await taker.launch(course_id, query="?runtime=scorm-again")
        await expect(course.locator("#resumed")).to_be_visible()
        await course.locator("#q2").fill(f"Yours, {taker.person.display_name()}")
        shown = await taker.leave("#finish")
        assert shown == {"completion": "completed", "success": "passed", "score": "100"}
        assert taker.recorded(course_id) == ("completed", "passed", 100.0)
        assert taker.alerts == []
    [known] = scene.registrations(course_id)
    assert (known["launches"], known["success"], known["score"]) == (2, "passed", 100)
    assert scene.refused() == []
    await nothing_leaked(scene)


async def test_nothing_of_them_is_on_disk(scene):
    """The oracle reads the raw bytes of all files."""
    assert len(scene.registrations("v2-scorm12")) == 1
    await nothing_kept(scene)
