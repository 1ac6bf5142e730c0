"""The key store on SQLAlchemy Core. See `proxy.store.port.KeyStore` for what each method promises."""

from collections.abc import Sequence
from functools import partial

from proxy.store.database import Database
from proxy.store.engines import parse
from proxy.store.migrate import KEYSTORE
from proxy.store.records import Erasure, PersonKeyRecord
from proxy.store.restrictions_port import RestrictionNote
from proxy.store.statements import common, keystore, restriction_notes
from proxy.store.tables import keystore_erasures, keystore_restriction_notes


def open_keystore(url: str) -> "SqlKeyStore":
    """Make a key store for `sqlite:///file` or `postgresql+psycopg://…`; nothing is touched before `open()`."""
    return SqlKeyStore(Database(parse(url), KEYSTORE, keystore.pulse))


class SqlKeyStore:
    """A `KeyStore`."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database
        self.open = database.open
        self.close = database.close
        self.check = database.check
        self.pulse = database.pulse
        self.scrub = database.scrub

    async def put(self, records: Sequence[PersonKeyRecord]) -> None:
        """Store the keys of new people."""
        if records:
            await self._database.write(partial(keystore.put, records=tuple(records)))

    async def get(self, people: Sequence[str]) -> dict[str, PersonKeyRecord]:
        """Return the keys of `people`."""
        return await self._database.read(partial(keystore.get, names=tuple(people)))

    async def rewrap(self, record: PersonKeyRecord, *, replacing: bytes) -> bool:
        """Put a key that was wrapped anew in place of `replacing`."""
        return await self._database.write(partial(keystore.rewrap, record=record, replacing=replacing))

    async def destroy(self, people: Sequence[str]) -> int:
        """Destroy keys."""
        return await self._database.write(partial(keystore.destroy, names=tuple(people)))

    async def under(self, seal_key: str, after: str, limit: int) -> list[PersonKeyRecord]:
        """Return a page of keys wrapped under a SEAL key."""
        return await self._database.read(partial(keystore.under, seal_key=seal_key, after=after, limit=limit))

    async def usage(self) -> dict[str, int]:
        """Count the keys by the SEAL key they are wrapped under."""
        return await self._database.read(keystore.usage)

    async def erasures(self, after: int, limit: int) -> list[tuple[int, Erasure]]:
        """Return journal entries above `after`."""
        work = partial(common.read_erasures, table=keystore_erasures, after=after, limit=limit)
        return await self._database.read(work)

    async def replay(self, erasures: Sequence[Erasure]) -> int:
        """Destroy the keys of forgotten people and note them."""
        return await self._database.write(partial(keystore.replay, journal=tuple(erasures)))

    async def restriction_notes(self, after: int, limit: int) -> list[tuple[int, RestrictionNote]]:
        """Return notes above `after`."""
        work = partial(restriction_notes.read_notes, table=keystore_restriction_notes, after=after, limit=limit)
        return await self._database.read(work)

    async def note_restrictions(self, notes: Sequence[RestrictionNote]) -> None:
        """Remember notes that are later than those that are here."""
        await self._database.write(partial(keystore.note_restrictions, notes=tuple(notes)))

    async def put_ring(self, generation: int, digest: str, content: bytes) -> None:
        """Leave a sealed keyring for the other nodes."""
        work = partial(keystore.put_ring, generation=generation, digest=digest, content=content)
        await self._database.write(work)

    async def ring(self, generation: int, digest: str) -> bytes | None:
        """Return a sealed keyring."""
        return await self._database.read(partial(keystore.ring, generation=generation, digest=digest))

    async def drop_rings(self, generation: int, digest: str) -> None:
        """Destroy every sealed keyring but this one."""
        await self._database.write(partial(keystore.drop_rings, generation=generation, digest=digest))

    async def belongs_to(self, lineage: str, *, opens: bool) -> None:
        """Note or compare whose mapping these keys open."""
        await self._database.write(partial(keystore.belongs_to, lineage=lineage, opens=opens))

    async def adopt(self, lineage: str) -> None:
        """Note another mapping's name all the same."""
        await self._database.write(partial(keystore.adopt, lineage=lineage))
