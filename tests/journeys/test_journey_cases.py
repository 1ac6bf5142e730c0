"""What happens beside the straight way: shared browsers, closed windows, blocked cookies, scripts that change."""

import asyncio
import json
import sys
from pathlib import Path

import pytest
import pytest_asyncio

from tests.journeys.kit import learner, nothing_kept, nothing_leaked, offer, running
from tests.journeys.people import DARCY, OBRIEN, ZOE
from tests.oracle import Oracle

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]

COURSE = "v2-scorm2004"


@pytest_asyncio.fixture(loop_scope="session")
async def scene(request, tmp_path):
    options = getattr(request, "param", {})
    courses = [offer(COURSE), offer("polled", content="xapi")]
    async with running(tmp_path / "run", (ZOE, OBRIEN, DARCY), courses, **options) as made:
        yield made


async def pass_the_course(taker, course):
    await course.locator("#q1-a").check()
    await course.locator("#next").click()
    await course.locator("#q2").fill("Look at the light")
    return await taker.leave("#finish")


async def scormveil(*words):
    """Run the command as an operator would; its exit code and what it said."""
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "scormveil"),
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"COLUMNS": "300"},
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def test_two_learners_share_a_browser(browser, scene):
    """A classroom: each gets her own result, each is another pseudonym, and neither leaks through the other's session."""
    async with learner(browser, scene, ZOE) as first:
        course = await first.launch(COURSE)
        await course.locator("#q1-b").check()
        await first.leave("#finish")
        await first.log_out()
        second = type(first)(scene, first.context, first.page, OBRIEN)
        await second.log_in()
        course = await second.launch(COURSE)
        await course.locator("#q1-a").check()
        await course.locator("#next").click()
        await course.locator("#comment").fill(f"{ZOE.display_name()} was here, says {OBRIEN.display_name()}")
        await second.leave("#finish")
        assert first.recorded(COURSE)[1:] == ("failed", 0.0)
        assert second.recorded(COURSE)[1:] == ("passed", 70.0)
    assert len({known["learner_id"] for known in scene.registrations(COURSE)}) == 2
    assert scene.refused() == []
    await nothing_kept(scene)


async def test_a_finished_course_can_be_looked_at_again(browser, scene):
    """In review the result stays, and the registration is the old one."""
    async with learner(browser, scene, ZOE) as taker:
        await pass_the_course(taker, await taker.launch(COURSE))
        await taker.launch(COURSE)
        assert taker.recorded(COURSE) == ("completed", "passed", 100.0)
    [known] = scene.registrations(COURSE)
    assert known["launches"] == 2
    await nothing_leaked(scene)


async def test_a_closed_window_keeps_what_was_done(browser, scene):
    """The last commit leaves while the page goes, and is guarded like any other."""
    async with learner(browser, scene, ZOE) as taker:
        course = await taker.launch(COURSE)
        await course.locator("#q1-a").check()
        await course.locator("#next").click()
        scene.cloud.record.clear()
        await taker.page.goto(f"{scene.lms.origin}/courses")
        course = await taker.launch(COURSE)
    assert b"<RTD" in scene.cloud.record.bytes().partition(b"DispatchRequest")[0].partition(b"/launch?")[0]
    [known] = scene.registrations(COURSE)
    assert (known["launches"], known["answers"][0]["response"]) == (2, "a")
    await nothing_leaked(scene)


@pytest.mark.parametrize("scene", [{"policy": "minimise_names = true"}], indirect=True)
async def test_names_stay_in_the_browser_where_the_operator_wants_it(browser, scene):
    """Not even the proxy is told them; the id is enough to bring the result back."""
    async with learner(browser, scene, ZOE) as taker:
        await pass_the_course(taker, await taker.launch(COURSE))
        assert taker.recorded(COURSE) == ("completed", "passed", 100.0)
    told = scene.wire.received()
    assert ZOE.id.encode() in told
    names = Oracle({"zoe": [ZOE.display_name(), ZOE.last, "Müller", "Østergård"]})
    assert names.search(told) == []
    await scene.cloud.settle()
    [known] = scene.registrations(COURSE)
    assert scene.results(known["id"])[-1]["learner"]["id"] == ZOE.id
    await nothing_kept(scene)


