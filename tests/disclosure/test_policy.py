"""Who may look whom up: decided from rules and what was done before, with nothing else in hand."""

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from proxy.disclosure import Approved, Ask, Reason, Rules, reference, used
from proxy.disclosure.policy import judge, reason_problem
from proxy.store import AuditRecord

MINUTE = 60_000
HOUR = 60 * MINUTE
NOON = int(datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp() * 1000)
"""A Wednesday."""
NIGHT = NOON + 14 * HOUR
SATURDAY = NOON + 72 * HOUR
PRIVACY, SUPPORT = frozenset({"privacy"}), frozenset({"support"})
RULES = Rules(
    reasons={
        "access": Reason("access", frozenset({"id", "name", "email", "pseudonyms"}), PRIVACY, PRIVACY, "DSR-[0-9]+"),
        "help": Reason("help", frozenset({"name"}), SUPPORT | PRIVACY, PRIVACY, "[A-Z]+-[0-9]+", second_person=True),
    },
    roles={"privacy": frozenset({"anna", "ben"}), "support": frozenset({"carl"})},
    people_per_hour=5,
    alarm_people=3,
    alarm_refusals=2,
    alarm_minutes=10,
    begins=time(7),
    ends=time(19),
    days=frozenset(range(5)),
    zone=ZoneInfo("Europe/Berlin"),
)
ASK = Ask("anna", "access", "DSR-7", "uni", "p1")
HELP = Ask("carl", "help", "T-1", "uni", "p1")


def disclosed(at, pseudonym="", exchange="x", event="disclosed", reason=""):
    return AuditRecord(at, event, "anna", route="disclosure", pseudonym=pseudonym, exchange=exchange, reason=reason)


def decided(ask=ASK, past=(), now=NOON, approved=None, rules=RULES):
    return judge(rules, ask, approved, past, now)


def test_who_has_the_role_the_reason_and_the_case_is_granted():
    assert decided() == decided(replace(ASK, actor="ben"))
    assert decided().refused == ""
    assert decided().alarms == {}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"reason": "curiosity"}, "no-reason"),
        ({"reason": ""}, "no-reason"),
        ({"actor": "carl"}, "no-role"),
        ({"actor": "operator"}, "no-role"),
        ({"actor": "Anna"}, "no-role"),
        ({"case": ""}, "no-case"),
        ({"case": "DSR-7 Zoë"}, "no-case"),
        ({"case": "DSR-7\n"}, "no-case"),
        ({"case": "DSR-" + "7" * 60}, "no-case"),
        ({"needs": frozenset({"birthday"})}, "no-field"),
        ({"reason": "help", "case": "T-1"}, "needs-approval"),
    ],
)
def test_everybody_else_is_refused_with_the_word_for_it(change, why):
    assert decided(replace(ASK, **change)).refused == why


def test_a_pattern_as_wide_as_can_be_lets_no_name_into_the_log():
    wide = replace(RULES.reasons["access"], case=".*")
    rules = replace(RULES, reasons={"access": wide})
    assert reason_problem(rules, replace(ASK, case="O'Brien")) == "no-case"
    assert reason_problem(rules, replace(ASK, case="李小龙")) == "no-case"
    assert reference(replace(ASK, case="DSR-7")) == "access/dsr-7"


class TestASecondOfficersWord:
    SAID = Approved("carl", "help", "T-1", "uni", "p1")

    def test_is_good_for_just_what_was_asked(self):
        assert decided(HELP, approved=self.SAID).refused == ""

    @pytest.mark.parametrize(
        "change",
        [{"actor": "anna"}, {"case": "T-2"}, {"tenant": "staff"}, {"pseudonym": "p2"}, {"pseudonym": ""}],
    )
    def test_is_good_for_nothing_else(self, change):
        assert decided(replace(HELP, **change), approved=self.SAID).refused == "needs-approval"

    def test_is_never_good_for_nobody_in_particular(self):
        nobody = replace(self.SAID, pseudonym="")
        assert decided(replace(HELP, pseudonym=""), approved=nobody).refused == "needs-approval"


