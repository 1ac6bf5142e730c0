"""Looking people up under control, by command: every command of docs/disclosure.md, as officers live with them."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from keys import Officer, PassphraseKek, Secret, write_officer
from tests.cli.kit import PEOPLE, SECRET

BY = ("--officer-passphrase", "env:TEST_PASSPHRASE", "--officer")
HERE = ("--tenant", "uni")
RULES = """
[disclosure]
roles = { privacy = ["anna", "ben"], support = ["carl"] }
people_per_hour = 2
alarm_people = 2
alarm_refusals = 3
[[disclosure.reasons]]
name = "access"
fields = ["id", "name", "email", "pseudonyms"]
roles = ["privacy"]
case = "DSR-[0-9]+"
[[disclosure.reasons]]
name = "dispute"
fields = ["id", "name", "email", "pseudonyms"]
roles = ["support", "privacy"]
approvers = ["privacy"]
case = "D-[0-9]+"
second_person = true
valid_minutes = 30
[[disclosure.reasons]]
name = "call"
fields = ["name"]
roles = ["support"]
"""
ACCESS = ("--reason", "access", "--case", "DSR-7")
DISPUTE = ("--reason", "dispute", "--case", "D-1")


@pytest.fixture(scope="module")
def enlisted(tmp_path_factory):
    """Everybody's officer file, and the lines for the configuration."""
    folder, lines = tmp_path_factory.mktemp("officers"), []
    for name in ("anna", "ben", "carl"):
        officer = Officer.new(name)
        write_officer(folder / f"{name}.officer", officer, PassphraseKek(Secret(SECRET.encode())))
        lines.append(f'{name} = "{officer.public}"\n')
    return folder, "[keys.officers]\n" + "".join(lines)


@pytest.fixture
def office(full, enlisted):
    """Rules are in force; it is a Wednesday morning."""
    folder, lines = enlisted
    for file in folder.iterdir():
        shutil.copy2(file, full.folder)
    full.configure(keys=lines, more=RULES)
    today = datetime.fromtimestamp(full.clock() / 1000, UTC)
    noon = (today + timedelta(days=(2 - today.weekday()) % 7 + 7)).replace(hour=10, minute=0)
    full.clock.wait(hours=(noon - today) / timedelta(hours=1))
    return full


def export(house, number, *words, by="anna", name="her.json"):
    file = house.folder / name
    file.unlink(missing_ok=True)
    said = house.run(
        "people", "export", *HERE, "--pseudonym", house.tokens[number], "--to", file, *BY, f"{by}.officer", *words
    )
    return said, json.loads(file.read_text("utf-8")) if file.exists() else None


def refused(house, why, number=0, *words, by="anna"):
    said, told = export(house, number, *words, by=by)
    assert (said.code, told) == (2, None)
    assert "disclosure-refused: `scormveil disclosure show`" in said.words
    assert f"reason: {why}" in said.words


def about(house):
    """The audit entries about look-ups."""
    return [(one.event, one.actor, one.reason) for one in house.events() if one.route == "disclosure"]


def asked(house, *words, by="carl", stdin=""):
    said = house.done("disclosure", "ask", "dispute", "--case", "D-1", *HERE, *words, *BY, f"{by}.officer", stdin=stdin)
    return re.search(r"Request (\w+), good until", said.out)[1], said


