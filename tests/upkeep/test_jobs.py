"""Long work after a rotation: complete, resumable, shared, and never at the learners' expense."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from nodes import CONTEXT, PEOPLE

from keys import Purpose
from keys.index import OVERLAP
from proxy.assemble import unix_ms
from proxy.identity import Records, Sighting
from proxy.people import Cleartext, Kind, account
from proxy.upkeep import Worker, jobs

PURPOSES = (Purpose.PSEUDONYM, Purpose.SEAL, Purpose.LOOKUP)


async def still(_seconds: float) -> None:
    """No rest: a test is in nobody's way."""
    await asyncio.sleep(0)


class Bench:
    """The jobs of a node, with a clock that can be turned."""

    def __init__(self, node, holder="a", pace=1000):
        self.house = node.house
        self.later = timedelta()
        self.records = Records(self.house.keys, self.house.keystore, self.house.renewal.renew)
        self.rewrap = jobs.RewrapKeys(self.house.keys, self.records, self.house.keystore)
        self.reindex = jobs.Reindex(self.house.keys, self.records, self.house.store.upkeep, self.clock)
        self.give = jobs.GiveKeys(self.records, self.house.store, self.house.store.upkeep)
        self.worker = Worker(self.house.store.upkeep, holder, self.clock, pace, still)

    def clock(self):
        return unix_ms() + int(self.later / timedelta(milliseconds=1))

    def usage(self):
        return self.house.store.upkeep.usage()


@pytest.fixture
async def bench(node):
    return Bench(node)


class TestResealing:
    async def test_wraps_every_data_key_under_the_new_key_and_touches_no_record(self, node, bench):
        known = await node.seen(*PEOPLE)
        before = await node.house.store.upkeep.people("", 100)
        ring = await node.rotated(Purpose.SEAL)
        await node.house.renewal.renew()
        assert await bench.rewrap.left() == len(PEOPLE)

        assert await bench.worker.do(bench.rewrap) == len(PEOPLE)

        assert await node.house.keystore.usage() == {ring.active(Purpose.SEAL).id: len(PEOPLE)}
        assert await node.house.store.upkeep.people("", 100) == before
        node.house.names.look_again()
        assert await node.seen(*PEOPLE) == known
        assert await bench.worker.do(bench.rewrap) == 0

    async def test_of_several_keys_at_once_leaves_none(self, node, bench):
        for turn in range(3):
            await node.seen(*(f"person-{turn}-{number}" for number in range(150)))
            await node.rotated(Purpose.SEAL)
            await node.house.renewal.renew()

        await bench.worker.do(bench.rewrap)

        assert len(await node.house.keystore.usage()) == 1

    async def test_goes_on_where_it_was_stopped(self, node, bench):
        await node.seen(*(f"person-{number}" for number in range(250)))
        await node.rotated(Purpose.SEAL)
        await node.house.renewal.renew()
        assert await bench.rewrap.step(100) == 100
        assert await bench.rewrap.left() == 150

        another = Bench(node, "b")
        assert await another.worker.do(another.rewrap) == 150

    async def test_is_done_by_one_at_a_time(self, node, bench):
        await node.seen(*(f"person-{number}" for number in range(300)))
        await node.rotated(Purpose.SEAL)
        await node.house.renewal.renew()
        others = [Bench(node, name) for name in "bcd"]

        done = await asyncio.gather(*(one.worker.do(one.rewrap) for one in (bench, *others)))

        assert sorted(done) == [0, 0, 0, 300]
        [job] = [job for job in await node.house.store.upkeep.jobs() if job.name == "reseal"]
        assert (job.done, job.remaining, job.state, job.holder) == (300, 0, "done", "")

    async def test_of_a_holder_that_was_killed_is_taken_over_when_its_turn_lapses(self, node, bench):
        await node.seen("4711")
        await node.rotated(Purpose.SEAL)
        await node.house.renewal.renew()
        now = bench.clock()
        assert await node.house.store.upkeep.take("reseal", "killed", now, now + 60_000)
        assert await bench.worker.do(bench.rewrap) == 0

        bench.later = timedelta(seconds=61)
        assert await bench.worker.do(bench.rewrap) == 1

    async def test_passes_over_what_was_altered_and_says_how_much(self, node, bench):
        await node.seen(*PEOPLE)
        [(_, victim)] = await node.house.store.by_pseudonym("uni", [(await node.seen("Plato"))[0].pseudonym.token])
        key = (await node.house.keystore.get([victim.person]))[victim.person]
        spoiled = key.wrapped[:-1] + bytes([key.wrapped[-1] ^ 1])
        await node.house.keystore.rewrap(replace(key, wrapped=spoiled), replacing=key.wrapped)
        await node.rotated(Purpose.SEAL)
        await node.house.renewal.renew()

        assert await bench.worker.do(bench.rewrap) == len(PEOPLE)

        assert (bench.rewrap.failed, await bench.rewrap.left()) == (1, 1)
        [job] = [job for job in await node.house.store.upkeep.jobs() if job.name == "reseal"]
        assert job.state == "cannot-open"

    async def test_loses_nothing_that_is_written_at_the_same_time(self, node, bench):
        people = [f"person-{number}" for number in range(200)]
        await node.seen(*people)
        await node.rotated(*PURPOSES)
        await node.house.renewal.renew()

        async def busy():
            for one in people:
                await node.seen(one)

        await asyncio.gather(busy(), bench.worker.do(bench.rewrap), bench.worker.do(bench.reindex))

        node.house.names.look_again()
        assert len({one.pseudonym for one in await node.seen(*people)}) == 200
        assert (await node.events()).count("minted") == 200


