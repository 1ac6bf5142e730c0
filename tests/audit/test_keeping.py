"""One log, one process; what was signed outside the database; clocks that run backwards; what stops the traffic."""

import asyncio
import re
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from keys import rotate
from keys.model import Purpose
from proxy.assemble import build
from proxy.audit import AuditLog, Entry, Event
from proxy.audit.checkpoints import RoomMac
from proxy.audit.closing import close_logs
from proxy.audit.notebook import Notebook
from proxy.config import load
from proxy.errors import AuditFailed, StoreFailed
from proxy.founding import found
from proxy.store import MAPPING, AuditRecord, open_store, upgrade
from proxy.store.engines import BULK_WRITING, engine_for, parse
from proxy.tlog import Checkpoint, NoteSigner, parse_checkpoint
from proxy.tlog.note import signed
from tests.audit.forging import Scene, checkpoints_of, entry, ring
from tests.cli.kit import config_text

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LATER = 1_900_000_000_000


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgres").database(MAPPING)
    upgrade(f"sqlite:///{tmp_path / 'mapping.db'}", MAPPING)
    return f"sqlite:///{tmp_path / 'mapping.db'}"


@pytest.fixture
def keys():
    return ring()


@asynccontextmanager
async def process(url, keys, folder):
    """A process on the store: it has taken a log, and compared all logs with the notebook."""
    store = open_store(url)
    await store.open()
    try:
        checkpoints = checkpoints_of(store, keys, folder)
        await store.logs.claim()
        await checkpoints.inspect()
        yield store, checkpoints
    finally:
        await store.close()


async def sql(url, *statements):
    """What somebody does to the database behind our back."""

    def act():
        engine = engine_for(parse(url), BULK_WRITING)
        with engine.begin() as connection:
            for one in statements:
                connection.execute(text(one))
        engine.dispose()

    await asyncio.to_thread(act)


async def logs_of(store):
    return [(one.log, one.size) for one in await store.logs.all()]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "audit"


class TestOneProcessOneLog:
    async def test_two_that_serve_write_two(self, url, keys, folder):
        async with process(url, keys, folder) as (one, _), process(url, keys, folder) as (two, _):
            await asyncio.gather(*(store.append_audit([entry(n)]) for n in range(5) for store in (one, two)))
            assert await logs_of(one) == [(1, 5), (2, 5)]

    async def test_who_comes_after_one_that_ended_goes_on_with_its_log(self, url, keys, folder):
        for number in range(3):
            async with process(url, keys, folder) as (store, _):
                await store.append_audit([entry(number)])
        async with process(url, keys, folder) as (store, _):
            assert await logs_of(store) == [(1, 3)]

    async def test_of_two_that_think_it_theirs_one_goes_on_with_another(self, url, keys, folder):
        async with process(url, keys, folder) as (one, _):
            await one.append_audit([entry(1)])
            await sql(url, "UPDATE logs SET until = 0")  # it was silent for too long
            async with process(url, keys, folder) as (two, signing):
                assert two.logs.ours.log == 1
                await two.append_audit([entry(2)])
                await one.append_audit([entry(3)])
                await two.append_audit([entry(4)])
                assert await logs_of(one) == [(1, 3), (2, 1)]
                assert await signing.make() == 2, "both are whole"
                assert [found.exchange for _, found in await one.read_audit(0, 9)] == ["x1", "x2", "x3", "x4"]

    async def test_what_stands_otherwise_than_it_was_left_stops_everything(self, url, keys, folder):
        async with process(url, keys, folder) as (store, _):
            await store.append_audit([entry(1), entry(2)])
            await sql(url, "UPDATE logs SET size = 1")
            with pytest.raises(AuditFailed) as refused:
                await AuditLog(store).append(Entry(Event.STARTED))
            assert refused.value.reason == "log-altered"
            assert len(await store.read_audit(0, 9)) == 2

    async def test_a_failed_transaction_leaves_no_gap(self, url, keys, folder):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1)])
            with pytest.raises(StoreFailed):
                await store.approve("nowhere", "/x.js", "0" * 64)
            await store.append_audit([entry(2)])
            assert await logs_of(store) == [(1, 2)]
            assert await signing.make() == 1


