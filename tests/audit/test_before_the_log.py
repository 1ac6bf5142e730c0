"""Entries of a version before the log was one: kept, closed, signed as a whole, and verified like any other."""

import asyncio

import pytest
from sqlalchemy import text

from proxy.errors import AuditFailed
from proxy.store import MAPPING, upgrade
from proxy.store.engines import BULK_WRITING, engine_for, parse
from proxy.store.migrate import create_file, upgrade_in
from proxy.tlog import Frontier
from tests.audit.forging import Scene, entry, ring
from tests.audit.test_keeping import process, sql

COUNT = 300


def as_it_was(url):
    """A mapping of schema 5 with entries."""
    address = parse(url)
    if address.path is not None:
        create_file(address.path)
    engine = engine_for(address, BULK_WRITING)
    with engine.begin() as connection:
        upgrade_in(connection, MAPPING, "0005")
        row = "INSERT INTO audit (at, event, actor, tenant, mount, route, kind, pseudonym, key_id, exchange, reason, count)"
        values = "VALUES (:at, 'minted', 'proxy', 'uni', 'm', 'r', 'subject', '', '', '', '', 1)"
        connection.execute(text(f"{row} {values}"), [{"at": 1000 + number} for number in range(COUNT)])
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "postgresql":
        return request.getfixturevalue("postgres").empty()
    return f"sqlite:///{tmp_path / 'mapping.db'}"


async def test_they_become_a_log_that_is_signed_and_whole(url, tmp_path):
    await asyncio.to_thread(as_it_was, url)
    await asyncio.to_thread(upgrade, url)
    keys = ring()
    async with process(url, keys, tmp_path / "audit") as (store, signing):
        assert [number for number, _ in await store.read_audit(0, 1000)] == list(range(1, COUNT + 1))
        await store.append_audit([entry(1)])
        assert store.logs.ours.log == 1
        assert await signing.make() == 2
        assert await signing.make() == 0
        prefix = f"scormveil/{(await store.pulse()).lineage}/"
    scene = Scene(url, keys, signing.notebook, prefix)

    def look(tamper):
        with scene.hands() as hands:
            if tamper:
                hands.change(17, log=0, mount="other")
            return hands.verified()

    said = await asyncio.to_thread(look, tamper=False)
    assert (said.found, said.report.entries, said.report.uncoded) == ([], COUNT + 1, COUNT)
    said = await asyncio.to_thread(look, tamper=True)
    assert said.found == [("changed", 17, 17)]
    await sql(url, "DELETE FROM audit WHERE log = 0 AND pos = 3")
    said = await asyncio.to_thread(look, tamper=False)
    assert said.found == [("missing", 3, 3)]


@pytest.fixture
async def upgraded(url, tmp_path):
    await asyncio.to_thread(as_it_was, url)
    await asyncio.to_thread(upgrade, url)
    async with process(url, ring(), tmp_path / "audit") as (store, signing):
        await store.append_audit([entry(1)])
        yield url, store, signing


async def test_it_does_not_grow_once_it_was_signed(upgraded):
    url, store, signing = upgraded
    assert await signing.make() == 2
    before = next(one for one in await store.logs.all() if one.log == 0)
    row = (await store.logs.reading(lambda reader: list(reader.leaves(0, 0, 1))))[0]
    tree = Frontier.unpack(before.size, before.frontier)
    tree.append(row.leaf)
    columns = (
        "salt, leaf, mac, at, event, actor, tenant, mount, route, kind, pseudonym, key_id, exchange, reason, count"
    )
    place = f"SELECT 0, {COUNT}, {columns} FROM audit WHERE log = 0 AND pos = 0"  # noqa: S608  names of ours
    copy = f"INSERT INTO audit (log, pos, {columns}) {place}"
    frontier = f"x'{tree.packed.hex()}'" if url.startswith("sqlite") else f"'\\x{tree.packed.hex()}'"
    await sql(url, copy, f"UPDATE logs SET size = {tree.size}, frontier = {frontier} WHERE log = 0")  # noqa: S608  values of ours
    with pytest.raises(AuditFailed) as refused:
        await signing.make()
    assert (refused.value.reason, refused.value.place) == ("log-broken", "0")


async def test_it_is_not_signed_after_any_other_log_was(upgraded):
    url, _, signing = upgraded
    await sql(url, "UPDATE logs SET closed = 'not yet' WHERE log = 0")
    assert await signing.make() == 1
    await sql(url, "UPDATE logs SET closed = 'old-form' WHERE log = 0")
    with pytest.raises(AuditFailed) as refused:
        await signing.make()
    assert (refused.value.reason, refused.value.place) == ("log-broken", "0")
