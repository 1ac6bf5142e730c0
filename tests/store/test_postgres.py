"""What is particular to a server: it can be away, frozen, full, read-only, or break off in the middle of a commit.

Whatever happens, whoever asks meanwhile is refused with a word, nothing is written twice, and it recovers by itself.
"""

import asyncio
import contextlib
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text

from proxy.errors import StoreFailed
from proxy.store import (
    KEYSTORE,
    AuditRecord,
    LookupRecord,
    MappingRecord,
    Newcomer,
    open_keystore,
    open_store,
    revisions,
    upgrade,
)
from proxy.store.reasons import REASONS
from proxy.store.statements.common import _PEOPLE_LOCK
from tests.middlebox import Middlebox
from tests.postgres import cluster

PATIENCE = 60


def newcomer(number):
    token = f"sv1abcd{number:033d}"
    record = MappingRecord("uni", "subject", f"{number:032x}", token, "abcd", b"sealed", "", 1, 1)
    entry = AuditRecord(1, "minted", tenant="uni", pseudonym=token, count=1)
    return Newcomer(record, (LookupRecord(b"lookup-%d" % number, "efgh"),), (entry,))


async def reason_of(call):
    with pytest.raises(StoreFailed) as refused:
        await call
    assert refused.value.reason in REASONS
    assert refused.value.__context__ is None
    return refused.value.reason


async def minted(store):
    return [entry.pseudonym for _, entry in await store.read_audit(0, 10_000) if entry.event == "minted"]


