"""Where keys are changed: every act in one order, so that a crash at any moment leaves one keyring in force.

1 seal the next ring · 2 leave it in the key store · 3 claim its generation in the mapping, with the audit entries ·
4 put it in force here. Nodes hear of it at 3 and find it at 2, so from 3 on it is in force whatever becomes of us;
before 3 nothing has happened. Of two officers who change the same ring, the second is refused at 3.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from keys import Keyring, KeyringError, KeyState, Opened, SealedRing
from proxy.store.port import AuditRecord, Clock, KeyStore
from proxy.store.upkeep_port import Upkeep

Act = Callable[[Keyring], Keyring]


class RingDesk(Protocol):
    """The keyring file for those who change it. Every method blocks and raises `KeyringError`."""

    def load(self) -> Opened:
        """Open the file."""

    def adopt(self, content: bytes) -> Opened:
        """Put a sealed ring in force, or keep what is here if that is as new."""

    def seal(self, opened: Opened, ring: Keyring) -> SealedRing:
        """Seal the ring that is to follow."""

    def rewrap(self) -> SealedRing:
        """Seal the same keys under the next key-encryption key."""


class Office:
    """Changes keys. `actor` is a short word: an officer's name, `operator`, `schedule`."""

    def __init__(
        self, desk: RingDesk, upkeep: Upkeep, keystore: KeyStore, clock: Clock, *, distribute: bool = True
    ) -> None:
        """Remember the means."""
        self._desk = desk
        self._upkeep = upkeep
        self._keystore = keystore
        self._clock = clock
        self._distribute = distribute

    async def enact(self, act: Act, actor: str, exchange: str = "") -> Keyring:
        """Do an act of `keys.rotate` and put its ring in force everywhere.

        `exchange` is the request that it was approved by, if any. Raises `KeyringError`: what the act raises,
        `keyring-stale` if somebody else was faster; `StoreFailed`.
        """
        opened = await asyncio.to_thread(self._desk.load)
        ring = act(opened.ring)
        sealed = await asyncio.to_thread(self._desk.seal, opened, ring)
        now = self._clock()
        done = changes(opened.ring, ring)
        await self._put_in_force(sealed, [_entry(event, one, now, actor, exchange) for event, one in done])
        return ring

    async def change_kek(self, actor: str) -> Keyring:
        """Seal the keyring under `[keys.new_kek]`. No record is touched. Raises like `enact`, `kek-unchanged`."""
        sealed = await asyncio.to_thread(self._desk.rewrap)
        await self._put_in_force(sealed, [AuditRecord(self._clock(), "kek-changed", actor=actor, count=1)])
        return sealed.ring

    async def _put_in_force(self, sealed: SealedRing, entries: Sequence[AuditRecord]) -> None:
        generation, content = sealed.ring.generation, sealed.file
        if self._distribute:
            await self._keystore.put_ring(generation, sealed.digest, content)
        if not await self._upkeep.announce(generation, sealed.digest, entries):
            raise KeyringError("keyring-stale")
        await asyncio.to_thread(self._desk.adopt, content)
        await self._keystore.drop_rings(generation, sealed.digest)


_EVENTS = (
    (KeyState.PRE_ACTIVATION, "key-added"),
    (KeyState.ACTIVE, "key-activated"),
    (KeyState.DEACTIVATED, "key-deactivated"),
    (KeyState.COMPROMISED, "key-compromised"),
    (KeyState.DESTROYED, "key-destroyed"),
)


def changes(before: Keyring, after: Keyring) -> list[tuple[str, tuple[str, str]]]:
    """What an act did, as (event, (key id, purpose)), in the order of the ring."""
    states = {key.id: key.state for key in before.keys}
    words = dict(_EVENTS)
    return [
        (words[key.state], (key.id, key.purpose.value)) for key in after.keys if states.get(key.id) is not key.state
    ]


def _entry(event: str, key: tuple[str, str], now: int, actor: str, exchange: str) -> AuditRecord:
    key_id, purpose = key
    return AuditRecord(at=now, event=event, actor=actor, kind=purpose, key_id=key_id, exchange=exchange, count=1)
