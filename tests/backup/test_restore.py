"""What was backed up comes back whole, on whatever database; what was forgotten does not; what is lost is told."""

import asyncio
import re
import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest

from keys import FileKek, Purpose, rotate
from proxy.store.engines import parse
from tests.backup.installation import LI, OBRIEN, ZOE, copy_of, found_in, office_of

LATER = ("Plato", "محمد بن علي")


@pytest.fixture
def bundle(one, tmp_path):
    file = tmp_path / "mapping.backup"
    assert one.run("backup", "make", str(file)) == 0
    return file


@pytest.fixture
def keys(one, tmp_path):
    file = tmp_path / "keys.backup"
    assert one.run("backup", "keys", str(file)) == 0
    return file


class TestWhole:
    def test_a_lost_installation_is_back_on_either_database(self, one, bundle, keys, target, tmp_path):
        """The machine is gone; the key-encryption key, the configuration and two backups are not."""
        before = {name: one.rows(name) for name in ("people", "lookups", "pseudonyms", "keyrings", "packages", "pins")}
        before_keys, audit, lineage = one.rows("person_keys", of_keys=True), one.rows("audit"), one.meta()["lineage"]
        new = copy_of(one, tmp_path / "new").moved(*target.pair())
        (new.folder / "keyring.json").unlink()
        (new.folder / "keyring.json.seen").unlink()

        assert new.run("backup", "restore", str(bundle)) == 0
        assert "no key store to compare with" in new.tell
        assert "The keyring of the backup is put in force" in new.tell
        assert new.run("backup", "restore", str(keys)) == 0

        assert {name: new.rows(name) for name in before} == before
        assert new.rows("person_keys", of_keys=True) == before_keys
        assert new.rows("audit")[:3] == audit[:3]
        assert new.events()[-2:] == ["backup-restored", "backup-restored"]
        assert (new.meta()["lineage"], new.meta(of_keys=True)["lineage"]) == (lineage, lineage)
        assert new.meta()["instance"] != one.meta()["instance"]
        assert "unfinished" not in {**new.meta(), **new.meta(of_keys=True)}
        assert new.recall(ZOE, OBRIEN, LI) == {name: f"id of {name}" for name in (ZOE, OBRIEN, LI)}
        assert new.learn(ZOE, *LATER)[ZOE] == one.tokens[ZOE]
        assert new.run("store", "status") == 0

    def test_numbers_go_on_where_the_log_ended(self, one, bundle, target):
        one.learn(*LATER)
        last = one.rows("audit")[-1]["seq"]
        new = one.moved(target.pair()[0], one.keystore)
        # the mapping that was there is no longer configured, so nobody can tell how far it got
        new.run("backup", "restore", str(bundle))
        assert "nothing that survives can tell" in new.tell

        numbers = [row["seq"] for row in new.rows("audit")]
        assert numbers == sorted(set(numbers))
        assert new.rows("audit")[-1]["event"] == "backup-restored"
        new.learn("somebody new")
        assert new.rows("audit")[-1]["seq"] > numbers[-1]
        assert last > 0

    def test_a_backup_of_a_running_installation_is_of_one_moment(self, one, source, tmp_path):
        """People come all the time while it is made; each of them is in it with all that belongs to her, or not."""
        one.learn(*(f"learner {number}" for number in range(300)))
        files = []

        async def busy():
            import asyncio

            async with one.open() as house:
                service = house.server._passage._carrier._names
                from tests.backup.installation import CONTEXT, sighting

                making = asyncio.ensure_future(asyncio.to_thread(make))
                number = 0
                while not making.done():
                    await service.pseudonymize([sighting(f"busy {number}")], CONTEXT)
                    number += 1
                await making
                return number

        def make():
            for number in range(3):
                files.append(tmp_path / f"busy-{number}")
                one.run("backup", "make", str(files[-1]))

        import asyncio

        assert asyncio.run(busy()) > 10
        for number, file in enumerate(files):
            new = copy_of(one, tmp_path / f"new-{number}").moved(source.pair()[0], one.keystore)
            new.run("backup", "restore", str(file))
            people = {row["person"] for row in new.rows("people")}
            assert {row["person"] for row in new.rows("lookups")} == people
            assert {row["person"] for row in new.rows("pseudonyms")} == people
            minted = [row for row in new.rows("audit") if row["event"] == "minted"]
            assert len(minted) == len(people)
            have_keys = {row["person"] for row in new.rows("person_keys", of_keys=True)}
            assert people <= have_keys

    def test_the_bundle_names_nobody_and_has_no_data_key(self, one, bundle, keys):
        for file in (bundle, keys):
            content = file.read_bytes()
            assert file.stat().st_mode & 0o777 == 0o600
            for text in (ZOE, LI, *one.tokens.values(), *(row["person"] for row in one.rows("people"))):
                assert text.encode() not in content
        assert "person_keys" not in bundle_tables(one, bundle)
        assert "rings" not in bundle_tables(one, keys)
        assert one.events()[-2:] == ["backup-made", "backup-made"]

    def test_it_is_verified_without_touching_anything(self, one, bundle, keys):
        before = (one.files(), one.rows("audit"))
        assert one.run("backup", "verify", str(bundle)) == 0
        assert "3 opened" in one.tell
        assert re.search(r"people +3 rows", one.tell)
        assert one.run("backup", "verify", str(keys)) == 0
        assert "3 opened" in one.tell
        assert (one.files(), one.rows("audit")) == before

    def test_under_a_passphrase_it_is_verified_where_there_is_nothing_else(self, one, tmp_path, monkeypatch):
        monkeypatch.setenv("SAFE", "six random words of two officers")
        file = tmp_path / "safe.backup"
        one.run("backup", "make", str(file), "--passphrase", "env:SAFE")
        nowhere = ("--config", str(tmp_path / "nowhere.toml"))
        assert one.run("backup", "verify", str(file), "--passphrase", "env:SAFE", *nowhere) == 0
        assert one.refuses("backup", "verify", str(file)) == "bundle-kek"
        monkeypatch.setenv("SAFE", "six other words of somebody else")
        assert one.refuses("backup", "verify", str(file), "--passphrase", "env:SAFE") == "kek-passphrase"


