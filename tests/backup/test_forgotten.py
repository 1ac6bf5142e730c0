"""Whoever was forgotten after a copy was made does not come back with it, whatever copy it is."""

import pytest

from tests.backup.installation import LI, ZOE, change, copied, copy_of, damage, each


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

    @pytest.mark.parametrize(("kind", "files"), each(("mapping",), ("keys",), ("keys", "mapping"), ("mapping", "keys")))
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

    def test_addresses_for_her_results_neither_and_those_of_others_do(self, one, tmp_path, source):
        one.ask_for_results(ZOE, LI)
        file = tmp_path / "with-addresses.backup"
        assert one.run("backup", "make", str(file)) == 0
        person, mapping = one.erase(ZOE), source.pair()[0]
        [others] = [row for row in one.rows("postbacks") if row["person"] != person]

        assert one.run("backup", "restore", str(file), "--into", mapping) == 0
        one.moved(mapping, one.keystore)

        assert one.rows("postbacks") == [others]

    @pytest.mark.parametrize(("kind", "survivor"), each("mapping", "journal", "key store"))
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

    @pytest.mark.parametrize("kind", ["sqlite"])
    def test_by_a_mapping_that_is_damaged_elsewhere(self, one, bundle, keys, source):
        """The file that is to be replaced is the last that knows of her."""
        token = one.tokens[ZOE]
        person = one.erase(ZOE)
        (one.folder / "erasures.journal").unlink()
        one.moved(one.mapping, source.pair()[1])
        damage(one, "people")
        assert one.run("backup", "restore", str(bundle), "--replace") == 0
        assert one.run("backup", "restore", str(keys)) == 0
        self.is_forgotten(one, person, token)

    @pytest.mark.parametrize(("kind", "copies"), each(("mapping",), ("keystore",), ("mapping", "keystore")))
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
            change(one, f"UPDATE {table} SET person = 'another' WHERE person = '{person}'")  # noqa: S608
        one.start()
        self.is_forgotten(one, "another", token)
