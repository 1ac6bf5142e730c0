"""What the house asks of its stores. Knows no database.

Two stores, in two places: the *mapping* (people, index, pseudonyms, audit, pins, packages) and the *key store* (each
person's data key). Whoever has one of them has nobody; destroying a row of the second forgets a person in every copy
of the first. Records hold no cleartext. Every method raises `StoreFailed`, and nothing else unless it says so.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from proxy.store.ledger_port import AuditQuery as AuditQuery
from proxy.store.ledger_port import AuditRow as AuditRow
from proxy.store.ledger_port import Covering as Covering
from proxy.store.ledger_port import Ledger as Ledger
from proxy.store.ledger_port import LogPlace as LogPlace
from proxy.store.ledger_port import Span as Span
from proxy.store.records import Admission as Admission
from proxy.store.records import AuditRecord as AuditRecord
from proxy.store.records import Erasure as Erasure
from proxy.store.records import Headcount as Headcount
from proxy.store.records import JobRecord as JobRecord
from proxy.store.records import LookupRecord as LookupRecord
from proxy.store.records import MappingRecord as MappingRecord
from proxy.store.records import MoveRecord as MoveRecord
from proxy.store.records import Newcomer as Newcomer
from proxy.store.records import NodeRecord as NodeRecord
from proxy.store.records import PackageRecord as PackageRecord
from proxy.store.records import PersonKeyRecord as PersonKeyRecord
from proxy.store.records import PinRecord as PinRecord
from proxy.store.records import Promise as Promise
from proxy.store.records import PseudonymRecord as PseudonymRecord
from proxy.store.records import PseudonymState as PseudonymState
from proxy.store.records import Pulse as Pulse
from proxy.store.records import RequestRecord as RequestRecord
from proxy.store.records import faulty_field as faulty_field
from proxy.store.restrictions_port import RestrictionNote as RestrictionNote

Clock = Callable[[], int]
"""Gives milliseconds since 1970 (UTC)."""

LAG_MS = 5_000
"""How long after a new keyring was announced people may still be minted under the one before."""


class Openable(Protocol):
    """What every store can do."""

    async def open(self) -> None:
        """Connect. Refuses a store that was never created or whose schema is not this program's."""

    async def close(self) -> None:
        """Finish what was begun and disconnect. Harmless when it is closed already."""

    async def check(self) -> None:
        """Make sure that the store is still the one that was opened. A few µs; for every exchange."""

    async def pulse(self) -> Pulse:
        """Ask the database itself, and remember for `check` whether it answered."""


class Store(Openable, Protocol):
    """Where mappings, audit entries, pinned scripts and packages live."""

    async def by_lookup(self, tenant: str, kind: str, values: Sequence[bytes]) -> list[tuple[bytes, MappingRecord]]:
        """Return the mappings of any of the index `values`, each with the value it was found by, oldest first."""

    async def by_pseudonym(self, tenant: str, pseudonyms: Sequence[str]) -> list[tuple[str, MappingRecord]]:
        """Return the mappings of any of `pseudonyms`, coming and former ones too, each with the one it was found by."""

    async def pseudonyms(self, person: str) -> list[PseudonymRecord]:
        """Return every pseudonym of a person, the oldest first."""

    async def insert_or_get(self, newcomers: Sequence[Newcomer], generation: int = 0) -> list[Admission]:
        """Insert each newcomer, or find who was there before her, in one transaction; answers in the same order.

        One winner: whoever shares an index value with somebody stored is that person, and her other values are added.
        `generation` is that of the keyring she was minted under: `KeysUnavailable` if a newer one was announced more
        than `LAG_MS` ago. 0 is not asked.
        """

    async def reseal(self, record: MappingRecord, *, replacing: bytes | None = None) -> bool:
        """Write new `sealed`, `seal_key` and `last_seen` of a mapping.

        With `replacing` only if what is sealed now equals it; False means that someone else was faster, or that she
        has another pseudonym meanwhile.
        """

    async def append_audit(self, entries: Sequence[AuditRecord]) -> None:
        """Write all entries or none; they are on disk when this returns."""

    async def read_audit(self, after: int, limit: int) -> list[tuple[int, AuditRecord]]:
        """Return up to `limit` entries with sequence numbers above `after`, in order."""

    async def pin(self, record: PinRecord) -> PinRecord:
        """Remember a script and return the one that counts: the approved one of the path if any, else this one.

        A second script that asks to be approved becomes pending: only `approve` may change what is approved.
        """

    async def pins(self) -> list[PinRecord]:
        """Return every pin by mount and path, the approved one first."""

    async def approve(self, mount: str, path: str, digest: str) -> PinRecord:
        """Approve a remembered script; the one approved before becomes pending. Unknown ones are refused."""

    async def register_package(self, record: PackageRecord) -> None:
        """Remember a package; the same digest again replaces what was known of it."""

    async def packages(self, tenant: str) -> list[PackageRecord]:
        """Return the packages of `tenant`, oldest first."""


class KeyStore(Openable, Protocol):
    """Where each person's data key lives, apart from the mapping, and where a new keyring reaches other nodes."""

    async def put(self, records: Sequence[PersonKeyRecord]) -> None:
        """Store the keys of people who have none; whose key is there already keeps it."""

    async def get(self, people: Sequence[str]) -> dict[str, PersonKeyRecord]:
        """Return the keys of `people`; who has none is absent."""

    async def rewrap(self, record: PersonKeyRecord, *, replacing: bytes) -> bool:
        """Put a key that was wrapped anew in place of `replacing`; False: somebody was faster, or it is gone."""

    async def destroy(self, people: Sequence[str]) -> int:
        """Destroy keys for ever, overwriting them; returns how many there were."""

    async def under(self, seal_key: str, after: str, limit: int) -> list[PersonKeyRecord]:
        """Return keys that are wrapped under `seal_key`, by person above `after`."""

    async def usage(self) -> dict[str, int]:
        """Count the keys by the SEAL key they are wrapped under."""

    async def erasures(self, after: int, limit: int) -> list[tuple[int, Erasure]]:
        """Return journal entries above `after`."""

    async def replay(self, erasures: Sequence[Erasure]) -> int:
        """Destroy the keys of forgotten people and note them; returns how many keys there still were."""

    async def restriction_notes(self, after: int, limit: int) -> list[tuple[int, RestrictionNote]]:
        """Return notes about restrictions above the number `after`; see `proxy.store.restrictions_port`."""

    async def note_restrictions(self, notes: Sequence[RestrictionNote]) -> None:
        """Remember those that are later than what is remembered, but nothing of who was forgotten."""

    async def put_ring(self, generation: int, digest: str, content: bytes) -> None:
        """Leave a sealed keyring for the other nodes; older ones go once `drop_rings` says which counts."""

    async def ring(self, generation: int, digest: str) -> bytes | None:
        """Return a sealed keyring that was left here."""

    async def drop_rings(self, generation: int, digest: str) -> None:
        """Destroy every sealed keyring but this one: keys that were destroyed must not live on here."""

    async def scrub(self) -> bool:
        """Take what was deleted out of the database's files too; False if somebody kept us from it for now."""

    async def belongs_to(self, lineage: str, *, opens: bool) -> None:
        """Note whose mapping these keys open. `StoreFailed`: `foreign-key-store` if it is another one's.

        `opens` says that the mapping has people whose keys should be here: then a store that was never noted anything
        is not theirs (`key-store-new`), but an empty one in the place of a lost one.
        """

    async def adopt(self, lineage: str) -> None:
        """Note another mapping's name all the same: an officer says that the keys are lost."""