class TestAtTheStart:
    @pytest.mark.parametrize(
        ("deed", "reason"),
        [
            (("DELETE FROM audit WHERE pos = 0",), "log-broken"),
            (("UPDATE audit SET actor = 'nobody' WHERE pos = 2",), "log-broken"),
            (("DELETE FROM audit WHERE pos = 2",), "log-broken"),
            (("UPDATE logs SET size = 2", "DELETE FROM audit WHERE pos = 2"), "log-broken"),
            (("UPDATE logs SET frontier = leaf FROM audit WHERE pos = 0",), "log-broken"),
            (("DELETE FROM audit", "DELETE FROM logs", "DELETE FROM checkpoints"), "log-missing"),
            (
                (
                    "DELETE FROM audit",
                    "DELETE FROM checkpoints",
                    "UPDATE logs SET size = 0, frontier = substr(frontier, 1, 0)",
                ),
                "log-truncated",
            ),
        ],
    )
    async def test_what_was_done_meanwhile_is_noticed(self, url, keys, folder, deed, reason):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1), entry(2)])
            await signing.make()
            await store.append_audit([entry(3)])
        await sql(url, *deed)
        with pytest.raises((StoreFailed, AuditFailed)) as refused:
            async with process(url, keys, folder):
                pytest.fail("nobody serves from this")
        assert refused.value.reason == reason

    @pytest.mark.parametrize(
        ("by", "reason"), [("somebody who has the keys", "log-replaced"), ("the owner of the database", "log-broken")]
    )
    async def test_another_log_in_its_place_is_noticed(self, url, keys, folder, by, reason):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1), entry(2)])
            await signing.make()
        await sql(
            url,
            "DELETE FROM audit",
            "DELETE FROM checkpoints",
            "UPDATE logs SET size = 0, frontier = substr(frontier, 1, 0)",
        )
        other = open_store(url)
        if by == "somebody who has the keys":
            other.logs.use(RoomMac(keys))
        await other.open()
        await other.append_audit([entry(7), entry(8), entry(9)])
        await other.close()
        with pytest.raises((StoreFailed, AuditFailed)) as refused:
            async with process(url, keys, folder):
                pytest.fail("nobody serves from this")
        assert refused.value.reason == reason

    async def test_logs_that_are_younger_than_a_backup_are_missed_by_nobody_but_the_auditor(self, url, keys, folder):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1)])
            async with process(url, keys, folder) as (other, more):
                await other.append_audit([entry(2), entry(3)])
                await more.make()
            await signing.make()
            prefix = f"scormveil/{(await store.pulse()).lineage}/"
        await sql(
            url,
            "DELETE FROM audit WHERE log = 2",
            "DELETE FROM logs WHERE log = 2",
            "DELETE FROM checkpoints WHERE log = 2",
            "UPDATE logs SET closed = 'restored'",
        )
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([AuditRecord(entry(4).at, "backup-restored", actor="operator")])
            assert await logs_of(store) == [(1, 1), (2, 1)], "another log of that number"
            await signing.make()
        scene = Scene(url, keys, signing.notebook, prefix)

        def look(without_entry):
            with scene.hands() as hands:
                if without_entry:
                    hands.change(0, log=2, hashed=True, with_keys=True, event="started")
                return hands.verified()

        said = await asyncio.to_thread(look, without_entry=False)
        assert (said.found, said.report.lost) == ([], 2)
        said = await asyncio.to_thread(look, without_entry=True)
        assert ("deleted", 0, 0) in said.found

    async def test_after_somebody_looked_a_new_log_begins(self, url, keys, folder):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1), entry(2)])
            await signing.make()
        await sql(url, "DELETE FROM audit WHERE pos = 1")
        store = open_store(url)
        await store.open()
        assert await store.logs.close_log(1, "accepted")
        assert not await store.logs.close_log(1, "accepted")
        await store.close()
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(3)])
            assert await logs_of(store) == [(1, 2), (2, 1)]
            assert await signing.make() == 1