class TestARole:
    def test_a_reason_and_a_case_open_what_the_reason_allows(self, office):
        said, told = export(office, 0, *ACCESS)
        assert said.code == 0
        assert told[0]["person"]["texts"]["subject"] == [PEOPLE[0]]
        [seen, exported] = [one for one in office.events() if one.event in {"disclosed", "exported"}]
        assert (seen.actor, seen.reason, seen.pseudonym) == ("anna", "access/dsr-7", office.tokens[0])
        assert (exported.reason, exported.exchange) == (seen.reason, seen.exchange)

    def test_is_needed_and_each_refusal_is_recorded(self, office):
        refused(office, "no-role", 0, *ACCESS, by="carl")
        refused(office, "no-reason", 0, "--reason", "curiosity", "--case", "DSR-7")
        refused(office, "no-case", 0, "--reason", "access")
        refused(office, "no-field", 0, "--reason", "call", "--case", "T-1", by="carl")
        prefix = "disclosure-refused:"
        assert about(office) == [
            ("refused", "carl", prefix + "no-role"),
            ("refused", "anna", prefix + "no-reason"),
            ("refused", "anna", prefix + "no-case"),
            ("refused", "carl", prefix + "no-field"),
        ]

    def test_what_to_do_about_a_refusal_is_said(self, office):
        for reason, case, officer, wanted in (
            ("none", "DSR-7", "anna", "no-reason. Say --reason, one of those that"),
            ("access", "D-7", "anna", "no-case. Say --case in the form that"),
            ("access", "DSR-7", "carl", "no-role. Who acts has no role for this: an officer who has must do it"),
            ("dispute", "D-1", "carl", "needs-approval. Ask with `scormveil disclosure ask`"),
        ):
            words = ("--reason", reason, "--case", case, "--pseudonym", office.tokens[0], *HERE)
            assert wanted in office.refused("people", "find", *words, *BY, f"{officer}.officer")

    @pytest.mark.parametrize("where", ["env:NOT_SET", "file:nowhere", "correct horse battery"])
    def test_a_passphrase_that_is_not_there_is_no_fault_of_the_configuration(self, office, where):
        words = ("--officer", "anna.officer", "--officer-passphrase", where, "--pseudonym", office.tokens[0])
        said = office.refused("people", "find", *HERE, *ACCESS, *words)
        assert said.startswith("There is no passphrase (")
        assert said.endswith("Say where it is: env:NAME or file:PATH.")
        assert "horse" not in said

    def test_nobody_has_who_does_not_say_who_she_is(self, office):
        said = office.run("people", "export", *HERE, *ACCESS, "--to", "x.json", stdin=PEOPLE[0] + "\n")
        assert (said.code, (office.folder / "x.json").exists()) == (2, False)
        assert about(office) == [("refused", "operator", "disclosure-refused:no-role")]

    def test_without_one_it_does_not_show_whether_somebody_is_known(self, office):
        words = ("people", "export", *HERE, *ACCESS, "--to", "x.json", *BY, "carl.officer")
        assert office.run(*words, stdin="nobody-at-all\n").words == office.run(*words, stdin=PEOPLE[0] + "\n").words


class TestTheBudgetOfAnOfficer:
    def test_is_counted_in_people_and_ends(self, office):
        assert [export(office, number, *ACCESS)[0].code for number in (0, 0, 1, 0)] == [0] * 4
        refused(office, "over-budget", 2, *ACCESS)
        assert export(office, 2, *ACCESS, by="ben")[0].code == 0, "another officer has her own"
        said = office.done("disclosure", "budgets").words
        assert "anna: 2 of 2 people in the last hour; refused 1, alarms 2" in said
        assert "ben: 1 of 2 people" in said
        assert "carl: 0 of 2 people" in said
        office.clock.wait(hours=1.1)
        assert export(office, 2, *ACCESS)[0].code == 0

    def test_says_when_much_of_it_is_used_at_once(self, office):
        export(office, 0, *ACCESS)
        said, _ = export(office, 1, *ACCESS)
        assert '"event": "disclosure-alarm"' in said.err
        assert "many-people" in said.err
        assert not [one for one in PEOPLE if one in said.err + said.out]
        assert ("disclosure-alarm", "anna", "many-people") in about(office)


class TestAtNight:
    def test_it_is_granted_and_said(self, office):
        office.clock.wait(hours=13)
        assert export(office, 0, *ACCESS)[0].code == 0
        assert about(office) == [
            ("disclosed", "anna", "access/dsr-7"),
            ("disclosure-alarm", "anna", "out-of-hours"),
        ]


