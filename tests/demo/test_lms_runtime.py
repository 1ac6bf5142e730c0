"""The SCORM run-time of the player page, in a real browser: what a course may rely on."""

import asyncio
from pathlib import Path

import pytest
from lms_kit import chromium, lms, package, served

from tests import parts

pytestmark = pytest.mark.journey

NPM = Path(__file__).parents[1] / "journeys" / "npm"

# A course that does nothing by itself; the tests speak through the API it would find.
COURSE = "<!doctype html><title>Course</title><button onclick='parent.done = true'>ok</button>"
SCO = """<!doctype html><title>Course</title><script>
addEventListener("load", () => { parent.API_1484_11.Initialize(""); document.title = "ready"; });
addEventListener("pagehide", () => {
  parent.API_1484_11.SetValue("cmi.suspend_data", "left on page 3");
  parent.API_1484_11.SetValue("cmi.exit", "suspend");
  parent.API_1484_11.SetValue("cmi.session_time", "PT12S");
  parent.API_1484_11.Terminate("");
});
</script>"""


@pytest.fixture
async def committed():
    """Set when the LMS has answered a commit: the browser does not tell about what it sends while leaving a page."""
    return asyncio.Event()


@pytest.fixture
async def desk(request, committed):
    """An LMS, its origin, and a browser page where Zoë is logged in."""

    async def watch(received, _response):
        if received.path == "/datamodel":
            committed.set()

    again = parts.npm_package(NPM, "scorm-again") if request.node.get_closest_marker("real") else None
    built = lms(COURSE, scorm_again_dir=again)
    application = built.application()
    application.on_response_prepare.append(watch)
    async with served(application) as origin, chromium() as browser:
        page = await browser.new_page()
        await page.goto(origin + "/login")
        await page.click('[id="login-zoe.m"]')
        yield built, origin, page


async def calls(page, api, *steps):
    """Call the API function by function; gives [result, error code] for each step."""
    script = """([api, steps]) => steps.map(([name, ...args]) => {
        const error = api === "API" ? "LMSGetLastError" : "GetLastError";
        return [window[api][name](...args), window[api][error]()];
    })"""
    return await page.evaluate(script, [api, [list(step) for step in steps]])


async def test_a_scorm_2004_course_finds_its_learner_and_correct_error_codes(desk):
    _, origin, page = desk
    await page.goto(origin + "/player/new")
    script = [
        (("GetValue", "cmi.learner_id"), ["", "122"]),
        (("SetValue", "cmi.location", "x"), ["false", "132"]),
        (("Commit", ""), ["false", "142"]),
        (("Terminate", ""), ["false", "112"]),
        (("Initialize", "x"), ["false", "201"]),
        (("Initialize", ""), ["true", "0"]),
        (("Initialize", ""), ["false", "103"]),
        (("GetValue", "cmi.learner_id"), ["zoe.m", "0"]),
        (("GetValue", "cmi.learner_name"), ["Zoë Müller-Østergård", "0"]),
        (("GetValue", "cmi.entry"), ["ab-initio", "0"]),
        (("GetValue", "cmi.mode"), ["normal", "0"]),
        (("GetValue", "cmi.completion_status"), ["unknown", "0"]),
        (("GetValue", "cmi.total_time"), ["PT0H0M0S", "0"]),
        (("GetValue", "cmi.suspend_data"), ["", "403"]),
        (("GetValue", "cmi.learner_preference.audio_level"), [1, "0"]),
        (("GetValue", "cmi.nonsense"), ["", "401"]),
        (("GetValue", ""), ["", "301"]),
        (("GetValue", "cmi.exit"), ["", "405"]),
        (("GetValue", "cmi.interactions._count"), ["0", "0"]),
        (("SetValue", "cmi.learner_id", "x"), ["false", "404"]),
        (("SetValue", "cmi.interactions._count", "3"), ["false", "404"]),
        (("SetValue", "cmi.completion_status", "finished"), ["false", "406"]),
        (("SetValue", "cmi.score.scaled", "1.5"), ["false", "407"]),
        (("SetValue", "cmi.score.scaled", "0.85"), ["true", "0"]),
        (("SetValue", "cmi.session_time", "127"), ["false", "406"]),
        (("SetValue", "cmi.suspend_data", "a" * 64_001), ["false", "406"]),
        (("SetValue", "cmi.suspend_data", "李" * 64_000), ["true", "0"]),
        (("SetValue", "cmi.interactions.1.id", "q1"), ["false", "351"]),
        (("SetValue", "cmi.interactions.0.type", "choice"), ["false", "408"]),
        (("SetValue", "cmi.interactions.0.id", "q1"), ["true", "0"]),
        (("SetValue", "cmi.interactions.0.learner_response", "b"), ["false", "408"]),
        (("SetValue", "cmi.interactions.0.type", "choice"), ["true", "0"]),
        (("SetValue", "cmi.interactions.0.learner_response", "b"), ["true", "0"]),
        (("GetValue", "cmi.interactions._count"), ["1", "0"]),
        (("GetValue", "cmi.interactions.0.id"), ["q1", "0"]),
        (("GetValue", "cmi.interactions.1.id"), ["", "301"]),
        (("Commit", "x"), ["false", "201"]),
        (("Terminate", ""), ["true", "0"]),
        (("GetValue", "cmi.learner_id"), ["", "123"]),
        (("SetValue", "cmi.location", "x"), ["false", "133"]),
        (("Commit", ""), ["false", "143"]),
        (("Terminate", ""), ["false", "113"]),
        (("Initialize", ""), ["false", "104"]),
    ]
    assert await calls(page, "API_1484_11", *(step for step, _ in script)) == [answer for _, answer in script]
    assert await page.evaluate("typeof window.API") == "undefined"


