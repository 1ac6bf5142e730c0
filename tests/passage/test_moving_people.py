"""What a browser and the cloud see of a learner whose pseudonym is being changed."""

import asyncio
import json
from dataclasses import replace
from urllib.parse import quote, unquote, urlsplit

import pytest

from keys import KeyRoom
from proxy.identity import Records
from proxy.store import AuditRecord, PseudonymRecord
from tests.passage.corridor import LAUNCH, LMS, ZOE, cookies_of
from tests.passage.wire import http

FAR = 10**15


class Change:
    """Somebody else changes Zoë's pseudonym in the mapping."""

    def __init__(self, corridor):
        self.house = corridor.house
        self.old = corridor.pseudonym(ZOE.id)
        self.new = corridor.pseudonym("a key of another year")

    async def promise(self):
        house = self.house
        [(_, record)] = await house.store.by_pseudonym("uni", [self.old])
        records = Records(KeyRoom(house.keys.ring), house.keystore, house.renewal.renew)
        known = (await records.open((record,)))[record.person]
        newer = records.seal(replace(record, moving=FAR), known.key, known.person.cleartexts, (self.new,))
        row = PseudonymRecord("uni", self.new, self.new[3:7], record.person, "coming", 1)
        await house.store.moves.promise(
            newer.record, row, replacing=record.sealed, generation=0, entry=AuditRecord(1, "pseudonym-promised")
        )
        self.person = record.person

    async def switch(self):
        assert await self.house.store.moves.switch(
            self.person, former=self.old, coming=self.new, now=2, entry=AuditRecord(2, "pseudonym-changed")
        )

    async def heard(self):
        """What the node says it has heard of, after a look; 0 before the first change."""
        await self.house.housekeeping.listen()
        return max((one.heard for one in await self.house.store.upkeep.nodes(0)), default=0)


@pytest.fixture
async def change(corridor):
    await corridor.launch(ZOE)
    corridor.cloud.requests.clear()
    return Change(corridor)


def launches(corridor):
    return [one.target for one in corridor.cloud.requests if "methodName=Launch" in one.target]


async def test_a_launch_that_waits_too_long_is_refused_with_a_word_to_come_back(corridor, change, monkeypatch):
    monkeypatch.setattr("proxy.identity.service._HOLD_PAUSE_SECONDS", 0.001)
    await change.promise()
    await change.heard()
    async with corridor.refuses("person-moving", 503, *ZOE.texts) as refusal:
        refusal.answer = await corridor.get(LAUNCH + ZOE.query())


async def test_a_launch_in_the_middle_of_it_leaves_under_the_new_one(corridor, change):
    await change.promise()
    await change.heard()
    launching = asyncio.ensure_future(corridor.get(LAUNCH + ZOE.query()))
    await asyncio.wait([launching], timeout=0.1)
    assert launches(corridor) == []
    await change.switch()
    assert (await launching).status == 200
    [target] = launches(corridor)
    assert change.new in target
    assert change.old not in target
    assert quote(corridor.scheme.alias(change.new)) in target


async def test_a_node_says_it_has_heard_only_when_what_it_told_before_has_arrived(corridor, change):
    """The cloud takes its time with a launch; nobody may rename her before it has looked at it."""
    may_answer, asked = asyncio.Event(), asyncio.Event()

    async def slowly(_reader, writer):
        asked.set()
        await may_answer.wait()
        writer.write(http(200, {"Content-Type": "text/html"}, b"<title>course</title>"))
        await writer.drain()

    corridor.cloud.say(slowly)
    launching = asyncio.ensure_future(corridor.get(LAUNCH + ZOE.query()))
    await asked.wait()
    await change.promise()
    number = (await corridor.house.store.pulse()).changes

    assert await change.heard() < number
    assert await change.heard() < number
    may_answer.set()
    assert (await launching).status == 200
    assert await change.heard() == number
    assert change.old in launches(corridor)[0]


async def test_a_launch_that_waits_keeps_nobody_from_being_heard_of(corridor, change, monkeypatch):
    await change.promise()
    launching = asyncio.ensure_future(corridor.get(LAUNCH + ZOE.query()))
    corridor.house.names.look_again_at([change.person])
    await asyncio.wait([launching], timeout=0.05)
    assert await change.heard() == (await corridor.house.store.pulse()).changes
    await change.switch()
    assert (await launching).status == 200


async def test_what_names_nobody_is_not_waited_for(corridor, change):
    may_answer, asked = asyncio.Event(), asyncio.Event()

    async def slowly(_reader, writer):
        asked.set()
        await may_answer.wait()
        writer.write(http(200, {"Content-Type": "text/html"}, b"<title>course</title>"))

    corridor.cloud.say(slowly)
    loading = asyncio.ensure_future(corridor.get("/dispatch/loading.html"))
    await asked.wait()
    await change.promise()
    assert await change.heard() == (await corridor.house.store.pulse()).changes
    may_answer.set()
    await loading


async def test_a_launch_that_failed_is_under_way_no_more(corridor, change):
    async def break_off(_reader, _writer):
        return

    corridor.cloud.say(break_off, break_off)
    assert (await corridor.get(LAUNCH + ZOE.query())).status == 502
    async with corridor.refuses("field-invalid", 400) as refusal:
        refusal.answer = await corridor.get(LAUNCH + ZOE.query() + "&redirecturl=https%3A%2F%2Fevil.example%2F")
    await change.promise()
    assert await change.heard() == (await corridor.house.store.pulse()).changes


async def test_a_page_that_was_washed_before_launches_under_the_new_one_after(corridor, change):
    """Her browser has the old pseudonym in the address of the host page, whose script launches with it."""
    inner = "https://cloud.example/DispatchRequest.jsp?methodName=Launch" + ZOE.query()
    washed = await corridor.get("/dispatch/DispatchHost.v2.html?URL=" + quote(inner, safe=""))
    assert washed.status == 302
    assert change.old in washed.header("Location")
    cookie = cookies_of(washed)
    await change.promise()
    await change.heard()
    await change.switch()

    answer = await corridor.get(
        LAUNCH + f"&learnerid={change.old}&fname=Learner&lname=x&regid=_new_", {"Cookie": cookie}
    )

    assert answer.status == 200
    [target] = launches(corridor)
    assert change.new in target
    assert change.old not in target


async def test_a_session_and_a_return_address_from_before_are_good_after(corridor, change):
    back = quote(f"{LMS}/course/view.php?id=7", safe="")
    launched = await corridor.get(LAUNCH + ZOE.query() + f"&redirecturl={back}")
    cookie = cookies_of(launched)
    sealed = next(part for part in launches(corridor)[0].split("&") if part.startswith("redirecturl="))
    way_back = urlsplit(unquote(sealed.partition("=")[2])).path
    await change.promise()
    await change.heard()
    await change.switch()
    await change.heard()

    answer = await corridor.commit('<RTD RI="r"><ART SD="x"/></RTD>', cookie)
    assert answer.status == 200
    refused = await corridor.commit(f'<RTD RI="r"><ART SD="{ZOE.last}"/></RTD>', cookie)
    assert json.loads(refused.body)["code"] == "leak-suspected", "the session still says whom to guard"
    returned = await corridor.get(way_back, {"Cookie": cookie})
    assert (returned.status, returned.header("Location")) == (302, f"{LMS}/course/view.php?id=7")
