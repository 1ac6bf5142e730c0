"""Reads a whole backup, believes nothing, keeps its gist."""

import random
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from keys import KekProvider, Title
from proxy.backup.contents import Head, Reading, Summary
from proxy.store.census import pairs
from proxy.store.records import Erasure
from proxy.store.rows import Layout, Row

SAMPLE: Final = 200
"""So many records are picked at random, to be opened with the keys in force."""

_NAMES: Final = frozenset(("people", "person_keys"))
Fields = dict[str, Any]


@dataclass(slots=True)
class Gist:
    """What is in a backup, small enough to keep. `tables` are complete: every row was read and every digest agreed."""

    title: Title
    head: Head
    keyring: bytes
    tables: list[Summary] = field(default_factory=list)
    erasures: list[Erasure] = field(default_factory=list)
    audit_number: int = 0
    audit_at: int = 0
    packages: set[tuple[str, str]] = field(default_factory=set)
    pins: set[tuple[str, str, str]] = field(default_factory=set)
    sample: list[Fields] = field(default_factory=list)
    forgotten: int = 0
    """People or data keys in it that were erased since."""
    without_key: int = 0
    """People in it, or in the mapping, whose data key is missing on the other side."""
    without_person: int = 0
    """Data keys, in it or in the key store, of people who are missing on the other side."""


@dataclass(frozen=True, slots=True)
class Other:
    """What the other store has: the names of its people or data keys in order; nobody was erased whom it names."""

    names: Iterable[str] = ()
    erased: AbstractSet[str] = frozenset()


def check(source: BinaryIO, keks: Sequence[KekProvider], other: Other | None = None) -> Gist:
    """Read everything. With `other`, count what the two stores would lack of one another after a restore.

    Raises KeyringError `bundle-…`, `kek-…`; `BackupFailed` `contents`, `newer`, `kind`.
    """
    reading = Reading(source, keks)
    gist = Gist(reading.title, reading.head, reading.keyring)
    for layout, rows in reading.tables():
        fields = (dict(zip(layout.columns, row, strict=True)) for row in rows)
        if layout.table in _NAMES:
            _people(gist, layout, fields, other or Other())
        else:
            for one in fields:
                _note(gist, layout.table, one)
    gist.tables = reading.summaries
    return gist


def is_forgotten(layout: Layout, row: Row, erased: AbstractSet[str]) -> bool:
    """Whether a row is of a person who was erased; the journal itself is of nobody."""
    return layout.table != "erasures" and "person" in layout.columns and row[layout.columns.index("person")] in erased


def _note(gist: Gist, table: str, row: Fields) -> None:
    match table:
        case "erasures":
            gist.erasures.append(Erasure(row["tenant"], row["pseudonym"], row["person"], row["at"]))
        case "audit":
            gist.audit_number, gist.audit_at = row["seq"], row["at"]
        case "packages":
            gist.packages.add((row["tenant"], row["digest"]))
        case "pins":
            gist.pins.add((row["mount"], row["path"], row["digest"]))


def _people(gist: Gist, layout: Layout, rows: Iterator[Fields], other: Other) -> None:
    """People or data keys: pick a sample, and compare their names with those of the other store."""
    erased = other.erased | {one.person for one in gist.erasures}
    dice, seen = random.Random(), 0  # noqa: S311  a sample, not a secret

    def names() -> Iterator[str]:
        nonlocal seen
        for row in rows:
            if row["person"] in erased:
                gist.forgotten += 1
                continue
            seen += 1
            if len(gist.sample) < SAMPLE:
                gist.sample.append(row)
            elif (at := dice.randrange(seen)) < SAMPLE:
                gist.sample[at] = row
            if not row["seal_key"] or layout.table == "person_keys":  # a record of the old form needs no data key
                yield row["person"]

    ours_only = theirs_only = 0
    for ours, theirs in pairs(names(), iter(other.names)):
        ours_only += not theirs
        theirs_only += not ours and theirs not in erased
    if layout.table == "people":
        gist.without_key, gist.without_person = ours_only, theirs_only
    else:
        gist.without_key, gist.without_person = theirs_only, ours_only
