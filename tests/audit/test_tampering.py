"""Whoever owns the database alters the log; each kind of change is found, and the place named."""

import pytest

from proxy.store import MAPPING, upgrade
from proxy.store.statements import logs as statements
from proxy.tlog.merkle import EMPTY_ROOT
from tests.audit.forging import SIZE, TOKEN, made

OTHER = "sv1abcd" + "f" * 33


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").database(MAPPING)
    else:
        url = f"sqlite:///{folder / 'mapping.db'}"
        upgrade(url, MAPPING)
    return made(url, folder / "audit")


@pytest.fixture
def hands(scene):
    with scene.hands() as one:
        yield one


def test_an_untouched_log_is_whole(hands):
    said = hands.verified()
    assert said.found == []
    report = said.report
    assert (report.entries, report.checkpoints, report.logs) == (SIZE, 3, 1)
    assert (report.unsigned, report.erased, report.uncoded, report.lost) == (0, 0, 0, 0)


class TestChanging:
    def test_an_entry(self, hands):
        hands.change(137, pseudonym=OTHER)
        assert hands.verified().found == [("changed", 137, 137)]

    @pytest.mark.parametrize("member", ["at", "event", "actor", "mount", "reason", "count", "key_id", "exchange"])
    def test_any_member_of_it(self, hands, member):
        hands.change(0, **{member: 7 if member in {"at", "count"} else "other"})
        assert hands.verified().found == [("changed", 0, 0)]

    def test_an_entry_and_its_hash(self, hands):
        hands.change(137, hashed=True, pseudonym=OTHER)
        found = hands.verified().found
        assert found[0] == ("moved", 137, 137)
        assert ("replaced", 0, 199) in found

    def test_an_entry_with_hash_and_code_by_somebody_who_has_the_key(self, hands):
        hands.change(337, hashed=True, with_keys=True, pseudonym=OTHER)
        hands.rehang()
        said = hands.verified()
        assert said.found == [("replaced", 200, 399)]
        assert said.findings[0].source == "database"

    def test_the_same_and_every_checkpoint_in_the_database(self, hands):
        hands.change(337, hashed=True, with_keys=True, pseudonym=OTHER)
        hands.rehang()
        hands.sql("DELETE FROM checkpoints")
        said = hands.verified()
        assert said.found == [("replaced", 200, 399)]
        assert said.findings[0].source == "notebook"

    def test_the_salt(self, hands):
        hands.sql("UPDATE audit SET salt = :salt WHERE log = 1 AND pos = 5", salt=bytes(16))
        assert hands.verified().found == [("changed", 5, 5)]


class TestDeleting:
    def test_an_entry(self, hands):
        hands.sql("DELETE FROM audit WHERE log = 1 AND pos = 137")
        assert hands.verified().found == [("missing", 137, 137)]

    def test_an_entry_and_closing_the_gap(self, hands):
        hands.sql("DELETE FROM audit WHERE log = 1 AND pos = 137")
        hands.shift(138, -1)
        hands.rehang()
        found = hands.verified().found
        assert found[0] == ("moved", 137, 137)
        assert {("replaced", 0, 199), ("truncated", SIZE - 1, SIZE - 1)} <= set(found)

    def test_every_entry(self, hands):
        hands.sql("DELETE FROM audit")
        assert hands.verified().found == [("missing", 0, SIZE - 1)]

    def test_the_whole_log_with_all_that_speaks_of_it(self, hands):
        for table in ("audit", "logs", "checkpoints", "subtrees"):
            hands.sql(f"DELETE FROM {table}")  # noqa: S608  a name of ours
        assert hands.verified().found == [("deleted", 0, 0)]


class TestInserting:
    def test_an_entry_in_the_middle(self, hands):
        hands.shift(138, 1)
        hands.insert_like(137, 138, reason="put-in")
        hands.rehang()
        found = hands.verified().found
        assert found[0] == ("moved", 138, 138)
        assert ("replaced", 0, 199) in found

    def test_an_entry_at_the_end(self, hands):
        hands.insert_like(137, SIZE)
        assert hands.verified().found == [("surplus", SIZE, SIZE)]

    def test_an_entry_at_the_end_that_the_log_is_said_to_have(self, hands):
        hands.insert_like(137, SIZE)
        hands.rehang()
        said = hands.verified()
        assert said.found == [("moved", SIZE, SIZE)]
        assert said.report.unsigned == 1

    def test_a_second_entry_in_one_place(self, hands):
        hands.sql("DROP INDEX ix_audit_log")
        hands.insert_like(137, 137)
        assert hands.verified().found == [("doubled", 137, 137)]


