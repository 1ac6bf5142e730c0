"""One person is moved: what every worker must have heard before the cloud is asked, and what is left if it refuses."""

import asyncio
from dataclasses import replace

import pytest
from nodes import PEOPLE

from keys import Envelope, Purpose, rotate
from proxy.assemble import unix_ms
from proxy.cloud import Outcome, Renaming
from proxy.errors import KeysUnavailable, LeakSuspected, StoreFailed
from proxy.identity import Records
from proxy.store import MappingRecord, Newcomer
from proxy.store.moves_port import Scope
from proxy.upkeep import Barrier, Migration, Mover, Worker, jobs
from proxy.upkeep.barrier import SILENT_SECONDS
from proxy.upkeep.moving import HOLD_MS

ON_FILES = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
"""What the cloud answers is the same whatever the store; what the store does is asked of both in tests/contracts."""


class App:
    """An application of the cloud that answers what the test says."""

    def __init__(self, *outcomes, name="api", by=Renaming.V2):
        self.name, self.by = name, by
        self.outcomes = list(outcomes) or [Outcome.RENAMED]
        self.asked = []
        self.resumed = []
        self.pause = None

    async def rename(self, _person, former, update, *, resumed=False):
        self.asked.append((former, update))
        self.resumed.append(resumed)
        if self.pause is not None:
            await self.pause()
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def look(self, _person, _former, _pseudonym):
        return self.outcomes[0]


class Time:
    """Time that passes when somebody waits, and lets others go on."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds
        for _ in range(20):
            await asyncio.sleep(0)


class Bench:
    """A mover beside a node that serves."""

    def __init__(self, node, *apps):
        self.house = node.house
        self.apps = apps or (App(),)
        self.time = Time()
        self.moves, self.upkeep = node.house.store.moves, node.house.store.upkeep
        self.barrier = Barrier(self.upkeep, unix_ms, now=self.time, sleep=self.time.sleep)
        self.records = Records(node.house.keys, node.house.keystore, node.house.renewal.renew)
        self.mover = Mover(
            keys=node.house.keys,
            records=self.records,
            moves=self.moves,
            upkeep=self.upkeep,
            applications={"uni": self.apps},
            barrier=self.barrier,
            clock=unix_ms,
            actor="operator",
        )

    async def record(self, person):
        return (await self.house.store.by_pseudonym("uni", [person.pseudonym.token]))[0][1]

    async def states(self, person):
        record = await self.record(person)
        return {one.state: one.pseudonym for one in await self.upkeep.pseudonyms(record.person)}

    def migration(self, **more):
        return Migration(
            self.mover, moves=self.moves, upkeep=self.upkeep, applications={"uni": self.apps}, barrier=self.barrier,
            clock=unix_ms, holder=more.pop("holder", "a"), sleep=self.time.sleep,
        )  # fmt: skip


@pytest.fixture
async def zoe(node):
    """A known person, after PSEUDONYM was rotated."""
    [person] = await node.seen("4711")
    await node.rotated(Purpose.PSEUDONYM)
    await node.house.renewal.renew()
    return person


@pytest.fixture
def bench(node):
    return Bench(node)


async def moved(bench, person, **options):
    return await bench.mover.move(await bench.record(person), **options)


class TestWay:
    async def test_from_the_promise_to_the_switch(self, node, bench, zoe):
        result = await moved(bench, zoe)

        assert (result.state, result.former) == ("switched", zoe.pseudonym.token)
        [(former, update)] = bench.apps[0].asked
        assert (former, update.id, update.given) == (zoe.pseudonym.token, result.pseudonym, "Learner")
        assert update.family == node.house.keys.scheme.alias(update.id)
        assert await bench.states(zoe) == {"former": zoe.pseudonym.token, "current": result.pseudonym}
        assert (await node.events())[-2:] == ["pseudonym-promised", "pseudonym-changed"]
        record = await bench.record(zoe)
        assert record.pseudonym_key == node.house.keys.ring.active(Purpose.PSEUDONYM).id
        assert record.moving == 0
        [note] = await bench.moves.outcomes([record.person])
        assert (note.former, note.pseudonym, note.outcome) == (zoe.pseudonym.token, result.pseudonym, "renamed")

    async def test_nothing_of_the_entries_joins_the_two_pseudonyms(self, node, bench, zoe):
        result = await moved(bench, zoe)
        entries = [one for _, one in await node.house.store.read_audit(0, 100) if one.event.startswith("pseudonym")]
        assert {one.pseudonym for one in entries} == {result.pseudonym}
        assert all(zoe.pseudonym.token not in f"{one}" for one in entries)

    async def test_whoever_is_moved_already_is_left_alone(self, bench, zoe):
        await moved(bench, zoe)
        assert (await moved(bench, zoe)).state == "switched"
        assert len(bench.apps[0].asked) == 1

    async def test_two_at_once_ask_twice_and_change_once(self, node, bench, zoe):
        other = Bench(node)
        results = await asyncio.gather(moved(bench, zoe), moved(other, zoe))
        assert {one.state for one in results} == {"switched"}
        assert len({one.pseudonym for one in results}) == 1
        assert (await node.events()).count("pseudonym-changed") == 1

    async def test_a_pseudonym_of_somebody_forgotten_is_not_given_again(self, node, bench, zoe):
        """She was moved, forgotten, and came back under the old key's second turn; then she is moved again."""
        first = await moved(bench, zoe)
        record = await bench.record(zoe)
        await node.house.forgetting.erase([record], actor="operator", reason="request")
        [again] = await node.seen("4711")
        await node.rotated(Purpose.PSEUDONYM)
        await node.house.renewal.renew()
        second = await moved(bench, again)
        assert second.state == "switched"
        assert len({first.pseudonym, again.pseudonym.token, second.pseudonym}) == 3

    @pytest.mark.usefixtures("zoe")
    async def test_a_record_of_the_old_form_is_given_a_data_key_first(self, node, bench):
        keys = node.house.keys
        token = keys.scheme.mint("uni", "subject", ("old",)).token
        sealed = Envelope(keys.ring).seal(b'{"v":1,"texts":{"subject":["old"]}}', ("uni", "subject", token))
        old = MappingRecord("uni", "subject", "f" * 32, token, "aaaa", sealed, keys.ring.active(Purpose.SEAL).id, 1, 1)
        await node.house.store.insert_or_get([Newcomer(old, ())])
        assert (await bench.mover.move(old)).state == "switched"
        there = await bench.moves.read(old.person)
        assert there.seal_key == ""
        known = (await bench.records.open((there,)))[old.person]
        assert set(known.person.tokens) == {token, there.pseudonym}

    async def test_who_cannot_be_opened_is_passed_over(self, node, bench, zoe):
        record = await bench.record(zoe)
        await node.house.keystore.destroy([record.person])
        assert (await bench.mover.move(record)).state == "cannot-open"
        assert list(await bench.states(zoe)) == ["current"]
        await node.house.forgetting.erase([record], actor="operator", reason="request")
        assert (await bench.mover.move(record)).state == "gone"

    async def test_without_an_active_key_nobody_is_promised_anything(self, node, bench, zoe):
        ring = node.house.keys.ring
        retired = rotate.deactivate(ring, ring.active(Purpose.PSEUDONYM).id, ring.keys[-1].created, "closing")
        node.house.keys.install(retired)
        with pytest.raises(KeysUnavailable, match="no-key"):
            await moved(bench, zoe)
        assert list(await bench.states(zoe)) == ["current"]


