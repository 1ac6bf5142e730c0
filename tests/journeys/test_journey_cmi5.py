"""Courses that speak xAPI: launched by the cloud or by an LMS, they have a pseudonym and keys of ours, nothing else."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.journeys.kit import learner, nothing_kept, nothing_leaked, offer, running
from tests.journeys.people import PEOPLE

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(tmp_path_factory):
    courses = [offer("cmi5", content="cmi5"), offer("tincan", content="tincan")]
    folder = tmp_path_factory.mktemp("cmi5") / "run"
    async with running(folder, PEOPLE.values(), courses, name_order="Last, First") as made:
        yield made


@pytest.mark.parametrize("content", ["cmi5", "tincan"])
@pytest.mark.parametrize("who", PEOPLE)
async def test_the_cloud_launches_a_course_that_speaks_xapi(browser, scene, who, content):
    scene.forget()
    async with learner(browser, scene, PEOPLE[who]) as taker:
        person = taker.person
        course = await taker.launch(content)
        [known] = scene.registrations(content, "")[-1:]
        assert known["learner_id"] in await course.locator("#learner-id").inner_text()
        await course.locator("#q1-a").check()
        await taker.leave("#suspend")
        course = await taker.launch(content)
        await expect(course.locator("#resumed")).to_be_visible()
        await course.locator("#q2").fill(f"I am {person.display_name()}, write to {person.email}")
        shown = await taker.leave("#finish")
        assert shown == {"completion": "completed", "success": "passed", "score": "100"}
        assert taker.alerts == []
    assert scene.refused() == []
    await scene.cloud.settle()
    results = scene.results(known["id"])
    assert results[-1]["registrationSuccess"] == "PASSED"
    await nothing_leaked(scene)


async def test_nothing_of_them_is_on_disk(scene):
    await nothing_kept(scene)