class TestReordering:
    def test_two_entries(self, hands):
        hands.sql("DROP INDEX ix_audit_log")
        hands.sql("UPDATE audit SET pos = 275 - pos WHERE log = 1 AND pos IN (137, 138)")
        found = hands.verified().found
        assert found[:2] == [("moved", 137, 137), ("moved", 138, 138)]
        assert ("replaced", 0, 199) in found


class TestTruncating:
    def test_the_last_entries(self, hands):
        hands.sql("DELETE FROM audit WHERE log = 1 AND pos >= 500")
        assert hands.verified().found == [("missing", 500, SIZE - 1)]

    def test_the_last_entries_and_all_that_the_database_knows_of_them(self, hands):
        hands.sql("DELETE FROM audit WHERE log = 1 AND pos >= 500")
        hands.sql("DELETE FROM checkpoints WHERE size > 500")
        hands.rehang()
        said = hands.verified()
        assert said.found == [("truncated", 500, SIZE - 1)]
        assert said.findings[0].source == "notebook"

    def test_and_saying_that_the_log_was_closed(self, hands):
        hands.sql("DELETE FROM audit WHERE log = 1 AND pos >= 500")
        hands.sql("DELETE FROM checkpoints WHERE size > 500")
        hands.rehang()
        hands.sql("UPDATE logs SET closed = 'restored'")
        assert hands.verified().found == [("closed", 0, 0), ("truncated", 500, SIZE - 1)]

    def test_and_that_a_backup_was_restored_by_an_entry_without_a_code(self, hands):
        hands.append(event="backup-restored", pseudonym="")
        hands.sql("UPDATE audit SET mac = substr(mac, 1, 0) WHERE log = 1 AND pos = 600")
        hands.sql("DELETE FROM audit WHERE log = 1 AND pos >= 500 AND pos < 600")
        hands.sql("DELETE FROM checkpoints WHERE size > 500")
        hands.sql("DROP INDEX ix_audit_log")
        hands.sql("UPDATE audit SET pos = 500 WHERE log = 1 AND pos = 600")
        hands.rehang()
        hands.sql("UPDATE logs SET closed = 'restored'")
        found = hands.verified().found
        assert found == [("uncoded", 500, 500), ("closed", 0, 0), ("truncated", 501, SIZE - 1)]


class TestClosing:
    @pytest.mark.parametrize("word", ["restored", "accepted", "old-form", "whatever"])
    def test_a_log_that_no_entry_says_is_closed(self, hands, word):
        hands.sql("UPDATE logs SET closed = :word", word=word)
        assert hands.verified().found == [("closed", 0, 0)]

    def test_one_that_an_entry_says_is_closed_also_when_only_that_one_is_looked_at(self, hands):
        hands.append(event="log-closed", reason="1", pseudonym="")
        hands.sql("UPDATE logs SET closed = 'accepted' WHERE log = 1")
        assert hands.verified().found == []
        hands.another(2)
        assert hands.verified(only=2).found == [("missing", 0, 0)]
        hands.sql("UPDATE audit SET log = 2, pos = 0 WHERE log = 1 AND pos = 600")
        hands.rehang()
        assert ("closed", 0, 0) in hands.verified(only=1).found, "that entry has the code of another place"


class TestReplacing:
    def test_entries_everywhere_by_others_of_his_own(self, hands):
        for pos in range(0, SIZE, 30):
            hands.change(pos, hashed=True, actor="nobody")
        hands.rehang()
        found = hands.verified().found
        assert [one for one in found if one[0] == "moved"] == [("moved", pos, pos) for pos in range(0, SIZE, 30)]
        assert ("replaced", 0, 199) in found

    def test_a_checkpoint(self, hands):
        hands.sql("UPDATE checkpoints SET note = replace(note, '400', '401') WHERE size = 400")
        said = hands.verified()
        assert said.found == [("forged", 0, 0)]
        assert said.findings[0].source == "database"

    def test_what_is_kept_of_the_tree(self, hands):
        hands.sql("UPDATE subtrees SET root = :root WHERE number = 1", root=EMPTY_ROOT)
        assert hands.verified().found == [("subtree", 256, 511)]

    def test_how_the_log_is_said_to_stand(self, hands):
        hands.sql("UPDATE logs SET frontier = :packed WHERE log = 1", packed=EMPTY_ROOT * SIZE.bit_count())
        assert hands.verified().found == [("state", 0, SIZE - 1)]


