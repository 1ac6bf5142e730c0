"""How long work will take: real records are read and really opened on this machine; nothing is written.

The pace that the configuration allows bounds it from the other side. The smaller of the two counts.
"""

import time
from dataclasses import dataclass
from math import inf

from keys import KeyRoom
from proxy.errors import KeysUnavailable, SealFailed
from proxy.identity import Records, identifiers_of
from proxy.store.port import KeyStore, PersonKeyRecord
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.jobs import lost, open_each

_PAGE = 200
_SHORTEST = 1e-6


@dataclass(frozen=True, slots=True)
class Estimate:
    """`count` records at `machine` a second (measured) or `allowed` a second (configured), whichever is less."""

    count: int
    machine: float
    allowed: int

    @property
    def seconds(self) -> float:
        """How long it takes at least; writing comes on top of what was measured."""
        return self.count / min(self.machine, self.allowed)

    @property
    def bounded_by_setting(self) -> bool:
        """Whether the configured pace is what it waits for."""
        return self.allowed <= self.machine


async def resealing(records: Records, keystore: KeyStore, allowed: int) -> Estimate:
    """Wrapping every data key anew. Raises `StoreFailed`, `KeysUnavailable`."""
    usage = await keystore.usage()
    began = time.perf_counter()
    page: list[PersonKeyRecord] = []
    for key_id in usage:
        page += await keystore.under(key_id, "", _PAGE - len(page)) if len(page) < _PAGE else []
    for one in page:
        try:
            records.wrapped(one, records.unwrapped(one))
        except (SealFailed, KeysUnavailable) as trouble:
            if not lost(trouble):
                raise
    return Estimate(sum(usage.values()), _speed(len(page), began), allowed)


async def reindexing(keys: KeyRoom, records: Records, upkeep: Upkeep, count: int, allowed: int) -> Estimate:
    """Opening the records of `count` people and indexing them anew. Raises `StoreFailed`, `KeysUnavailable`."""
    began = time.perf_counter()
    page = await upkeep.people("", _PAGE)
    opened, _ = await open_each(records, page) if page else ([], 0)
    for known in opened:
        for identifier in identifiers_of(known.person.cleartexts, known.record.kind):
            keys.index.all_of(known.record.tenant, identifier.kind, identifier.parts)
    return Estimate(count, _speed(len(page), began), allowed)


def _speed(count: int, began: float) -> float:
    return count / max(time.perf_counter() - began, _SHORTEST) if count else inf