@ON_FILES
class TestCloud:
    @pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.UNCLEAR, Outcome.UNSUPPORTED])
    async def test_whoever_is_not_renamed_everywhere_keeps_hers(self, node, zoe, outcome):
        one, two, three = App(name="one"), App(outcome, name="two"), App(name="three")
        bench = Bench(node, one, two, three)
        result = await moved(bench, zoe)
        assert (result.state, dict(result.outcomes)) == ("kept", {"one": Outcome.PUT_BACK, "two": outcome})
        states = await bench.states(zoe)
        assert (states["current"], len(states)) == (zoe.pseudonym.token, 2)
        assert (await bench.record(zoe)).moving == 0, "she is let go"
        assert {one.outcome for one in await bench.moves.outcomes([(await bench.record(zoe)).person])} == {
            "put-back",
            outcome.value,
        }
        assert [(former, update.id) for former, update in one.asked] == [
            (zoe.pseudonym.token, states["coming"]),
            (states["coming"], zoe.pseudonym.token),
        ]
        assert one.asked[1][1].family == node.house.keys.scheme.alias(zoe.pseudonym.token)
        assert three.asked == []

    async def test_by_force_all_are_asked_and_nothing_is_put_back(self, node, zoe):
        apps = App(name="one"), App(Outcome.REFUSED, name="two"), App(name="three")
        result = await moved(Bench(node, *apps), zoe, force=True)
        assert (result.state, [len(one.asked) for one in apps]) == ("switched", [1, 1, 1])

    async def test_what_cannot_be_put_back_is_told(self, node, zoe):
        bench = Bench(node, App(Outcome.RENAMED, Outcome.UNCLEAR, name="one"), App(Outcome.REFUSED, name="two"))
        assert dict((await moved(bench, zoe)).outcomes) == {"one": Outcome.RENAMED, "two": Outcome.REFUSED}

    async def test_and_is_given_the_same_one_at_the_next_attempt(self, node, zoe):
        bench = Bench(node, App(Outcome.UNCLEAR, Outcome.RENAMED))
        first, second = await moved(bench, zoe), await moved(bench, zoe)
        assert (first.state, second.state) == ("kept", "switched")
        assert first.pseudonym == second.pseudonym
        assert bench.apps[0].resumed == [False, True]
        assert (await node.events()).count("pseudonym-promised") == 1

    async def test_by_force_she_is_moved_all_the_same_and_that_is_recorded(self, node, zoe):
        bench = Bench(node, App(Outcome.UNCLEAR))
        assert (await moved(bench, zoe, force=True)).state == "switched"
        [entry] = [one for _, one in await node.house.store.read_audit(0, 99) if one.event == "pseudonym-changed"]
        assert entry.reason == "forced"

    async def test_without_any_application_nobody_can_say_that_nothing_is_there(self, node, zoe):
        bench = Bench(node)
        bench.mover._applications = {}
        assert (await moved(bench, zoe)).state == "kept"
        assert list(await bench.states(zoe)) == ["current"]
        assert (await moved(bench, zoe, force=True)).state == "switched"

    async def test_one_that_is_not_to_rename_is_asked_before_anything_is_promised(self, node, zoe):
        bench = Bench(node, App(Outcome.UNSUPPORTED, by=Renaming.NONE))
        assert (await moved(bench, zoe)).state == "kept"
        assert list(await bench.states(zoe)) == ["current"]
        assert bench.apps[0].asked == []

    async def test_what_the_guard_saw_is_recorded_and_she_keeps_hers(self, node, zoe):
        bench = Bench(node, App(LeakSuspected("plain", kind="given")))
        result = await moved(bench, zoe)
        assert (result.state, result.outcomes["api"]) == ("kept", Outcome.REFUSED)
        [entry] = [one for _, one in await node.house.store.read_audit(0, 99) if one.event == "leak-suspected"]
        assert (entry.mount, entry.kind, entry.reason) == ("api", "given", "rename")

    async def test_a_rename_that_takes_long_is_held_for_as_long(self, bench, zoe, monkeypatch):
        monkeypatch.setattr("proxy.upkeep.moving.PROLONG_SECONDS", 0.01)
        until = []

        async def slow():
            for _ in range(2):
                until.append((await bench.record(zoe)).moving)
                await asyncio.sleep(0.1)

        bench.apps[0].pause = slow
        await moved(bench, zoe)
        assert until[1] > until[0] > unix_ms()


