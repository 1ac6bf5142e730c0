"""AICC where the cloud itself is the LMS of the course: its answers name a pseudonym, and so does all that is put."""

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.journeys.kit import learner, nothing_kept, nothing_leaked, offer, running
from tests.journeys.people import PEOPLE

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]
WHO = [
    name for name in PEOPLE if name in {"chinese-one-name", "one-word", "right-to-left", "vietnamese", "email-as-id"}
]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp("aicc-cloud") / "run"
    async with running(folder, PEOPLE.values(), [offer("aicc", content="aicc")], name_order="Last, First") as made:
        yield made


@pytest.mark.parametrize("who", WHO)
async def test_the_cloud_launches_an_aicc_course(browser, scene, who):
    scene.forget()
    async with learner(browser, scene, PEOPLE[who]) as taker:
        person = taker.person
        course = await taker.launch("aicc")
        [known] = scene.registrations("aicc", "")[-1:]
        assert known["learner_id"] == await course.locator("#learner-id").inner_text()
        await course.locator("#q1-a").check()
        await taker.leave("#suspend")
        course = await taker.launch("aicc")
        await expect(course.locator("#resumed")).to_be_visible()
        await course.locator("#q2").fill(f'I am "{person.display_name()}", number {person.id}')
        shown = await taker.leave("#finish")
        assert shown == {"completion": "completed", "success": "passed", "score": "100"}
        assert taker.alerts == []
    assert scene.refused() == []
    await scene.cloud.settle()
    assert scene.results(known["id"])[-1]["registrationSuccess"] == "PASSED"
    await nothing_leaked(scene)


async def test_nothing_of_them_is_on_disk(scene):
    await nothing_kept(scene)
