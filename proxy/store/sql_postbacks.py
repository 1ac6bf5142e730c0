"""Addresses of postbacks and their deliveries, on SQLAlchemy Core. See `proxy.store.postbacks_port`."""

from functools import partial

from proxy.store.database import Database
from proxy.store.postbacks_port import Delivery, PostbackRecord, Turn
from proxy.store.statements import postbacks


class SqlPostbacks:
    """A `Postbacks` on a database that its `SqlStore` opens and closes."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def register(self, record: PostbackRecord, replacing: bytes = b"") -> bool:
        """Make an address the one that counts; False if another one does meanwhile."""
        return await self._database.write(partial(postbacks.register, record=record, replacing=replacing))

    async def find(self, digest: bytes) -> PostbackRecord | None:
        """Return the address with this digest."""
        return await self._database.read(partial(postbacks.find, digest=digest))

    async def current(self, mount: str, target: bytes) -> PostbackRecord | None:
        """Return the address that counts for a target."""
        return await self._database.read(partial(postbacks.current, mount=mount, target=target))

    async def withdraw(self, mount: str, target: bytes, now: int) -> bool:
        """Let no address count for a target any more."""
        return await self._database.write(partial(postbacks.withdraw, mount=mount, target=target, now=now))

    async def reseal(self, record: PostbackRecord, *, replacing: bytes) -> bool:
        """Write what is sealed of an address anew; False if it is no longer `replacing`."""
        return await self._database.write(partial(postbacks.reseal, record=record, replacing=replacing))

    async def under(self, seal_key: str, after: bytes, limit: int) -> list[PostbackRecord]:
        """Return addresses sealed under a key."""
        return await self._database.read(partial(postbacks.under, seal_key=seal_key, after=after, limit=limit))

    async def of_person(self, person: str) -> list[PostbackRecord]:
        """Return the addresses that belong to a person."""
        return await self._database.read(partial(postbacks.of_person, person=person))

    async def take(self, delivery: Delivery, now: int, until: int) -> Turn:
        """Ask for the turn to deliver a result."""
        return await self._database.write(partial(postbacks.take, delivery=delivery, now=now, until=until))

    async def settle(self, delivery: Delivery, now: int, *, accepted: bool) -> None:
        """Give the turn back."""
        await self._database.write(partial(postbacks.settle, delivery=delivery, now=now, accepted=accepted))

    async def outdated(self, before: int) -> int:
        """Count what nobody needs any more."""
        return await self._database.read(partial(postbacks.outdated, before=before))

    async def sweep(self, before: int, limit: int) -> int:
        """Remove some of it."""
        return await self._database.write(partial(postbacks.sweep, before=before, limit=limit))