class TestHearing:
    async def test_the_cloud_is_not_asked_before_every_worker_has_heard(self, node, bench, zoe):
        bench.mover._barrier = Barrier(bench.upkeep, unix_ms)
        await node.house.housekeeping.listen()
        moving = asyncio.ensure_future(moved(bench, zoe))
        await asyncio.wait([moving], timeout=0.6)
        assert bench.apps[0].asked == []
        assert "coming" in await bench.states(zoe)

        while not moving.done():
            await node.house.housekeeping.listen()
            await asyncio.sleep(0)

        assert (await moving).state == "switched"

    async def test_what_a_worker_had_in_memory_is_gone_before(self, node, bench, zoe):
        await node.seen("4711")
        await node.house.housekeeping.listen()
        heard = []

        async def in_memory():
            heard.append(node.house.names._cache.by_token("uni", zoe.pseudonym.token))

        bench.apps[0].pause = in_memory
        moving = asyncio.ensure_future(moved(bench, zoe))
        while not moving.done():
            await node.house.housekeeping.listen()
            await asyncio.sleep(0)
        assert heard == [None]

    async def test_who_is_not_heard_of_in_time_is_let_go_and_held_again_later(self, node, bench, zoe):
        await node.house.housekeeping.listen()
        let_go, free = bench.moves.let_go, asyncio.Event()

        async def noted(person):
            await let_go(person)
            free.set()

        bench.mover._moves.let_go = noted
        moving = asyncio.ensure_future(moved(bench, zoe))
        await free.wait()
        assert bench.time.now == pytest.approx(8, abs=2)
        assert bench.apps[0].asked == []
        while not moving.done():
            await node.house.housekeeping.listen()
            await asyncio.sleep(0)
        assert (await moving).state == "switched"
        del bench.mover._moves.let_go

    async def test_a_worker_that_was_killed_is_not_waited_for_for_ever(self, bench, zoe):
        await bench.upkeep.report("killed", 1, unix_ms())
        assert (await moved(bench, zoe)).state == "switched"
        assert SILENT_SECONDS <= bench.time.now < SILENT_SECONDS + 30

    async def test_nor_one_whose_row_is_old_and_nor_one_that_has_ended(self, node, bench, zoe):
        await bench.upkeep.report("of last week", 1, unix_ms() - 7 * 86_400_000)
        await node.house.housekeeping.listen()
        await node.house.housekeeping.stop()
        assert (await moved(bench, zoe)).state == "switched"
        assert bench.time.now < 1

    async def test_a_worker_whose_clock_is_minutes_slow_counts_as_long_as_it_speaks(self, bench):
        number = await bench.moves.ping()
        for turn in range(100):
            await bench.upkeep.report("slow clock", 1, unix_ms() - 300_000 + turn)
            assert await bench.barrier.missing(number) == ["slow clock"]
            await bench.time.sleep(5)
        await bench.upkeep.report("slow clock", 1, unix_ms() - 300_000, number)
        await bench.time.sleep(5)
        assert await bench.barrier.missing(number) == []


