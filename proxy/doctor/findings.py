"""Findings of the doctor, and the report they make. Values of the account are kept apart, and print only when asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.doctor.words import WORDS, Weight

WELL, FOUND, BLIND = 0, 1, 2
"""Exit codes: nothing is wrong; something is; something could not be looked at, so nobody knows."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. `application` is a mount's name, `where` a place in the account or a setting.

    `host` may be shown: it is the operator's own configuration. `values` may be people, and are not shown unless
    somebody asks for it.
    """

    code: str
    application: str = ""
    where: str = ""
    host: str = ""
    count: int = 1
    detail: str = ""
    values: tuple[str, ...] = field(default=(), repr=False)

    @property
    def weight(self) -> Weight:
        """How grave it is."""
        return WORDS[self.code].weight

    def told(self, *, values: bool) -> dict[str, Any]:
        """As a JSON object, with why and what to do."""
        word = WORDS[self.code]
        shown: dict[str, Any] = {
            "code": self.code,
            "weight": word.weight.value,
            "application": self.application,
            "where": self.where,
            "host": self.host,
            "count": self.count,
            "detail": self.detail,
            "why": word.why,
            "repair": word.repair,
        }
        return shown | {"values": list(self.values)} if values else shown


@dataclass(frozen=True, slots=True)
class Unseen:
    """A part of an account that could not be looked at, or not wholly (`reason` is `limit`)."""

    application: str
    what: str
    reason: str


@dataclass(slots=True)
class Report:
    """Everything that was found in one go. `seen` counts what was looked at, by application and what it is."""

    findings: list[Finding] = field(default_factory=list)
    unseen: list[Unseen] = field(default_factory=list)
    seen: dict[str, dict[str, int]] = field(default_factory=dict)

    def note(self, *findings: Finding) -> None:
        """Add findings."""
        self.findings += findings

    def blind(self, application: str, what: str, reason: str) -> None:
        """Say that a part could not be looked at."""
        self.unseen.append(Unseen(application, what, reason))

    def count(self, application: str, what: str, number: int) -> None:
        """Say how much of something was looked at."""
        mine = self.seen.setdefault(application, {})
        mine[what] = mine.get(what, 0) + number

    @property
    def code(self) -> int:
        """The exit code."""
        if any(one.weight is not Weight.NOTE for one in self.findings):
            return FOUND
        return BLIND if self.unseen else WELL

    def told(self, *, values: bool) -> Mapping[str, Any]:
        """As a JSON object."""
        return {
            "code": self.code,
            "findings": [one.told(values=values) for one in self.sorted()],
            "unseen": [{"application": one.application, "what": one.what, "reason": one.reason} for one in self.unseen],
            "seen": self.seen,
        }

    def sorted(self) -> list[Finding]:
        """The gravest first; else in the order in which they were found."""
        order = list(Weight)
        return sorted(self.findings, key=lambda one: order.index(one.weight))