class TestWhileRunning:
    @pytest.mark.parametrize(
        "deed",
        [
            "DELETE FROM audit WHERE pos = 1",
            "DELETE FROM audit WHERE pos = 3",
            "UPDATE audit SET actor = 'nobody' WHERE pos = 3",
            "UPDATE audit SET leaf = salt WHERE pos = 3",
            "UPDATE checkpoints SET frontier = substr(frontier, 1, 0)",
            "UPDATE checkpoints SET note = 'what no key ever signed'",
        ],
    )
    async def test_a_log_that_is_not_whole_is_not_signed_and_not_written_any_more(self, url, keys, folder, deed):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1), entry(2), entry(3)])
            assert await signing.make() == 1
            await store.append_audit([entry(4)])
            await sql(url, deed)
            with pytest.raises(AuditFailed) as refused:
                await signing.make()
            assert refused.value.reason == "log-broken"
            with pytest.raises(AuditFailed, match="log-broken"):
                await AuditLog(store).append(Entry(Event.STARTED))

    @pytest.mark.parametrize("event", ["disclosed", "log-closed", "entries-erased"])
    async def test_an_entry_of_somebody_without_keys_is_not_signed(self, url, keys, folder, event):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1)])
            assert await signing.make() == 1
        stranger = open_store(url)
        await stranger.open()
        await stranger.append_audit([AuditRecord(entry(2).at, event, actor="operator")])
        await stranger.close()
        with pytest.raises(StoreFailed) as refused:
            async with process(url, keys, folder):
                pytest.fail("nobody serves from this")
        assert refused.value.reason == "log-broken"

    async def test_a_log_that_is_not_whole_does_not_keep_ours_from_being_signed(self, url, keys, folder):
        async with process(url, keys, folder) as (one, _), process(url, keys, folder) as (two, signing):
            await one.append_audit([entry(1)])
            await two.append_audit([entry(2)])
            await sql(url, "UPDATE audit SET actor = 'nobody' WHERE log = 1", "UPDATE logs SET until = 0 WHERE log = 1")
            with pytest.raises(AuditFailed) as refused:
                await signing.make()
            assert (refused.value.reason, refused.value.place) == ("log-broken", "1")
            assert (await two.logs.newest(2)).size == 1
            await two.append_audit([entry(3)])

    async def test_checkpoints_are_made_by_the_number_of_entries(self, url, keys, folder):
        async with process(url, keys, folder) as (store, signing):
            running = asyncio.ensure_future(signing.run(entries=2, seconds=10_000, look=0.01))
            await store.append_audit([entry(1), entry(2)])
            origin = f"scormveil/{(await store.pulse()).lineage}/1-{store.logs.ours.tag}"
            async with asyncio.timeout(20):
                while not (note := await asyncio.to_thread(signing.notebook.last, origin)):
                    await asyncio.sleep(0.01)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert parse_checkpoint(note).size == 2

    async def test_a_proof_that_cannot_be_made_ends_nothing(self, url, keys, folder):
        told = asyncio.Queue()

        class Post:
            """A place that asks for a proof when an entry has just been deleted."""

            name = "asking"

            async def deliver(self, note, consistency):
                await sql(url, "DELETE FROM audit WHERE pos = 1")
                await consistency(1)
                return note

        store = open_store(url)
        await store.open()
        signing = checkpoints_of(
            store, keys, folder, posts=[Post()], tell=lambda event, facts: told.put_nowait((event, facts.get("reason")))
        )
        await store.append_audit([entry(1), entry(2)])
        running = asyncio.ensure_future(signing.run(entries=1, seconds=10_000, look=0.01))
        async with asyncio.timeout(20):
            assert await told.get() == ("post-failed", "statement")
        assert not running.done()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await store.close()

    async def test_a_place_that_lacks_a_checkpoint_is_measured(self, tmp_path, monkeypatch):
        monkeypatch.setattr("proxy.logkeeping.MEASURE_SECONDS", 0.05)
        monkeypatch.setattr("proxy.logkeeping.SETTLE_SECONDS", 0.05)
        file = tmp_path / "scormveil.toml"
        file.write_text(config_text(more='[audit]\nseconds = 1\nfiles = ["no-such-mount"]\n'), "utf-8")
        await asyncio.to_thread(lambda: found(load(file), file))
        house = await asyncio.to_thread(lambda: build(load(file), file))
        await house.open()
        await house.audit.append(Entry(Event.STARTED))
        house.logs.start()
        behind = re.compile(rb'^scormveil_post_behind_seconds\{post="file"\} (?!0\.0$)', re.MULTILINE)
        async with asyncio.timeout(20):
            while not behind.search(house.metrics.render()):
                await asyncio.sleep(0.05)
        await house.close()

    async def test_nothing_is_written_that_nobody_looks_at_any_more(self, tmp_path):
        file = tmp_path / "scormveil.toml"
        file.write_text(config_text(more="[audit]\nseconds = 1\n"), "utf-8")
        await asyncio.to_thread(lambda: found(load(file), file))
        house = await asyncio.to_thread(lambda: build(load(file), file))
        await house.open()
        await house.audit.append(Entry(Event.STARTED))
        row = "INSERT INTO logs VALUES (9, 'tag', 1, '', 0, 0, 'x', 'not a time', '')"
        await sql(f"sqlite:///{tmp_path / 'mapping.db'}", row)
        house.logs.start()
        refused = None
        async with asyncio.timeout(20):
            while refused is None:
                await asyncio.sleep(0.05)
                try:
                    await house.audit.append(Entry(Event.STARTED))
                except AuditFailed as failure:
                    refused = failure.reason
        assert refused == "log-unwatched"
        with pytest.raises(AuditFailed):
            await house.close()

    async def test_too_many_that_wait_are_refused_at_once(self, url):
        store = open_store(url)
        store.logs.wait_for(3)
        await store.open()
        answers = await asyncio.gather(*(store.append_audit([entry(n)]) for n in range(200)), return_exceptions=True)
        refused = [one for one in answers if one is not None]
        assert {one.reason for one in refused} == {"overloaded"}
        assert len(await store.read_audit(0, 1000)) == 200 - len(refused) > 0
        await store.close()