def bundle_tables(one, file):
    one.run("backup", "verify", str(file))
    return re.findall(r"^  (\w+) +[\d,]+ rows", one.tell, re.MULTILINE)


class TestForgotten:
    """Whoever was forgotten after a backup was made does not come back with it, nor with any other copy."""

    def is_forgotten(self, one, person, token):
        for table in ("people", "lookups", "pseudonyms"):
            assert person not in {row["person"] for row in one.rows(table)}
        assert person not in {row["person"] for row in one.rows("person_keys", of_keys=True)}
        assert one.recall(ZOE) == {ZOE: None}
        assert one.recall(LI) == {LI: f"id of {LI}"}
        assert one.learn(ZOE)[ZOE] != token
        assert one.run("store", "status") == 0, one.tell

    @pytest.mark.parametrize("files", [("mapping",), ("keys",), ("mapping", "keys"), ("keys", "mapping")])
    def test_with_a_bundle(self, one, bundle, keys, files, source):
        token = one.tokens[ZOE]
        wrapped = {row["person"]: row["wrapped"] for row in one.rows("person_keys", of_keys=True)}
        person = one.erase(ZOE)
        mapping, keystore = source.pair()
        for name in files:
            where = {"mapping": ("--into", mapping), "keys": ("--keys-into", keystore)}
            now = [word for done in files[: files.index(name) + 1] for word in where[done]]
            assert one.run("backup", "restore", str(bundle if name == "mapping" else keys), *now) == 0
            assert "1 in the backup were forgotten since; they stay forgotten" in one.tell
        one.moved(mapping if "mapping" in files else one.mapping, keystore if "keys" in files else one.keystore)
        if source.kind == "sqlite":
            assert wrapped[person] not in one.bytes_of(of_keys=True)
        self.is_forgotten(one, person, token)

    @pytest.mark.parametrize("survivor", ["mapping", "key store", "journal"])
    def test_whatever_alone_remembers_it(self, one, bundle, keys, survivor, source, tmp_path):
        """Of mapping, key store and journal file two are lost with the erasure that they knew of."""
        token = one.tokens[ZOE]
        person = one.erase(ZOE)
        new = copy_of(one, tmp_path / "new")
        mapping, keystore = source.pair()
        if survivor != "journal":
            (new.folder / "erasures.journal").unlink()
        new.moved(
            one.mapping if survivor == "mapping" else mapping, one.keystore if survivor == "key store" else keystore
        )
        if survivor != "mapping":
            new.run("backup", "restore", str(bundle))
        if survivor != "key store":
            new.run("backup", "restore", str(keys))
        self.is_forgotten(new, person, token)

    @pytest.mark.parametrize("copies", [("mapping",), ("keystore",), ("mapping", "keystore")])
    def test_with_raw_copies_of_the_databases(self, one, copies, source):
        """A file copy, a snapshot of the disk: put back behind our back, it is noticed at the next start."""
        raw = {name: copied(getattr(one, name), source, name) for name in copies}
        token = one.tokens[ZOE]
        person = one.erase(ZOE)
        one.moved(raw.get("mapping", one.mapping), raw.get("keystore", one.keystore))

        assert one.run("store", "status") == 1
        assert "forgotten-people-back" in one.tell or "journals-differ" in one.tell
        one.start()

        assert one.events()[-1] == "forgotten-again"
        self.is_forgotten(one, person, token)

    def test_with_a_raw_copy_of_a_version_that_had_other_names_for_rows(self, one, source):
        """The rows of version 0.1 had no names; whoever is migrated gets a new one, but has her old pseudonym."""
        raw = copied(one.mapping, source, "mapping")
        token, person = one.tokens[ZOE], one.erase(ZOE)
        one.moved(raw, one.keystore)
        for table in ("people", "lookups", "pseudonyms"):
            execute(one, source, f"UPDATE {table} SET person = 'another' WHERE person = '{person}'")  # noqa: S608
        one.start()
        self.is_forgotten(one, "another", token)


