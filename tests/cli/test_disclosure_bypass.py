"""Ways round the rules for looking people up, tried by officers who may not: commands that show on the side."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from keys import Officer
from tests.cli.kit import PEOPLE
from tests.cli.test_disclosure import ACCESS, BY, HERE, RULES, enlisted, export, office

__all__ = ["enlisted", "office"]

HER = PEOPLE[0] + "\n"
NOBODY_KNOWN = "nobody-at-all\n"
BY_ID = [
    ("people", "erase", "--dry-run"),
    ("people", "erase"),
    ("people", "restrict", "--case", "dsr-7", "--dry-run"),
    ("people", "unrestrict", "--case", "dsr-7", "--dry-run"),
]
SEEING = [
    ("people", "find"),
    ("people", "export", "--to", "x.json"),
    ("people", "access", "--to", "x"),
]


def disclosed(house):
    return [(one.actor, one.pseudonym, one.reason) for one in house.events() if one.event == "disclosed"]


def told(house, said):
    """Whether one of her pseudonyms is in what was said or in what everybody may read in the log after it."""
    return house.tokens[0] in said.out + said.err or house.tokens[0] in recorded(house)


def recorded(house):
    """What `audit list` shows of look-ups and requests; mintings and sessions are of before."""
    events = ("refused", "disclosed", "disclosure-alarm", "act-requested")
    return house.done("audit", "list", "--all", *(word for one in events for word in ("--event", one))).out


async def current(house):
    async with house.opened() as stores:
        [(_, record)] = await stores.mapping.by_pseudonym("uni", [house.tokens[0]])
        return record.pseudonym


def answer(said):
    """What a refused command ends with; an alarm may have been said before, once."""
    return said.code, said.out, said.err.partition("disclosure-refused")[2]


class TestPlansOfOtherCommands:
    @pytest.mark.parametrize("words", BY_ID)
    def test_do_not_tell_a_stranger_which_pseudonym_somebody_has(self, office, words):
        for stdin in (HER, NOBODY_KNOWN):
            said = office.run(*words, *HERE, stdin=stdin)
            assert (said.code, told(office, said)) == (2, False), said
            assert "disclosure-refused" in said.words
        assert disclosed(office) == []

    @pytest.mark.parametrize("words", BY_ID)
    def test_tell_an_officer_for_a_reason_and_within_her_budget(self, office, words):
        plain = tuple(one for one in words if one not in {"--case", "dsr-7"})
        for who, code in ((PEOPLE[0], 0), ("nobody-at-all", 1), (PEOPLE[1], 2)):
            said = office.run(*plain, *HERE, *ACCESS, "--dry-run", *BY, "anna.officer", stdin=who + "\n")
            assert said.code == code, said
        assert disclosed(office) == [("anna", office.tokens[0], "access/dsr-7"), ("anna", "", "access/dsr-7")]
        assert office.tokens[1] not in recorded(office) + said.out

    def test_by_pseudonym_show_no_other_one_of_hers(self, office):
        office.done("keys", "rotate", "pseudonym", "--yes")
        office.done("keys", "migrate", "--force", "--yes", "--pace", "50")
        new = asyncio.run(current(office))
        assert new != office.tokens[0]
        for words in BY_ID:
            said = office.run(*words, *HERE, "--pseudonym", office.tokens[0], "--dry-run")
            assert (said.code, new in said.out) == (0, False), said
            assert office.tokens[0] in said.out

    def test_without_rules_show_as_they_did_and_are_recorded(self, full):
        said = full.done("people", "erase", *HERE, "--dry-run", stdin=HER)
        assert full.tokens[0] in said.out
        full.done("people", "restrict", *HERE, "--case", "dsr-7", "--dry-run", stdin=HER)
        assert disclosed(full) == [("operator", full.tokens[0], ""), ("operator", full.tokens[0], "dsr-7")]


class TestWhoIsRefused:
    @pytest.mark.parametrize("words", SEEING)
    def test_beyond_the_budget_learns_neither_her_pseudonym_nor_that_she_is_known(self, office, words):
        for number in (1, 2):
            assert export(office, number, *ACCESS)[0].code == 0
        plain = (*words, *HERE, *ACCESS, *BY, "anna.officer")
        known, unknown = office.run(*plain, stdin=HER), office.run(*plain, stdin=NOBODY_KNOWN)
        assert answer(known) == answer(unknown)
        assert "over-budget" in known.words
        assert not told(office, known)

    @pytest.mark.parametrize(("words", "room"), [(SEEING[1], "export.collected"), (SEEING[2], "access.report")])
    def test_is_not_read_and_the_cloud_is_not_asked(self, office, monkeypatch, words, room):
        """By how long a refusal takes it could be told whether she is known; and nobody's record is opened for it."""
        asked = []

        async def noted(*_given):
            asked.append(1)
            return {}

        monkeypatch.setattr(f"proxy.cli.people_{room}", noted)
        said = office.run(*words, *HERE, "--reason", "dispute", "--case", "D-1", *BY, "carl.officer", stdin=HER)
        assert ("needs-approval" in said.words, asked) == (True, [])

    @pytest.mark.parametrize("words", SEEING)
    def test_without_an_approval_neither(self, office, words):
        plain = (*words, *HERE, "--reason", "dispute", "--case", "D-1", *BY, "carl.officer")
        known, unknown = office.run(*plain, stdin=HER), office.run(*plain, stdin=NOBODY_KNOWN)
        assert answer(known) == answer(unknown)
        assert "needs-approval" in known.words
        assert not told(office, known)

    @pytest.mark.parametrize("words", SEEING)
    def test_looking_for_nobody_counts(self, office, words):
        plain = (*words, *HERE, *ACCESS, *BY, "anna.officer")
        assert [office.run(*plain, stdin=f"nobody-{number}\n").code for number in range(3)] == [1, 1, 2]
        assert len(disclosed(office)) == 2