class TestFinishing:
    async def test_a_node_takes_over_from_who_was_killed_and_only_then(self, bench, zoe):
        """Killed after the promise."""

        async def die():
            raise StoreFailed("killed")

        bench.apps[0].pause = die
        with pytest.raises(StoreFailed):
            await moved(bench, zoe)
        bench.apps[0].pause = None
        later = [0]
        job = jobs.FinishMoves(bench.mover, bench.moves, lambda: unix_ms() + later[0])
        assert await job.left() == 0, "it may be alive"

        later[0] = 15_000
        assert await job.left() == 1
        await Worker(bench.upkeep, "a", unix_ms, 1000, bench.time.sleep).do(job)

        assert await job.left() == 0
        assert (await bench.record(zoe)).pseudonym != zoe.pseudonym.token
        assert bench.apps[0].resumed == [False, True]

    async def test_it_lets_go_whom_the_cloud_does_not_rename(self, node, zoe):
        bench = Bench(node, App(Outcome.UNCLEAR))
        record = await bench.record(zoe)
        await moved(bench, zoe)
        await bench.moves.hold(record.person, unix_ms() + HOLD_MS - 15_000)
        job = jobs.FinishMoves(bench.mover, bench.moves, unix_ms)
        assert await job.step(10) == 1
        assert await job.step(10) == 0
        assert (await bench.record(zoe)).moving == 0

    async def test_nor_anybody_who_was_promised_nothing(self, bench, zoe):
        record = await bench.record(zoe)
        await moved(bench, zoe)
        bench.apps[0].asked.clear()
        assert await bench.mover.finish(replace(record)) is None
        assert bench.apps[0].asked == []


async def scope(bench, tenant=""):
    used = set((await bench.upkeep.usage())["pseudonym"])
    return Scope(tenant, tuple(used - {bench.house.keys.ring.active(Purpose.PSEUDONYM).id}))


@pytest.fixture
async def crowd(node):
    people = await node.seen(*PEOPLE, *(f"person-{number}" for number in range(60)))
    await node.rotated(Purpose.PSEUDONYM)
    await node.house.renewal.renew()
    return people