class TestClock:
    async def test_that_runs_backwards_is_recorded_once_and_time_stands_still(self, url, keys, folder):
        async with process(url, keys, folder) as (store, signing):
            for at in (LATER, LATER - 60_000, LATER - 59_000, LATER - 1_000, LATER + 1):
                await store.append_audit([entry(1, at)])
            seen = [(one.at - LATER, one.event, one.count) for _, one in await store.read_audit(0, 20)]
            assert seen == [
                (0, "minted", 0),
                (0, "clock-backwards", 60),
                (0, "minted", 0),
                (0, "minted", 0),
                (0, "minted", 0),
                (1, "minted", 0),
            ]
            assert await signing.make() == 1


class TestNewKey:
    async def test_signs_together_with_the_one_before(self, url, keys, folder):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1)])
            await signing.make()
            old = keys.audit.active
            keys.install(rotate.rotate(keys.ring, Purpose.AUDIT, NOW, reason="test"))
            await store.append_audit([entry(2)])
            assert await signing.make() == 1
            await store.append_audit([entry(3)])
            assert await signing.make() == 1
            origin = f"scormveil/{(await store.pulse()).lineage}/1-{store.logs.ours.tag}"
            notes = await asyncio.to_thread(signing.notebook.all, origin)
            assert [len(note.signatures) for note in notes] == [1, 2, 1]
            assert keys.audit.active != old
            assert f"key {origin}+" in notes[1].text

    async def test_what_a_destroyed_one_signed_still_verifies(self, url, keys, folder):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1)])
            await signing.make()
            old = keys.audit.active
            assert (await store.upkeep.usage())["audit"] == {old: 1}
            keys.install(rotate.rotate(keys.ring, Purpose.AUDIT, NOW, reason="test"))
            await store.append_audit([entry(2)])
            await signing.make()
            assert (await store.upkeep.usage())["audit"] == {keys.audit.active: 1}
            keys.install(rotate.destroy(keys.ring, old, NOW + timedelta(days=2), "test", needed={old: 0}))
            await store.append_audit([entry(3)])
            prefix = f"scormveil/{(await store.pulse()).lineage}/"
        async with process(url, keys, folder):
            scene = Scene(url, keys, signing.notebook, prefix)

        def look():
            with scene.hands() as hands:
                whole = hands.verified()
                hands.sql("UPDATE audit SET mac = :mac WHERE pos IN (0, 2)", mac=bytes(16))
                return whole.found, hands.verified().found

        whole, altered = await asyncio.to_thread(look)
        assert whole == []
        assert altered == [("moved", 2, 2)], (
            "the first may have a code of the key that is gone, and is proved by the tree"
        )

    async def test_why_a_log_was_closed_may_stand_under_one_that_is_destroyed(self, url, keys, folder):
        async with process(url, keys, folder) as (store, signing):
            await store.append_audit([entry(1)])
            await signing.make()
            await close_logs(store.logs, AuditLog(store), await store.logs.all(), "operator")
            await signing.make()
            old = keys.audit.active
            keys.install(rotate.rotate(keys.ring, Purpose.AUDIT, NOW, reason="test"))
            await signing.make()
            keys.install(rotate.destroy(keys.ring, old, NOW + timedelta(days=2), "test", needed={old: 0}))
            prefix = f"scormveil/{(await store.pulse()).lineage}/"
        scene = Scene(url, keys, signing.notebook, prefix)

        def look():
            with scene.hands() as hands:
                return [hands.verified(only=one).found for one in (1, 2, None)]

        assert await asyncio.to_thread(look) == [[], [], []]


