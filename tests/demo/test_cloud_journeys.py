"""A learner takes the sandbox course straight from the cloud, without scormveil: what the product must keep working."""

import pytest
import pytest_asyncio
from cloud_kit import CHROMIUM, CHROMIUM_ARGS, LI, OBRIEN, RTL, ZOE, StubLms, running_cloud
from playwright.async_api import async_playwright, expect

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
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
    made.on("response", lambda r: r.status > 399 and print(r.status, r.url[:150], r.request.headers.get("cookie")))
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


@pytest.mark.parametrize("standard", ["SCORM12", "SCORM2004"])
@pytest.mark.parametrize("generation", ["v1", "engine2020", "v2"])
async def test_a_course_is_suspended_resumed_and_passed(page, generation, standard):
    async with running_cloud(partitioned=True) as cloud:
        package = cloud.dispatch_zip("D1", generation=generation, standard=standard)
        async with StubLms(standard, ZOE, package).running() as lms:
            course = await open_course(page, lms)
            await expect(course.locator("#learner-name")).to_contain_text("Müller-Østergård")
            await course.locator("#q1-a").check()
            await course.locator("#next").click()
            await leave(page, course, "#suspend")

            [known] = cloud.state()["registrations"]
            assert (known["learner_id"], known["last_name"]) == ("zoe.m_2026", "Müller-Østergård")
            assert known["completion"] == "incomplete"
            assert lms.saved["cmi.suspend_data"] == known["id"]

            course = await open_course(page, lms)
            await expect(course.locator("#bookmark")).to_have_attribute("data-page", "2")
            await expect(course.locator("#resumed")).to_be_visible()
            await course.locator("#q2").fill("Read to Zoë")
            await course.locator("#comment").fill("A fine course.")
            await leave(page, course, "#finish")

            [known] = cloud.state()["registrations"]
            assert (known["completion"], known["success"], known["score"]) == ("completed", "passed", 100)
            assert known["comments"] == ["A fine course."]
            assert [answer["response"] for answer in known["answers"]] == ["a", "Read to Zoë"]
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