class TestHiding:
    @pytest.mark.parametrize(("log", "pos"), [(55, 0), (1, -5), (1, 2**62)])
    def test_an_entry_where_nobody_walks(self, hands, log, pos):
        columns = (
            "salt, leaf, mac, at, event, actor, tenant, mount, route, kind, pseudonym, key_id, exchange, reason, count"
        )
        hands.sql(
            f"INSERT INTO audit (seq, log, pos, {columns}) SELECT 9000, :log, :pos, {columns} "  # noqa: S608  names of ours
            "FROM audit WHERE log = 1 AND pos = 3",
            log=log,
            pos=pos,
        )
        found = hands.verified().findings
        assert [(one.what, one.log, one.seq) for one in found] == [("moved", log, 9000)]


class TestBlanking:
    def test_that_no_erasure_accounts_for_hides_nothing(self, hands):
        hands.sql("UPDATE audit SET salt = substr(salt, 1, 0), actor = 'nobody' WHERE log = 1 AND pos = 44")
        assert hands.verified().found == [("blanked", 44, 44)]

    def test_what_was_erased_with_a_person_leaves_the_log_whole(self, hands):
        assert statements.erase_salts(hands.connection, [TOKEN]) == SIZE
        hands.append(event="entries-erased", count=SIZE, pseudonym="")
        said = hands.verified()
        assert said.found == []
        assert said.report.erased == SIZE

    @pytest.mark.parametrize("event", ["entries-erased", "backup-restored"])
    def test_a_blanked_entry_excuses_nothing_not_even_itself(self, hands, event):
        hands.sql(
            "UPDATE audit SET salt = substr(salt, 1, 0), pseudonym = '', event = :event, count = 100000 "
            "WHERE log = 1 AND pos = 44",
            event=event,
        )
        hands.sql("UPDATE audit SET salt = substr(salt, 1, 0), pseudonym = '' WHERE log = 1 AND pos = 7")
        hands.sql("UPDATE logs SET closed = 'restored' WHERE log = 1")
        hands.sql("DELETE FROM audit WHERE log = 1 AND pos >= 500")
        hands.sql("UPDATE logs SET size = 500 WHERE log = 1")
        found = hands.verified().found
        assert [one for one in found if one[0] == "blanked"] == [("blanked", 7, 7), ("blanked", 44, 44)]
        assert ("truncated", 500, 599) in found

    def test_an_erasure_that_was_put_in_without_a_code_accounts_for_nothing(self, hands):
        hands.sql("UPDATE audit SET salt = substr(salt, 1, 0), actor = 'nobody' WHERE log = 1 AND pos = 44")
        hands.append(event="entries-erased", count=1, pseudonym="")
        hands.sql("UPDATE audit SET mac = substr(mac, 1, 0) WHERE log = 1 AND pos = 600")
        assert ("blanked", 44, 44) in hands.verified().found


class TestCodes:
    def test_that_were_taken_away(self, hands):
        hands.sql("UPDATE audit SET mac = substr(mac, 1, 0) WHERE log = 1 AND pos = 44")
        assert hands.verified().found == [("uncoded", 44, 44)]

    def test_an_entry_at_the_end_that_nobody_with_keys_wrote(self, hands):
        hands.append(event="disclosed", actor="anna")
        assert hands.verified().found == []
        hands.sql("UPDATE audit SET mac = substr(mac, 1, 0) WHERE log = 1 AND pos = 600")
        assert hands.verified().found == [("uncoded", 600, 600)]

    def test_of_another_log_of_that_number(self, hands):
        hands.sql("UPDATE logs SET tag = 'another'")
        found = hands.verified().found
        assert [one for one in found if one[0] == "moved"] == [("moved", pos, pos) for pos in range(SIZE)]


class TestBeforeTheLog:
    """What is said to be older than the log has no codes: it must have been signed before any other log was."""

    def test_entries_that_come_later_are_found(self, hands):
        hands.another(0, "old-form")
        hands.sql("UPDATE audit SET log = 0, pos = 0, mac = substr(mac, 1, 0) WHERE log = 1 AND pos = 599")
        found = hands.verified(only=0).found
        assert ("moved", 0, 0) in found
