"""Whoever guesses learner ids has more than one address, and hits people who are known: what is counted besides."""

import json
import unicodedata

import pytest

from proxy.budget import ShowingGate
from tests.passage.corridor import LAUNCH, LI, OBRIEN, TOKEN, WORD, ZOE, Learner, cookies_of, corridor_in
from tests.passage.test_budgets import SHOWING, events, guess, launched, post
from tests.passage.wire import http

MINTING = """
[mounts.minting]
burst = 2
per_minute = 0.001
delay_seconds = 0
refuse_after = 0
people_burst = 6
people_per_minute = 0.001
people_refuse_after = 2
alarm_per_hour = 20
"""
HOME = "2001:db8:7:{:x}::1"
CLASS = (ZOE, OBRIEN, LI, WORD)


@pytest.fixture
async def wary(tmp_path, installation):
    header = 'client_address_header = "X-Real-IP"'
    async with corridor_in(
        tmp_path / "house", installation, policy=MINTING, server=header, runtimes_policy=MINTING
    ) as one:
        yield one


async def alarms(corridor):
    return [one.reason.partition(":")[0] for one in await events(corridor, "disclosure-alarm")]


class TestManyAddresses:
    async def test_of_one_site_are_eight_and_no_more(self, wary):
        """A household has a /56 or a /48: of 65,536 networks each would be a stranger."""
        answers = [await launched(wary, guess(number), HOME.format(number)) for number in range(20)]
        assert [one.status for one in answers] == [200] * 16 + [429] * 4
        assert (await launched(wary, guess(99), "2001:db8:8::1")).status == 200, "another site"
        [refused] = await events(wary, "minting-refused")
        assert refused.reason.startswith("source:")

    async def test_of_the_whole_world_raise_an_alarm_and_keep_nobody_out(self, wary):
        answers = [await launched(wary, guess(number), f"198.51.100.{number}") for number in range(25)]
        assert {one.status for one in answers} == {200}
        assert await alarms(wary) == ["many-new"]
        [alarm] = await events(wary, "disclosure-alarm")
        assert (alarm.mount, alarm.actor, alarm.count) == ("dispatch", "browser", 20)


RUNTIME = {"host": "runtime.example.org"}


async def committed(corridor, who, address="192.0.2.7"):
    """A commit of a player nobody knows: it names its learner and needs no launch."""
    body = json.dumps({"cmi": {"learner_id": who.id, "learner_name": "", "location": "p7"}}).encode()
    headers = {"Content-Type": "application/json", "X-Real-IP": address}
    return await corridor.ask("POST", "/attempts/7/commit", headers, body, **RUNTIME)


class TestPeopleWhoAreKnown:
    """Of two to an address, so that nobody is slowed for being new."""

    @pytest.fixture
    async def school(self, wary):
        for number in range(12):
            for way in (launched, committed):
                assert (await way(wary, guess(number), f"203.0.113.{number}")).status == 200
        return wary

    @pytest.mark.parametrize("way", [launched, committed])
    async def test_are_named_from_one_address_so_often_then_there_is_an_alarm_then_no_more(self, school, way):
        answers = [await way(school, guess(number)) for number in range(12)]
        assert [one.status for one in answers] == [200] * 8 + [429] * 4
        assert answers[-1].header("X-Scormveil-Code") == "minting-budget"
        assert await alarms(school) == ["many-named"]
        assert (await way(school, guess(3))).status == 200, "she was named from there"
        assert (await way(school, guess(11), "203.0.113.77")).status == 200, "she comes from elsewhere"
        written = school.log.getvalue() + repr(await school.audit())
        assert "192.0.2.7" not in written

    async def test_in_their_own_browsers_cost_nothing(self, school):
        cookie = cookies_of(await launched(school, guess(11)))
        for number in range(9):
            await launched(school, guess(number))
        assert (await launched(school, guess(10))).status == 429
        headers = {"X-Real-IP": "192.0.2.7", "Cookie": cookie}
        assert (await school.get(LAUNCH + guess(11).query(), headers)).status == 200
        assert (await school.get(LAUNCH + guess(10).query(), headers)).status == 429, "the cookie is another's"

    async def test_a_whole_school_behind_one_address_is_let_in_by_the_defaults(self, corridor):
        limits = corridor.house.names._gate.__self__._limits["dispatch"].people
        assert (limits.burst, limits.refuse_after) == (5_000, 10**12)


class TestSpellings:
    @pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
    async def test_of_one_id_are_one_person_or_are_counted(self, wary, form):
        """Nobody gets a pseudonym for nothing by writing an id in another way."""
        said = [unicodedata.normalize(form, text) for text in ("gué-ss", "ＧＵÉ-SS", "gué-ss ", "gu\u200bé-ss")]
        statuses = [(await launched(wary, Learner(one, "", ""))).status for one in (*said, *said)]
        minted = len(await events(wary, "minted"))
        assert minted <= 2
        assert statuses.count(200) >= minted


async def told(corridor, token):
    """The cloud posts a result of whoever that is."""
    body = json.dumps({"id": "r", "learner": {"id": token}}).encode()
    return await corridor.ask("POST", f"/in/{TOKEN}", {"Content-Type": "application/json"}, body)


class TestResultsThatWait:
    """The budget of a mount for what it puts back: the cloud can drain it, and then waits itself; nothing is lost."""

    @pytest.fixture
    async def sparing(self, tmp_path, installation, monkeypatch):
        self.now = 0.0
        made = ShowingGate.__init__

        def init(gate, bounds, audit, **means):
            made(gate, bounds, audit, **(means | {"clock": lambda: self.now}))

        monkeypatch.setattr(ShowingGate, "__init__", init)
        async with corridor_in(tmp_path / "house", installation, results=SHOWING) as one:
            for who in CLASS:
                await one.launch(who)
            yield one

    async def test_are_delivered_when_the_cloud_repeats_them(self, sparing):
        assert [(await post(sparing, who)).status for who in (ZOE, OBRIEN, LI)] == [204, 204, 503]
        before = len(sparing.lms.requests)
        self.now = 3599.0
        assert (await post(sparing, LI)).status == 503
        assert len(sparing.lms.requests) == before
        self.now = 3600.0
        assert (await post(sparing, LI)).status == 204
        assert LI.id.encode() in sparing.lms.requests[-1].body or len(sparing.lms.requests) == before + 1

    async def test_that_name_nobody_drain_nothing(self, sparing):
        """Invented pseudonyms, and people who are shown already: only whom the cloud really has counts."""
        other = sparing.pseudonym("nobody-at-all")
        for _ in range(5):
            sparing.lms.say(http(200, {}, b""))
            await told(sparing, other)
            assert (await post(sparing, ZOE)).status == 204
        assert (await post(sparing, OBRIEN)).status == 204

    async def test_that_the_lms_did_not_take_are_counted_once(self, sparing):
        for status in (500, 503, 200):
            sparing.lms.say(http(status, {}, b""))
            await told(sparing, sparing.pseudonym(ZOE.id))
        assert (await post(sparing, OBRIEN)).status == 204
