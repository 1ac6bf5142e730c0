"""`scormveil audit list | show`, on an installation with people in mid-course."""

import csv
import io
import json
import re
import sqlite3

import pytest

from proxy.audit import Event
from proxy.audit.export import parse_csv, parse_json
from proxy.audit.meanings import meanings


@pytest.fixture
def house(full):
    return full


def listed(house, *words):
    return [json.loads(line) for line in house.done("audit", "list", "--json", *words).out.splitlines()]


def events(house, *words):
    return [one["event"] for one in listed(house, *words)]


def numbers(house, *words):
    return [one["seq"] for one in listed(house, *words)]


class TestList:
    def test_forms_say_the_same(self, house):
        rows = [parse_json(line) for line in house.done("audit", "list", "--json").out.splitlines()]
        assert [row.entry for row in rows] == house.events()
        assert list(parse_csv(house.done("audit", "list", "--csv").out)) == rows
        table = house.done("audit", "list").out.splitlines()
        assert len(table) == len(rows)
        for line, row in zip(table, rows, strict=True):
            assert line.split()[0] == str(row.number)
            assert row.entry.event in line.split()
        assert house.refused("audit", "list", "--json", "--csv") == "--json or --csv, not both."

    def test_filters_and_parts_together(self, house):
        total = len(house.events())
        assert numbers(house, "--all") == list(range(1, total + 1))
        assert numbers(house, "--last", 2) == [total - 1, total]
        assert numbers(house, "--last", 2, "--newest-first") == [total, total - 1]
        assert numbers(house, "--after", 3, "--limit", 2) == [4, 5]
        assert numbers(house, "--after", total) == []
        assert numbers(house, "--after", total + 7) == []
        assert numbers(house, "--newest-first", "--limit", 1) == [total]
        opened = numbers(house, "--event", "session-opened")
        assert numbers(house, "--event", "session-opened", "--last", 1) == opened[-1:]
        assert set(events(house, "--event", "minted", "--action", "session-opened")) == {"minted", "session-opened"}
        assert {one["tenant"] for one in listed(house, "--tenant", "staff")} == {"staff"}
        assert {one["mount"] for one in listed(house, "--mount", "m", "--route", "r", "--actor", "browser")} == {"m"}
        assert events(house, "--pseudonym", house.tokens[0].upper()) == ["minted", "session-opened"]
        assert set(events(house, "--key", house.key("pseudonym"), "--incident", "x")) == {"minted"}
        assert numbers(house, "--reason", "nonsense") == []

    def test_times_are_iso_or_so_long_ago(self, house):
        at = house.events()[-1].at
        total = len(house.events())
        assert len(numbers(house, "--since", "2h")) == total
        assert numbers(house, "--until", "2h") == []
        house.clock.wait(hours=3)
        assert numbers(house, "--since", "2h") == []
        assert len(numbers(house, "--until", "30m", "--since", "1w")) == total
        day = listed(house, "--last", 1)[0]["at"][:10]
        assert numbers(house, "--until", day, "--last", 1) == [total]
        assert numbers(house, "--until", f"{day}T00:00") == []
        moment = listed(house, "--last", 1)[0]["at"]
        assert {one["at"] for one in listed(house, "--since", moment)} == {moment}
        assert at

    @pytest.mark.parametrize(
        "words",
        [
            ("--since", "yesterday"),
            ("--until", "2026-13-01"),
            ("--since", "999999w"),
            ("--event", "nonsense"),
            ("--pseudonym", "zoë.müller-østergård"),
            ("--person", "o'brien"),
        ],
    )
    def test_what_cannot_be_meant_is_refused_and_no_identifier_said_back(self, house, words):
        said = house.refused("audit", "list", *words)
        assert words[1] not in said or words[1] == "nonsense"

    def test_a_log_that_nobody_knows_is_neither_empty_nor_whole(self, house):
        for words in (("list", "--log", 9), ("export", "--log", 9, "--to", "nine"), ("verify", "--log", 9)):
            assert house.refused("audit", *words) == "There is no log 9. There are: 1."
        assert not (house.folder / "nine").exists()
        assert house.refused("audit", "close", 9, "--yes") == "There is no open log 9. There are: 1."
        for words in ((), (1, "--all")):
            assert "Say which log" in house.refused("audit", "close", "--yes", *words)
        house.done("audit", "verify", "--log", 1)

    @pytest.mark.parametrize("words", ["show", "prove", "close", "list --after", "list --last", "verify --log"])
    def test_a_number_beyond_all_numbers_is_no_fault_of_the_store(self, house, words):
        assert "less than or equal" in house.refused("audit", *words.split(), "9" * 20)

    def test_parts_that_contradict_one_another_are_refused(self, house):
        for words in (("--all", "--last", 3), ("--after", 3, "--last", 2)):
            assert "say one of them" in house.refused("audit", "list", *words)

    def test_where_nothing_fits_it_is_said_beside_the_entries(self, house):
        said = house.done("audit", "list", "--mount", "nowhere", "--json")
        assert said.out == ""
        assert "No entry fits." in said.err

    def test_a_person_is_followed_across_her_pseudonyms(self, house):
        old = house.tokens[0]
        new = f"sv1abcd{'q' * 33}"
        with sqlite3.connect(house.folder / "mapping.db") as database:
            database.execute("UPDATE pseudonyms SET state = 'former' WHERE pseudonym = ?", (old,))
            database.execute(
                "INSERT INTO pseudonyms SELECT tenant, ?, key_id, person, 'current', since FROM pseudonyms"
                " WHERE pseudonym = ?",
                (new, old),
            )
        database.close()
        assert events(house, "--pseudonym", new) == []
        assert events(house, "--person", new) == ["minted", "session-opened"]
        assert events(house, "--person", new, "--event", "minted") == ["minted"]
        stranger = f"sv1abcd{'z' * 33}"
        assert events(house, "--person", stranger) == []
        assert "no entry can be both" in house.refused("audit", "list", "--person", new, "--pseudonym", house.tokens[1])

    def test_what_the_owner_of_the_database_wrote_does_nothing_to_whoever_looks(self, house):
        with sqlite3.connect(house.folder / "mapping.db") as database:
            database.execute(
                "UPDATE audit SET reason = ?, event = ? WHERE seq = 1", ("=cmd()\r\n\x1b]0;owned\x07", "[red]\u202e")
            )
        database.close()
        for words in (("list",), ("list", "--json"), ("list", "--csv"), ("show", 1)):
            out = house.done("audit", *words).out
            assert re.fullmatch(r"[ -~\n]*", out)
        cells = next(row for row in csv.reader(io.StringIO(house.done("audit", "list", "--csv").out)) if row[0] == "1")
        assert "'=cmd()\\u000d\\u000a\\u001b]0\\u003bowned\\u0007" in cells


class TestShow:
    def test_an_entry_in_plain_words(self, house):
        said = house.done("audit", "show", 1).words
        assert said.startswith("Entry 1: minted A person was seen for the first time and was given a pseudonym.")
        assert house.events()[0].pseudonym in said

    def test_there_is_no_such_entry(self, house):
        said = house.run("audit", "show", 4711)
        assert (said.code, said.words) == (
            1,
            "There is no entry 4711. `scormveil audit list --last 1` shows the newest.",
        )

    def test_every_event_has_a_meaning(self):
        assert set(meanings()) == {event.value for event in Event}
        assert all(text.endswith(".") for text in meanings().values())
