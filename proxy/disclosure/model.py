"""What is asked, what is granted, and the rules that decide it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, tzinfo

FIELDS = frozenset({"id", "name", "email", "pseudonyms"})
"""Everything that can be shown of a person."""
OPERATOR = "operator"
"""Whoever runs a command without an officer's file."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One look-up. `pseudonym` is "" where she is looked up by her identifier and nobody knows yet who she is.

    `approval` is the id of an approved request, where the reason needs a second person; `needs` are the fields without
    which there is no use in it. `case` is a case number, checked by its pattern; it goes into the audit log.
    `by_identifier`: who asks does not know the pseudonym, so a refusal must not have it, not even in the audit log.
    """

    actor: str
    reason: str
    case: str
    tenant: str
    pseudonym: str = ""
    approval: str = ""
    needs: frozenset[str] = frozenset()
    by_identifier: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What may be shown, and under which id the audit log has it."""

    fields: frozenset[str]
    exchange: str


@dataclass(frozen=True, slots=True)
class Approved:
    """A request that another officer approved: of whom, by whom asked, for what, in which tenant."""

    officer: str
    reason: str
    case: str
    tenant: str
    pseudonym: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for which people may be looked up; `case` is a regular expression."""

    name: str
    fields: frozenset[str]
    roles: frozenset[str]
    approvers: frozenset[str]
    case: str
    second_person: bool = False
    valid_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Rules:
    """What `[disclosure]` says. `roles` are officers by role; days are those of `date.weekday`, 0 is Monday."""

    reasons: Mapping[str, Reason]
    roles: Mapping[str, frozenset[str]]
    people_per_hour: int
    alarm_people: int
    alarm_refusals: int
    alarm_minutes: int
    begins: time
    ends: time
    days: frozenset[int]
    zone: tzinfo
    alarm_people_per_day: int = 0
    """0: no such alarm."""

    def has(self, officer: str, roles: frozenset[str]) -> bool:
        """Whether an officer has one of these roles."""
        return any(officer in self.roles.get(role, frozenset()) for role in roles)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be done about an ask: "" or why it is refused, and the alarms with their counts."""

    refused: str
    alarms: Mapping[str, int] = field(default_factory=dict)
