"""Long work in small steps: sealing, wrapping and indexing anew after a rotation, and forgetting who is never seen.

Each job finds what is left by asking the stores for it, so a job that was killed is simply asked again; a step that was
done twice does nothing the second time. Records that cannot be opened are passed over and counted, never deleted.
"""

import asyncio
from datetime import UTC, datetime
from typing import Protocol

from keys import KeyRoom, Purpose
from keys.index import OVERLAP
from proxy.errors import KeysUnavailable, SealFailed
from proxy.identity import Known, Records, identifiers_of
from proxy.store.moves_port import Moves
from proxy.store.port import Clock, KeyStore, LookupRecord, MappingRecord, PersonKeyRecord, Store
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.forgetting import RETENTION, Forgetting
from proxy.upkeep.moving import HOLD_MS, PROLONG_SECONDS, Mover
from proxy.upkeep.opening import lost, open_each

_DAY_MS = 24 * 60 * 60 * 1000
_MOVES = 16
"""People whose moves are finished at once."""


class Job(Protocol):
    """A piece of long work. `failed` counts what could not be opened in the round that runs."""

    name: str
    failed: int

    async def left(self) -> int:
        """Count what is to be done."""

    async def step(self, limit: int) -> int:
        """Look at up to `limit` of it and do it; returns how many were looked at, 0 at the end of a round."""


class RewrapKeys:
    """Wraps data keys of people under the active SEAL key: after its rotation no record needs to be touched."""

    name = "reseal"

    def __init__(self, keys: KeyRoom, records: Records, keystore: KeyStore) -> None:
        """Remember the means."""
        self._keys = keys
        self._records = records
        self._keystore = keystore
        self._after: dict[str, str] = {}
        self.failed = 0

    async def left(self) -> int:
        """Data keys that are wrapped under another SEAL key."""
        active = self._keys.ring.active(Purpose.SEAL).id
        return sum(count for key_id, count in (await self._keystore.usage()).items() if key_id != active)

    async def step(self, limit: int) -> int:
        """Wrap some of them anew."""
        active = self._keys.ring.active(Purpose.SEAL).id
        others = sorted(key_id for key_id in await self._keystore.usage() if key_id != active)
        for key_id in others:
            page = await self._keystore.under(key_id, self._after.get(key_id, ""), limit)
            if page:
                self._after[key_id] = page[-1].person
                await self._records.catch_up((key_id,))
                await asyncio.gather(*(self._rewrap(one) for one in page))
                return len(page)
        self._after.clear()
        return 0

    async def _rewrap(self, record: PersonKeyRecord) -> None:
        try:
            key = self._records.unwrapped(record)
        except (SealFailed, KeysUnavailable) as trouble:
            if not lost(trouble):
                raise
            self.failed += 1
            return
        await self._keystore.rewrap(self._records.wrapped(record, key), replacing=record.wrapped)


class GiveKeys:
    """Gives people of the old form (sealed directly under a SEAL key) data keys of their own."""

    name = "give-keys"

    def __init__(self, records: Records, store: Store, upkeep: Upkeep) -> None:
        """Remember the means."""
        self._records = records
        self._store = store
        self._upkeep = upkeep
        self._after = ""
        self.failed = 0

    async def left(self) -> int:
        """People whose record is of the old form."""
        return sum((await self._upkeep.usage())["seal"].values())

    async def step(self, limit: int) -> int:
        """Give some of them a key."""
        page = await self._upkeep.under_seal_key(self._after, limit)
        self._after = page[-1].person if page else ""
        opened, failed = await open_each(self._records, page)
        self.failed += failed
        await asyncio.gather(*(self._give(one) for one in opened))
        return len(page)

    async def _give(self, known: Known) -> None:
        key = await self._records.give_key(known.record)
        newer = self._records.seal(known.record, key, known.person.cleartexts, known.person.others)
        await self._store.reseal(newer.record, replacing=known.record.sealed)


