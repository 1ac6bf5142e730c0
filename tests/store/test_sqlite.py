"""What is particular to a SQLite file: being there, being ours, being durable, being gone."""

import asyncio
import resource
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event

from proxy.errors import StoreFailed
from proxy.store import (
    KEYSTORE,
    MAPPING,
    Admission,
    AuditRecord,
    LookupRecord,
    MappingRecord,
    Newcomer,
    open_store,
    upgrade,
)
from proxy.store.engines import WRITING, engine_for, parse
from proxy.store.statements import disclosures

SECRET = "Zoë Müller-Østergård"


def mapping(number=1):
    return MappingRecord("uni", "subject", f"{number:032x}", f"sv1abcd{number:033d}", "abcd", b"sealed", "", 1, 1)


def newcomer(number=1):
    return Newcomer(mapping(number), (LookupRecord(b"lookup-%d" % number, "efgh"),))


async def stored(store, *numbers):
    """Who of them is in the store."""
    return [record for _, record in await store.by_pseudonym("uni", [mapping(number).pseudonym for number in numbers])]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mapping.db"


@pytest.fixture
def url(path):
    return f"sqlite:///{path}"


@pytest.fixture
async def store(url):
    upgrade(url)
    opened = open_store(url)
    await opened.open()
    yield opened
    await opened.close()


async def refused(call, reason):
    with pytest.raises(StoreFailed, match=reason):
        await call