class TestAskingForApproval:
    ASK = ("disclosure", "ask", "dispute", "--case", "D-1", *HERE, *BY, "carl.officer")

    def test_does_not_tell_the_pseudonym_of_an_identifier(self, office):
        said = office.done(*self.ASK, stdin=HER)
        assert not told(office, said)
        assert office.tokens[0] not in office.done("disclosure", "requests").out

    def test_shows_it_to_who_approves(self, office):
        request = office.done(*self.ASK, stdin=HER).words.split()[1].rstrip(",")
        refused = office.refused("disclosure", "approve", request, *BY, "carl.officer")
        assert office.tokens[0] not in refused, "she asked, and may not approve"
        assert office.tokens[0] in office.done("disclosure", "approve", request, *BY, "ben.officer", "--yes").out

    def test_costs_as_a_look_up_does(self, office):
        assert [office.run(*self.ASK, stdin=who).code for who in (HER, NOBODY_KNOWN)] == [0, 1]
        known, unknown = office.run(*self.ASK, stdin=HER), office.run(*self.ASK, stdin=NOBODY_KNOWN)
        assert answer(known) == answer(unknown)
        assert "over-budget" in known.words
        assert disclosed(office) == [("carl", "", "dispute/d-1")] * 2

    def test_under_a_known_pseudonym_costs_nothing(self, office):
        for _ in range(3):
            office.done(*self.ASK, "--pseudonym", office.tokens[0])
        assert disclosed(office) == []


class TestTheLog:
    @pytest.mark.parametrize("words", [("audit", "list"), ("audit", "export", "--to", "-")])
    def test_does_not_say_which_pseudonyms_are_one_persons(self, office, words):
        said = office.refused(*words, "--person", office.tokens[0])
        assert "people find" in said
        assert office.run(*words, "--pseudonym", office.tokens[0]).code == 0