def copied(url, source, name):
    """A raw copy of a database, with the identity it has."""
    if source.kind == "postgresql":
        source.postgres.drop_connections()
        new = source.postgres._created(f"TEMPLATE {url.rpartition('/')[2]}")
        return source.postgres.url(new)
    path = parse(url).path
    there = path.with_name(f"raw-{name}.sqlite3")
    for suffix in ("", "-wal"):
        if path.with_name(path.name + suffix).exists():
            shutil.copy(path.with_name(path.name + suffix), there.with_name(there.name + suffix))
    return f"sqlite:///{there}"


def execute(one, source, statement):
    """What somebody does who goes around us."""
    if source.kind == "postgresql":
        with source.postgres.connect(one.mapping.rpartition("/")[2]) as own:
            own.execute(statement)
        return
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(parse(one.mapping).path)) as own, own:
        own.execute(statement)


class TestLost:
    def test_is_told_number_by_number(self, one, bundle, source):
        register(one)
        one.learn(*LATER)
        one.rotate(lambda ring: rotate.rotate(ring, Purpose.SEAL, datetime.now(UTC)))
        one.erase(ZOE)
        first, last = 5, one.rows("audit")[-1]["seq"]
        mapping = source.pair()[0]

        assert one.run("backup", "restore", str(bundle), "--into", mapping, "--dry-run") == 0
        planned = one.tell
        assert one.run("backup", "restore", str(bundle), "--into", mapping) == 0

        for said in (planned, one.tell):
            assert "2 came since: each gets the same pseudonym again" in said
            assert re.search(rf"entries {first - 1}|entries {first} to {last}", said)
            assert "generations 2 to 2 were announced since" in said
            assert "newer than the one of the backup, and stays" in said
            assert "package     uni d1" in said
            assert "script      dispatch /loader.js" in said
            assert "1 in the backup were forgotten since" in said
        assert "Nothing was touched" in planned
        tokens = dict(one.tokens)
        one.moved(mapping, one.keystore)
        assert one.rows("audit")[-1]["seq"] > last, "the gap in the numbers shows what is gone"
        assert one.learn(*LATER)["Plato"] == tokens["Plato"]

    def test_after_a_rotation_is_the_pseudonym_of_who_came_before_it(self, one, bundle, source):
        one.learn(*LATER)
        soon = datetime.now(UTC) + timedelta(seconds=2)
        one.rotate(lambda ring: rotate.rotate(ring, Purpose.PSEUDONYM, soon))
        tokens, mapping = dict(one.tokens), source.pair()[0]
        one.run("backup", "restore", str(bundle), "--into", mapping)
        assert "when the PSEUDONYM key was rotated, gets another one" in one.tell
        one.moved(mapping, one.keystore)
        assert one.learn("Plato")["Plato"] != tokens["Plato"]
        assert one.learn(ZOE)[ZOE] == tokens[ZOE]

    def test_with_an_older_key_store_are_data_keys_until_the_next_launch(self, one, keys, source):
        one.learn(*LATER)
        keystore = source.pair()[1]
        tokens = dict(one.tokens)
        away = one.keystore
        one.moved(one.mapping, keystore)

        assert one.run("backup", "restore", str(keys)) == 0
        assert "of 2 people are missing" in one.tell
        assert one.run("store", "status") == 1
        assert "people-without-key (2)" in one.tell

        assert one.recall("Plato", ZOE) == {"Plato": "person-key-missing", ZOE: f"id of {ZOE}"}
        assert one.learn("Plato")["Plato"] == tokens["Plato"]
        assert one.recall("Plato") == {"Plato": "id of Plato"}
        assert away != keystore

    def test_of_a_key_store_that_can_be_read_nothing_is(self, one, keys, source):
        """Who was written down anew since has another data key than in the backup: hers is the newer one."""
        one.learn(*LATER)
        keystore = source.pair()[1]
        assert one.run("backup", "restore", str(keys), "--keys-into", keystore) == 0
        assert "5 data keys of the key store that was there are kept" in one.tell
        one.moved(one.mapping, keystore)
        assert one.recall(ZOE, "Plato") == {ZOE: f"id of {ZOE}", "Plato": "id of Plato"}
        assert one.run("store", "status") == 0


