"""What was backed up comes back whole, on whatever database; what was forgotten does not; what is lost is told."""

import asyncio
import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from keys import FileKek, Purpose, rotate
from proxy.store import PackageRecord, PinRecord
from proxy.store.records import RequestRecord
from tests.backup.installation import CONTEXT, LI, OBRIEN, ZOE, change, copy_of, found_in, office_of, sighting

LATER = ("Plato", "محمد بن علي")


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
        assert all(row["mac"] for row in new.rows("audit")[-2:]), "coded, though there was no keyring"
        assert (new.meta()["lineage"], new.meta(of_keys=True)["lineage"]) == (lineage, lineage)
        assert new.meta()["instance"] != one.meta()["instance"]
        assert "unfinished" not in {**new.meta(), **new.meta(of_keys=True)}
        assert new.recall(ZOE, OBRIEN, LI) == {name: f"id of {name}" for name in (ZOE, OBRIEN, LI)}
        assert new.learn(ZOE, *LATER)[ZOE] == one.tokens[ZOE]
        assert new.run("store", "status") == 0

    def test_numbers_go_on_where_the_log_ended(self, one, bundle, target):
        one.learn(*LATER)
        new = one.moved(target.pair()[0], one.keystore)
        # the mapping that was there is no longer configured, so nobody can tell how far it got
        new.run("backup", "restore", str(bundle))
        assert "nothing that survives can tell" in new.tell

        numbers = [row["seq"] for row in new.rows("audit")]
        assert numbers == sorted(set(numbers))
        assert new.rows("audit")[-1]["event"] == "backup-restored"
        new.learn("somebody new")
        assert new.rows("audit")[-1]["seq"] > numbers[-1]

    def test_a_backup_of_a_running_installation_is_of_one_moment(self, one, source, tmp_path):
        """People come all the time while it is made; each of them is in it with all that belongs to her, or not."""
        one.learn(*(f"learner {number}" for number in range(300)))
        files = []

        async def busy():
            async with one.open() as house:
                service = house.server._passage._carrier._names
                making = asyncio.ensure_future(asyncio.to_thread(make))
                number = 0
                while not making.done() or number <= 10:
                    await service.pseudonymize([sighting(f"busy {number}")], CONTEXT)
                    number += 1
                await making
                return number

        def make():
            for number in range(3):
                files.append(tmp_path / f"busy-{number}")
                one.run("backup", "make", str(files[-1]))

        asyncio.run(busy())
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

    def test_is_what_an_officer_asked_of_another(self, one, source, tmp_path):
        """An approval that was used up after the backup would be good for a second time."""

        async def ask():
            async with one.open() as house:
                record = RequestRecord("r-1", "destroy", "abcd", "", b"sealed", 1, "anna", b"signed", 1, 2**50)
                await house.store.upkeep.submit(record, ())

        asyncio.run(ask())
        assert len(one.rows("requests")) == 1
        file = tmp_path / "with-a-request.backup"
        one.run("backup", "make", str(file))
        mapping = source.pair()[0]
        assert one.run("backup", "restore", str(file), "--into", mapping) == 0
        one.moved(mapping, one.keystore)
        assert one.rows("requests") == []
        one.run("keys", "requests")
        assert "No request waits." in one.tell

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

    def test_of_a_key_store_that_was_spoiled_what_still_opens_is_kept(self, one, keys, source):
        one.learn(*LATER)
        spoiled = one.rows("pseudonyms")
        person = next(row["person"] for row in spoiled if row["pseudonym"] == one.tokens[ZOE])
        blob = "x'00'" if source.kind == "sqlite" else "'\\x00'::bytea"
        change(one, f"UPDATE person_keys SET wrapped = {blob} WHERE person = '{person}'", of_keys=True)  # noqa: S608
        assert one.recall(ZOE, "Plato") == {ZOE: "sealed-altered", "Plato": "id of Plato"}
        keystore = source.pair()[1]
        assert one.run("backup", "restore", str(keys), "--keys-into", keystore) == 0
        one.moved(one.mapping, keystore)
        assert one.recall(ZOE, "Plato") == {ZOE: f"id of {ZOE}", "Plato": "id of Plato"}


def register(one):
    """A package and a script that came after the backup."""

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
        change(one, "UPDATE people SET kind = 'account'")
        file = bundle.with_name("spoiled.backup")
        one.run("backup", "make", str(file))
        assert one.run("backup", "verify", str(file)) == 1
        assert "3 DO NOT OPEN" in one.tell
        assert one.refuses("backup", "restore", str(file), "--into", source.pair()[0]) == "not-opened"


async def change_kek(one):
    async with one.open() as house:
        await office_of(house).change_kek("operator")
