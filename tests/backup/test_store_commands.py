"""`store status`, `migrate`, `tidy`, `accept-lost-keys`: what does not fit is found, and put right with one command."""

import json
from datetime import UTC, datetime

import pytest

from keys import Purpose, rotate
from proxy.cli.findings import FINDINGS
from proxy.errors import StoreFailed
from proxy.store import MAPPING, revisions
from proxy.store.engines import BULK_WRITING, engine_for, parse
from proxy.store.migrate import create_file, upgrade_in
from tests.backup.installation import LI, OBRIEN, ZOE, change, damage, found_in, node_is_alive
from tests.postgres import cluster


def status(one):
    """The findings, by their words."""
    code = one.run("store", "status", "--json")
    found = {finding["code"]: finding for finding in json.loads(one.tell)["findings"]}
    assert code == int(bool(found))
    for word, finding in found.items():
        assert finding["advice"] == FINDINGS[word]
    return {word: finding["count"] for word, finding in found.items()}


def person_of(one, name):
    return next(row["person"] for row in one.rows("pseudonyms") if row["pseudonym"] == one.tokens[name])


class TestStatus:
    def test_shows_what_is_there(self, one):
        one.erase(OBRIEN)
        node_is_alive(one)
        assert one.run("store", "status", "--json") == 0
        told = json.loads(one.tell)
        mapping, keystore = told["mapping"], told["keystore"]
        assert mapping["people"] == {"uni": 2}
        assert (
            [*mapping["lookups"].values()] == [*mapping["pseudonyms"].values()] == [*keystore["keys"].values()] == [2]
        )
        assert mapping["audit_entries"] == mapping["audit_number"] == 4
        assert 0 < mapping["audit_first"] <= mapping["audit_last"]
        assert (mapping["generation"], mapping["keyrings"]) == (1, 1)
        assert [worker["node"] for worker in mapping["workers"]] == ["node/1"]
        assert told["journals"] == {"mapping": 1, "keystore": 1, "file": 1, "missing": 0}
        for part in (mapping, keystore):
            assert part["database"]["bytes"] > 0
            assert part["database"]["lineage"] == one.meta()["lineage"]
        assert told["keyring"]["generation"] == 1

        assert one.run("store", "status") == 0
        for word in ("2 by tenant (uni: 2)", "node/1 (generation 1", "1 in the mapping, 1 here, 1 in the file"):
            assert word in one.tell
        assert ZOE not in one.tell

    def test_finds_people_and_keys_that_do_not_fit(self, one):
        change(one, f"DELETE FROM person_keys WHERE person = '{person_of(one, ZOE)}'", of_keys=True)  # noqa: S608
        change(one, "UPDATE person_keys SET created = 1", of_keys=True)
        change(one, f"DELETE FROM people WHERE person = '{person_of(one, LI)}'")  # noqa: S608
        assert status(one) == {
            "people-without-key": 1,
            "keys-without-person": 1,
            "lookups-without-person": 1,
            "pseudonyms-without-person": 1,
        }

    def test_does_not_take_for_lost_who_is_just_coming(self, one):
        change(one, f"DELETE FROM people WHERE person = '{person_of(one, LI)}'")  # noqa: S608
        assert "keys-without-person" not in status(one)

    def test_finds_rows_that_were_altered(self, one):
        change(one, f"DELETE FROM lookups WHERE person = '{person_of(one, ZOE)}'")  # noqa: S608
        change(one, f"DELETE FROM pseudonyms WHERE person = '{person_of(one, LI)}'")  # noqa: S608
        assert status(one) == {"people-without-lookup": 1, "people-without-pseudonym": 1}

    def test_finds_keyrings_that_are_behind_ahead_or_foreign(self, one):
        old = (one.folder / "keyring.json").read_bytes()
        (one.folder / "keyring.json.seen").unlink()
        one.rotate(lambda ring: rotate.rotate(ring, Purpose.SEAL, datetime.now(UTC)))
        newer = (one.folder / "keyring.json").read_bytes()
        node_is_alive(one)
        (one.folder / "keyring.json.seen").unlink()
        (one.folder / "keyring.json").write_bytes(old)
        assert status(one) == {"keyring-behind": 1, "workers-behind": 1}
        (one.folder / "keyring.json").write_bytes(newer)
        change(one, "DELETE FROM nodes")
        change(one, "UPDATE keyrings SET digest = 'another' WHERE generation = 2")
        assert status(one) == {"keyring-forked": 1}
        change(one, "DELETE FROM keyrings WHERE generation = 2")
        assert status(one) == {"keyring-not-announced": 1}

    def test_finds_upkeep_that_is_stuck_and_journals_that_differ(self, one):
        one.erase(ZOE)
        change(one, "DELETE FROM erasures", of_keys=True)
        change(one, "INSERT INTO jobs VALUES ('reseal', '', 0, 5, 7, 'cannot-open')")
        assert status(one) == {"journals-differ": 1, "cannot-open": 7}
        assert one.run("store", "status") == 1
        assert "cannot-open: 5 done, 7 left" in one.tell

    @pytest.mark.parametrize("kind", ["sqlite"])
    def test_finds_damage_and_open_files(self, one):
        path = parse(one.mapping).path
        path.chmod(0o644)
        assert status(one) == {"readable-by-others": 1}
        path.chmod(0o600)
        damage(one, "ix_people_last_seen")
        assert status(one)["damaged"] == 1

    @pytest.mark.parametrize("kind", ["sqlite"])
    def test_finds_a_key_store_whose_log_is_archived(self, one):
        """Destroyed keys would live on in the archive."""
        with cluster() as server:
            with server.connect() as own:
                own.execute("ALTER SYSTEM SET archive_mode = 'on'")
            server.stop("fast")
            server.start()
            one.run("store", "copy", "--to", server.empty(), "--keys-to", (keystore := server.empty()))
            assert status(one.moved(one.mapping, keystore)) == {"key-store-archived": 1}

    def test_says_why_it_cannot_look(self, one, source):
        missing = source.pair()
        one.moved(one.mapping, missing[1])
        assert one.refuses("store", "status") == "not-created"


