"""The other ways to launch, for somebody whose data are kept and not used: links, LTI, the V1 API, a course's own key."""

import json

import pytest

from tests.adapters.v1_kit import call
from tests.oracle import Oracle
from tests.passage import lti as moodle
from tests.passage import test_cmi5 as cmi5
from tests.passage.corridor import LI, ZOE, corridor_in
from tests.passage.links import GUID, ask, link_of
from tests.passage.postback_kit import seen
from tests.passage.test_cmi5 import scene as course_scene
from tests.passage.test_restricted import Officer

__all__ = ["course_scene"]
ORACLE = Oracle({"zoe": (ZOE.id, ZOE.first, ZOE.last)})


@pytest.fixture
async def corridor(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, policy=moodle.CONSUMER) as one:
        yield one


class TestALaunchLink:
    async def test_is_not_made_of_her_registration(self, corridor):
        await seen(corridor, ZOE)
        await Officer(corridor).restrict(ZOE)
        corridor.cloud.requests.clear()
        answer = await ask(corridor)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "restricted")
        assert [one.raw.split()[0] for one in corridor.cloud.requests] == [b"GET"], (
            "whose it is has to be asked; no more"
        )
        assert ORACLE.search(answer.raw + corridor.cloud.everything) == []

    async def test_that_she_has_opens_nothing(self, corridor):
        await seen(corridor, ZOE)
        path = await link_of(corridor)
        officer = Officer(corridor)
        await officer.restrict(ZOE)
        async with corridor.refuses("restricted", 403, *ZOE.texts, GUID) as refusal:
            refusal.answer = await corridor.get(path)
        assert refusal.answer.all("Set-Cookie") == []
        await officer.release(ZOE)
        assert (await corridor.get(path)).status == 302


async def test_a_launch_by_lti_is_refused_and_others_go_on(corridor):
    moodle.set_clock(corridor, moodle.NOW)
    assert (await moodle.post(corridor, moodle.signed(moodle.launch_of()))).status == 200
    await Officer(corridor).restrict(ZOE)
    corridor.cloud.requests.clear()
    async with corridor.refuses("restricted", 403, *ZOE.texts) as refusal:
        refusal.answer = await moodle.post(corridor, moodle.signed(moodle.launch_of()))
    assert corridor.cloud.requests == []
    assert (await moodle.post(corridor, moodle.signed(moodle.launch_of(LI)))).status == 200


async def test_a_call_of_the_v1_api_that_names_her_is_refused(corridor):
    await seen(corridor, ZOE)
    await Officer(corridor).restrict(ZOE)
    corridor.cloud.requests.clear()
    told = {"regid": "r-1", "courseid": "c", "learnerid": ZOE.id, "fname": ZOE.first, "lname": ZOE.last}
    async with corridor.refuses("restricted", 403, *ZOE.texts) as refusal:
        refusal.answer = await call(corridor, "registration.createRegistration", **told)
    assert corridor.cloud.requests == []


class TestACourse:
    async def test_cannot_use_the_key_that_it_has(self, course_scene):
        headers, actor = await cmi5.course(course_scene)
        officer = Officer(course_scene)
        await officer.restrict(ZOE)
        course_scene.cloud.requests.clear()
        statement = {"actor": actor, "verb": {"id": "x:y"}, "object": {"id": "x:z"}}
        async with course_scene.refuses("restricted", 403, *ZOE.texts) as refusal:
            body = json.dumps(statement).encode()
            refusal.answer = await course_scene.ask("POST", "/lrs/statements", headers, body)
        async with course_scene.refuses("restricted", 403, *ZOE.texts) as refusal:
            refusal.answer = await course_scene.get("/lrs/statements", headers)
        assert course_scene.cloud.requests == []

    async def test_gets_no_key_and_is_not_launched(self, course_scene):
        await cmi5.launched(course_scene)
        await Officer(course_scene).restrict(ZOE)
        course_scene.cloud.requests.clear()
        async with course_scene.refuses("restricted", 403, *ZOE.texts) as refusal:
            refusal.answer = await course_scene.get(cmi5.launch_address(course_scene))
        assert ORACLE.search(course_scene.cloud.everything + course_scene.content.everything) == []
