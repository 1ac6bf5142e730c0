"""`store copy`: two other databases become equal to both stores, row by row, as often as one likes, and never wrongly."""

import asyncio
import re
import sqlite3
from contextlib import closing

import pytest

from proxy.identity import Sighting
from proxy.people import Cleartext, Kind
from proxy.store import KEYSTORE, MAPPING, PackageRecord, PinRecord
from proxy.store.engines import parse, url_of
from proxy.store.target import Target
from tests.backup.installation import (
    CONTEXT,
    LI,
    OBRIEN,
    ZOE,
    Installation,
    change,
    found_in,
    node_is_alive,
    sighting,
)

LATER = ("Plato", "محمد بن علي", "O'Neill")


def equal(one, other):
    """Every row of every table, types included; who a database is stays its own."""
    for of_keys, schema in ((False, MAPPING), (True, KEYSTORE)):
        here, there = one.tables(of_keys=of_keys), other.tables(of_keys=of_keys)
        for table in schema.metadata.tables.keys() - {"nodes", "meta"}:
            assert there[table] == here[table], table
        ours, theirs = ({row["name"]: row["value"] for row in rows["meta"]} for rows in (here, there))
        assert theirs.pop("instance") != ours.pop("instance")
        assert theirs == ours


def moved(one, pair):
    """The same installation on other databases."""
    return Installation(one.folder, *pair, tokens=dict(one.tokens))


@pytest.fixture
def full(one):
    """Everything that can be in a store."""
    one.erase(OBRIEN)
    asyncio.run(further(one))
    return one


async def further(one):
    async with one.open() as house:
        package = PackageRecord("d1", "uni", "/x", {"LEARNER": "a", "ÄÖ": "ü"}, ("c",), "/r", ("h", "李"), 1)
        await house.store.register_package(package)
        for number in range(3):
            state = "pending" if number else "approved"
            await house.store.pin(PinRecord("dispatch", "/loader.js", str(number) * 64, state, number))
        await house.store.upkeep.take("reseal", "node/1", 1, 2)


def copy(one, pair, *more):
    return one.run("store", "copy", "--to", pair[0], "--keys-to", pair[1], *more)


