"""The mapping as those see it who give people other pseudonyms, on SQLAlchemy Core. See `proxy.store.moves_port`."""

from collections.abc import Sequence
from functools import partial

from proxy.store.database import Database
from proxy.store.moves_port import Scope
from proxy.store.records import (
    AuditRecord,
    MappingRecord,
    MoveRecord,
    Promise,
    PseudonymRecord,
    PseudonymState,
    check_entries,
)
from proxy.store.statements import moves


class SqlMoves:
    """A `Moves` on a database that its `SqlStore` opens and closes."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database

    async def count(self, scope: Scope) -> dict[tuple[str, str], int]:
        """Count the people in scope by tenant and key."""
        return await self._database.read(partial(moves.count, scope=scope))

    async def people(self, scope: Scope, after: str, limit: int) -> list[MappingRecord]:
        """Return a page of people in scope."""
        return await self._database.read(partial(moves.page, scope=scope, after=after, limit=limit))

    async def read(self, person: str) -> MappingRecord | None:
        """Return one person."""
        return await self._database.read(partial(moves.read, person=person))

    async def promise(
        self, record: MappingRecord, coming: PseudonymRecord, *, replacing: bytes, generation: int, entry: AuditRecord
    ) -> Promise:
        """Give a person a second pseudonym."""
        check_entries([entry])
        work = partial(
            moves.promise, record=record, coming=coming, replacing=replacing, generation=generation, entry=entry
        )
        return await self._database.write(work)

    async def hold(self, person: str, until: int) -> int:
        """Begin to hold a person."""
        return await self._database.write(partial(moves.hold, person=person, until=until))

    async def prolong(self, people: Sequence[str], until: int) -> None:
        """Hold people longer."""
        await self._database.write(partial(moves.prolong, names=tuple(people), until=until))

    async def let_go(self, person: str) -> None:
        """End the hold."""
        await self._database.write(partial(moves.let_go, person=person))

    async def stalled(self, before: int, limit: int) -> list[MappingRecord]:
        """Return people whose hold ends before that time."""
        return await self._database.read(partial(moves.stalled, before=before, limit=limit))

    async def note(self, outcomes: Sequence[MoveRecord], entries: Sequence[AuditRecord] = ()) -> None:
        """Write down what became of moves."""
        check_entries(entries)
        await self._database.write(partial(moves.note, outcomes=tuple(outcomes), entries=tuple(entries)))

    async def switch(self, person: str, *, former: str, coming: str, now: int, entry: AuditRecord) -> bool:
        """Make the coming pseudonym the current one."""
        check_entries([entry])
        work = partial(moves.switch, person=person, former=former, coming=coming, now=now, entry=entry)
        return await self._database.write(work)

    async def aged(self, state: PseudonymState, before: int, after: str, limit: int) -> list[PseudonymRecord]:
        """Return pseudonyms that stand so since before that time."""
        return await self._database.read(partial(moves.aged, state=state, before=before, after=after, limit=limit))

    async def retire(self, record: MappingRecord, pseudonym: str, *, replacing: bytes, entry: AuditRecord) -> bool:
        """Take a pseudonym away."""
        check_entries([entry])
        work = partial(moves.retire, record=record, pseudonym=pseudonym, replacing=replacing, entry=entry)
        return await self._database.write(work)

    async def not_current(self, tenant: str, after: str, limit: int) -> list[PseudonymRecord]:
        """Return former and coming pseudonyms."""
        return await self._database.read(partial(moves.not_current, tenant=tenant, after=after, limit=limit))

    async def outcomes(self, people: Sequence[str]) -> list[MoveRecord]:
        """Return what was noted of people's moves."""
        return await self._database.read(partial(moves.outcomes, names=tuple(people)))

    async def ping(self) -> int:
        """Note a change of nobody."""
        return await self._database.write(moves.ping)

    async def changes(self, after: int, limit: int) -> list[tuple[int, str]]:
        """Return changes above a number."""
        return await self._database.read(partial(moves.listed, after=after, limit=limit))