def register(one):
    """A package and a script that came after the backup."""
    import asyncio

    from proxy.store import PackageRecord, PinRecord

    async def both():
        async with one.open() as house:
            await house.store.register_package(
                PackageRecord("d1", "uni", "/x", {"LEARNER": "a"}, ("c",), "/r", ("h",), 1)
            )
            await house.store.pin(PinRecord("dispatch", "/loader.js", "0" * 64, "approved", 1))

    asyncio.run(both())


@pytest.mark.parametrize("kind", ["sqlite"])
class TestTheKeyring:
    def test_that_is_newer_stays_and_one_that_is_older_is_replaced(self, one, bundle, source, tmp_path):
        old = (one.folder / "keyring.json").read_bytes()
        ring = one.rotate(lambda ring: rotate.rotate(ring, Purpose.SEAL, datetime.now(UTC)))
        newer = (one.folder / "keyring.json").read_bytes()
        one.run("backup", "restore", str(bundle), "--into", source.pair()[0])
        assert (one.folder / "keyring.json").read_bytes() == newer
        assert "3 opened" in one.tell

        later = tmp_path / "later.backup"
        one.run("backup", "make", str(later))
        behind = copy_of(one, tmp_path / "behind")
        (behind.folder / "keyring.json.seen").unlink()
        (behind.folder / "keyring.json").write_bytes(old)
        behind.moved(source.pair()[0], one.keystore)
        behind.run("backup", "restore", str(later))
        assert (behind.folder / "keyring.json").read_bytes() == newer
        assert ring.generation == 2

    def test_of_another_installation_is_refused_before_anything_is_touched(self, one, bundle, source, tmp_path):
        other = found_in(tmp_path / "other", *source.pair())
        shutil.copy(one.folder / "kek.key", other.folder / "kek.key")
        (other.folder / "keyring.json").unlink()
        (other.folder / "keyring.json.seen").unlink()
        found_in(other.folder, other.mapping, other.keystore)
        before = other.rows("meta")
        assert other.refuses("backup", "restore", str(bundle)) == "keyring-forked"
        assert other.rows("meta") == before

    def test_that_is_older_than_one_in_use_here_is_installed_only_if_that_is_meant(self, one, bundle, source):
        one.rotate(lambda ring: rotate.rotate(ring, Purpose.SEAL, datetime.now(UTC)))
        (one.folder / "keyring.json").unlink()
        mapping = source.pair()[0]
        given = ("backup", "restore", str(bundle), "--into", mapping)
        assert one.refuses(*given) == "keyring-rolled-back"
        assert not (one.folder / "keyring.json").exists()
        assert one.run(*given, "--accept-older-keyring") == 0
        assert one.moved(mapping, one.keystore).recall(ZOE) == {ZOE: f"id of {ZOE}"}

    def test_under_a_key_that_was_changed_since_needs_the_older_key_named(self, one, bundle, source):
        """Both bundle and keyring in it were sealed by a key-encryption key of earlier days."""
        FileKek.create(one.folder / "next.key")
        now, later = '[keys.kek]\npath = "kek.key"\n', '[keys.new_kek]\nprovider = "file"\npath = "next.key"\n'
        one.append(now + later)
        asyncio.run(change_kek(one))
        one.append('[keys.kek]\npath = "next.key"\n')
        mapping = source.pair()[0]
        given = ("backup", "restore", str(bundle), "--into", mapping)
        assert one.refuses(*given) == "bundle-kek"
        one.append('[keys.kek]\npath = "next.key"\n[keys.new_kek]\nprovider = "file"\npath = "kek.key"\n')
        assert one.run(*given) == 0
        assert "newer than the one of the backup, and stays" in one.tell
        one.append('[keys.kek]\npath = "next.key"\n')
        assert one.moved(mapping, one.keystore).recall(ZOE) == {ZOE: f"id of {ZOE}"}

    def test_must_be_there_for_a_key_store(self, one, keys, source):
        (one.folder / "keyring.json").unlink()
        assert one.refuses("backup", "restore", str(keys), "--keys-into", source.pair()[1]) == "no-keyring"

    def test_whose_keys_open_nothing_of_the_backup_is_refused(self, one, bundle, source):
        execute(one, source, "UPDATE people SET kind = 'account'")
        file = bundle.with_name("spoiled.backup")
        one.run("backup", "make", str(file))
        assert one.run("backup", "verify", str(file)) == 1
        assert "3 DO NOT OPEN" in one.tell
        assert one.refuses("backup", "restore", str(file), "--into", source.pair()[0]) == "not-opened"


