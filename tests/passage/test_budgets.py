"""A stranger who guesses learner ids is slowed, then refused; readers are shown so many people an hour and no more."""

import json

import pytest

from tests.passage.corridor import CALLER, LAUNCH, LI, OBRIEN, TOKEN, WORD, ZOE, Learner, corridor_in
from tests.passage.wire import http

JSON = {"Content-Type": "application/json"}
MINTING = """
[mounts.minting]
burst = 3
per_minute = 0.001
delay_seconds = 0
refuse_after = 2
caller_burst = 6
caller_per_minute = 0.001
"""
SHOWING = """
[mounts.disclosure]
per_hour = 2
alarm_per_hour = 2
"""
BEHIND = {"client_address_header": "X-Real-IP"}


def guess(number):
    return Learner(f"guess{number}", "", "")


async def launched(corridor, who, address="192.0.2.7"):
    return await corridor.get(LAUNCH + who.query(), {"X-Real-IP": address})


async def events(corridor, *wanted):
    return [one for one in await corridor.audit() if one.event in wanted]


@pytest.fixture
async def wary(tmp_path, installation):
    """Few new people of one address; a web server says whose it is."""
    async with corridor_in(
        tmp_path / "house",
        installation,
        policy=MINTING,
        api_policy=MINTING,
        server='client_address_header = "X-Real-IP"',
    ) as one:
        yield one


class TestAStrangerWhoGuesses:
    async def test_is_slowed_then_refused_and_reported_once(self, wary):
        answers = [await launched(wary, guess(number)) for number in range(12)]
        assert [one.status for one in answers] == [200] * 5 + [429] * 7
        assert {one.header("X-Scormveil-Code") for one in answers[5:]} == {"minting-budget"}
        assert 0 < int(answers[-1].header("Retry-After")) <= 3600
        assert len(await events(wary, "minted")) == 5

        [slowed] = await events(wary, "minting-slowed")
        [refused] = await events(wary, "minting-refused")
        assert slowed.reason == refused.reason
        assert refused.reason.startswith("source:")
        assert (refused.mount, refused.actor, refused.count) == ("dispatch", "browser", 2)
        written = wary.log.getvalue() + repr(await wary.audit())
        assert "192.0.2.7" not in written
        assert "guess7" not in written
        assert '"event": "minting-refused"' in wary.log.getvalue()
        metrics = wary.house.metrics.render().decode()
        assert 'scormveil_alarms_total{event="minting-refused",mount="dispatch",reason="new-people"} 1.0' in metrics

    async def test_does_not_keep_others_out_nor_whoever_is_known(self, wary):
        await launched(wary, ZOE)
        for number in range(12):
            await launched(wary, guess(number))
        assert (await launched(wary, guess(99))).status == 429
        assert (await launched(wary, ZOE)).status == 200, "she is known"
        assert (await launched(wary, OBRIEN, "198.51.100.3")).status == 200, "he comes from elsewhere"

    async def test_gains_nothing_by_the_cookies_of_those_who_were_let_in(self, wary):
        cookie = (await launched(wary, ZOE)).header("Set-Cookie").partition(";")[0]
        for number in range(12):
            await wary.get(LAUNCH + guess(number).query(), {"X-Real-IP": "192.0.2.7", "Cookie": cookie})
        assert len(await events(wary, "minted")) == 5

    async def test_goes_nowhere_when_refused(self, wary):
        for number in range(6):
            await launched(wary, guess(number))
        async with wary.refuses("minting-budget", 429, "guess77", "192.0.2.7") as refusal:
            refusal.answer = await launched(wary, guess(77))

    async def test_is_counted_apart_from_the_lms_which_has_more(self, wary):
        for number in range(12):
            await launched(wary, guess(number))
        statuses = []
        for number in range(10):
            wary.cloud.say(http(200, JSON, b'{"registrations": []}'))
            target = f"/api/v2/registrations?learnerId=staff{number}"
            statuses.append((await wary.get(target, {"Authorization": CALLER})).status)
        assert statuses == [200] * 8 + [429] * 2
        [refused] = [one for one in await events(wary, "minting-refused") if one.mount == "api"]
        assert (refused.reason, refused.actor) == ("source:caller", "caller")


async def test_a_class_of_five_hundred_behind_one_address_is_let_in_at_once(corridor):
    """By the settings that nobody changed; the budget itself is counted, not five hundred launches."""
    [mount] = [one for one in corridor.house.mounts.all if one.name == "dispatch"]
    await corridor.launch(ZOE)
    gate = corridor.house.names._gate.__self__
    answers = {
        gate._buckets.take((mount.name, "nat"), 1, gate._limits["dispatch"].strangers, 0.0).pace for _ in range(500)
    }
    assert answers == {"free"}


@pytest.fixture
async def sparing(tmp_path, installation):
    """Two people an hour for whoever reads."""
    async with corridor_in(tmp_path / "house", installation, api_policy=SHOWING, results=SHOWING) as one:
        for who in (ZOE, OBRIEN, LI, WORD):
            await one.launch(who)
        yield one


async def read(corridor, *people):
    learners = [{"id": f"r{at}", "learner": {"id": corridor.pseudonym(one.id)}} for at, one in enumerate(people)]
    corridor.cloud.say(http(200, JSON, json.dumps({"registrations": learners}).encode()))
    return await corridor.get("/api/v2/registrations", {"Authorization": CALLER})


async def post(corridor, who):
    corridor.lms.say(http(200, {}, b""))
    body = json.dumps({"id": "r", "learner": {"id": corridor.pseudonym(who.id)}}).encode()
    return await corridor.ask("POST", f"/in/{TOKEN}", JSON, body)


class TestReaders:
    async def test_are_shown_so_many_people_an_hour_however_often(self, sparing):
        for _ in range(3):
            answer = await read(sparing, ZOE, OBRIEN, ZOE)
            assert [one["learner"]["id"] for one in json.loads(answer.body)["registrations"]] == [
                ZOE.id,
                OBRIEN.id,
                ZOE.id,
            ]
        answer = await read(sparing, LI)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (429, "showing-budget")
        assert 0 < int(answer.header("Retry-After")) <= 3600
        assert LI.id not in answer.raw.decode("utf-8", "replace")
        assert (await read(sparing, OBRIEN)).status == 200

        shown = {one.pseudonym for one in await events(sparing, "reidentified")}
        assert shown == {sparing.pseudonym(ZOE.id), sparing.pseudonym(OBRIEN.id)}
        alarms = [(one.reason, one.mount, one.count) for one in await events(sparing, "disclosure-alarm")]
        assert alarms == [("many-people", "api", 2), ("over-budget", "api", 3)]
        [refused] = await events(sparing, "refused")
        assert refused.reason == "showing-budget"

    async def test_with_results_nothing_is_lost(self, sparing):
        """What the cloud hears is a failure that it repeats; the LMS hears nothing of whom it was not."""
        assert [(await post(sparing, who)).status for who in (ZOE, OBRIEN, ZOE)] == [204] * 3
        before = len(sparing.lms.requests)
        answer = await post(sparing, LI)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (503, "results-held")
        assert answer.header("Retry-After")
        assert len(sparing.lms.requests) == before
        assert (await read(sparing, LI)).status == 200, "another mount has a budget of its own"
