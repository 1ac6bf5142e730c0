"""Restores a backup: nothing is touched before all is verified, and nobody who was forgotten comes back. Blocks.

1 look at what is there · 2 read the whole backup, open a sample of it with the keys in force · 3 fill a new store
beside the old one, leaving out everybody whom the backup, either store or the journal file says was erased, and doing
what either store or the file beside the journal has noted of restrictions since · 4 put it in place, and the keyring
if there is none · 5 compare what is remembered once more, as every start does · 6 say what was lost.

Killed before 4 nothing has happened; later, what is there is marked as unfinished, so that nobody serves from it, and
the same command done again completes it.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from keys import (
    Envelope,
    KekProvider,
    KeyringError,
    KeyRoom,
    Opened,
    Secret,
    open_content,
    open_with,
    refuse_stranger,
    restore_keyring,
    seen_generation,
)
from proxy.audit import Event
from proxy.audit.checkpoints import RoomMac
from proxy.backup.check import Gist, Other, check, is_forgotten
from proxy.backup.contents import KEYS_KIND, Reading
from proxy.backup.files import opened
from proxy.backup.lost import Lost, lost
from proxy.backup.opening import Tried, opens, try_sample
from proxy.backup.place import Place
from proxy.backup.putting import put, staging
from proxy.backup.reconciling import missing_after, reconcile
from proxy.backup.survivors import look_at, names_in
from proxy.errors import BackupFailed, StoreFailed
from proxy.store import KEYSTORE, MAPPING, AuditRecord, Erasure
from proxy.store.deletions_port import Place as Application
from proxy.store.engines import parse, url_of
from proxy.store.loading import Loading
from proxy.store.migrate import Schema
from proxy.store.restrictions_port import Replayed, RestrictionNote
from proxy.store.rows import Value
from proxy.store.snapshot import Snapshot
from proxy.store.target import Target
from proxy.upkeep import Journal

_TOLERANCE_MS: Final = 10 * 60 * 1000
"""Clocks of two machines may differ by so much."""

_NOT_AGAIN: Final = frozenset(("requests",))
"""What one officer asked of another: an approval that was used up since would be good for a second time."""


@dataclass(frozen=True, slots=True)
class Here:
    """The installation: its stores, its keyring file with the keys that may open it, its journal of erasures."""

    mapping: str
    keystore: str
    keyring: Path
    journal: Path
    keks: Sequence[KekProvider]
    places: Sequence[Application] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be restored, and where to ("": where the installation has its store)."""

    file: Path
    keks: Sequence[KekProvider]
    now: int
    into: str = ""
    keys_into: str = ""
    replace: bool = False
    accept_expired: bool = False
    accept_older_keyring: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a restore did or would do. `keyring`: `kept`, `newer-kept`, `installed` (or a newer one put in force).

    `aside` is where the files were put that were there; `kept_keys` counts data keys of the key store that was there,
    which win over those of the backup; `alone` says that the other store is not there to be compared with.
    """

    gist: Gist
    tried: Tried
    lost: Lost
    keyring: str
    aside: Path | None = None
    kept_keys: int = 0
    alone: bool = False
    again: Replayed = field(default_factory=Replayed)
    """Who was restricted, or let go, after the backup, and is so again."""


def verify(file: Path, keks: Sequence[KekProvider], here: Here | None = None) -> tuple[Gist, Tried | None]:
    """Read a whole backup; with an installation at hand open a sample of it too. Touches nothing."""
    with opened(file) as source:
        gist = check(source, keks)
    if here is None or not os.path.lexists(here.keyring):
        return gist, None
    keystore = look_at(here.keystore, KEYSTORE)
    ring = open_with(here.keyring, here.keks).ring
    return gist, try_sample(gist, ring, here.keystore if keystore.there else "")


class Restore:
    """One restore. `plan` touches nothing; `do` is `plan` and the rest.

    Raises `BackupFailed`, `StoreFailed`, KeyringError.
    """

    def __init__(self, wish: Wish, here: Here) -> None:
        """Read the head of the backup, which says where it belongs, and look at what is there."""
        self._wish = wish
        self._here = here
        self._mapping, self._keystore = wish.into or here.mapping, wish.keys_into or here.keystore
        with opened(wish.file) as source:
            self._title = Reading(source, wish.keks).title
        self._of_keys = self._title.kind == KEYS_KIND
        self._schema: Schema = KEYSTORE if self._of_keys else MAPPING
        self._other_schema: Schema = MAPPING if self._of_keys else KEYSTORE
        self._target = self._keystore if self._of_keys else self._mapping
        self._place = Place(self._target, self._schema)
        self._before = look_at(here.keystore if self._of_keys else here.mapping, self._schema)
        self._other = look_at(self._mapping if self._of_keys else self._keystore, self._other_schema)
        self._erased: dict[tuple[str, str], Erasure] = {}
        self._notes: list[RestrictionNote] = []
        self._mac: RoomMac

    def plan(self) -> Outcome:
        """Verify everything and say what would be done and lost."""
        self._refuse_moment()
        self._place.refuse(replace=self._wish.replace)
        if parse(self._target) in {parse(self._here.mapping), parse(self._here.keystore)}:
            self._place.refuse_workers(self._here.mapping)
        journal = Journal(self._here.journal)
        self._remember(journal.read())
        self._notes = journal.restrictions.read()
        for one in (self._before, self._place.occupant, self._other):
            self._remember(one.erasures)
            self._notes += one.notes
        with opened(self._wish.file) as source, names_in(self._other, self._other_schema) as names:
            gist = check(source, self._wish.keks, Other(names or (), self._people()))
        self._remember(gist.erasures)
        for one in (self._before, self._place.occupant):
            one.refuse_stranger(gist.head.lineage, BackupFailed("target-not-ours"))
        self._other.refuse_stranger(gist.head.lineage, StoreFailed("foreign-key-store"))
        keyring, ring = self._keyring(gist)
        self._mac = RoomMac(KeyRoom(ring.ring))
        tried = try_sample(gist, ring.ring, self._keystore if self._other.there and not self._of_keys else "")
        if tried.hopeless:
            raise BackupFailed("not-opened")
        told = lost(gist, self._before, self._other, ring.ring)
        return Outcome(gist, tried, told, keyring, alone=not self._other.there)

    def do(self, told: Callable[[str], None] = lambda _step: None) -> Outcome:
        """Restore. `told` hears each step as a short word."""
        plan = self.plan()
        gist, path = plan.gist, parse(self._target).path
        told("filling")
        staged = None if path is None else staging(path)
        kept, again = self._fill(gist, self._target if staged is None else url_of(staged))
        told("placing")
        aside = None
        if path is not None and staged is not None:
            aside = put(staged, path, self._wish.now, keep=self._place.worth_keeping)
        if plan.keyring == "installed":
            content = Secret(gist.keyring)
            restore_keyring(self._here.keyring, self._here.keks, content, accept=self._wish.accept_older_keyring)
        with Target(self._target, self._schema, gist.head.lineage) as target:
            target.settle("")
        told("reconciling")
        journal = Journal(self._here.journal)
        journal.append(tuple(self._erased.values()))
        journal.restrictions.drop(tuple(self._erased.values()))
        missing = plan.lost
        if not plan.alone:
            asyncio.run(reconcile(self._mapping, self._keystore, self._here, self._mac, of_keys=self._of_keys))
            without = missing_after(self._mapping, self._keystore)
            missing = replace(
                missing, without_key=without.people_without_key, without_person=without.keys_without_person
            )
        return replace(plan, lost=missing, aside=aside, kept_keys=kept, again=again)

    def _remember(self, erasures: Sequence[Erasure]) -> None:
        self._erased |= {(one.tenant, one.pseudonym): one for one in erasures}

    def _people(self) -> frozenset[str]:
        return frozenset(one.person for one in self._erased.values())

    def _refuse_moment(self) -> None:
        if self._title.created > self._wish.now + _TOLERANCE_MS:
            raise BackupFailed("clock")
        if 0 < self._title.expires <= self._wish.now and not self._wish.accept_expired:
            raise BackupFailed("expired")

    def _keyring(self, gist: Gist) -> tuple[str, Opened]:
        """What is to become of the keyring, and the one that will be in force. Raises KeyringError, `no-keyring`."""
        content, keks, path = Secret(gist.keyring), self._here.keks, self._here.keyring
        if not os.path.lexists(path):
            if self._of_keys:
                raise BackupFailed("no-keyring")
            there = open_content(keks, content)
            seen = seen_generation(path, there.kek) or 0
            if seen > there.ring.generation and not self._wish.accept_older_keyring:
                raise KeyringError("keyring-rolled-back")
            return "installed", there
        here = open_with(path, keks)
        if self._of_keys:
            return "kept", here
        try:
            there = open_content(keks, content)
        except KeyringError:
            # Sealed by a key-encryption key of earlier days: the one here is in force, whatever that one held.
            if here.ring.generation < gist.head.generation:
                raise
            return "newer-kept", here
        refuse_stranger(here, there)
        if here.ring.generation < there.ring.generation:
            return "installed", there
        return ("kept" if here.ring.generation == there.ring.generation else "newer-kept"), here

    def _fill(self, gist: Gist, url: str) -> tuple[int, Replayed]:
        """Fill the new store; how many data keys of the one that was there were kept, who is restricted again."""
        erased, kept = self._people(), 0
        with Loading(url, self._schema, gist.head.revision, self._mac) as loading, opened(self._wish.file) as source:
            for layout, rows in Reading(source, self._wish.keks).tables():
                wanted = layout.table not in _NOT_AGAIN
                loading.fill(layout, (row for row in rows if wanted and not is_forgotten(layout, row, erased)))
            loading.migrate()
            if self._of_keys and self._before.there:
                kept = self._keep_keys(loading, erased)
            loading.forget(tuple(self._erased.values()), self._here.places)
            again = loading.remember(self._notes, self._wish.now)
            if not self._of_keys:
                count = max(0, self._before.audit_number - gist.audit_number)
                entry = AuditRecord(
                    self._wish.now, Event.BACKUP_RESTORED.value, actor="operator", reason=gist.head.kind, count=count
                )
                loading.record(entry, after=self._before.audit_number)
            loading.finish(gist.head.lineage)
        return kept, again

    def _keep_keys(self, loading: Loading, erased: frozenset[str]) -> int:
        """Data keys that are there are newer than any backup: who was written down anew since has no other.

        Only those that open: a key store may be restored because somebody spoiled it.
        """
        envelope = Envelope(open_with(self._here.keyring, self._here.keks).ring)
        with Snapshot(self._before.url, KEYSTORE) as store:
            layout = next(one for one in store.layouts() if one.table == "person_keys")
            person, wrapped = layout.columns.index("person"), layout.columns.index("wrapped")
            kept = (
                row
                for row in store.rows(layout)
                if not is_forgotten(layout, row, erased) and opens(envelope, str(row[person]), _bytes(row[wrapped]))
            )
            return loading.add(layout, kept)


def _bytes(value: Value) -> bytes:
    """What a column of bytes holds."""
    return value if isinstance(value, bytes) else b""
