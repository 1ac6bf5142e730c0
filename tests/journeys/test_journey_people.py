"""People with names that hurt take all courses; the LMS gets their results, the cloud never learns who they are."""

import io
import re
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.journeys.kit import (
    GENERATIONS,
    STANDARDS,
    all_offers,
    course_of,
    learner,
    nothing_kept,
    nothing_leaked,
    running,
)
from tests.journeys.people import PEOPLE, as_sent

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]

ORDERS = ("First Last", "Last, First")
TOKEN = re.compile(r"sv1[0-9a-hjkmnp-tv-z]{20,}")
HIGH_LEVEL = {
    "id", "instance", "xapiRegistrationId", "updated", "registrationCompletion", "registrationCompletionAmount",
    "registrationSuccess", "score", "totalSecondsTracked", "createdDate", "firstAccessDate", "lastAccessDate",
    "completedDate", "course", "learner",
}  # fmt: skip


def cases():
    """Everybody meets every client, both standards and both orders of names; any two of these meet in somebody.

    Who has which name is a matter of the client, how the course calls it one of the standard: no need for all of each.
    """
    for one, who in enumerate(PEOPLE):
        for other, generation in enumerate(GENERATIONS):
            standard = STANDARDS[(one + other) % 2]
            order = ORDERS[(one // 2 + other) % 2]
            yield pytest.param(order, who, generation, standard, id=f"{who}-{generation}-{standard}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scenes(tmp_path_factory):
    log = io.StringIO()
    async with AsyncExitStack() as stack:
        made = {}
        for order in ORDERS:
            folder = tmp_path_factory.mktemp("journeys") / "run"
            scene = running(folder, PEOPLE.values(), all_offers(), name_order=order, log=log)
            made[order] = await stack.enter_async_context(scene)
        yield made


@pytest.fixture
def scene(scenes, order):
    scenes[order].forget()
    return scenes[order]


@pytest_asyncio.fixture(loop_scope="session")
async def taker(browser, scene, who):
    async with learner(browser, scene, PEOPLE[who]) as one:
        yield one


@pytest.mark.parametrize(("order", "who", "generation", "standard"), tuple(cases()))
async def test_a_course_is_taken_under_another_name(scene, taker, order, generation, standard):
    person, course_id = taker.person, course_of(generation, standard)
    name, last_first = person.display_name(), person.display_name("Last, First")

    course = await taker.launch(course_id)
    [known] = [one for one in scene.registrations(course_id) if one["launches"] == 1 and not one["answers"]]
    alias = known["last_name"]
    assert TOKEN.fullmatch(known["learner_id"])
    assert known["first_name"] == "Learner"
    await expect(course.locator("#learner-name")).to_have_text(f"{alias}, Learner")
    await expect(course.locator("#learner-id")).to_have_text(known["learner_id"])
    await course.locator("#q1-a").check()
    await course.locator("#next").click()
    await course.locator("#q2").fill(f"I am {name}, {person.id}")
    await course.locator("#comment").fill(f"Written by {last_first} ({name.upper()}).\nWrite to {person.id}!")
    shown = await taker.leave("#suspend")
    assert shown == {"completion": "incomplete", "success": shown["success"], "score": "–"}
    assert scene.lms.attempt(person.id, course_id)["suspend_data"] == known["id"]

    course = await taker.launch(course_id)
    await expect(course.locator("#bookmark")).to_have_attribute("data-page", "2")
    await expect(course.locator("#resumed")).to_be_visible()
    await course.locator("#q2").fill(f"Still {last_first}, alias {person.id}")
    shown = await taker.leave("#finish")
    assert shown == {"completion": "completed", "success": "passed", "score": "100"}
    assert taker.recorded(course_id) == ("completed", "passed", 100.0)
    assert taker.alerts == []

    [known] = scene.registrations(course_id, known["learner_id"])
    assert (known["launches"], known["finished"]) == (2, True)
    assert (known["completion"], known["success"], known["score"]) == ("completed", "passed", 100)
    choice, *texts = [*(one["response"] for one in known["answers"]), *known["comments"]]
    assert choice == "a"
    # Where somebody has one name only, the first client sends it as both, so that either alias may stand for it.
    assert [text for text in texts if known["learner_id"] not in text] == []
    assert [text for text in texts if alias not in text and "Learner" not in text] == []

    await scene.cloud.settle()
    results = scene.results(known["id"])
    sent = as_sent(person, order, generation)
    told = results[-1]["learner"]
    assert (told["id"], told["lastName"]) == (sent.id, sent.last)
    # The client writes "Learner" where there is no first name, unless it is the first one, which repeats the name.
    assert told["firstName"] in ({"Learner", sent.last} if not person.first else {sent.first})
    assert (results[-1]["registrationCompletion"], results[-1]["registrationSuccess"]) == ("COMPLETED", "PASSED")
    assert results[-1]["score"] == {"scaled": 100.0}
    assert all(set(result) <= HIGH_LEVEL for result in results)
    assert scene.refused() == []
    await nothing_leaked(scene)


@pytest.mark.parametrize("order", ORDERS)
async def test_what_is_on_disk_names_nobody(scene):
    assert len(scene.registrations("v2-scorm12")) > 0
    await nothing_kept(scene)
