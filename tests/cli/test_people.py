"""Forgetting people by command: who it is never shows, what remains is said, and nobody else is touched."""

import json
import sqlite3
from contextlib import closing

import pytest

from proxy.cli.desk import unix_ms
from proxy.people import Kind
from tests.cli.kit import PEOPLE

ERASE = ("people", "erase", "--tenant", "uni")


def bytes_of(house, pseudonym):
    """Her sealed record and her wrapped data key."""
    with closing(sqlite3.connect(house.folder / "mapping.db")) as raw:
        statement = "SELECT person, sealed FROM people WHERE pseudonym = ?"
        [(person, sealed)] = raw.execute(statement, (pseudonym,)).fetchall()
    with closing(sqlite3.connect(house.folder / "keys.db")) as raw:
        [(wrapped,)] = raw.execute("SELECT wrapped FROM person_keys WHERE person = ?", (person,)).fetchall()
    return sealed, wrapped


def present(house, content):
    return any(content in path.read_bytes() for path in house.folder.iterdir() if path.is_file())


class TestErasing:
    def test_by_pseudonym_forgets_her_and_says_what_remains(self, full):
        [zoe, brien, bruce] = full.tokens
        said = full.done(*ERASE, "--pseudonym", zoe.upper(), "--yes").words
        assert f"Plan: forget {zoe} (tenant uni, subject)." in said
        assert "Forgotten: 1 pseudonym leads to nobody any more." in said
        assert "audit entries with her pseudonym, which leads to nobody now" in said
        assert "In the cloud nobody is asked: no cloud_v2 mount of this tenant stands for an application." in said
        assert f"in each application of the cloud where she learned, for these learner ids: · {zoe}" in said
        assert "her data key in backups of the key store made before now" in said
        assert full.recalled([zoe, brien, bruce]) == [None, *PEOPLE[1:]]
        assert full.mint([PEOPLE[0]]) != [zoe], "who comes back is somebody new"

    @pytest.mark.parametrize("number", range(3))
    def test_by_identifier_takes_it_from_a_pipe_and_never_shows_it(self, full, number):
        said = full.done(*ERASE, "--yes", stdin=PEOPLE[number] + "\n")
        assert PEOPLE[number] not in said.out + said.err
        assert full.recalled(full.tokens) == [None if at == number else one for at, one in enumerate(PEOPLE)]
        [entry] = [one for one in full.events() if one.event == "erased"]
        assert (entry.actor, entry.reason, entry.pseudonym) == ("operator", "request", full.tokens[number])

    def test_by_address_finds_whoever_is_known_by_it(self, full):
        [zoe] = full.mint(["zoë@UNI.example"], kind=Kind.EMAIL)
        said = full.done(*ERASE, "--kind", "email", "--yes", stdin="zoë@uni.example\n")
        assert zoe in said.out
        assert "zoë@" not in said.out + said.err
        said = full.run(*ERASE, "--kind", "email", "--yes", stdin="zoe@uni.example\n")
        assert said.code == 1
        assert "Nobody in tenant uni is known by this. Nothing was changed." in said.words
        assert "not of the kind email" in full.refused(*ERASE, "--kind", "email", "--yes", stdin="not an address\n")

    @pytest.mark.parametrize("kind", ["openid", "account"])
    def test_whom_a_record_store_knows_is_found_by_that(self, full, kind):
        text = "https://id.example/zoë.m" + (" Zoë M" if kind == "account" else "")
        [zoe] = full.mint([text], kind=Kind(kind))
        for number in range(2):
            file = full.folder / f"her-{number}.json"
            full.done(
                "people",
                "export",
                "--tenant",
                "uni",
                "--reason",
                "t-1",
                "--to",
                file,
                "--kind",
                kind,
                stdin=text + "\n",
            )
            assert json.loads(file.read_text("utf-8"))[0]["person"]["texts"][kind] == [text]
            full.done("keys", "rotate", "lookup", "--yes")
        said = full.done(*ERASE, "--kind", kind, "--yes", stdin=text + "\n")
        assert f"Plan: forget {zoe} (tenant uni, {kind})." in said.words
        assert text not in said.out + said.err
        assert full.run(*ERASE, "--pseudonym", zoe, "--yes").code == 1
        assert full.recalled(full.tokens) == list(PEOPLE)
        assert f"not of the kind {kind}" in full.refused(*ERASE, "--kind", kind, "--yes", stdin="zoe\n")

    def test_finds_her_after_a_rotation_of_the_index_too(self, full):
        full.done("keys", "rotate", "lookup", "--yes")
        full.done(*ERASE, "--yes", stdin=PEOPLE[0] + "\n")
        assert full.recalled(full.tokens) == [None, *PEOPLE[1:]]

    def test_a_dry_run_changes_nothing(self, full):
        before = full.content()
        said = full.done(*ERASE, "--dry-run", "--pseudonym", full.tokens[0]).words
        assert f"Plan: forget {full.tokens[0]}" in said
        assert "Nothing was changed: this was a dry run." in said
        assert full.content() == before

    def test_of_nobody_ends_with_a_status_of_its_own(self, full):
        said = full.run(*ERASE, "--yes", stdin="nobody\n")
        assert said.code == 1
        said = full.run("people", "erase", "--tenant", "staff", "--pseudonym", full.tokens[0], "--yes")
        assert said.code == 1, "she is another tenant's"

    def test_asks_whose_learner_where_there_are_several_tenants(self, full):
        for words in ((), ("--tenant", "none")):
            said = full.refused("people", "erase", *words, "--pseudonym", full.tokens[0], "--yes")
            assert "Say whose learner it is: --tenant, one of staff, uni." in said

    def test_of_what_is_no_pseudonym_is_refused(self, full):
        token = full.tokens[0]
        damaged = token[:-1] + ("0" if token[-1] != "0" else "1")
        assert "not-a-pseudonym" in full.refused(*ERASE, "--pseudonym", damaged, "--yes")
        assert "Nobody was named." in full.refused(*ERASE, "--yes", stdin="\n")

    def test_needs_a_yes(self, full):
        said = full.refused(*ERASE, stdin=PEOPLE[0] + "\n")
        assert "there is no terminal to ask at" in said
        assert full.recalled(full.tokens) == list(PEOPLE)

    def test_takes_no_identifier_where_the_shell_would_remember_it(self, full):
        assert full.run("people", "erase", PEOPLE[0], "--yes").code == 2
        assert full.run("people", "erase", "--subject", PEOPLE[0], "--yes").code == 2

    def test_leaves_no_byte_of_her_data_key_or_record_in_the_files(self, full):
        hers = bytes_of(full, full.tokens[0])
        assert [present(full, one) for one in hers] == [True, True]
        full.done(*ERASE, "--pseudonym", full.tokens[0], "--yes")
        assert [present(full, one) for one in hers] == [False, False]
        assert "Nothing that was deleted is left" in full.done("people", "scrub").words

    def test_while_somebody_reads_the_files_says_that_rows_are_still_there(self, full):
        """A backup tool holds a snapshot of the mapping."""
        full.monkeypatch.setattr("proxy.store.scrub._TRIES", 1)
        full.monkeypatch.setattr("proxy.store.engines._BUSY_SECONDS", 0.1)
        with closing(sqlite3.connect(full.folder / "mapping.db")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM people").fetchone()
            said = full.run(*ERASE, "--pseudonym", full.tokens[0], "--yes")
            assert said.code == 3
            assert "repeat `scormveil people scrub`" in said.words
            assert full.run("people", "scrub").code == 3
        full.done("people", "scrub")
        assert full.recalled(full.tokens) == [None, *PEOPLE[1:]]

    def test_of_somebody_who_came_back_with_a_restored_database_forgets_her_again(self, full):
        saved = {path: path.read_bytes() for path in full.folder.glob("*.db*")}
        full.done(*ERASE, "--pseudonym", full.tokens[0], "--yes")
        for path in full.folder.glob("*.db*"):
            path.unlink()
        for path, content in saved.items():
            path.write_bytes(content)
        assert full.run(*ERASE, "--pseudonym", full.tokens[0], "--yes").code == 1
        assert full.recalled(full.tokens) == [None, *PEOPLE[1:]]


class TestRetention:
    def test_is_off_unless_it_is_set(self, full):
        said = full.done("people", "retention", "--dry-run").words
        assert "upkeep.forget_after_days is 0: nobody is forgotten for not being seen." in said

    def test_counts_who_would_be_forgotten(self, full):
        full.configure(more="[upkeep]\nforget_after_days = 30")
        assert "Nobody has not been seen for 30 days." in full.done("people", "retention", "--dry-run").words
        full.clock.wait(hours=24 * 31)
        before = full.content()
        said = full.done("people", "retention", "--dry-run").words
        assert "staff: 1 person not seen for 30 days uni: 3 people not seen for 30 days" in said
        assert full.content() == before

    def test_forgets_them_when_told_to(self, full):
        full.configure(more="[upkeep]\nforget_after_days = 30")
        full.clock.wait(hours=24 * 31)
        full.mint([PEOPLE[1]])
        assert full.clock() > unix_ms()
        said = full.done("people", "retention", "--yes").words
        assert "Forgotten: 3 people." in said
        assert full.recalled(full.tokens) == [None, PEOPLE[1], None]
        assert {one.actor for one in full.events() if one.event == "erased"} == {"operator"}