class TestReindexing:
    async def test_indexes_everybody_and_keeps_the_old_index_as_long_as_another_node_may_need_it(self, node, bench):
        known = await node.seen(*PEOPLE)
        old = node.house.keys.ring.active(Purpose.LOOKUP).id
        ring = await node.rotated(Purpose.LOOKUP)
        new = ring.active(Purpose.LOOKUP).id
        await node.house.renewal.renew()
        await node.seen("newcomer")
        assert (await bench.usage())["lookup"] == {old: len(PEOPLE) + 1, new: 1}

        await bench.worker.do(bench.reindex)
        assert (await bench.usage())["lookup"] == {old: len(PEOPLE) + 1, new: len(PEOPLE) + 1}

        bench.later = 2 * OVERLAP + timedelta(seconds=1)
        await bench.worker.do(bench.reindex)
        assert (await bench.usage())["lookup"] == {new: len(PEOPLE) + 1}

        node.house.names.look_again()
        assert await node.seen(*PEOPLE) == known
        assert await bench.reindex.left() == 0

    async def test_finds_people_of_record_stores_by_what_they_were_known_by(self, node, bench):
        ways = [
            account("https://hr.example/staff", "Zoë M"),
            Cleartext(Kind.OPENID, "https://id.example/zoë.m"),
            Cleartext(Kind.EMAIL, "mailto:Zoe@Uni.example"),
            Cleartext(Kind.EMAIL_SHA1, "0123456789ABCDEF" * 2 + "01234567"),
            Cleartext(Kind.SUBJECT, "zoe.m"),
        ]
        others = [one for one in ways if one.kind in {Kind.ACCOUNT, Kind.OPENID}]
        sightings = [Sighting(one, tuple(other for other in others if other.kind is not one.kind)) for one in ways]
        known = await node.house.names.pseudonymize(sightings, CONTEXT)
        assert len({person.pseudonym for person in known}) == len(ways)
        new = (await node.rotated(Purpose.LOOKUP)).active(Purpose.LOOKUP).id
        await node.house.renewal.renew()
        bench.later = 2 * OVERLAP + timedelta(seconds=1)

        await bench.worker.do(bench.reindex)
        await bench.worker.do(bench.reindex)

        assert (await bench.usage())["lookup"] == {new: len(ways)}
        node.house.names.look_again()
        again = await node.house.names.pseudonymize([Sighting(one) for one in ways], CONTEXT)
        assert [person.pseudonym for person in again] == [person.pseudonym for person in known]

    async def test_keeps_the_old_index_of_whoever_cannot_be_opened(self, node, bench):
        people = await node.seen(*PEOPLE)
        [(_, victim)] = await node.house.store.by_pseudonym("uni", [people[0].pseudonym.token])
        await node.house.keystore.destroy([victim.person])
        old = node.house.keys.ring.active(Purpose.LOOKUP).id
        await node.rotated(Purpose.LOOKUP)
        await node.house.renewal.renew()
        bench.later = 2 * OVERLAP + timedelta(seconds=1)

        await bench.worker.do(bench.reindex)
        await bench.worker.do(bench.reindex)

        assert (await bench.usage())["lookup"][old] == 1
        node.house.names.look_again()
        assert (await node.seen(PEOPLE[0]))[0].pseudonym == people[0].pseudonym, "she is found and healed"


class TestRetention:
    async def test_forgets_who_was_not_seen_for_long_and_nobody_else(self, node):
        old, young = await node.seen("4711", "Plato")
        house = node.house
        day = 86_400_000
        later = unix_ms() + 400 * day
        [(_, record)] = await house.store.by_pseudonym("uni", [young.pseudonym.token])
        await house.store.reseal(replace(record, last_seen=later - 10 * day))
        job = jobs.Retention(house.forgetting, house.store.upkeep, lambda: later, 365)
        never = jobs.Retention(house.forgetting, house.store.upkeep, lambda: later, 0)
        worker = Worker(house.store.upkeep, "a", lambda: later, 100, still)

        assert await never.left() == 0
        assert await worker.do(never) == 0
        assert await worker.do(job) == 1

        assert await node.recalled(old) is None
        assert await node.recalled(young) is not None
        assert [entry.reason for _, entry in await house.store.read_audit(0, 99) if entry.event == "erased"] == [
            "retention"
        ]

    async def test_is_part_of_a_nodes_work(self, site):
        node = site.node(upkeep="forget_after_days = 30")
        await node.start()
        [zoe] = await node.seen("4711")
        [(_, record)] = await node.house.store.by_pseudonym("uni", [zoe.pseudonym.token])
        await node.house.store.reseal(replace(record, last_seen=0))

        await node.house.housekeeping.work()

        assert await node.recalled(zoe) is None
        await node.stop()


async def test_a_node_does_the_work_of_a_rotation_by_itself(node):
    await node.seen(*PEOPLE)
    ring = await node.rotated(*PURPOSES)
    await node.house.housekeeping.listen()

    await node.house.housekeeping.work()

    assert await node.house.keystore.usage() == {ring.active(Purpose.SEAL).id: len(PEOPLE)}
    assert await node.house.store.upkeep.count_without_index(ring.active(Purpose.LOOKUP).id) == 0
    await node.house.housekeeping.work()
    text = node.house.metrics.render().decode()
    assert 'scormveil_upkeep_left{job="reseal"} 0.0' in text
    assert f"scormveil_keyring_generation {float(ring.generation)}" in text