class TestNotebook:
    def test_what_a_crash_cut_short_is_passed_over(self, tmp_path):
        origin = "scormveil/abc/1-0123abcd"
        notes = [
            signed(Checkpoint(origin, size, bytes(32)).text, [NoteSigner(origin, bytes(32))]) for size in (1, 2, 3)
        ]
        book = Notebook(tmp_path / "new" / "audit")
        assert book.last(origin) is None
        assert book.all(origin) == ()
        book.add(notes[0])
        file = next((tmp_path / "new" / "audit").iterdir())
        file.write_text(file.read_text() + f"\n\n{notes[1]}"[:40])
        assert book.last(origin) == notes[0]
        book.add(notes[2])
        assert book.all(origin) == (notes[0], notes[2])
        assert book.last(origin) == notes[2]
        assert book.origins("scormveil/abc/") == [origin]
        assert book.origins("scormveil/other/") == []
        assert file.read_text().endswith(str(notes[2]))

    def test_a_folder_that_cannot_be_written_is_told(self, tmp_path):
        (tmp_path / "audit").write_text("a file")
        origin = "scormveil/abc/1-0123abcd"
        with pytest.raises(AuditFailed, match="notebook"):
            Notebook(tmp_path / "audit").last(origin)

    @pytest.mark.parametrize("origin", ["", "x", "scormveil/../1", "scormveil/a/b_c"])
    def test_no_origin_leads_out_of_the_folder(self, tmp_path, origin):
        assert Notebook(tmp_path).path(origin).parent == tmp_path