class TestRun:
    async def test_moves_everybody(self, bench, crowd):
        told = []
        report = await bench.migration().run(await scope(bench), pace=1000, told=told.append)
        assert (report.switched, report.kept, report.left, report.stopped) == (len(crowd), [], 0, "")
        assert len(told) == len(crowd)
        assert len({update.id for _, update in bench.apps[0].asked}) == len(crowd)
        [job] = [one for one in await bench.upkeep.jobs() if one.name == "migrate"]
        assert job.holder == "", "the turn is given back"

    @pytest.mark.usefixtures("crowd")
    async def test_the_first_one_alone_and_after_that_many_at_once(self, node):
        bench = Bench(node)
        under_way, most = [0], []

        async def slow():
            under_way[0] += 1
            most.append(under_way[0])
            async with asyncio.timeout(30):
                while len(most) > 2 and max(most) < 6:
                    await asyncio.sleep(0.01)
            under_way[0] -= 1

        bench.apps[0].pause = slow
        await bench.migration().run(await scope(bench), pace=10_000)
        assert most[:2] == [1, 1]
        assert max(most) >= 6

    @pytest.mark.parametrize("outcome", [Outcome.UNCLEAR, Outcome.REFUSED])
    async def test_a_cloud_that_does_not_rename_is_given_up_after_one_person(self, node, crowd, outcome):
        bench = Bench(node, App(outcome))
        report = await bench.migration().run(await scope(bench), pace=1000)
        assert (report.switched, len(report.kept), report.stopped) == (0, 1, "not-renamed")
        assert report.left == len(crowd)
        assert len(bench.apps[0].asked) == 1

    @ON_FILES
    async def test_unless_by_force(self, node, crowd):
        bench = Bench(node, App(Outcome.UNCLEAR))
        report = await bench.migration().run(await scope(bench), pace=1000, force=True)
        assert (report.switched, report.kept, report.stopped) == (len(crowd), [], "")

    @ON_FILES
    async def test_one_that_stops_renaming_is_given_up_after_a_few_in_a_row(self, node, crowd, monkeypatch):
        monkeypatch.setattr("proxy.upkeep.migration._AT_ONCE", 4)
        bench = Bench(node, App(*[Outcome.RENAMED] * 10, Outcome.REFUSED))
        report = await bench.migration().run(await scope(bench), pace=1)
        assert report.stopped == "in-a-row"
        assert report.switched == 10
        assert 5 <= len(report.kept) < len(crowd) - 10

    @ON_FILES
    async def test_a_few_that_fail_among_many_are_listed_and_looked_at_once_more(self, node, crowd):
        outcomes = [Outcome.RENAMED, Outcome.UNCLEAR, Outcome.REFUSED, *[Outcome.RENAMED] * 100]
        bench = Bench(node, App(*outcomes))
        report = await bench.migration().run(await scope(bench), pace=1)
        assert (report.switched, [list(one.outcomes.values()) for one in report.kept], report.stopped) == (
            len(crowd) - 1,
            [[Outcome.REFUSED]],
            "",
        )
        assert report.left == 1
        again = await bench.migration().run(await scope(bench), pace=1)
        assert (again.switched, again.left) == (1, 0)

    @ON_FILES
    async def test_with_nothing_in_the_cloud_nothing_need_be_proved(self, node, crowd):
        bench = Bench(node, App(Outcome.NOTHING_THERE))
        report = await bench.migration().run(await scope(bench), pace=10_000)
        assert report.switched == len(crowd)

    @ON_FILES
    async def test_records_that_do_not_open_keep_nobody_else_from_it(self, node, bench, crowd):
        names = [(await bench.record(one)).person for one in crowd[:3]]
        await node.house.keystore.destroy(names)
        report = await bench.migration().run(await scope(bench), pace=1000)
        assert (report.switched, report.cannot_open, report.left) == (len(crowd) - 3, 3, 3)

    @pytest.mark.usefixtures("crowd")
    async def test_one_run_at_a_time(self, node, bench):
        other = Bench(node).migration(holder="b")
        assert await bench.migration(holder="a").take_turn()
        assert not await other.take_turn()

    @pytest.mark.usefixtures("crowd")
    async def test_a_run_whose_turn_was_taken_ends(self, bench, monkeypatch):
        monkeypatch.setattr("proxy.upkeep.migration._TURN_SECONDS", 0.001)
        migration = bench.migration()

        async def stolen():
            await bench.upkeep.release("migrate", "a")
            await bench.upkeep.take("migrate", "b", unix_ms(), unix_ms() + 60_000)
            await asyncio.sleep(0.1)

        bench.apps[0].pause = stolen
        report = await migration.run(await scope(bench), pace=1000)
        assert report.stopped == "another-run"
        assert report.left > 0

    async def test_who_listens_is_known_before_anybody_is_held(self, node, bench):
        await node.house.housekeeping.listen()
        migration = bench.migration()
        assert len(await migration.listening()) == 1
        await node.house.housekeeping.listen()
        await bench.time.sleep(1)
        assert await migration.listening() == []

    @pytest.mark.usefixtures("crowd")
    async def test_a_keyring_that_was_replaced_meanwhile_ends_the_run(self, bench, monkeypatch):
        await bench.upkeep.announce(99, "another", [])
        monkeypatch.setattr("proxy.store.statements.people.LAG_MS", -1)
        report = await bench.migration().run(await scope(bench), pace=1000)
        assert (report.stopped, report.switched) == ("keyring-behind", 0)
        assert await bench.moves.stalled(2**60, 1) == [], "nobody is held"