async def test_a_scorm_12_course_finds_its_learner_and_correct_error_codes(desk):
    _, origin, page = desk
    await page.goto(origin + "/player/old")
    script = [
        (("LMSGetValue", "cmi.core.student_id"), ["", "301"]),
        (("LMSFinish", ""), ["false", "301"]),
        (("LMSInitialize", ""), ["true", "0"]),
        (("LMSInitialize", ""), ["false", "101"]),
        (("LMSGetValue", "cmi.core.student_id"), ["zoe.m", "0"]),
        (("LMSGetValue", "cmi.core.student_name"), ["Zoë Müller-Østergård", "0"]),
        (("LMSGetValue", "cmi.core.lesson_status"), ["not attempted", "0"]),
        (("LMSGetValue", "cmi.core.entry"), ["ab-initio", "0"]),
        (("LMSGetValue", "cmi.suspend_data"), ["", "0"]),
        (("LMSGetValue", "cmi.core.exit"), ["", "404"]),
        (("LMSGetValue", "cmi.core.student_id._children"), ["", "202"]),
        (("LMSGetValue", "cmi.core.student_id._count"), ["", "203"]),
        (("LMSGetValue", "cmi.nonsense"), ["", "201"]),
        (("LMSSetValue", "cmi.core.student_id", "x"), ["false", "403"]),
        (("LMSSetValue", "cmi.core._children", "x"), ["false", "402"]),
        (("LMSSetValue", "cmi.core.lesson_status", "done"), ["false", "405"]),
        (("LMSSetValue", "cmi.core.lesson_status", "passed"), ["true", "0"]),
        (("LMSSetValue", "cmi.core.score.raw", "101"), ["false", "405"]),
        (("LMSSetValue", "cmi.core.score.raw", 85), ["true", "0"]),
        (("LMSSetValue", "cmi.core.session_time", "0000:02:07.00"), ["true", "0"]),
        (("LMSSetValue", "cmi.suspend_data", "a" * 4097), ["false", "405"]),
        (("LMSSetValue", "cmi.suspend_data", "a" * 4096), ["true", "0"]),
        (("LMSSetValue", "cmi.objectives.0.id", "o1"), ["true", "0"]),
        (("LMSGetValue", "cmi.objectives.0.status"), ["not attempted", "0"]),
        (("LMSCommit", ""), ["true", "0"]),
        (("LMSFinish", ""), ["true", "0"]),
        (("LMSCommit", ""), ["false", "301"]),
    ]
    assert await calls(page, "API", *(step for step, _ in script)) == [answer for _, answer in script]
    assert await page.evaluate("API.LMSGetErrorString('403')") == "Element is read only"


async def test_the_result_is_shown_and_recorded(desk):
    built, origin, page = desk
    await page.goto(origin + "/courses")
    await page.click("#course-old")
    await page.click("#launch")
    await page.frame_locator("#scorm_object").locator("button").wait_for()
    await calls(
        page, "API", ("LMSInitialize", ""), ("LMSSetValue", "cmi.core.lesson_status", "passed"),
        ("LMSSetValue", "cmi.core.score.raw", "85"), ("LMSSetValue", "cmi.core.session_time", "0000:02:07.50"),
        ("LMSFinish", ""),
    )  # fmt: skip
    await page.locator("#result-panel").wait_for(state="visible")
    shown = [await page.text_content(f"#result-{part}") for part in ("completion", "success", "score")]
    assert shown == ["completed", "passed", "85"]
    seen = built.attempt("zoe.m", "old")
    assert (seen["completion"], seen["success"], seen["score"], seen["total_time"]) == (
        "completed", "passed", 85.0, 127.5,
    )  # fmt: skip
    await page.click("#back")
    assert "85" in await page.text_content("#course-old")