class TestTwoOfficers:
    def test_together_see_one_person_once(self, office):
        refused(office, "needs-approval", 0, *DISPUTE, by="carl")
        request, said = asked(office, stdin=PEOPLE[0] + "\n")
        assert office.tokens[0] not in said.words, "who was looked for is not told"
        assert PEOPLE[0] not in said.words
        refused(office, "needs-approval", 0, *DISPUTE, "--approval", request, by="carl")
        listed = office.done("disclosure", "requests").words
        assert f"{request} carl asks to see somebody (tenant uni): dispute, case D-1 open" in listed

        told = office.done("disclosure", "approve", request, *BY, "anna.officer", "--yes").words
        assert f"carl asks to see {office.tokens[0]} (tenant uni): dispute, case D-1" in told
        assert "approved, approved by anna, until" in office.done("disclosure", "requests").words
        refused(office, "needs-approval", 1, *DISPUTE, "--approval", request, by="carl")
        said, told = export(office, 0, *DISPUTE, "--approval", request, by="carl")
        assert told[0]["person"]["texts"]["subject"] == [PEOPLE[0]], said
        refused(office, "needs-approval", 0, *DISPUTE, "--approval", request, by="carl")
        assert "No request waits." in office.done("disclosure", "requests").words

        acts = [
            (one.event, one.actor, one.pseudonym)
            for one in office.events()
            if one.exchange == request and one.event not in {"refused", "disclosure-alarm"}
        ]
        assert acts == [
            ("act-requested", "carl", ""),
            ("act-approved", "anna", office.tokens[0]),
            ("disclosed", "carl", office.tokens[0]),
            ("exported", "carl", office.tokens[0]),
        ]

    def test_have_half_an_hour(self, office):
        late, _ = asked(office, "--pseudonym", office.tokens[0])
        soon, _ = asked(office, "--pseudonym", office.tokens[1])
        office.done("disclosure", "approve", soon, *BY, "ben.officer", "--yes")
        office.clock.wait(hours=0.6)
        assert "request-expired" in office.refused("disclosure", "approve", late, *BY, "ben.officer", "--yes")
        refused(office, "needs-approval", 1, *DISPUTE, "--approval", soon, by="carl")
        assert office.done("disclosure", "requests").out.count("request-expired") == 2

    def test_are_two_and_the_second_has_the_role_for_it(self, office):
        request, _ = asked(office, "--pseudonym", office.tokens[0], by="anna")
        assert "officer-same" in office.refused("disclosure", "approve", request, *BY, "anna.officer", "--yes")
        said = office.refused("disclosure", "approve", request, *BY, "carl.officer", "--yes")
        assert "reason: no-role" in said

    def test_are_not_replaced_by_whoever_can_write_to_the_database(self, office):
        request, _ = asked(office, "--pseudonym", office.tokens[0])
        with closing(sqlite3.connect(office.folder / "mapping.db")) as raw, raw:
            raw.execute("UPDATE requests SET decided = 1, approver = 'anna', approval = signature")
        refused(office, "needs-approval", 0, *DISPUTE, "--approval", request, by="carl")

    def test_their_requests_are_none_for_keys_and_the_other_way_round(self, office):
        request, _ = asked(office, "--pseudonym", office.tokens[0])
        assert "No request waits." in office.done("keys", "requests").words
        said = office.refused("keys", "approve", request, *BY, "anna.officer", "--yes")
        assert "asks to look somebody up" in said
        assert "request-unknown" in office.refused("disclosure", "approve", "zzzz9999", *BY, "anna.officer", "--yes")

    def test_ask_for_what_they_may_ask_for_only(self, office):
        words = ("disclosure", "ask", "access", "--case", "DSR-7", *HERE, *BY)
        assert "reason: no-role" in office.refused(*words, "carl.officer", stdin=PEOPLE[0] + "\n")
        said = office.run(*words, "anna.officer", stdin="nobody-at-all\n")
        assert (said.code, "Nothing was asked." in said.words) == (1, True)


def test_the_rules_are_shown(office):
    said = office.done("disclosure", "show").words
    assert "role privacy: anna, ben" in said
    assert "reason access: shows email, id, name, pseudonyms; for privacy; case DSR-[0-9]+; no second officer" in said
    assert "approved by privacy within 30 minutes" in said
    assert "budget: 2 different people for each officer and hour" in said


def test_without_rules_everything_is_as_it_was_and_recorded(full):
    assert "There is no [disclosure]" in full.done("disclosure", "show").words
    file = full.folder / "her.json"
    full.done("people", "export", *HERE, "--reason", "ticket-4711", "--to", file, stdin=PEOPLE[2] + "\n")
    assert json.loads(file.read_text("utf-8"))[0]["person"]["texts"]["subject"] == [PEOPLE[2]]
    assert about(full) == [("disclosed", "operator", "ticket-4711")]
    assert "operator: 1 people in the last hour" in full.done("disclosure", "budgets").words