class TestOpening:
    async def test_a_wrong_path_is_refused_and_no_second_history_begins(self, path, url):
        await refused(open_store(url).open(), "not-created")

        assert not path.exists()

    async def test_a_database_that_is_not_ours_is_refused(self, path, url):
        with closing(sqlite3.connect(path)) as other:
            other.execute("CREATE TABLE diary (day TEXT)")

        await refused(open_store(url).open(), "not-created")

    async def test_a_file_that_is_no_database_is_refused(self, path, url):
        path.write_bytes(b"this is a diary, not a database. " * 100)

        await refused(open_store(url).open(), "sqlite-notadb")
        with pytest.raises(StoreFailed):
            upgrade(url)

    async def test_a_directory_is_refused(self, path, url):
        path.mkdir()

        await refused(open_store(url).open(), "not-created")

    async def test_a_schema_of_another_version_is_refused(self, path, url):
        upgrade(url)
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("UPDATE alembic_version SET version_num = '9999'")

        await refused(open_store(url).open(), "schema-newer")

    async def test_a_refused_store_can_be_opened_once_it_is_there(self, url):
        store = open_store(url)
        await refused(store.open(), "not-created")
        upgrade(url)

        await store.open()
        await store.close()

    @pytest.mark.parametrize("bad", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://host/db"])
    def test_only_durable_stores_are_taken(self, bad):
        with pytest.raises(StoreFailed):
            open_store(bad)
        with pytest.raises(StoreFailed):
            upgrade(bad)

    async def test_without_its_driver_postgresql_is_refused(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "psycopg", None)

        await refused(open_store("postgresql+psycopg://nobody@localhost/x").open(), "no-driver")

    def test_a_new_store_belongs_to_its_owner_alone(self, path, url):
        upgrade(url)

        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_missing_directory_is_refused(self, tmp_path):
        with pytest.raises(StoreFailed, match="system"):
            upgrade(f"sqlite:///{tmp_path}/nowhere/mapping.db")

    async def test_a_path_with_strange_characters_is_that_path(self, tmp_path):
        url = f"sqlite:///{tmp_path}/a b#é.db"
        upgrade(url)
        store = open_store(url)
        await store.open()
        await store.close()

        assert (tmp_path / "a b#é.db").is_file()

    @pytest.mark.parametrize("schema", [MAPPING, KEYSTORE], ids=lambda schema: schema.name)
    def test_the_migrations_make_exactly_the_tables_the_statements_use(self, url, schema):
        upgrade(url, schema)
        engine = engine_for(parse(url), WRITING)
        with engine.begin() as connection:
            assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        engine.dispose()


class TestDurability:
    @pytest.mark.parametrize("side", ["writing", "reading"])
    async def test_every_commit_is_flushed(self, store, side):
        def settings():
            with getattr(store._database._parts, side).connect() as connection:
                names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

        assert await asyncio.to_thread(settings) == ["wal", 2, 1, 5000]

    async def test_what_was_acknowledged_is_in_a_copy_of_the_files_taken_at_that_moment(self, store, path, tmp_path):
        await store.insert_or_get([newcomer()])
        copy = tmp_path / "copy"
        copy.mkdir()
        for name in (path.name, path.name + "-wal"):
            shutil.copy(path.parent / name, copy / name)

        after_the_crash = open_store(f"sqlite:///{copy / path.name}")
        await after_the_crash.open()
        assert await stored(after_the_crash, 1) == [mapping()]
        await after_the_crash.close()

    async def test_many_callers_share_a_commit(self, store):
        commits = []
        release = asyncio.Event()
        verify = store._database._parts.writer._verify
        loop = asyncio.get_running_loop()

        def counting():
            commits.append(1)
            if len(commits) == 1:
                asyncio.run_coroutine_threadsafe(release.wait(), loop).result()
            verify()

        store._database._parts.writer._verify = counting
        writes = [asyncio.ensure_future(store.insert_or_get([newcomer(number)])) for number in range(100)]
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(*writes)

        assert len(commits) < 10


class TestLoss:
    async def test_a_deleted_file_is_noticed_at_once(self, store, path):
        path.unlink()

        await refused(store.check(), "gone")
        await refused(store.insert_or_get([newcomer()]), "gone")
        await refused(store.by_lookup("uni", "subject", [b"x"]), "gone")
        await refused(store.append_audit([AuditRecord(1, "started")]), "gone")

    async def test_a_file_put_in_its_place_is_noticed_at_once(self, store, path, tmp_path):
        other = tmp_path / "restored.db"
        upgrade(f"sqlite:///{other}")
        other.replace(path)

        await refused(store.check(), "replaced")
        await refused(store.insert_or_get([newcomer()]), "replaced")

    async def test_a_deleted_write_ahead_log_is_noticed_at_once(self, store, path):
        await store.insert_or_get([newcomer()])
        path.with_name(path.name + "-wal").unlink()

        await refused(store.check(), "gone")
        await refused(store.append_audit([AuditRecord(1, "started")]), "gone")

    async def test_a_file_that_comes_back_is_used_again(self, store, path, tmp_path):
        path.rename(tmp_path / "aside.db")
        await refused(store.insert_or_get([newcomer(1)]), "gone")
        (tmp_path / "aside.db").rename(path)

        await store.insert_or_get([newcomer(2)])

        assert await stored(store, 1, 2) == [mapping(2)]

    async def test_the_file_may_vanish_between_the_statement_and_its_commit(self, store, path, tmp_path):
        """The look at the file is the last act before COMMIT, so nothing is acknowledged into a deleted file."""
        writer = store._database._parts.writer
        verify = writer._verify

        def vanishing():
            path.rename(tmp_path / "aside.db")
            verify()

        writer._verify = vanishing
        await refused(store.insert_or_get([newcomer()]), "gone")
        writer._verify = verify
        (tmp_path / "aside.db").rename(path)

        assert await stored(store, 1) == []

    async def test_a_database_locked_by_someone_else_is_refused_after_a_while(self, store, path):
        with store._database._parts.writing.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await refused(store.insert_or_get([newcomer()]), "sqlite-busy")
            assert await store.pins() == []
            other.execute("ROLLBACK")

        assert await store.insert_or_get([newcomer()]) == [Admission(mapping(), "new")]

    def test_a_full_disk_is_refused_and_harms_nothing_written_before(self, url):
        upgrade(url)

        outcome = subprocess.run([sys.executable, __file__, url], capture_output=True, text=True, timeout=60)

        assert outcome.stderr == ""
        assert outcome.stdout.split() == ["refused", "unharmed"]


class TestErrors:
    async def test_a_refusal_says_nothing_of_statements_or_values(self, store):
        broken = Newcomer(
            MappingRecord("uni", "subject", "row", "sv1", "abcd", SECRET, "", 1, {"unbindable": SECRET}), ()
        )

        with pytest.raises(StoreFailed) as failed:
            await store.insert_or_get([broken])

        error = failed.value
        assert SECRET not in f"{error} {error!r} {error.args} {vars(error)}"
        assert "INSERT" not in f"{error} {error!r}"
        assert error.__context__ is None
        assert error.__cause__ is None


async def fill_the_disk(url):
    """Runs in a process of its own, because the limit on file sizes holds for all of it."""
    store = open_store(url)
    await store.open()
    await store.insert_or_get([newcomer(0)])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    acknowledged = [0]
    try:
        for number in range(1, 500):
            await store.insert_or_get([newcomer(number)])
            acknowledged.append(number)
    except StoreFailed:
        print("refused")
    found = await store.by_pseudonym("uni", [mapping(number).pseudonym for number in acknowledged])
    if len(found) == len(acknowledged):
        print("unharmed")
    await store.close()


def test_a_look_up_reads_the_end_of_the_log_by_its_index_of_times(url):
    """It is decided in a transaction that everybody waits for, however long the log is."""
    upgrade(url)
    engine = engine_for(parse(url), WRITING)
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *said: seen.append((said[2], said[3])))
    with engine.connect() as connection:
        disclosures.past(connection, 5, "anna")
        statement, values = seen[-1]
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    engine.dispose()
    assert [row.detail for row in plan] == ["SEARCH audit USING INDEX ix_audit_at (at>?)"]


if __name__ == "__main__":
    asyncio.run(fill_the_disk(sys.argv[1]))