async def test_a_status_never_set_counts_as_completed_in_scorm_12(desk):
    built, origin, page = desk
    await page.goto(origin + "/player/old")
    await calls(page, "API", ("LMSInitialize", ""), ("LMSFinish", ""))
    assert built.attempt("zoe.m", "old")["completion"] == "completed"


async def test_a_commit_the_lms_refuses_fails_and_can_be_repeated(desk):
    _, origin, page = desk
    await page.goto(origin + "/player/new")
    await calls(page, "API_1484_11", ("Initialize", ""), ("SetValue", "cmi.location", "p3"))
    await page.context.clear_cookies()
    failed = await calls(page, "API_1484_11", ("Commit", ""), ("Terminate", ""), ("GetValue", "cmi.location"))
    assert failed == [["false", "391"], ["false", "111"], ["p3", "0"]]


async def test_what_a_course_says_while_it_is_left_arrives(desk, committed):
    built, origin, page = desk
    built.install("new", "First aid", "SCORM2004", package(SCO))
    await page.goto(origin + "/player/new")
    frame = page.frame(url="**/page.html")
    await frame.wait_for_function("document.title === 'ready'")
    await page.goto(origin + "/courses")
    await asyncio.wait_for(committed.wait(), 10)
    await page.goto(origin + "/player/new")
    seen = built.attempt("zoe.m", "new")
    assert (seen["suspend_data"], seen["total_time"]) == ("left on page 3", 12.0)
    await page.frame(url="**/page.html").wait_for_function("document.title === 'ready'")
    again = await calls(
        page, "API_1484_11", ("GetValue", "cmi.entry"), ("GetValue", "cmi.suspend_data"), ("GetValue", "cmi.total_time")
    )
    assert [value for value, _ in again] == ["resume", "left on page 3", "PT0H0M12S"]


@pytest.mark.real
@pytest.mark.parametrize(
    ("course", "steps"),
    [
        ("old", [
            ("LMSInitialize", ""), ("LMSGetValue", "cmi.core.student_name"), ("LMSGetValue", "cmi.core.entry"),
            ("LMSSetValue", "cmi.core.lesson_status", "incomplete"), ("LMSSetValue", "cmi.suspend_data", "p3"),
            ("LMSSetValue", "cmi.core.exit", "suspend"), ("LMSSetValue", "cmi.core.session_time", "0000:00:10.00"),
            ("LMSCommit", ""), ("LMSFinish", ""),
        ]),
        ("new", [
            ("Initialize", ""), ("GetValue", "cmi.learner_name"), ("GetValue", "cmi.entry"),
            ("SetValue", "cmi.completion_status", "incomplete"), ("SetValue", "cmi.suspend_data", "p3"),
            ("SetValue", "cmi.exit", "suspend"), ("SetValue", "cmi.session_time", "PT10S"),
            ("Commit", ""), ("Terminate", ""),
        ]),
    ],
)  # fmt: skip
async def test_scorm_again_works_on_the_same_records(desk, committed, course, steps):
    built, origin, page = desk
    api, get = ("API", "LMSGetValue") if course == "old" else ("API_1484_11", "GetValue")
    core = "cmi.core" if course == "old" else "cmi"
    address = f"{origin}/player/{course}?runtime=scorm-again"
    await page.goto(address)
    answers = [str(value) for value, _ in await calls(page, api, *steps)]
    assert answers == ["true", "Zoë Müller-Østergård", "ab-initio", *["true"] * 6]
    await page.locator("#result-panel").wait_for(state="visible")
    await asyncio.wait_for(committed.wait(), 10)
    seen = built.attempt("zoe.m", course)
    assert (seen["completion"], seen["suspend_data"], seen["total_time"]) == ("incomplete", "p3", 10.0)

    committed.clear()
    await page.goto(address)
    finish, init, put = steps[-1], steps[0], steps[3][0]
    status = f"{core}.lesson_status" if course == "old" else "cmi.completion_status"
    answers = await calls(
        page, api, init, (get, f"{core}.entry"), (get, "cmi.suspend_data"),
        (put, status, "completed"), (put, f"{core}.score.raw", "85"), steps[6], finish,
    )  # fmt: skip
    assert [value for value, _ in answers][1:3] == ["resume", "p3"]
    await page.locator("#result-panel").wait_for(state="visible")
    seen = built.attempt("zoe.m", course)
    assert (seen["completion"], seen["score"], seen["total_time"]) == ("completed", 85.0, 20.0)
