"""A course in Chromium under players of every manner: XML, JSON, only what changed, each packed by LZString or not."""

import json

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.journeys.kit import learner, nothing_kept, nothing_leaked, offer, running
from tests.journeys.people import LI, OBRIEN, ZOE

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]

MANNERS = [
    (ZOE, "SCORM2004", "json", ""),
    (OBRIEN, "SCORM12", "delta", "base64"),
    (LI, "SCORM2004", "delta", "utf-16"),
    (ZOE, "SCORM12", "xml", "uri"),
]


def course_of(commits: str, packed: str) -> str:
    return f"{commits}-{packed or 'plain'}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scene(tmp_path_factory):
    courses = [offer(course_of(commits, packed), standard=standard) for _, standard, commits, packed in MANNERS]
    folder = tmp_path_factory.mktemp("commits") / "run"
    async with running(folder, {who.id: who for who, *_ in MANNERS}.values(), courses) as made:
        yield made


@pytest.mark.parametrize(("who", "standard", "commits", "packed"), MANNERS, ids=str)
async def test_her_result_is_the_same_and_nobody_hears_of_her(browser, scene, who, standard, commits, packed):
    """Suspended, resumed, passed; what she typed of herself is another's in what the cloud has."""
    scene.cloud.habits.commits, scene.cloud.habits.packed = commits, packed
    course_id = course_of(commits, packed)
    async with learner(browser, scene, who) as taker:
        course = await taker.launch(course_id)
        await course.locator("#q1-a").check()
        await course.locator("#next").click()
        await taker.leave("#suspend")
        course = await taker.launch(course_id)
        await expect(course.locator("#resumed")).to_be_visible()
        await course.locator("#q2").fill(f"Yours, {who.display_name()}")
        await course.locator("#comment").fill(f"{who.display_name()} was here")
        shown = await taker.leave("#finish")
        assert shown == {"completion": "completed", "success": "passed", "score": "100"}
        assert taker.alerts == []
    [known] = scene.registrations(course_id)
    assert (known["launches"], known["success"], known["score"]) == (2, "passed", 100)
    said = json.dumps(known)
    assert "Yours, " in said
    assert " was here" in said
    assert scene.refused() == []
    await nothing_leaked(scene)


async def test_nothing_of_them_is_on_disk(scene):
    """The oracle reads the raw bytes of all files."""
    await nothing_kept(scene)