class Reindex:
    """Indexes people under the active LOOKUP key, then removes what older keys made."""

    name = "reindex"

    def __init__(self, keys: KeyRoom, records: Records, upkeep: Upkeep, clock: Clock) -> None:
        """Remember the means."""
        self._keys = keys
        self._records = records
        self._upkeep = upkeep
        self._clock = clock
        self._after = ""
        self.failed = 0

    async def left(self) -> int:
        """People who are not indexed yet, and index values that may go."""
        active = self._keys.ring.active(Purpose.LOOKUP).id
        usage = (await self._upkeep.usage())["lookup"]
        old = sum(count for key_id, count in usage.items() if key_id in self._retired())
        return await self._upkeep.count_without_index(active) + old

    async def step(self, limit: int) -> int:
        """Index some people; when all are, remove some of what older keys made."""
        active = self._keys.ring.active(Purpose.LOOKUP).id
        page = await self._upkeep.without_index(active, self._after, limit)
        self._after = page[-1].person if page else ""
        if page:
            opened, failed = await open_each(self._records, page)
            self.failed += failed
            await asyncio.gather(*(self._index(one) for one in opened))
            return len(page)
        for key_id in self._retired():
            gone = await self._upkeep.drop_lookups(key_id, active, limit)
            if gone:
                return gone
        return 0

    async def _index(self, known: Known) -> None:
        record = known.record
        values = {
            self._keys.index.of(record.tenant, identifier.kind, identifier.parts)
            for identifier in identifiers_of(known.person.cleartexts, record.kind)
        }
        await self._upkeep.add_lookups(record, [LookupRecord(one.value, one.key_id) for one in sorted(values)])

    def _retired(self) -> list[str]:
        """LOOKUP keys under which nobody is stored any more, on any node: twice the overlap has passed."""
        now = datetime.fromtimestamp(self._clock() / 1000, UTC)
        return [
            key.id
            for key in self._keys.ring.processing(Purpose.LOOKUP)
            if key.deactivated is not None and now - key.deactivated > 2 * OVERLAP
        ]


class FinishMoves:
    """Takes over from who was killed while a person was being moved: she is held, and nobody prolongs it any more."""

    name = "finish-moves"

    def __init__(self, mover: Mover, moves: Moves, clock: Clock) -> None:
        """Remember the means."""
        self._mover = mover
        self._moves = moves
        self._clock = clock
        self.failed = 0

    async def left(self) -> int:
        """1 if there is somebody."""
        return len(await self._stalled(1))

    async def step(self, limit: int) -> int:
        """Finish some moves: whoever cannot be renamed is let go, and stands in the list."""
        people = await self._stalled(min(limit, _MOVES))
        await asyncio.gather(*(self._mover.finish(one) for one in people))
        return len(people)

    async def _stalled(self, limit: int) -> list[MappingRecord]:
        """People whose hold should have been prolonged twice by now."""
        before = self._clock() + HOLD_MS - int(2.7 * PROLONG_SECONDS * 1000)
        return await self._moves.stalled(before, limit)


class Retention:
    """Forgets people who were not seen for a configured time."""

    name = "retention"

    def __init__(
        self, forgetting: Forgetting, upkeep: Upkeep, clock: Clock, days: int, actor: str = "schedule"
    ) -> None:
        """Remember the means; `days` of 0 forgets nobody."""
        self._actor = actor
        self._forgetting = forgetting
        self._upkeep = upkeep
        self._clock = clock
        self._days = days
        self.failed = 0

    async def left(self) -> int:
        """1 if there is somebody."""
        return len(await self._due(1))

    async def step(self, limit: int) -> int:
        """Forget some of them, those longest unseen first."""
        people = await self._due(limit)
        if people:
            await self._forgetting.erase(people, actor=self._actor, reason=RETENTION)
            await self._forgetting.scrub()
        return len(people)

    async def _due(self, limit: int) -> list[MappingRecord]:
        if not self._days:
            return []
        return await self._upkeep.unseen_since(self._clock() - self._days * _DAY_MS, limit)