class TestMigrating:
    def test_says_that_there_is_nothing_to_do(self, one):
        assert one.run("store", "migrate") == 0
        assert one.tell.count("as it should be") == 2

    def test_from_an_older_revision(self, one, source):
        """A mapping of version 0.1, empty but for its form."""
        mapping = older(source)
        old = one.moved(mapping, one.keystore)
        assert old.refuses("store", "status") == "not-migrated"
        with pytest.raises(StoreFailed, match="not-migrated"):
            old.start()
        assert old.run("store", "migrate", "--dry-run") == 0
        assert "mapping: would go from revision 0001" in old.tell
        assert revisions(mapping)[0] == "0001"
        assert old.run("store", "migrate") == 0
        assert "mapping: went from revision 0001" in old.tell
        assert revisions(mapping)[0] == revisions(mapping)[1]

    def test_does_not_make_a_store_where_none_is(self, one, source):
        one.moved(source.pair()[0], one.keystore)
        assert one.refuses("store", "migrate") == "not-created"
        if source.kind == "sqlite":
            assert not parse(one.mapping).path.exists()

    def test_not_while_workers_of_the_older_form_serve(self, one, monkeypatch):
        node_is_alive(one)
        assert one.run("store", "migrate") == 0, "nothing to do"
        monkeypatch.setattr("proxy.cli.store.revisions", lambda _url, _schema: ("0001", "0002"))
        assert one.refuses("store", "migrate") == "in-use"

    def test_a_store_of_a_newer_version_or_of_the_other_sort(self, one):
        one.moved(one.keystore, one.mapping)
        assert one.refuses("store", "migrate") == "wrong-store"
        one.moved(one.keystore, one.mapping)  # back again
        change(one, "UPDATE alembic_version SET version_num = '9999'")
        assert one.refuses("store", "migrate") == "schema-newer"


