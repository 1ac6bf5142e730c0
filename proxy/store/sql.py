"""The mapping on SQLAlchemy Core: SQLite in one place, PostgreSQL for many nodes, with the same statements."""

from collections.abc import Sequence
from functools import partial

from proxy.store.database import Database
from proxy.store.engines import parse
from proxy.store.migrate import MAPPING
from proxy.store.records import (
    Admission,
    AuditRecord,
    MappingRecord,
    Newcomer,
    PackageRecord,
    PinRecord,
    PseudonymRecord,
    check_entries,
)
from proxy.store.sql_deletions import SqlDeletions
from proxy.store.sql_disclosures import SqlDisclosures
from proxy.store.sql_ledger import SqlLedger
from proxy.store.sql_logs import SqlLogs
from proxy.store.sql_moves import SqlMoves
from proxy.store.sql_postbacks import SqlPostbacks
from proxy.store.sql_restrictions import SqlRestrictions
from proxy.store.sql_upkeep import SqlUpkeep
from proxy.store.statements import ledger, people, upkeep


def open_store(url: str) -> "SqlStore":
    """Make a store for `sqlite:///file` or `postgresql+psycopg://…`; nothing is touched before `open()`."""
    return SqlStore(Database(parse(url), MAPPING, upkeep.pulse))


class SqlStore:
    """A `Store` (see `proxy.store.port` for what each method promises)."""

    def __init__(self, database: Database) -> None:
        """Use `database`; its other attributes are the same mapping as others see it."""
        self._database = database
        self.upkeep = SqlUpkeep(database)
        self.moves = SqlMoves(database)
        self.postbacks = SqlPostbacks(database)
        self.deletions = SqlDeletions(database)
        self.restrictions = SqlRestrictions(database)
        self.ledger = SqlLedger(database)
        self.disclosures = SqlDisclosures(database)
        self.logs = SqlLogs(database)
        self.open = database.open
        self.close = database.close
        self.check = database.check
        self.pulse = database.pulse

    async def by_lookup(self, tenant: str, kind: str, values: Sequence[bytes]) -> list[tuple[bytes, MappingRecord]]:
        """Return the mappings of any of `values`, oldest first."""
        return await self._database.read(partial(people.by_lookup, tenant=tenant, kind=kind, values=tuple(values)))

    async def by_pseudonym(self, tenant: str, pseudonyms: Sequence[str]) -> list[tuple[str, MappingRecord]]:
        """Return the mappings of any of `pseudonyms`, oldest first."""
        return await self._database.read(partial(people.by_pseudonym, tenant=tenant, tokens=tuple(pseudonyms)))

    async def pseudonyms(self, person: str) -> list[PseudonymRecord]:
        """Return every pseudonym of a person."""
        return await self._database.read(partial(upkeep.pseudonyms_of, person=person))

    async def insert_or_get(self, newcomers: Sequence[Newcomer], generation: int = 0) -> list[Admission]:
        """Insert each newcomer or return who was there first, with the entries of the winners."""
        for one in newcomers:
            check_entries(one.entries)
        work = partial(people.insert_or_get, newcomers=tuple(newcomers), generation=generation)
        return await self._database.write(work)

    async def reseal(self, record: MappingRecord, *, replacing: bytes | None = None) -> bool:
        """Write what is sealed of a mapping anew; False if it is no longer `replacing`."""
        return await self._database.write(partial(people.reseal, record=record, replacing=replacing))

    async def append_audit(self, entries: Sequence[AuditRecord]) -> None:
        """Append entries; they are on disk when this returns."""
        check_entries(entries)
        await self._database.write(partial(ledger.append_audit, entries=tuple(entries)))

    async def read_audit(self, after: int, limit: int) -> list[tuple[int, AuditRecord]]:
        """Return up to `limit` entries after sequence number `after`."""
        return await self._database.read(partial(ledger.read_audit, after=after, limit=limit))

    async def pin(self, record: PinRecord) -> PinRecord:
        """Remember a script and return the one that counts for its path."""
        return await self._database.write(partial(ledger.pin, record=record))

    async def pins(self) -> list[PinRecord]:
        """Return every pin, the approved one of a path first."""
        return await self._database.read(ledger.all_pins)

    async def approve(self, mount: str, path: str, digest: str) -> PinRecord:
        """Approve a remembered script."""
        return await self._database.write(partial(ledger.approve, mount=mount, path=path, digest=digest))

    async def register_package(self, record: PackageRecord) -> None:
        """Remember a package."""
        await self._database.write(partial(ledger.register_package, record=record))

    async def packages(self, tenant: str) -> list[PackageRecord]:
        """Return the packages of `tenant`."""
        return await self._database.read(partial(ledger.packages_of, tenant=tenant))
