"""A person whose data are kept and not used (GDPR Article 18): what every family of adapters does with what names her."""

import json

import pytest

from proxy.store import AuditRecord
from proxy.store.restrictions_port import RestrictionRecord
from tests.oracle import Oracle
from tests.passage.corridor import CALLER, COMMIT, LAUNCH, LI, ZOE, corridor_in
from tests.passage.postback_kit import Posting, result, seen, told
from tests.passage.test_aicc import ANSWER, FORM, HOST, MOUNTS
from tests.passage.wire import http

JSON = {"Content-Type": "application/json"}
API = {"Authorization": CALLER} | JSON
XAPI = {"Authorization": CALLER, "X-Experience-API-Version": "1.0.3"} | JSON
ORACLE = Oracle({"zoe": (ZOE.id, ZOE.first, ZOE.last)})


class Officer:
    """Restricts and releases people behind the back of a running node, which then listens as it does every second."""

    def __init__(self, corridor):
        self.corridor, self.house = corridor, corridor.house

    async def person(self, who):
        [(_, record)] = await self.house.store.by_pseudonym("uni", [self.corridor.pseudonym(who.id)])
        return record

    async def restrict(self, who):
        person = (await self.person(who)).person
        number = await self.house.store.restrictions.restrict(
            RestrictionRecord(person, "uni", 1, "case-1"), (AuditRecord(1, "restricted", reason="case-1"),)
        )
        await self.hears(number)

    async def release(self, who):
        person = (await self.person(who)).person
        record = RestrictionRecord(person, "uni", 2, "case-2")
        await self.hears(await self.house.store.restrictions.release(record, (AuditRecord(2, "released"),)))

    async def hears(self, number):
        assert number
        await self.house.housekeeping.listen()
        assert max(one.heard for one in await self.house.store.upkeep.nodes(0)) == number


@pytest.fixture
async def corridor(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, extra=MOUNTS) as one:
        hacp = next(mount for mount in one.house.mounts.all if mount.name == "hacp")
        object.__setattr__(hacp, "upstream", type(hacp.upstream).of(one.lms.origin + hacp.public.path))
        yield one


@pytest.fixture
async def officer(corridor):
    return Officer(corridor)


async def test_she_cannot_launch_her_session_ends_and_both_come_back(corridor, officer):
    jar = await corridor.launch(ZOE)
    await officer.restrict(ZOE)
    corridor.cloud.requests.clear()

    async with corridor.refuses("restricted", 403, *ZOE.texts) as refusal:
        refusal.answer = await corridor.get(LAUNCH + ZOE.query())
    async with corridor.refuses("restricted", 403, *ZOE.texts) as refusal:
        refusal.answer = await corridor.ask("POST", COMMIT, {"Cookie": jar, "Content-Type": "application/json"}, b"{}")
    assert corridor.cloud.requests == []
    assert await corridor.launch(LI), "others go on"

    await officer.release(ZOE)
    assert await corridor.launch(ZOE)


async def test_a_page_for_the_learner_says_it_in_words(corridor, officer):
    await corridor.launch(ZOE)
    await officer.restrict(ZOE)
    page = await corridor.get(LAUNCH + ZOE.query(), {"Accept": "text/html", "Sec-Fetch-Dest": "iframe"})
    assert page.status == 403
    assert "may not be used at the moment" in page.body.decode()


async def test_nothing_new_is_written_down_of_her(corridor, officer):
    await corridor.launch(ZOE)
    await officer.restrict(ZOE)
    before = await officer.person(ZOE)
    await corridor.get(LAUNCH + ZOE.query().replace("Zo%C3%AB", "Another"))
    assert await officer.person(ZOE) == before


async def test_in_a_shared_browser_only_she_is_kept_out(corridor, officer):
    jar = await corridor.launch(ZOE)
    await officer.restrict(ZOE)
    answer = await corridor.get(LAUNCH + LI.query(), {"Cookie": jar})
    assert answer.status == 200, answer.raw
    assert ORACLE.search(corridor.cloud.everything) == []


