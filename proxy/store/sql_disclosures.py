"""Looking people up by hand, on SQLAlchemy Core. See `proxy.store.disclosure_port`."""

import asyncio
from collections.abc import Sequence
from functools import partial

from proxy.store.database import Database
from proxy.store.disclosure_port import Judge
from proxy.store.records import AuditRecord
from proxy.store.statements import disclosures


class SqlDisclosures:
    """A `Disclosures` on a database that its `SqlStore` opens and closes."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database
        # Within one group of the writer the entries of the first are not in the table yet when the second asks.
        self._turn = asyncio.Lock()

    async def decide(
        self, actor: str, since: int, judge: Judge, request: str = "", rules: AuditRecord | None = None
    ) -> Sequence[AuditRecord]:
        """Read, judge and write in one transaction."""
        work = partial(disclosures.decide, actor=actor, since=since, judge=judge, request=request, rules=rules)
        async with self._turn:
            return await self._database.write(work)

    async def now(self, ours: int) -> int:
        """Return the time that decides."""
        return await self._database.read(partial(disclosures.now, ours=ours))

    async def past(self, since: int) -> list[AuditRecord]:
        """Return everybody's entries since then."""
        return await self._database.read(partial(disclosures.past, since=since))