async def change_kek(one):
    async with one.open() as house:
        await office_of(house).change_kek("operator")


def hours(number):
    return time.time_ns() + number * 3_600_000_000_000


class TestRefused:
    def test_what_is_there_is_not_overwritten(self, one, bundle, keys, source):
        reason = "target-exists" if source.kind == "sqlite" else "target-not-empty"
        for file in (bundle, keys):
            assert one.refuses("backup", "restore", str(file)) == reason
        assert one.refuses("backup", "make", str(bundle)) == "exists"

    def test_an_expired_key_store_is_restored_only_if_that_is_meant(self, one, keys, source, monkeypatch):
        keystore = source.pair()[1]
        given = ("backup", "restore", str(keys), "--keys-into", keystore)
        now = hours(7 * 24 + 1)
        monkeypatch.setattr("proxy.cli.backup.time.time_ns", lambda: now)
        assert one.refuses(*given) == "expired"
        assert one.run(*given, "--accept-expired") == 0

    def test_a_clock_that_went_back_is_noticed(self, one, keys, source, monkeypatch):
        now = hours(-24)
        monkeypatch.setattr("proxy.cli.backup.time.time_ns", lambda: now)
        assert one.refuses("backup", "restore", str(keys), "--keys-into", source.pair()[1]) == "clock"

    def test_a_backup_of_another_installation(self, one, bundle, keys, source, tmp_path):
        other = found_in(tmp_path / "other", *source.pair())
        other.learn(ZOE)
        shutil.copy(one.folder / "kek.key", tmp_path / "theirs")
        given = ("backup", "restore", str(bundle), "--into", source.pair()[0])
        assert other.refuses(*given) == "bundle-kek"
        for name in ("kek.key", "keyring.json", "keyring.json.seen"):
            shutil.copy(one.folder / name, other.folder / name)
        assert other.refuses(*given) == "target-not-ours"
        assert other.refuses("backup", "restore", str(keys), "--keys-into", source.pair()[1]) == "target-not-ours"

    def test_while_workers_serve(self, one, bundle, keys, source):
        node_is_alive(one)
        if source.kind == "sqlite":
            assert one.refuses("backup", "restore", str(bundle), "--replace") == "in-use"
            assert one.refuses("backup", "restore", str(keys), "--replace") == "in-use"
        else:
            one.moved(one.mapping, source.pair()[1])
            assert one.refuses("backup", "restore", str(keys)) == "in-use"

    def test_a_backup_that_does_not_open_leaves_everything_as_it_is(self, one, bundle, source):
        content = bundle.read_bytes()
        mapping = source.pair()[0]
        for altered in (
            content[:-1],
            content[: len(content) // 2],
            content + b"\0",
            content[:400] + content[401:],
            b"",
        ):
            bundle.write_bytes(altered)
            assert one.refuses("backup", "restore", str(bundle), "--into", mapping).startswith("bundle-")
        bundle.unlink()
        assert one.refuses("backup", "restore", str(bundle), "--into", mapping) == "no-file"

    def test_a_store_of_the_other_sort(self, one, bundle):
        assert one.refuses("backup", "restore", str(bundle), "--into", one.keystore) == "wrong-store"

    def test_a_database_with_tables_of_somebody_else(self, one, bundle, source):
        mapping = source.pair()[0]
        if source.kind == "sqlite":
            path = parse(mapping).path
            path.write_bytes(b"a diary")
            assert one.refuses("backup", "restore", str(bundle), "--into", mapping) == "target-exists"
            return
        with source.postgres.connect(mapping.rpartition("/")[2]) as own:
            own.execute("CREATE TABLE diary (day text)")
        assert one.refuses("backup", "restore", str(bundle), "--into", mapping) == "target-not-empty"

    def test_no_backup_is_made_of_a_mapping_that_knows_a_newer_keyring(self, one, tmp_path):
        old = (one.folder / "keyring.json").read_bytes()
        one.rotate(lambda ring: rotate.rotate(ring, Purpose.SEAL, datetime.now(UTC)))
        (one.folder / "keyring.json").write_bytes(old)
        (one.folder / "keyring.json.seen").unlink()
        assert one.refuses("backup", "make", str(tmp_path / "behind.backup")) == "keyring-behind"
        assert not (tmp_path / "behind.backup").exists()


def node_is_alive(one):
    import asyncio

    async def report():
        async with one.open() as house:
            await house.store.upkeep.report("node/1", 1, time.time_ns() // 1_000_000)

    asyncio.run(report())
