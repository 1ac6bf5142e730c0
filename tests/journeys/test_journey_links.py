"""A platform that talks to the API: its server registers a learner and asks for a link, her browser follows it."""

import asyncio
import re
from urllib.parse import quote, urlsplit

import pytest
import pytest_asyncio
import rustici_software_cloud_v2 as official
from playwright.async_api import expect

from proxy.sandbox import LMS_PASSWORD
from tests.journeys.kit import PATIENCE, learner, nothing_kept, offer, running
from tests.journeys.people import DARCY, FATIMA, ZOE

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]

COURSE = "lighthouses-scorm2004"


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def scene(tmp_path_factory):
    people = (ZOE, DARCY, FATIMA)
    async with running(tmp_path_factory.mktemp("links") / "run", people, [offer("v2-scorm2004")]) as made:
        yield made


@pytest.fixture
def api(scene):
    """The official client as the server of the LMS has it, but for the address."""
    proxy = urlsplit(scene.sandbox.proxy_origin)
    settings = official.Configuration()
    settings.host = f"http://127.0.0.1:{proxy.port}/api/v2"
    settings.username, settings.password = "lms", LMS_PASSWORD
    client = official.ApiClient(settings)
    client.set_default_header("Host", proxy.netloc)
    return official.RegistrationApi(client)


class Platform:
    """What the server of the LMS does."""

    def __init__(self, scene, api) -> None:
        self.scene = scene
        self.api = api

    async def register(self, registration, person):
        who = official.LearnerSchema(
            id=person.id, email=person.email, first_name=person.first or "-", last_name=person.last
        )
        await asyncio.to_thread(
            self.api.create_registration,
            official.CreateRegistrationSchema(course_id=COURSE, registration_id=registration, learner=who),
        )

    async def link(self, registration, person, **more):
        back = f"{self.scene.lms.origin}/courses?back={quote(person.id, safe='')}"
        asked = official.LaunchLinkRequestSchema(redirect_on_exit_url=back, **more)
        told = await asyncio.to_thread(self.api.build_registration_launch_link, registration, asked)
        return told.launch_link

    async def result(self, registration):
        return await asyncio.to_thread(self.api.get_registration_progress, registration)


@pytest.fixture
def platform(scene, api):
    return Platform(scene, api)


@pytest.mark.parametrize("person", [ZOE, DARCY, FATIMA], ids=lambda one: one.id)
async def test_a_learner_follows_a_link_and_tells_who_she_is(browser, scene, platform, person):
    registration = f"reg-{abs(hash(person.id)) % 10_000_000}"
    await platform.register(registration, person)
    async with learner(browser, scene, person) as taker:
        link = await platform.link(registration, person)
        assert urlsplit(link).netloc == urlsplit(scene.sandbox.proxy_origin).netloc
        await taker.page.goto(link)
        course = taker.page.frame_locator("#ScormContent")
        await expect(course.locator("body[data-ready=true]")).to_be_visible(timeout=PATIENCE)
        [known] = [one for one in scene.cloud.state()["registrations"] if one["id"] == registration]
        await expect(course.locator("#learner-name")).to_have_text(f"{known['last_name']}, Learner")
        await course.locator("#q1-a").check()
        await course.locator("#next").click()
        name = person.display_name()
        await course.locator("#q2").fill(f"I am {name}, {person.id}")
        await course.locator("#comment").fill(f"Written by {name.upper()}. Write to {person.email}!")
        await course.locator("#finish").click()
        await taker.page.wait_for_url(re.compile(r".*/courses\?back=.*"), timeout=PATIENCE)
        assert taker.alerts == []
    told = await platform.result(registration)
    assert (told.registration_completion, told.registration_success) == ("COMPLETED", "PASSED")
    assert (told.learner.id, told.learner.last_name) == (person.id, person.last)
    [known] = [one for one in scene.cloud.state()["registrations"] if one["id"] == registration]
    assert [text for text in known["comments"] if person.email in text] == []
    assert scene.refused() == []
    await nothing_kept(scene)


async def test_a_link_that_is_over_launches_nobody(browser, scene, platform):
    """The cloud's own link is over, too; ours says so before anybody is asked."""
    await platform.register("reg-late", ZOE)
    async with learner(browser, scene, ZOE) as taker:
        link = await platform.link("reg-late", ZOE, expiry=10)
        links = scene.sandbox.house.server._passage._links
        clock, links._clock = links._clock, lambda: clock() + 71
        try:
            answer = await taker.page.goto(link)
        finally:
            links._clock = clock
        assert answer.status == 403
        assert answer.headers["x-scormveil-code"] == "not-permitted"
        assert [one for one in await taker.context.cookies() if one["name"] == "__Host-scormveil"] == []
    await scene.cloud.settle()
    scene.forget()
