"""A learner takes the sandbox course straight from the cloud, without scormveil: what the product must keep working."""

import hashlib
import re

import pytest
import pytest_asyncio
from cloud_api_kit import KEY
from cloud_kit import CHROMIUM_ARGS, LI, LONG, OBRIEN, RTL, ZOE, StubLms, running_cloud
from playwright.async_api import async_playwright, expect

from proxy.demo.cloud import Learner
from tests import parts

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=parts.chromium(), args=CHROMIUM_ARGS)
        yield made
        await made.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser):
    context = await browser.new_context()
    made = await context.new_page()
    made.alerts = []

    async def dismiss(dialog):
        made.alerts.append(dialog.message)
        await dialog.dismiss()

    made.on("dialog", dismiss)
    yield made
    await context.close()


async def open_course(page, lms):
    await page.goto(f"{lms.origin}/play")
    outer = page.frame_locator("#sco").frame_locator("#dispatch_content_frame").frame_locator("#contentRelay")
    course = outer.frame_locator("#ScormContent")
    await expect(course.locator("body[data-ready=true]")).to_be_visible(timeout=15_000)
    return course


async def leave(page, course, button):
    await course.locator(button).click()
    await page.wait_for_function("window.left === true", timeout=15_000)


PEOPLE = {"v1": OBRIEN, "engine2020": RTL, "v2": ZOE}


@pytest.mark.parametrize("standard", ["SCORM12", "SCORM2004"])
@pytest.mark.parametrize("generation", ["v1", "engine2020", "v2"])
async def test_a_course_is_suspended_resumed_and_passed(page, generation, standard):
    who = PEOPLE[generation]
    last, first = who["name"].split(", ")
    async with running_cloud(partitioned=True) as cloud:
        package = cloud.dispatch_zip("D1", generation=generation, standard=standard)
        async with StubLms(standard, who, package).running() as lms:
            course = await open_course(page, lms)
            await expect(course.locator("#learner-name")).to_have_text(
                f"{last}, {first.replace(' ', '') if generation == 'v1' else first}"
            )
            await course.locator("#q1-a").check()
            await course.locator("#next").click()
            await leave(page, course, "#suspend")

            [known] = cloud.state()["registrations"]
            assert (known["learner_id"], known["last_name"]) == (who["id"].replace("/", "_"), last)
            assert known["completion"] == "incomplete"
            assert lms.saved["cmi.suspend_data"] == known["id"]

            course = await open_course(page, lms)
            await expect(course.locator("#bookmark")).to_have_attribute("data-page", "2")
            await expect(course.locator("#resumed")).to_be_visible()
            await course.locator("#q2").fill('Read to <Zoë> & "others"')
            await course.locator("#comment").fill("Schön!\nA fine course.")
            await leave(page, course, "#finish")

            [known] = cloud.state()["registrations"]
    assert (known["completion"], known["success"], known["score"]) == ("completed", "passed", 100)
    assert known["comments"] == ["Schön!\nA fine course."]
    assert [answer["response"] for answer in known["answers"]] == ["a", 'Read to <Zoë> & "others"']
    assert known["finished"]
    assert known["launches"] == 2
    assert reported(lms) == ("passed", "100")
    assert page.alerts == []


def reported(lms):
    if lms.standard == "SCORM12":
        return lms.saved["cmi.core.lesson_status"], lms.saved["cmi.core.score.raw"]
    assert lms.saved["cmi.completion_status"] == "completed"
    assert float(lms.saved["cmi.score.scaled"]) == float(lms.saved["cmi.score.raw"]) / 100
    return lms.saved["cmi.success_status"], lms.saved["cmi.score.raw"]


async def test_wrong_answers_fail_and_the_time_is_told(page):
    async with running_cloud(partitioned=True) as cloud:
        package = cloud.dispatch_zip("D1", generation="v2", standard="SCORM2004")
        async with StubLms("SCORM2004", ZOE, package).running() as lms:
            course = await open_course(page, lms)
            await course.locator("#q1-b").check()
            await leave(page, course, "#finish")
    assert reported(lms) == ("failed", "0")
    assert re.fullmatch(r"PT0H0M\d+\.\d\dS", lms.saved["cmi.session_time"])


async def test_the_lms_page_polls_for_content_that_is_not_scorm(page):
    async with running_cloud(partitioned=True, polling_ms=100) as cloud:
        package = cloud.dispatch_zip("D1", generation="v2", standard="SCORM12", content="xapi")
        async with StubLms("SCORM12", LI, package).running() as lms:
            course = await open_course(page, lms)
            await course.locator("#q1-a").check()
            async with page.expect_response(polls_after_the_first):
                await course.locator("#next").click()
            await leave(page, course, "#finish")
            polls = [one["target"] for one in cloud.state()["requests"] if "GetRegistration" in one["target"]]
            [known] = cloud.state()["registrations"]
    assert polls[-1].endswith("registrationUpdateDate=null")
    assert "+0000" in polls[0]
    assert (known["first_name"], known["last_name"]) == ("Learner", "李小龙")
    assert reported(lms) == ("passed", "70")
    assert "cmi.core.session_time" not in lms.saved