ACROSS = pytest.mark.parametrize(("kind", "other_kind"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
UP = pytest.mark.parametrize(("kind", "other_kind"), [("sqlite", "postgresql")])


def test_makes_both_stores_equal_whatever_databases_they_are_on(full, target):
    pair = target.pair()
    assert copy(full, pair) == 0
    assert re.search(r"people +2 +2 +0 +0 +[0-9a-f]{16}", full.tell)
    assert "were changed; then all" in full.tell
    equal(full, moved(full, pair))
    assert copy(full, pair) == 0
    assert "\nidentical\n" in full.tell
    assert "were changed" not in full.tell


@ACROSS
class TestCopying:
    def test_tells_what_to_put_into_the_configuration_and_does_not_touch_it(self, full, target):
        pair, before = target.pair(), full.config.read_text("utf-8")
        copy(full, pair)
        for section, url in zip(("store", "keystore"), pair, strict=True):
            assert f'[{section}]\nurl = "{url}"' in full.tell
        assert full.config.read_text("utf-8") == before

    def test_of_a_store_that_goes_on_is_brought_up_to_date_by_the_next_run(self, full, target):
        pair = target.pair()
        copy(full, pair)
        full.learn(*LATER)
        full.erase(LI)
        asyncio.run(approved(full))
        asyncio.run(renewed(full))
        assert copy(full, pair) == 0
        equal(full, moved(full, pair))
        assert re.search(r"people +4 +3 +1 +1 ", full.tell)
        assert re.search(r"pins +3 +0 +2 +0 ", full.tell)

    def test_the_copy_serves_and_goes_on_where_the_other_ended(self, full, target):
        pair = target.pair()
        copy(full, pair)
        last, erased = full.rows("audit")[-1]["seq"], full.rows("erasures")[-1]["seq"]
        new = full.moved(*pair)
        assert new.learn(ZOE, "Plato")[ZOE] == new.tokens[ZOE]
        new.erase("Plato")
        numbers = [row["seq"] for row in new.rows("audit")]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] > last
        assert new.rows("erasures")[-1]["seq"] > erased
        assert new.recall(LI, "Plato") == {LI: f"id of {LI}", "Plato": None}
        assert new.run("store", "status") == 0

    def test_while_nodes_serve(self, full, target):
        """Copy, copy again, stop, copy once more: everybody is there under her pseudonym."""
        pair = target.pair()

        def twice():
            return [copy(full, pair) for _ in range(2)]

        async def busy():
            async with full.open() as house:
                service = house.server._passage._carrier._names
                copying = asyncio.ensure_future(asyncio.to_thread(twice))
                people = []
                while not copying.done() or len(people) < 6:
                    people += await service.pseudonymize([sighting(f"busy {len(people)}")], CONTEXT)
                await copying
                return {f"busy {number}": person.pseudonym.token for number, person in enumerate(people)}

        busy_people = asyncio.run(busy())
        assert len(busy_people) > 5
        copy(full, pair)
        new = full.moved(*pair)
        assert new.learn(*busy_people) == busy_people
        assert new.run("store", "status") == 0

    def test_a_dry_run_touches_nothing(self, full, target):
        pair = target.pair()
        assert copy(full, pair, "--dry-run") == 0
        assert re.search(r"[1-9]\d* rows would be changed", full.tell)
        if target.kind == "sqlite":
            assert not parse(pair[0]).path.exists()
        copy(full, pair)
        full.learn(*LATER)
        before = moved(full, pair).rows("people")
        copy(full, pair, "--dry-run")
        assert re.search(r"people +5 +3 +0 +0 ", full.tell)
        assert moved(full, pair).rows("people") == before


async def approved(one):
    async with one.open() as house:
        await house.store.approve("dispatch", "/loader.js", "2" * 64)


async def renewed(one):
    """A row in the middle changes."""
    async with one.open() as house:
        service = house.server._passage._carrier._names
        news = Sighting(sighting(ZOE).subject, (Cleartext(Kind.NAME, "Zoë Anders"),))
        await service.pseudonymize([news], CONTEXT)


@pytest.mark.parametrize("kind", ["sqlite"])
class TestOrder:
    def test_is_by_code_points_whatever_language_the_server_speaks(self, full, postgres, tmp_path):
        """In English a comes before B and é before z; row by row both sides must agree."""
        asyncio.run(many_tenants(full))
        addresses = []
        for number in range(2):
            name = f"icu_{tmp_path.name.replace('-', '_')}_{number}"[:60].lower()
            with postgres.connect() as own:
                own.execute(
                    f"CREATE DATABASE {name} LOCALE_PROVIDER icu ICU_LOCALE 'en-US' TEMPLATE template0 ENCODING 'UTF8'"
                )
            addresses.append(postgres.url(name))
        copy(full, addresses)
        equal(full, moved(full, addresses))
        copy(full, addresses)
        assert "\nidentical\n" in full.tell
        copy(moved(full, addresses), tuple(url_of(tmp_path / f"{name}.sqlite3") for name in ("m", "k")), "--dry-run")


async def many_tenants(one):
    async with one.open() as house:
        for tenant in ("a", "B", "é", "z", "Z", "_", "-", "10", "9", "李", "😀", "\uffee"):
            for digest in ("a", "B", "ä"):
                await house.store.register_package(PackageRecord(digest, tenant, "/x", {}, (), "/r", (), 1))


@UP
class TestRefused:
    def test_the_same_database_under_whatever_name(self, full, target, tmp_path):
        other = target.pair()
        assert full.refuses("store", "copy", "--to", full.mapping, "--keys-to", other[1]) == "same-store"
        link = tmp_path / "link.sqlite3"
        link.symlink_to(parse(full.mapping).path)
        assert full.refuses("store", "copy", "--to", url_of(link), "--keys-to", other[1]) == "same-store"

    def test_mapping_and_key_store_in_one(self, full, target):
        pair = target.pair()
        assert full.run("store", "copy", "--to", pair[0], "--keys-to", pair[0]) == 2
        assert "two databases" in full.tell
        assert full.refuses("store", "copy", "--to", pair[0], "--keys-to", full.mapping) == "wrong-store"

    def test_data_of_another_mapping(self, full, target, tmp_path):
        other = found_in(tmp_path / "other", *target.pair())
        other.learn("somebody else")
        people = other.rows("people")
        pair = target.pair()
        for to, keys_to in ((other.mapping, pair[1]), (pair[0], other.keystore)):
            assert full.refuses("store", "copy", "--to", to, "--keys-to", keys_to) == "target-not-ours"
        assert other.rows("people") == people

    def test_a_copy_that_was_served_from(self, full, target):
        """Its newer people would be deleted."""
        pair = target.pair()
        copy(full, pair)
        new, original = moved(full, pair), (full.mapping, full.keystore)
        full.moved(*pair).learn("Plato")
        full.moved(*original)
        before = new.rows("people")
        assert full.refuses("store", "copy", "--to", pair[0], "--keys-to", pair[1]) == "target-in-use"
        assert new.rows("people") == before

    def test_a_target_that_somebody_serves_from(self, full, target, tmp_path):
        other = found_in(tmp_path / "other", *target.pair())
        node_is_alive(other)
        assert full.refuses("store", "copy", "--to", other.mapping, "--keys-to", target.pair()[1]) == "in-use"

    def test_a_key_store_of_another_mapping(self, full, source, target, tmp_path):
        other = found_in(tmp_path / "other", *source.pair())
        other.learn("somebody else")
        full.moved(full.mapping, other.keystore)
        assert full.refuses("store", "copy", *_to(target.pair())) == "foreign-key-store"

    def test_a_row_of_a_type_that_nobody_writes(self, full, target):
        with closing(sqlite3.connect(parse(full.mapping).path)) as own, own:
            own.execute("UPDATE people SET kind = x'00ff' WHERE rowid = 1")
        assert full.refuses("store", "copy", *_to(target.pair())) == "row-type"

    def test_a_target_that_changes_meanwhile(self, full, target, monkeypatch):
        pair = target.pair()
        copy(full, pair)
        full.learn("Plato")
        new = moved(full, pair)
        ours = Target.change

        def disturbed(self, layout, removed, written):
            ours(self, layout, removed, written)
            if layout.table == "people":
                change(new, "UPDATE people SET kind = 'account'")

        monkeypatch.setattr(Target, "change", disturbed)
        assert full.refuses("store", "copy", *_to(pair)) == "not-identical"
        monkeypatch.undo()
        assert new.meta()["unfinished"] == "copy"
        assert copy(full, pair) == 0
        equal(full, new)


def _to(pair):
    return ("--to", pair[0], "--keys-to", pair[1])
