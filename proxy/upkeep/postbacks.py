"""Addresses that the cloud posts results to: sealed anew after a rotation, and gone once nobody can use them."""

from keys import KeyRoom, Purpose
from proxy.errors import KeysUnavailable, SealFailed
from proxy.identity import Renew, key_errors
from proxy.store.port import Clock
from proxy.store.postbacks_port import KEEP_MS, PostbackRecord, Postbacks
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.opening import lost


class ResealPostbacks:
    """Seals addresses under the active SEAL key, so that the one before can be destroyed while results are under way.

    The cloud repeats a result for 17.5 hours, and a registration lives for years: no address is ever dropped here.
    """

    name = "reseal-postbacks"

    def __init__(self, keys: KeyRoom, postbacks: Postbacks, upkeep: Upkeep, renew: Renew) -> None:
        """Remember the means."""
        self._keys = keys
        self._postbacks = postbacks
        self._upkeep = upkeep
        self._renew = renew
        self._after: dict[str, bytes] = {}
        self.failed = 0

    async def left(self) -> int:
        """Addresses that are sealed under another SEAL key."""
        return sum([count for key_id, count in (await self._usage()).items() if key_id != self._active()])

    async def step(self, limit: int) -> int:
        """Seal some of them anew."""
        for key_id in sorted((await self._usage()).keys() - {self._active()}):
            page = await self._postbacks.under(key_id, self._after.get(key_id, b""), limit)
            if page:
                self._after[key_id] = page[-1].digest
                if not self._keys.knows(key_id):
                    await self._renew()
                for one in page:
                    await self._reseal(one)
                return len(page)
        self._after.clear()
        return 0

    async def _usage(self) -> dict[str, int]:
        return (await self._upkeep.usage())["postback"]

    def _active(self) -> str:
        return self._keys.ring.active(Purpose.SEAL).id

    async def _reseal(self, record: PostbackRecord) -> None:
        try:
            with key_errors():
                plain = self._keys.envelope.open(record.sealed, record.binding)
                sealed = self._keys.envelope.seal(plain, record.binding)
                newer = record.resealed(sealed, self._keys.envelope.key_id_of(sealed))
        except (SealFailed, KeysUnavailable) as trouble:
            if not lost(trouble):
                raise
            self.failed += 1
            return
        await self._postbacks.reseal(newer, replacing=record.sealed)


class SweepPostbacks:
    """Removes addresses that were replaced two days ago, and what was noted of deliveries as old as that."""

    name = "sweep-postbacks"

    def __init__(self, postbacks: Postbacks, clock: Clock) -> None:
        """Remember the means."""
        self._postbacks = postbacks
        self._clock = clock
        self.failed = 0

    async def left(self) -> int:
        """How many there are."""
        return await self._postbacks.outdated(self._clock() - KEEP_MS)

    async def step(self, limit: int) -> int:
        """Remove some."""
        return await self._postbacks.sweep(self._clock() - KEEP_MS, limit)
