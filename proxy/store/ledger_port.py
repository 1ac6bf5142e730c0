"""The audit log as those see it who read it: entries with their numbers, filters, pages. Knows no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from proxy.store.records import AuditRecord


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry as it stands: its number in this database, its log and its place there, and what it says."""

    number: int
    log: int
    pos: int
    entry: AuditRecord


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries are wanted: those for which all of this holds. What is "" or empty is not asked.

    `since` and `until` are milliseconds since 1970; an entry of `until` itself is not meant. `events` and `pseudonyms`:
    any of them. The others are the exact word of the entry.
    """

    since: int | None = None
    until: int | None = None
    events: tuple[str, ...] = ()
    pseudonyms: tuple[str, ...] = ()
    actor: str = ""
    tenant: str = ""
    mount: str = ""
    route: str = ""
    kind: str = ""
    log: int | None = None
    key_id: str = ""
    exchange: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LogPlace:
    """A position in a log, from 0."""

    log: int
    pos: int


@dataclass(frozen=True, slots=True)
class Covering:
    """A checkpoint: over the first `size` entries of its log, made `at` (milliseconds since 1970)."""

    size: int
    at: int


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers above `after`, up to and including `to`."""

    after: int
    to: int


class Ledger(Protocol):
    """The audit log. Every method raises `StoreFailed` and nothing else."""

    async def span(self, query: AuditQuery) -> Span:
        """Return the numbers between which everything stands that `query` wants by now.

        What is appended later is above. Times of entries nearly follow their numbers, so this is what makes a filter of
        time cheap.
        """

    async def page(self, query: AuditQuery, span: Span, limit: int, *, newest_first: bool = False) -> list[AuditRow]:
        """Return up to `limit` entries within `span`: the first ones, or the last ones from the newest on."""

    async def count(self, query: AuditQuery, span: Span) -> int:
        """Count the entries within `span`."""

    async def tail(self, query: AuditQuery, span: Span, count: int) -> Span:
        """Return the part of `span` that holds its last `count` entries."""

    async def heads(self) -> Mapping[int, int]:
        """Return how long each log is."""

    async def stretch(self, query: AuditQuery, place: LogPlace, end: int, limit: int) -> list[AuditRow]:
        """Return up to `limit` entries of a log, from `place` up to, not including, position `end`, in order.

        Within a log no entry appears below one that was seen, which the numbers of several writers do not promise: so
        this is how to go on from where one was.
        """

    async def count_from(self, query: AuditQuery, place: LogPlace, end: int) -> int:
        """Count the entries that `stretch` would give."""

    async def leaf(self, place: LogPlace) -> bytes | None:
        """Return the leaf hash at a place of a log."""

    async def covering(self, place: LogPlace) -> Covering | None:
        """Return the first checkpoint that vouches for the entry at a place."""

    async def entry(self, number: int) -> AuditRow | None:
        """Return one entry."""

    async def pseudonyms_ever(self, pseudonym: str) -> Sequence[str]:
        """Return every pseudonym that is remembered of the people who have, had or will have this one, sorted.

        Of forgotten people those in the journal of erasures. Empty if nobody had it; one that was retired leads to
        nobody any more.
        """
