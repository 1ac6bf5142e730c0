"""Whoever was restricted after a copy was made is restricted with it, and who was let go is free; whatever copy it is."""

import json

import pytest

from proxy.errors import ProxyError, Restricted
from tests.backup.installation import LI, OBRIEN, ZOE, change, copied, copy_of, each


def restrict(one, name, act="restrict"):
    word = ("people", act, "--tenant", "uni", "--case", f"case-{act}", "--yes", "--pseudonym", one.tokens[name])
    assert one.run(*word) == 0


def is_restricted(one, name):
    """She cannot launch, and the list has her."""
    one.run("people", "restrictions")
    listed = one.tokens[name] in one.tell
    try:
        one.learn(name)
    except Restricted:
        return listed
    assert not listed
    return False


def file_of(one):
    return one.folder / "erasures.journal.restricted"


class TestWithABundle:
    @pytest.mark.parametrize(("kind", "files"), each(("mapping",), ("mapping", "keys")))
    def test_who_was_restricted_since_is_and_who_was_let_go_is_not(self, one, source, tmp_path, files):
        restrict(one, OBRIEN)
        mapping, keys = tmp_path / "mapping.backup", tmp_path / "keys.backup"
        one.run("backup", "make", str(mapping))
        one.run("backup", "keys", str(keys))
        restrict(one, ZOE)
        restrict(one, OBRIEN, "unrestrict")
        new = source.pair()

        assert one.run("backup", "restore", str(mapping), "--into", new[0]) == 0
        assert "1 person restricted since then: restricted again." in one.tell
        assert "1 person let go since then: let go again." in one.tell
        if "keys" in files:
            assert one.run("backup", "restore", str(keys), "--into", new[0], "--keys-into", new[1]) == 0
        one.moved(new[0], new[1] if "keys" in files else one.keystore)

        assert is_restricted(one, ZOE)
        assert not is_restricted(one, OBRIEN)
        assert not is_restricted(one, LI)
        assert {"restricted-again", "released-again"} <= set(one.events())
        assert one.run("store", "status") == 0, one.tell

    @pytest.mark.parametrize(("kind", "survivor"), each("mapping", "key store", "file"))
    def test_whatever_alone_remembers_it(self, one, bundle, keys, survivor, source, tmp_path):
        """Of mapping, key store and file two are lost with the restriction that they knew of."""
        restrict(one, ZOE)
        new = copy_of(one, tmp_path / "new")
        mapping, keystore = source.pair()
        if survivor != "file":
            file_of(new).unlink()
        new.moved(
            one.mapping if survivor == "mapping" else mapping, one.keystore if survivor == "key store" else keystore
        )
        if survivor != "mapping":
            new.run("backup", "restore", str(bundle))
        if survivor != "key store":
            new.run("backup", "restore", str(keys))
        assert is_restricted(new, ZOE)
        assert not is_restricted(new, LI)
        assert len(new.rows("restriction_notes")) == len(new.rows("restriction_notes", of_keys=True)) == 1
        assert file_of(new).read_bytes() == file_of(one).read_bytes()


class TestWhoCameSince:
    """The backup is older than the person herself."""

    def lost(self, one, bundle, source):
        one.learn("Plato")
        restrict(one, "Plato")
        mapping = source.pair()[0]
        assert one.run("backup", "restore", str(bundle), "--into", mapping) == 0
        one.moved(mapping, one.keystore)
        one.run("people", "restrictions")
        assert one.tokens["Plato"] in one.tell
        assert "restricted at once when she is seen again" in one.tell

    def test_is_restricted_as_soon_as_she_is_written_down_anew_and_can_be_let_go(self, one, bundle, source):
        self.lost(one, bundle, source)
        for _ in range(2):
            with pytest.raises(Restricted):
                one.learn("Plato")
        assert one.events().count("restricted-again") == 1
        restrict(one, "Plato", "unrestrict")
        assert not is_restricted(one, "Plato")

    def test_also_where_she_gets_another_pseudonym_since_the_key_was_rotated(self, one, bundle, source):
        one.learn("Plato")
        restrict(one, "Plato")
        before = one.tokens["Plato"]
        one.run("keys", "rotate", "pseudonym", "--yes")
        mapping = source.pair()[0]
        one.run("backup", "restore", str(bundle), "--into", mapping)
        one.moved(mapping, one.keystore)
        with pytest.raises(Restricted):
            one.learn("Plato")
        [note, other] = one.rows("restriction_notes")
        assert before in {note["pseudonym"], other["pseudonym"]}
        assert note["person"] == other["person"]
        one.tokens["Plato"] = next(token for token in (note["pseudonym"], other["pseudonym"]) if token != before)
        restrict(one, "Plato", "unrestrict")
        assert not is_restricted(one, "Plato")


class TestWithRawCopies:
    def test_a_start_restricts_again_before_anybody_is_served(self, one, source):
        raw = copied(one.mapping, source, "mapping")
        restrict(one, ZOE)
        one.moved(raw, one.keystore)
        assert one.run("store", "status") == 1
        assert "journals-differ" in one.tell
        one.run("audit", "close", "--all", "--yes")
        one.start()
        assert is_restricted(one, ZOE)
        assert one.run("store", "status") == 0, one.tell

    def test_an_officer_who_decides_anew_on_an_older_mapping_has_the_last_word(self, one, source):
        raw = copied(one.mapping, source, "mapping")
        restrict(one, ZOE)
        one.moved(raw, one.keystore)
        one.run("audit", "close", "--all", "--yes")
        restrict(one, ZOE, "unrestrict")
        one.start()
        assert not is_restricted(one, ZOE)


class TestTheFile:
    def test_names_nobody_and_goes_with_her(self, one, source):
        raw = copied(one.mapping, source, "mapping")
        restrict(one, ZOE)
        content = file_of(one).read_text("ascii")
        assert [json.loads(line).get("state") for line in content.splitlines()] == ["restricted", None]
        assert ZOE not in content
        one.erase(ZOE)
        for place in (one.rows("restriction_notes"), one.rows("restriction_notes", of_keys=True)):
            assert place == []
        assert one.tokens[ZOE] not in file_of(one).read_text("ascii")
        one.moved(raw, one.keystore)
        one.run("audit", "close", "--all", "--yes")
        one.start()
        assert one.rows("restriction_notes") == []
        assert one.recall(ZOE) == {ZOE: None}

    def test_that_was_altered_lets_nobody_start(self, one):
        restrict(one, ZOE)
        file_of(one).write_text(file_of(one).read_text("ascii").replace("restricted", "released", 1), "ascii")
        with pytest.raises(ProxyError) as refused:
            one.start()
        assert refused.value.reason == "journal-altered"

    def test_that_a_crash_left_behind_is_made_good_at_the_next_start(self, one):
        """Killed after the mapping knew of it, before anybody else did."""
        restrict(one, ZOE)
        file_of(one).unlink()
        change(one, "DELETE FROM restriction_notes", of_keys=True)
        one.start()
        assert len(one.rows("restriction_notes", of_keys=True)) == 1
        assert one.tokens[ZOE] in file_of(one).read_text("ascii")