def older(source):
    mapping = source.pair()[0]
    if source.kind == "sqlite":
        create_file(parse(mapping).path)
    engine = engine_for(parse(mapping), BULK_WRITING)
    with engine.begin() as connection:
        upgrade_in(connection, MAPPING, "0001")
    engine.dispose()
    return mapping


class TestTidying:
    def test_removes_what_leads_to_nobody(self, one):
        change(one, f"DELETE FROM people WHERE person = '{person_of(one, LI)}'")  # noqa: S608
        change(one, "UPDATE person_keys SET created = 1", of_keys=True)
        assert one.run("store", "tidy", "--dry-run") == 0
        assert "1 data keys, 1 index values, 1 pseudonyms lead to nobody" in one.tell
        assert one.run("store", "tidy", answer="n\n") == 1
        assert len(one.rows("person_keys", of_keys=True)) == 3

        assert one.run("store", "tidy", answer="y\n") == 0
        assert "Removed 3." in one.tell
        assert len(one.rows("person_keys", of_keys=True)) == 2
        assert one.events()[-1] == "tidied"
        assert status(one) == {}
        assert one.learn(LI, ZOE)[ZOE] == one.tokens[ZOE]

    def test_leaves_alone_what_belongs_together(self, one):
        assert one.run("store", "tidy") == 0
        assert one.events()[-1] == "minted"
        assert len(one.rows("person_keys", of_keys=True)) == 3

    def test_of_two_stores_that_are_strangers_nothing(self, one, source, tmp_path):
        """With the wrong address every key would be nobody's."""
        other = found_in(tmp_path / "other", *source.pair())
        other.learn("somebody else")
        change(one, "UPDATE person_keys SET created = 1", of_keys=True)
        one.moved(other.mapping, one.keystore)
        assert one.refuses("store", "tidy") == "foreign-key-store"
        assert len(one.rows("person_keys", of_keys=True)) == 3


class TestLostKeys:
    @pytest.fixture
    def lost(self, one, source):
        """The key store is gone, and an empty one stands in its place."""
        fresh = source.pair()[1]
        return one.moved(one.mapping, found_in(one.folder, one.mapping, fresh).keystore)

    def test_are_accepted_on_purpose_and_people_keep_their_pseudonyms(self, lost):
        tokens = dict(lost.tokens)
        with pytest.raises(StoreFailed, match="key-store-new"):
            lost.start()
        assert lost.run("store", "accept-lost-keys", answer="n\n") == 1
        with pytest.raises(StoreFailed, match="key-store-new"):
            lost.start()

        assert lost.run("store", "accept-lost-keys", answer="y\n") == 0
        assert "3 people cannot be read until each launches again" in lost.tell
        assert lost.events()[-1] == "keys-lost-accepted"
        assert lost.recall(ZOE) == {ZOE: "person-key-missing"}
        assert lost.learn(ZOE)[ZOE] == tokens[ZOE]
        assert lost.recall(ZOE) == {ZOE: f"id of {ZOE}"}
        assert status(lost) == {"people-without-key": 2}

    def test_where_none_are_lost_there_is_nothing_to_accept(self, one, source, tmp_path):
        assert one.run("store", "accept-lost-keys") == 0
        assert "nothing to accept" in one.tell
        new = found_in(tmp_path / "new", *source.pair())
        assert new.run("store", "accept-lost-keys") == 0
        assert "keys-lost-accepted" not in one.events()

    def test_of_another_mapping_are_not_taken_for_lost(self, one, source, tmp_path):
        other = found_in(tmp_path / "other", *source.pair())
        other.learn("somebody else")
        one.moved(one.mapping, other.keystore)
        assert one.refuses("store", "accept-lost-keys") == "foreign-key-store"


def test_what_the_commands_print_names_nobody(one):
    for words in (("store", "status"), ("store", "status", "--json"), ("store", "tidy"), ("store", "migrate")):
        one.run(*words)
        for secret in (ZOE, OBRIEN, LI, *one.tokens.values()):
            assert secret not in one.tell