class TestOtherRules:
    """Whoever can read the configuration can look people up by one of her own; that is noticed."""

    def mine(self, house, text):
        own = house.folder / "mine.toml"
        own.write_text(house.config_file.read_text("utf-8").replace(*text), "utf-8")
        return ("--config", own)

    def alarms(self, house):
        return [(one.actor, one.reason) for one in house.events() if one.reason == "other-rules"]

    def test_than_the_last_ones_raise_an_alarm_once(self, office):
        for number in (0, 0):
            assert export(office, number, *ACCESS)[0].code == 0
        assert self.alarms(office) == []
        more = self.mine(office, ("people_per_hour = 2", "people_per_hour = 200"))
        for number in (1, 2):
            said = export(office, number, *ACCESS, *more)[0]
            assert said.code == 0
        assert self.alarms(office) == [("anna", "other-rules")]
        assert export(office, 1, *ACCESS)[0].code == 0
        assert self.alarms(office) == [("anna", "other-rules")] * 2, "and it is said when the old ones are back"

    def test_are_no_rules_as_well(self, office):
        assert export(office, 0, *ACCESS)[0].code == 0
        none = self.mine(office, (RULES, ""))
        said = office.run("people", "find", *HERE, "--case", "x", *none, stdin=HER)
        assert (said.code, '"reason": "other-rules"' in said.err) == (0, True)
        assert self.alarms(office) == [("operator", "other-rules")]

    def test_are_other_officers_too(self, office):
        assert export(office, 0, *ACCESS)[0].code == 0
        ben = Officer.new("ben").public
        lines = office.config_file.read_text("utf-8")
        [was] = [line for line in lines.splitlines() if line.startswith('ben = "')]
        other = self.mine(office, (was, f'ben = "{ben}"'))
        assert export(office, 0, *ACCESS, *other)[0].code == 0
        assert self.alarms(office) == [("anna", "other-rules")]

    def test_end_an_approval_that_took_too_long_for_them(self, office):
        ask = ("disclosure", "ask", "dispute", "--case", "D-1", *HERE, "--pseudonym", office.tokens[0])
        request = office.done(*ask, *BY, "carl.officer").words.split()[1].rstrip(",")
        office.done("disclosure", "approve", request, *BY, "anna.officer", "--yes")
        text = office.config_file.read_text("utf-8")
        office.config_file.write_text(text.replace("valid_minutes = 30", "valid_minutes = 20"), "utf-8")
        said, _ = export(office, 0, "--reason", "dispute", "--case", "D-1", "--approval", request, by="carl")
        assert (said.code, "needs-approval" in said.words) == (2, True)


def test_attacks_are_for_officers_and_say_of_no_candidate_that_she_is_known(office):
    ids = office.folder / "ids"
    ids.write_text(HER, "utf-8")
    words = ("attack", "--candidates", ids)
    assert "no-role" in office.refused(*words)
    assert "--show" in office.refused(*words, "--show", *BY, "anna.officer")
    assert office.run("attack", *BY, "carl.officer").code in {0, 1}
    assert disclosed(office) == []


def test_an_attack_with_a_file_of_ones_own_is_a_look_up(office):
    """One candidate, one record, one launch: each count says whether she is known, and whose pseudonym it is."""
    for name, text in (
        ("ids", HER),
        ("cloud", f"{office.tokens[0]},2026-01-01T08:00Z"),
        ("lms", f"{PEOPLE[0]},2026-01-01T08:00Z"),
    ):
        (office.folder / name).write_text(text, "utf-8")
    tries = (
        ("--candidates", office.folder / "ids"),
        ("--pattern", "anna"),
        ("--cloud", office.folder / "cloud", "--lms", office.folder / "lms"),
    )
    for words in tries:
        assert "no-reason" in office.refused("attack", *words, *BY, "anna.officer")
        assert "no-role" in office.refused("attack", *words, *ACCESS, *BY, "carl.officer")
    assert "attack-run" not in [one.event for one in office.events()]
    for words in tries[1:]:
        assert office.run("attack", *words, *ACCESS, *BY, "anna.officer").code in {0, 1}
    assert disclosed(office) == [("anna", "", "access/dsr-7"), ("anna", "", "access/dsr-7")]
    assert "over-budget" in office.refused("attack", *tries[0], *ACCESS, *BY, "anna.officer")
    assert [one.event for one in office.events()].count("attack-run") == 2


def test_a_clock_set_back_brings_no_approval_back(office):
    """Nodes that serve have noted a later time."""
    ask = ("disclosure", "ask", "dispute", "--case", "D-1", *HERE, "--pseudonym", office.tokens[0])
    request = office.done(*ask, *BY, "carl.officer").words.split()[1].rstrip(",")
    office.done("disclosure", "approve", request, *BY, "anna.officer", "--yes")
    with closing(sqlite3.connect(office.folder / "mapping.db")) as raw, raw:
        raw.execute("INSERT INTO nodes VALUES ('serving', 0, 0, ?)", (office.clock() + 60 * 60 * 1000,))
    said, _ = export(office, 0, "--reason", "dispute", "--case", "D-1", "--approval", request, by="carl")
    assert (said.code, "needs-approval" in said.words) == (2, True)
