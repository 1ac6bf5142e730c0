"""Forgetting people, and seeing to it that no restored database remembers them.

An erasure is noted in three places: in the mapping, in the key store, and in a file of each node. The order makes it
safe to be killed anywhere: the mapping first (rows go and the journal entry comes in one transaction), then the data
key, then the file. What the cloud has to forget is noted with the rows, and followed by `deleting`. Whoever hears of a
new entry does the rest, and every start compares the three: what one of them says was forgotten is forgotten in the
others before anybody is served.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proxy.store.deletions_port import Place
from proxy.store.port import AuditRecord, Clock, Erasure, KeyStore, MappingRecord
from proxy.store.restrictions_port import Restrictions
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.journal import Journal
from proxy.upkeep.pages import pages
from proxy.upkeep.restricting import Restricting

RETENTION = "retention"
"""The reason of an erasure that nobody asked for."""
_PAGE = 5_000
_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a comparison found that had come back: rows of the mapping, data keys."""

    people: int = 0
    keys: int = 0


class Forgetting:
    """See the module. `told` is called with every erasure that is heard of, so that memories can be emptied."""

    def __init__(  # noqa: PLR0917  the means
        self,
        upkeep: Upkeep,
        keystore: KeyStore,
        journal: Journal,
        clock: Clock,
        told: Callable[[Sequence[Erasure]], None],
        places: Sequence[Place] = (),
        *,
        restrictions: Restrictions,
    ) -> None:
        """Remember the means. `places` are applications of the cloud that have to forget as well."""
        self._places = places
        self._restricted = journal.restrictions
        self.restricting = Restricting(restrictions, keystore, self._restricted, clock)
        """What is remembered in the same three places in the same way: who is restricted."""
        self._upkeep = upkeep
        self._keystore = keystore
        self._journal = journal
        self._clock = clock
        self._told = told
        self._heard = 0

    async def erase(self, records: Sequence[MappingRecord], *, actor: str, reason: str, exchange: str = "") -> int:
        """Forget people for ever; returns how many pseudonyms led to them. Raises `StoreFailed`.

        When this returns, rows, index, data keys are gone from both databases and nobody can bring them back.
        """
        now = self._clock()
        entries = [_entry(one, now, actor, reason, exchange) for one in records]
        places = [one for one in self._places if one.retention or reason != RETENTION]
        erasures = await self._upkeep.erase([one.person for one in records], now, entries, places, actor)
        await self._finish(erasures)
        return len(erasures)

    async def scrub(self) -> bool:
        """Take deleted rows out of the files of both databases; False if readers kept us from it for now."""
        return all([await self._keystore.scrub(), await self._upkeep.scrub()])

    async def reconcile(self) -> Replayed:
        """Before anything is served: what any of the three journals says was forgotten is forgotten everywhere."""
        rows = await pages(self._upkeep.erasures, 0)
        mapping = [one for _, one in rows]
        keystore = [one for _, one in await pages(self._keystore.erasures, 0)]
        file = await asyncio.to_thread(self._journal.read)
        everywhere = {_place(one): one for one in (*file, *keystore, *mapping)}
        whole = list(everywhere.values())
        people = keys = 0
        for at in range(0, len(whole), _PAGE):
            people += await self._upkeep.replay(whole[at : at + _PAGE], self._places)
            keys += await self._keystore.replay(whole[at : at + _PAGE])
        await asyncio.to_thread(self._restricted.drop, whole)
        await asyncio.to_thread(self._journal.append, _missing(everywhere, file))
        self._heard = max(self._heard, _last(rows))
        return Replayed(people, keys)

    async def beat(self, newest: int) -> int:
        """Hear of what was forgotten elsewhere, up to the journal entry `newest`; returns how many were."""
        if newest <= self._heard:
            return 0
        rows = await pages(self._upkeep.erasures, self._heard)
        await self._finish([one for _, one in rows])
        # Only now: what could not be finished (the key store is away) is heard again the next time.
        self._heard = max(self._heard, _last(rows))
        return len(rows)

    async def _finish(self, erasures: Sequence[Erasure]) -> None:
        self._told(erasures)
        await self._keystore.replay(erasures)
        await asyncio.to_thread(self._restricted.drop, erasures)
        await asyncio.to_thread(self._journal.append, erasures)


def _last(rows: Sequence[tuple[int, Erasure]]) -> int:
    return rows[-1][0] if rows else 0


def _place(one: Erasure) -> _Place:
    return one.tenant, one.pseudonym


def _missing(everywhere: dict[_Place, Erasure], there: Sequence[Erasure]) -> list[Erasure]:
    known = {_place(one) for one in there}
    return [one for place, one in everywhere.items() if place not in known]


def _entry(record: MappingRecord, now: int, actor: str, reason: str, exchange: str) -> AuditRecord:
    return AuditRecord(
        at=now,
        event="erased",
        actor=actor,
        tenant=record.tenant,
        kind=record.kind,
        pseudonym=record.pseudonym,
        key_id=record.pseudonym_key,
        exchange=exchange,
        reason=reason,
        count=1,
    )
