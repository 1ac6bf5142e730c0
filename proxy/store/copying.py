"""Makes one store equal to another, whatever databases they are on, and proves it row by row. Blocks.

Both are walked in the order of their keys, side by side: what is missing is inserted, what differs is written anew,
what the source has not is deleted. Nothing is remembered between two runs, so a run that was killed is simply done
again, and a second run after the source went on is short.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.engine import Connection

from proxy.errors import StoreFailed
from proxy.store.engines import parse
from proxy.store.faults import attempt
from proxy.store.migrate import UNFINISHED, Schema, revisions, upgrade
from proxy.store.occupancy import workers_on
from proxy.store.rows import Key, Layout, Row, line_of
from proxy.store.snapshot import PAGE, Snapshot
from proxy.store.target import COPY, OWN, Target, careful

_ASIDE: Final = frozenset(("meta", "jobs", "alembic_version"))
"""Tables that have rows in a store that nobody has used yet."""

Told = Callable[[str, int], None]
"""Hears the table that is walked, and how many rows of it were."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A table after copying: rows that are equal on both sides, the digest of them all, and what had to be done."""

    table: str
    rows: int
    digest: str
    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def changed(self) -> int:
        """How many rows had to be touched."""
        return self.inserted + self.updated + self.deleted


def fit_to_receive(source: Snapshot, url: str) -> None:
    """Refuse a target in which something would be lost. Raises `StoreFailed`.

    `unfinished` (the source), `same-store`, `not-migrated`, `target-not-ours`, `in-use`, `target-in-use`; one that has
    no tables yet is fit.
    """
    if source.meta(UNFINISHED):
        raise StoreFailed("unfinished")
    if parse(url) == source.address:
        raise StoreFailed("same-store")
    if not revisions(url, source.schema)[0]:
        return
    if workers_on(url):
        raise StoreFailed("in-use")
    with Snapshot(url, source.schema) as target:
        if target.pulse.instance == source.pulse.instance:
            raise StoreFailed("same-store")
        if target.pulse.lineage != source.pulse.lineage and not is_unused(target):
            raise StoreFailed("target-not-ours")
        if "audit" in source.schema.metadata.tables and not _goes_on(source, target):
            raise StoreFailed("target-in-use")


def is_unused(store: Snapshot) -> bool:
    """Whether a store has its tables and nothing in them yet."""
    return not any(store.count(one.table) for one in store.layouts() if one.table not in _ASIDE)


def _goes_on(source: Snapshot, target: Snapshot) -> bool:
    """Whether the newest audit entry of the target is the source's too: whoever serves writes one when he begins."""
    audit = source.schema.metadata.tables["audit"]

    def entry(connection: Connection, number: int | None) -> tuple[object, ...] | None:
        which = select(audit).order_by(audit.c.seq.desc()).limit(1)
        found = connection.execute(which if number is None else which.where(audit.c.seq == number)).first()
        return None if found is None else tuple(found)

    newest = attempt(partial(entry, target.connection, None))
    return newest is None or newest == attempt(partial(entry, source.connection, int(str(newest[0]))))


def copy(source: Snapshot, url: str, *, dry_run: bool, told: Told) -> list[Compared]:
    """Make the store at `url` equal to `source`; to be called once `fit_to_receive` did not refuse it.

    Returns every table as it was compared at last, row by row. `dry_run` changes nothing and tells what would be done.
    Raises `StoreFailed`; `not-identical` if somebody else writes to the target.
    """
    if not dry_run:
        upgrade(url, source.schema, unfinished=COPY)
    with Target(url, source.schema, source.pulse.lineage) as target:
        receiver = None if dry_run else target
        with _opened(url, source.schema) as before:
            done = [_table(Walk(source, layout, told), url, before, receiver) for layout in source.layouts()]
        if not dry_run:
            _prove(source, url, done, told)
            target.settle(source.pulse.instance)
    return done


def _table(walk: "Walk", url: str, before: Snapshot | None, target: Target | None) -> Compared:
    if target is None or not careful(walk.source.schema.metadata.tables[walk.layout.table]):
        return walk.through(before, target)
    gone = walk.through(before, target, only_remove=True)
    with Snapshot(url, walk.source.schema) as between:
        back = walk.through(between, target)
    inserted, updated = back.inserted - gone.updated, back.updated + gone.updated
    return Compared(walk.layout.table, back.rows, back.digest, inserted, updated, gone.deleted + back.deleted)


def _prove(source: Snapshot, url: str, done: Sequence[Compared], told: Told) -> None:
    """Compare what was changed once more. What was not has just been compared."""
    changed = {one.table for one in done if one.changed}
    with Snapshot(url, source.schema) as after:
        for layout in source.layouts():
            if layout.table in changed and Walk(source, layout, told).through(after, None).changed:
                raise StoreFailed("not-identical")


@contextmanager
def _opened(url: str, schema: Schema) -> Iterator[Snapshot | None]:
    """The target as it is now; None if it is not made yet."""
    if not revisions(url, schema)[0]:
        yield None
        return
    with Snapshot(url, schema) as store:
        yield store


@dataclass(frozen=True, slots=True)
class Walk:
    """Ways through a table on both sides."""

    source: Snapshot
    layout: Layout
    told: Told

    def through(self, there: Snapshot | None, target: Target | None, *, only_remove: bool = False) -> Compared:
        """Compare every row with those `there`, and let `target` have what differs; without it that is only counted."""
        digest, rows = hashlib.sha256(), 0
        counts = {"inserted": 0, "updated": 0, "deleted": 0}
        removed: list[Key] = []
        written: list[Row] = []
        for ours, theirs in side_by_side(self.layout, self._rows(self.source), self._rows(there)):
            line = b"" if ours is None else line_of(self.layout, ours)
            if ours is not None:
                digest.update(line + b"\n")
                rows += 1
            differ = theirs is not None and ours is not None and line_of(self.layout, theirs) != line
            if theirs is not None and (ours is None or (differ and only_remove)):
                removed.append(self.layout.key_of(theirs))
                counts["updated" if differ else "deleted"] += 1
            elif ours is not None and not only_remove and (theirs is None or differ):
                written.append(ours)
                counts["updated" if differ else "inserted"] += 1
            if target is not None and len(removed) + len(written) >= PAGE:
                target.change(self.layout, removed, written)
                removed, written = [], []
                self.told(self.layout.table, rows)
        if target is not None and (removed or written):
            target.change(self.layout, removed, written)
        self.told(self.layout.table, rows)
        return Compared(self.layout.table, rows, digest.hexdigest(), **counts)

    def _rows(self, store: Snapshot | None) -> Iterator[Row]:
        rows = iter(()) if store is None else store.rows(self.layout)
        return (row for row in rows if row[0] not in OWN) if self.layout.table == "meta" else rows


def side_by_side(layout: Layout, ours: Iterator[Row], theirs: Iterator[Row]) -> Iterator[tuple[Row | None, Row | None]]:
    """Rows of the same key together, the others alone, in the order of their keys."""
    mine, other = next(ours, None), next(theirs, None)
    while mine is not None or other is not None:
        if other is None or (mine is not None and layout.key_of(mine) < layout.key_of(other)):
            yield mine, None
            mine = next(ours, None)
        elif mine is None or layout.key_of(other) < layout.key_of(mine):
            yield None, other
            other = next(theirs, None)
        else:
            yield mine, other
            mine, other = next(ours, None), next(theirs, None)