@pytest.mark.parametrize("content", ["cmi5", "tincan"])
async def test_a_course_that_speaks_xapi_is_suspended_resumed_and_passed(page, content):
    async with running_cloud(partitioned=True, polling_ms=100) as cloud:
        package = cloud.dispatch_zip("D1", generation="v2", standard="SCORM2004", content=content)
        async with StubLms("SCORM2004", ZOE, package).running() as lms:
            course = await open_course(page, lms)
            await course.locator("#q1-a").check()
            await leave(page, course, "#suspend")
            course = await open_course(page, lms)
            await expect(course.locator("#resumed")).to_be_visible()
            await course.locator("#q2").fill("Fog all night")
            await leave(page, course, "#finish")
    assert page.alerts == []
    assert (lms.saved["cmi.success_status"], lms.saved["cmi.score.scaled"]) == ("passed", "1")


def polls_after_the_first(response):
    return "GetRegistration" in response.url and not response.url.endswith("null")


async def test_files_come_from_the_vault_where_cookies_are_blocked(page):
    async with running_cloud() as cloud:
        package = cloud.dispatch_zip("D1", generation="engine2020", standard="SCORM12", launch_auth="vault")
        async with StubLms("SCORM12", ZOE, package).running() as lms:
            course = await open_course(page, lms)
            await course.locator("#q1-a").check()
            await leave(page, course, "#finish")
    assert reported(lms) == ("passed", "70")


async def test_closing_the_window_keeps_the_place(page):
    async with running_cloud(partitioned=True) as cloud:
        package = cloud.dispatch_zip("D1", generation="v2", standard="SCORM2004")
        async with StubLms("SCORM2004", ZOE, package).running() as lms:
            course = await open_course(page, lms)
            async with page.expect_response(lambda response: "RecordResults" in response.url):
                await course.locator("#next").click()
            async with page.expect_response(lambda response: response.url.endswith("/saved")):
                await page.evaluate("document.getElementById('sco').remove()")
            [known] = cloud.state()["registrations"]
    assert lms.saved["cmi.exit"] == "suspend"
    assert lms.saved["cmi.suspend_data"] == known["id"]
    assert known["location"] == "page2"


async def test_the_clouds_own_privacy_option_hashes_in_the_browser(page):
    async with running_cloud(partitioned=True) as cloud:
        package = cloud.dispatch_zip("D1", generation="v2", standard="SCORM2004", hash_names=True)
        cloud.set_custom_config("D1", {"DispatchClientLoaderFilename": "dispatch.client.loader.v2.js"})
        async with StubLms("SCORM2004", LONG, package).running() as lms:
            await open_course(page, lms)
            [known] = cloud.state()["registrations"]
            received = cloud.record.bytes()
    last, first = LONG["name"].split(", ")
    assert [known["learner_id"], known["first_name"], known["last_name"]] == [
        hashlib.sha256(text.encode()).hexdigest() for text in (LONG["id"], first, last)
    ]
    assert b"Hubert" not in received
    assert b"lms-session-77" in received, "the referring address is not covered by that option"


async def test_a_launch_link_needs_no_learning_platform(page):
    """A platform that talks to the API sends its learner's browser to a link and takes her back afterwards."""
    async with running_cloud(partitioned=True) as cloud:
        cloud.create_dispatch("D1", generation="v2", standard="SCORM2004")
        cloud.register("r1", "lighthouses-scorm2004", Learner(ZOE["id"], "Zoë Ann", "Müller-Østergård"))
        back = f"{cloud.content_origin}/media/cover.svg"
        asked = f"{cloud.origin.replace('cloud.localhost', '127.0.0.1')}/api/v2/registrations/r1/launchLink"
        answer = await page.request.post(asked, headers=KEY, data={"redirectOnExitUrl": back})
        link = (await answer.json())["launchLink"]
        await page.goto(link)
        course = page.frame_locator("#ScormContent")
        await expect(course.locator("#learner-name")).to_have_text("Müller-Østergård, Zoë Ann")
        await course.locator("#q1-a").check()
        await course.locator("#finish").click()
        await page.wait_for_url(back, timeout=15_000)
        [known] = cloud.state()["registrations"]
    assert (known["id"], known["completion"], known["finished"]) == ("r1", "completed", True)
    assert page.alerts == []
