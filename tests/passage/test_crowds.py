"""Calls between servers have no session: they are searched for everybody the proxy has met lately."""

import base64
from urllib.parse import quote

from proxy.passage.crowds import Crowds
from proxy.people import Cleartext, Kind, Person, Pseudonym
from tests.passage.corridor import CALLER, LAUNCH, OBRIEN, ZOE, corridor_in
from tests.passage.wire import http

REGISTRATION = "/api/v2/registrations/"
OTHER_HOST = "other.example.org"


async def ask(corridor, registration: str):
    return await corridor.get(REGISTRATION + registration, {"Authorization": CALLER})


async def reaches(corridor, registration: str) -> bool:
    """Ask for a registration; whether the cloud heard of it."""
    before = len(corridor.cloud.requests)
    corridor.cloud.say(http(200, {"Content-Type": "application/json"}, b"{}"))
    answer = await ask(corridor, registration)
    assert answer.status in {200, 403}
    assert (answer.status == 200) == (len(corridor.cloud.requests) > before)
    return answer.status == 200


class TestAtTheDoor:
    async def test_whoever_launched_is_seen_in_the_next_call(self, corridor):
        assert await reaches(corridor, f"of-{ZOE.id}")  # nobody knows her yet
        await corridor.launch(ZOE)
        for hidden in (ZOE.id, f"r-{ZOE.id.upper()}", base64.urlsafe_b64encode(f"id:{ZOE.id}".encode()).decode()):
            async with corridor.refuses("leak-suspected", 403, ZOE.id, ZOE.last) as refusal:
                refusal.answer = await ask(corridor, hidden)
            assert refusal.entry.event == "leak-suspected"
            assert refusal.entry.route == "cloud.registration"
            assert refusal.entry.reason.startswith("request-line:")
        async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
            refusal.answer = await ask(corridor, quote(f"{ZOE.last}, {ZOE.first}"))
        assert await reaches(corridor, "r-1")

    async def test_parts_of_her_name_may_be_words_of_others(self, corridor):
        await corridor.launch(ZOE)
        assert await reaches(corridor, quote(ZOE.first))

    async def test_people_of_another_tenant_are_not_searched(self, corridor):
        answer = await corridor.get(LAUNCH + ZOE.query(), host=OTHER_HOST)
        assert answer.status == 200
        assert await reaches(corridor, ZOE.id)

    async def test_who_was_forgotten_is_searched_no_more(self, corridor):
        await corridor.launch(ZOE)
        await corridor.launch(OBRIEN)
        assert (await ask(corridor, ZOE.id)).status == 403
        found = await corridor.house.store.by_pseudonym("uni", (corridor.pseudonym(ZOE.id),))
        await corridor.house.forgetting.erase([record for _, record in found], actor="operator", reason="asked")
        assert await reaches(corridor, ZOE.id)
        assert (await ask(corridor, OBRIEN.id)).status == 403

    async def test_a_mount_may_look_only_for_whom_a_call_names(self, tmp_path, installation):
        api_policy = 'guard_scope = "session"'
        async with corridor_in(tmp_path, installation, api_policy=api_policy) as corridor:
            await corridor.launch(ZOE)
            assert await reaches(corridor, ZOE.id)

    async def test_a_mount_may_report_only(self, tmp_path, installation):
        api_policy = 'guard = "report"'
        async with corridor_in(tmp_path, installation, api_policy=api_policy) as corridor:
            await corridor.launch(ZOE)
            assert await reaches(corridor, ZOE.id)
            entry = (await corridor.audit())[-1]
            assert (entry.event, entry.reason) == ("leak-reported", "request-line:plain")

    async def test_pages_of_a_course_are_searched_for_their_session_only(self, corridor):
        await corridor.launch(ZOE)
        cookie = await corridor.launch(OBRIEN)
        assert (await corridor.get(f"/content/c/x.html?u={ZOE.id}", {"Cookie": cookie})).status == 200


def person(number: int, *, name: str = "Bob Baker") -> Person:
    texts = (Cleartext(Kind.SUBJECT, f"learner-{number:05}"), Cleartext(Kind.NAME, name))
    return Person(Pseudonym(f"token{number}", "k1"), texts)


async def seen(crowds: Crowds, number: int, tenant: str = "uni") -> bool:
    return bool(await crowds.search(tenant, [("body", f'{{"x": "LEARNER-{number:05}"}}'.encode())]))


class TestCrowds:
    async def test_everybody_is_known_whatever_is_being_built(self):
        crowds = Crowds({"uni"})
        for number in range(1500):
            crowds.see("uni", f"row{number}", person(number))
            if number % 111 == 0:
                assert await seen(crowds, number)
                assert await seen(crowds, number // 2)
        assert await seen(crowds, 1499)
        await crowds.settle()
        for number in (0, 1, 77, 250, 1000, 1498, 1499):
            assert await seen(crowds, number)
        assert not await seen(crowds, 1500)
        await crowds.close()

    async def test_one_by_one_they_become_few_crowds(self):
        crowds = Crowds({"uni"})
        for number in range(200):
            crowds.see("uni", f"row{number}", person(number))
            assert await seen(crowds, number)
        await crowds.settle()
        assert len(crowds.sizes("uni")) < 12
        assert sum(crowds.sizes("uni")) == 200

    async def test_who_was_seen_longest_ago_makes_room(self):
        crowds = Crowds({"uni"}, limit=3)
        for number in (1, 2, 3, 1, 4):
            crowds.see("uni", f"row{number}", person(number))
        assert [await seen(crowds, number) for number in (1, 2, 3, 4)] == [True, False, True, True]

    async def test_a_new_name_takes_the_place_of_the_old_one(self):
        crowds = Crowds({"uni"})
        crowds.see("uni", "row", person(1, name="Ada Lovelace"))
        assert await crowds.search("uni", [("body", b"Lovelace, Ada")])
        crowds.see("uni", "row", person(1, name="Ada Countess-King"))
        assert not await crowds.search("uni", [("body", b"Lovelace, Ada")])
        assert await crowds.search("uni", [("body", b"Countess-King, Ada")])

    async def test_forgotten_while_everybody_is_merged(self):
        crowds = Crowds({"uni"})
        for number in range(300):
            crowds.see("uni", f"row{number}", person(number))
        assert await seen(crowds, 7)
        crowds.forget(["row7", "row8", "nobody"])
        assert not await seen(crowds, 7)
        await crowds.settle()
        assert not await seen(crowds, 8)
        assert await seen(crowds, 9)

    async def test_only_tenants_with_an_api_are_remembered(self):
        crowds = Crowds({"uni"})
        crowds.see("college", "row1", person(1))
        assert not await seen(crowds, 1, "college")
        assert not await seen(crowds, 1)
        assert repr(crowds) == "<Crowds 0>"

    async def test_a_large_message_is_searched_as_well(self):
        crowds = Crowds({"uni"})
        crowds.see("uni", "row1", person(1))
        assert await crowds.search("uni", [("body", b"x " * 50_000 + b"learner-00001")])
        assert not await crowds.search("uni", [("body", b"x " * 50_000)])