class TestTheBudget:
    def test_counts_people_and_not_look_ups(self):
        past = [disclosed(NOON - 30 * MINUTE, f"p{n % 4}") for n in range(40)]
        assert decided(replace(ASK, pseudonym="p9"), past).refused == ""

    def test_ends_with_as_many_people_as_it_has(self):
        past = [disclosed(NOON - 30 * MINUTE, f"p{n}") for n in range(5)]
        assert decided(replace(ASK, pseudonym="p9"), past).refused == "over-budget"
        assert decided(replace(ASK, pseudonym="p4"), past).refused == "", "she was counted before"

    def test_counts_who_was_looked_up_by_her_identifier_each_time(self):
        past = [disclosed(NOON - MINUTE, "", f"x{n}") for n in range(5)]
        assert used(past, NOON - HOUR) == {f"x{n}" for n in range(5)}
        assert decided(replace(ASK, pseudonym=""), past).refused == "over-budget"

    def test_is_fresh_an_hour_later_and_not_before(self):
        past = [disclosed(NOON, f"p{n}") for n in range(5)]
        ask = replace(ASK, pseudonym="p9")
        assert decided(ask, past, NOON + HOUR).refused == "over-budget"
        assert decided(ask, past, NOON + HOUR + 1).refused == ""

    def test_is_not_gained_by_a_clock_that_went_back(self):
        past = [disclosed(NOON + 5 * HOUR, f"p{n}") for n in range(5)]
        assert decided(replace(ASK, pseudonym="p9"), past).refused == "over-budget"


class TestAlarms:
    def test_many_people_in_a_short_time(self):
        past = [disclosed(NOON - MINUTE, "p2"), disclosed(NOON - MINUTE, "p3")]
        assert decided(past=past[:1]).alarms == {}
        assert decided(past=past).alarms == {"many-people": 3}
        assert decided(replace(ASK, pseudonym="p2"), past).alarms == {}, "she is one of the two"
        assert decided(past=[replace(one, at=NOON - 11 * MINUTE) for one in past]).alarms == {}

    @pytest.mark.parametrize("now", [NIGHT, SATURDAY, NOON - 6 * HOUR - 1, NOON + 6 * HOUR])
    def test_outside_office_hours_of_the_office(self, now):
        assert decided(now=now).alarms == {"out-of-hours": 1}

    @pytest.mark.parametrize("now", [NOON - 6 * HOUR, NOON + 6 * HOUR - 1])
    def test_within_them_there_is_none(self, now):
        """07:00 in Berlin is 06:00 UTC in November."""
        assert decided(now=now).alarms == {}

    def test_many_refusals(self):
        once = [disclosed(NOON - MINUTE, event="refused")]
        assert decided(replace(ASK, case=""), []).alarms == {}
        assert decided(replace(ASK, case=""), once).alarms == {"many-refusals": 2}
        assert decided(past=once).alarms == {}, "this one is granted"

    def test_a_budget_that_is_used_up(self):
        past = [disclosed(NOON - 30 * MINUTE, f"p{n}") for n in range(5)]
        assert decided(replace(ASK, pseudonym="p9"), past).alarms == {"over-budget": 5}

    def test_are_said_once_within_their_time(self):
        said = disclosed(NIGHT - 9 * MINUTE, event="disclosure-alarm", reason="out-of-hours")
        assert decided(past=[said], now=NIGHT).alarms == {}
        assert decided(past=[said], now=NIGHT + 2 * MINUTE).alarms == {"out-of-hours": 1}
        assert "many-people" in decided(past=[said, *(disclosed(NIGHT, f"q{n}") for n in range(3))], now=NIGHT).alarms


def test_many_people_in_a_day_are_said_however_slowly_and_once():
    rules = replace(RULES, alarm_people_per_day=6)
    slowly = [disclosed(NOON - number * 4 * HOUR, f"p{number}") for number in range(1, 6)]
    assert decided(past=slowly, rules=rules).alarms == {}, "she is one of them"
    new = replace(ASK, pseudonym="p9")
    assert decided(new, past=slowly, rules=rules).alarms == {"many-a-day": 6}
    said = disclosed(NOON - 23 * HOUR, event="disclosure-alarm", reason="many-a-day")
    assert decided(new, past=[*slowly, said], rules=rules).alarms == {}
    assert decided(new, past=slowly, rules=RULES).alarms == {}, "nobody asked for it"
    assert decided(new, past=slowly, rules=rules, now=NOON + 5 * HOUR).alarms == {}, "one of them is longer ago"