async def recovered(store):
    """Pulses, as a running node sends them every second, until one comes back."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with contextlib.suppress(StoreFailed):
                await store.pulse()
                return
            await asyncio.sleep(0.02)  # not to wait for an event: this is the rhythm of a node, faster


@pytest.fixture(scope="module")
def server():
    """A cluster of our own: it is stopped, filled, and told to refuse people."""
    with cluster() as running:
        yield running


@pytest.fixture
def url(server):
    return server.database()


@pytest.fixture
async def store(url):
    opened = open_store(url)
    await opened.open()
    yield opened
    with contextlib.suppress(StoreFailed):
        await opened.close()


@pytest.fixture
async def box(server):
    async with Middlebox(server.port) as running:
        yield running


@pytest.fixture
async def behind(box, url, server, monkeypatch):
    """A store behind a middle box, with short patience."""
    monkeypatch.setattr("proxy.store.database.PULSE_SECONDS", 0.3)
    for name in ("READING", "WRITING", "PULSE"):
        use = getattr(__import__("proxy.store.engines", fromlist=[name]), name)
        monkeypatch.setattr(f"proxy.store.database.{name}", replace(use, silence_seconds=1.0))
    opened = open_store(url.replace(f":{server.port}/", f":{box.port}/"))
    await opened.open()
    yield opened
    box.silent = False
    box.cut()
    with contextlib.suppress(StoreFailed):
        await opened.close()


class TestDropped:
    async def test_connections_that_were_idle_are_replaced_and_nobody_notices(self, store, server):
        await store.insert_or_get([newcomer(1)])
        await asyncio.to_thread(server.drop_connections)

        assert [one.verdict for one in await store.insert_or_get([newcomer(1), newcomer(2)])] == ["known", "new"]
        await asyncio.to_thread(server.drop_connections)
        assert len(await store.by_pseudonym("uni", [newcomer(1).record.pseudonym])) == 1

    async def test_in_mid_flight_everybody_is_stored_once_or_refused(self, store, server):
        async def one(number):
            try:
                [admission] = await store.insert_or_get([newcomer(number)])
            except StoreFailed:
                return None
            return admission

        dropping = asyncio.ensure_future(drop_again_and_again(server))
        answers = await asyncio.gather(*(one(number) for number in range(400) for _ in range(3)))
        dropping.cancel()
        await asyncio.gather(dropping, return_exceptions=True)

        told = {answer.record.pseudonym for answer in answers if answer is not None}
        tokens = [newcomer(number).record.pseudonym for number in range(400)]
        there = {record.pseudonym for _, record in await store.by_pseudonym("uni", tokens)}
        assert told <= there
        assert sorted(await minted(store)) == sorted(there)

    async def test_between_two_statements_the_work_is_done_again_and_once(self, store, server):
        runs = []

        def work(connection):
            runs.append(1)
            connection.execute(text("INSERT INTO meta (name, value) VALUES ('test', 'once')"))
            if len(runs) == 1:
                terminate(server, connection)
            return connection.execute(text("SELECT count(*) FROM meta WHERE name = 'test'")).scalar()

        assert await store._database.write(work) == 1
        assert len(runs) == 2
        assert await store._database.read(partial(count, name="test")) == 1

    @pytest.mark.parametrize("further", [True, False], ids=["between two statements", "before the commit"])
    async def test_time_and_again_the_work_is_refused_and_nothing_is_there(self, store, server, further):
        def work(connection):
            connection.execute(text("INSERT INTO meta (name, value) VALUES ('test', 'never')"))
            terminate(server, connection)
            if further:
                connection.execute(text("SELECT 1"))

        assert await reason_of(store._database.write(work)) == "connection"
        assert await store._database.read(partial(count, name="test")) == 0
        assert [one.verdict for one in await store.insert_or_get([newcomer(1)])] == ["new"]


async def drop_again_and_again(server):
    while True:
        await asyncio.to_thread(server.drop_connections)


def terminate(server, connection):
    pid = connection.connection.driver_connection.info.backend_pid
    with server.connect() as own:
        own.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def count(connection, name):
    return connection.execute(text("SELECT count(*) FROM meta WHERE name = :name"), {"name": name}).scalar()


class TestCommit:
    """COMMIT is on its way, and the connection breaks: nobody can tell what became of it."""

    @pytest.mark.parametrize("reached", [True, False], ids=["it was done", "it was not"])
    async def test_whose_answer_is_lost_is_refused_and_never_repeated(self, box, behind, reached):
        commits = []

        def sent(data):
            if b"COMMIT" in data:
                commits.append(1)
            return reached or b"COMMIT" not in data

        box.sent = sent
        box.answered = lambda data: b"COMMIT" not in data
        answers = await asyncio.gather(
            *(behind.insert_or_get([newcomer(number)]) for number in range(5)), return_exceptions=True
        )
        assert [getattr(answer, "reason", answer) for answer in answers] == ["connection"] * 5
        tried = len(commits)
        box.sent = box.answered = lambda _data: True

        [again] = await behind.insert_or_get([newcomer(0)])

        assert again.verdict == ("known" if reached else "new")
        assert len(await minted(behind)) == len(set(await minted(behind)))
        assert tried in {1, 2}, "what arrived while the first group was busy was a second group"


class TestAway:
    async def test_a_server_that_crashed_is_refused_at_once_and_used_again_when_it_is_back(self, store, server):
        await store.insert_or_get([newcomer(1)])
        await asyncio.to_thread(server.stop, "immediate")
        try:
            assert await reason_of(store.pulse()) == "connection"
            assert await reason_of(store.check()) == "connection"
            assert await reason_of(store.insert_or_get([newcomer(2)])) == "connection"
            assert await reason_of(store.by_pseudonym("uni", ["x"])) == "connection"
            assert await reason_of(open_store(store._database._address.url.render_as_string()).open()) == "connection"
        finally:
            await asyncio.to_thread(server.start)

        await recovered(store)
        await store.check()
        assert [one.verdict for one in await store.insert_or_get([newcomer(1), newcomer(2)])] == ["known", "new"]

    async def test_a_server_that_falls_silent_is_noticed_by_the_pulse_and_nobody_waits_for_it(self, box, behind):
        await behind.insert_or_get([newcomer(1)])
        waiting = [asyncio.ensure_future(behind.insert_or_get([newcomer(number)])) for number in range(2, 20)]
        waiting += [asyncio.ensure_future(behind.by_pseudonym("uni", ["x"])) for _ in range(20)]
        box.silent = True

        assert await reason_of(behind.pulse()) == "no-answer"
        assert await reason_of(behind.check()) == "no-answer"
        waiting += [asyncio.ensure_future(behind.insert_or_get([newcomer(99)]))]
        async with asyncio.timeout(PATIENCE):
            answers = await asyncio.gather(*waiting, return_exceptions=True)
        refusals = {answer.reason for answer in answers if isinstance(answer, StoreFailed)}
        assert refusals <= {"connection", "no-answer"}
        assert isinstance(answers[-1], StoreFailed)

        box.silent = False  # connections from before stay dead: the box has forgotten what it swallowed
        await recovered(behind)
        admissions = await behind.insert_or_get([newcomer(number) for number in (1, 99)])
        assert [one.verdict for one in admissions] == ["known", "new"]
        assert len(await minted(behind)) == len(set(await minted(behind)))

    async def test_a_pulse_does_not_wait_behind_long_statements(self, store):
        long = [
            asyncio.ensure_future(store._database.read(lambda one: one.execute(text("SELECT pg_sleep(1)")).all()))
            for _ in range(8)
        ]
        await store.pulse()
        assert not any(one.done() for one in long)
        await asyncio.gather(*long)

    async def test_a_key_store_is_watched_in_the_same_way(self, server):
        store = open_keystore(server.database(KEYSTORE))
        await store.open()
        await asyncio.to_thread(server.stop, "immediate")
        try:
            assert await reason_of(store.pulse()) == "connection"
            assert await reason_of(store.check()) == "connection"
        finally:
            await asyncio.to_thread(server.start)
        await recovered(store)
        await store.close()


class TestReadOnly:
    async def test_a_standby_serves_nobody_until_it_is_the_primary(self, store, server, url):
        name = url.rpartition("/")[2]

        def set_to(value):
            with server.connect() as own:
                own.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")
            server.drop_connections()

        await store.insert_or_get([newcomer(1)])
        await asyncio.to_thread(set_to, "on")
        assert await reason_of(store.insert_or_get([newcomer(2)])) == "read-only"
        assert await reason_of(store.pulse()) == "read-only"
        assert await reason_of(store.check()) == "read-only"
        assert await reason_of(open_store(url).open()) == "read-only"

        await asyncio.to_thread(set_to, "off")
        await recovered(store)
        assert [one.verdict for one in await store.insert_or_get([newcomer(1), newcomer(2)])] == ["known", "new"]


class TestRefused:
    @pytest.fixture
    def guarded(self, server):
        """A server that does not let everybody in, each for a reason of her own."""
        rules = server.folder / "data" / "pg_hba.conf"
        if "clerk" in rules.read_text("utf-8"):
            return server
        with server.connect() as own:
            for statement in (
                "CREATE ROLE clerk LOGIN PASSWORD 'right'",
                "CREATE ROLE many LOGIN CONNECTION LIMIT 0",
                "CREATE ROLE guest LOGIN",
                "CREATE ROLE stranger LOGIN",
            ):
                own.execute(statement)
        first = "host all clerk 127.0.0.1/32 scram-sha-256\nhost all stranger 127.0.0.1/32 reject\n"
        rules.write_text(first + rules.read_text("utf-8"), "utf-8")
        with server.connect() as own:
            own.execute("SELECT pg_reload_conf()")
        return server

    @pytest.mark.usefixtures("guarded")
    @pytest.mark.parametrize(
        ("user", "database", "reason"),
        [
            ("clerk:wrong", "", "login"),
            ("clerk", "", "login"),
            ("nobody", "", "login"),
            ("stranger", "", "login"),
            ("many", "", "server-full"),
            ("postgres", "nowhere", "no-database"),
            ("guest", "", "no-rights"),
            ("clerk:right", "", "no-rights"),
        ],
    )
    async def test_with_a_word_that_says_why(self, url, user, database, reason, monkeypatch):
        monkeypatch.setenv("PGPASSFILE", "/nonexistent")
        address = url.replace("//postgres@", f"//{user}@")
        if database:
            address = address.rpartition("/")[0] + "/" + database

        assert await reason_of(open_store(address).open()) == reason

    async def test_where_nobody_listens(self, url, server):
        assert await reason_of(open_store(url.replace(f":{server.port}/", ":1/")).open()) == "connection"

    async def test_when_every_connection_is_taken_and_let_in_when_one_is_free(self, server, url):
        with server.connect() as own:
            own.execute("CREATE ROLE tenant LOGIN SUPERUSER")
            own.execute("ALTER ROLE tenant NOSUPERUSER CONNECTION LIMIT 1")
            own.execute(f"ALTER DATABASE {url.rpartition('/')[2]} OWNER TO tenant")
            own.execute("GRANT pg_read_all_data, pg_write_all_data TO tenant")
        address = url.replace("//postgres@", "//tenant@")
        first, second = open_store(address), open_store(address)
        await first.open()
        assert await reason_of(second.open()) == "server-full"
        await first.close()
        await second.open()
        await second.close()

    async def test_a_statement_that_takes_too_long(self, url):
        store = open_store(url + "?options=-c%20statement_timeout%3D50")
        await store.open()
        sleep = partial(lambda seconds, one: one.execute(text(f"SELECT pg_sleep({seconds})")).all(), 5)
        assert await reason_of(store._database.read(sleep)) == "too-slow"
        await store.close()

    async def test_a_lock_that_somebody_keeps(self, url, server):
        store = open_store(url + "?options=-c%20lock_timeout%3D50")
        await store.open()
        with server.connect(url.rpartition("/")[2]) as other, other.transaction():
            other.execute("LOCK TABLE people")
            assert await reason_of(store.insert_or_get([newcomer(1)])) == "locked"
        assert [one.verdict for one in await store.insert_or_get([newcomer(1)])] == ["new"]
        await store.close()

    async def test_a_lock_that_somebody_keeps_holds_nobody_up_longer_than_once(self, url, server):
        """Another node was frozen in the middle of a transaction: a hundred launches must not wait one after another."""
        store = open_store(url + "?options=-c%20lock_timeout%3D300")
        await store.open()
        tries, writer = [], store._database._parts.writer
        attempt = writer._try
        writer._try = lambda *group: tries.append(1) or attempt(*group)
        with server.connect(url.rpartition("/")[2]) as other, other.transaction():
            other.execute("SELECT pg_advisory_xact_lock(%s)", (_PEOPLE_LOCK,))
            launches = [store.insert_or_get([newcomer(number)]) for number in range(100)]
            answers = await asyncio.gather(*launches, return_exceptions=True)
        assert {answer.reason for answer in answers} == {"locked"}
        assert len(tries) <= 2
        await store.close()

    async def test_a_node_that_was_frozen_in_a_transaction_is_let_go_of_by_the_server(self, store):
        def limit(connection):
            return connection.execute(text("SELECT current_setting('idle_in_transaction_session_timeout')")).scalar()

        assert await store._database.write(limit) == "10s"

    def test_addresses_of_other_drivers_and_a_short_one(self, url):
        assert revisions(url.replace("+psycopg", ""))[0]
        with pytest.raises(StoreFailed, match="url"):
            upgrade(url.replace("+psycopg", "+asyncpg"))