async def test_a_commit_without_its_session_is_refused(browser, scene):
    """Cookies blocked or lost: what a learner types could not be guarded, so it stays here."""
    async with learner(browser, scene, ZOE) as taker:
        course = await taker.launch(COURSE)
        await course.locator("#q1-a").check()
        await taker.context.clear_cookies(name="__Host-scormveil")
        async with (
            taker.page.expect_event("requestfinished", lambda sent: "RecordResults" in sent.url) as sent,
            taker.page.expect_event("dialog"),
        ):
            await course.locator("#next").click()
        response = await (await sent.value).response()
        assert response.status == 403
        assert response.headers["x-scormveil-code"] == "session-missing"
        assert taker.alerts == ["Your progress could not be saved."]
    assert "session-missing" in scene.refused()
    await nothing_leaked(scene)


async def test_the_lms_page_polls_through_the_proxy(browser, scene):
    """Content that is not SCORM: the result comes by polling, in five fields."""
    async with learner(browser, scene, DARCY) as taker:
        course = await taker.launch("polled")
        async with taker.page.expect_response(lambda one: "GetRegistration" in one.url) as polled:
            await course.locator("#q1-a").check()
            await course.locator("#next").click()
        answer = await (await polled.value).json()
        assert set(answer) <= {"completionStatus", "successStatus", "scoreIsKnown", "score", "updated"}
        assert (await polled.value).url.startswith(scene.sandbox.proxy_origin)
        await taker.leave("#finish")
        assert taker.recorded("polled")[1:] == ("passed", 70.0)
    await nothing_leaked(scene)


async def test_a_changed_driver_waits_for_approval(browser, scene):
    """The cloud changes a script that runs in the LMS page: refused, reported, approved by command, used."""
    async with learner(browser, scene, ZOE) as taker:
        await pass_the_course(taker, await taker.launch(COURSE))
    texts = scene.cloud._site.pages._texts
    name = "dispatch/dispatch.client.driver.js"
    texts[name] += "\n// a new release of the driver\n"
    async with (
        learner(browser, scene, OBRIEN) as taker,
        taker.page.expect_event("requestfailed", lambda sent: "client.driver" in sent.url),
    ):
        await taker.open(COURSE)
    assert scene.refused() == ["script-changed"]
    scene.forget()

    config = str(scene.sandbox.config_file)
    code, listed = await scormveil("scripts", "list", "--config", config)
    [pending] = [line for line in listed.splitlines() if "pending" in line]
    assert (code, "dispatch.client.driver" in pending) == (0, True)
    digest = next(word for word in pending.split() if len(word) == 64)
    code, said = await scormveil("scripts", "approve", digest[:16], "--config", config)
    assert code == 0, said

    async with learner(browser, scene, OBRIEN) as taker:
        await pass_the_course(taker, await taker.launch(COURSE))
        assert taker.recorded(COURSE) == ("completed", "passed", 100.0)


async def test_a_hostile_custom_configuration_leads_nowhere(browser, scene):
    """Globals that would send the browser around the proxy are left out of the answer."""
    around = {"ContentURL": f"{scene.cloud.origin}/x", "DispatchRoot": f"{scene.cloud.origin}/dispatch/"}
    scene.cloud.set_custom_config(COURSE, around | {"PreLaunchConfigurationURL": f"{scene.cloud.origin}/y"})
    visited = []
    async with learner(browser, scene, ZOE) as taker:
        taker.page.on("request", lambda sent: visited.append(sent.url))
        async with taker.page.expect_response(lambda one: "customConfig" in one.url and one.status == 200) as seen:
            course = await taker.launch(COURSE)
        assert json.loads(await (await seen.value).text()) == {}
        await pass_the_course(taker, course)
        assert taker.recorded(COURSE) == ("completed", "passed", 100.0)
    assert [url for url in visited if url.startswith((scene.cloud.origin, scene.cloud.content_origin))] == []
    await nothing_leaked(scene)