async def test_a_result_of_hers_waits_in_the_cloud_and_is_delivered_after_her_release(corridor, officer):
    token = await seen(corridor, ZOE)
    posting = Posting(corridor, await told(corridor))
    await officer.restrict(ZOE)
    async with corridor.refuses("restricted", 403, *ZOE.texts) as refusal:
        refusal.answer = await posting.as_body(result(token))
    assert corridor.lms.requests == []

    await officer.release(ZOE)
    corridor.lms.say(http(200, {}, b""))
    assert (await posting.as_body(result(token))).status == 204
    assert json.loads(corridor.lms.requests[-1].body)["learner"]["id"] == ZOE.id


async def test_what_the_lms_reads_shows_her_pseudonym_and_everybody_else_by_name(corridor, officer):
    zoe, li = await seen(corridor, ZOE), await seen(corridor, LI)
    await officer.restrict(ZOE)
    rows = [{"id": f"r-{who}", "learner": {"id": who, "firstName": "Learner", "lastName": "x"}} for who in (zoe, li)]
    corridor.cloud.say(http(200, JSON, json.dumps({"registrations": rows}).encode()))
    answer = await corridor.get("/api/v2/registrations", API)
    assert answer.status == 200, answer.raw
    assert [one["learner"]["id"] for one in json.loads(answer.body)["registrations"]] == [zoe, LI.id]
    assert ORACLE.search(answer.raw) == []


async def test_the_lms_can_neither_ask_about_her_nor_register_her(corridor, officer):
    await seen(corridor, ZOE)
    await officer.restrict(ZOE)
    corridor.cloud.requests.clear()
    body = json.dumps({"registrationId": "r-9", "courseId": "c", "learner": {"id": ZOE.id}}).encode()
    async with corridor.refuses("restricted", 403, *ZOE.texts) as refusal:
        refusal.answer = await corridor.ask("POST", "/api/v2/registrations", API, body)
    async with corridor.refuses("restricted", 403, *ZOE.texts) as refusal:
        refusal.answer = await corridor.get(f"/api/v2/registrations?learnerId={ZOE.id}", API)
    assert corridor.cloud.requests == []


async def test_no_statement_about_her_reaches_a_record_store(corridor, officer):
    await seen(corridor, ZOE)
    await officer.restrict(ZOE)
    corridor.cloud.requests.clear()
    home = {"homePage": "https://lms.example.edu", "name": ZOE.id}
    one = {"actor": {"account": home}, "verb": {"id": "http://e.org/v"}, "object": {"id": "http://e.org/a"}}
    async with corridor.refuses("restricted", 403, *ZOE.texts) as refusal:
        refusal.answer = await corridor.ask("POST", "/lrs/statements", XAPI, json.dumps(one).encode())
    assert corridor.cloud.requests == []


async def test_a_course_of_aicc_learns_nothing_of_her_and_hands_in_nothing(corridor, officer):
    await seen(corridor, ZOE)
    await officer.restrict(ZOE)
    corridor.lms.say(http(200, {"Content-Type": "text/plain"}, ANSWER.encode()))
    answer = await corridor.ask("POST", "/aicc.php", FORM, b"command=GetParam&session_id=k", host=HOST)
    assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "restricted")
    assert ORACLE.search(answer.raw) == []
    asked = len(corridor.lms.requests)
    table = f'"course_id","student_id","student_response"\r\n"c","{corridor.pseudonym(ZOE.id)}","b"'
    body = ("command=PutInteractions&session_id=k&aicc_data=" + table).encode()
    async with corridor.refuses("restricted", 403, *ZOE.texts) as refusal:
        refusal.answer = await corridor.ask("POST", "/aicc.php", FORM, body, host=HOST)
    assert len(corridor.lms.requests) == asked
