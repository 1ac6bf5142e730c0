"""A keyring from the safe, put in force where the file is lost; older ones only if that is meant.

The mapping remembers which generation was announced, the key store holds that very keyring, and `….seen` beside the
file knows the newest that was in use on this machine. An imported keyring is never given an old number: it becomes the
*next* generation, so that every node takes it for news, and the history of announcements keeps its order. Only where
the key store's keyring has exactly the imported keys (another node has it, or an import was interrupted) that one is
put in place as it is.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from keys import Keyring, KeyringError, Opened, SealedRing
from proxy.store.port import AuditRecord, Clock, KeyStore, Store
from proxy.store.upkeep_port import Upkeep


class CopyDesk(Protocol):
    """The place of the keyring file for those who put a copy there. Every method blocks, raises `KeyringError`."""

    def refuse_if_there(self) -> None:
        """Raise `keyring-exists` if there is a file."""

    def seen(self) -> int:
        """The newest generation that was in use here, 0 if none was ever noted."""

    def peek(self, content: bytes) -> Opened:
        """Open a sealed ring and write nothing."""

    def seal_first(self, ring: Keyring) -> SealedRing:
        """Seal a ring, and write nothing yet."""

    def install(self, sealed: SealedRing) -> None:
        """Write it where no file is."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What an import would do.

    `ring` is what would be in force, `was` the generation the copy has, `newest` the newest that was in use; `ready` is
    the key store's own keyring where it has the same keys. `older`: what was in use later would be lost. `better`: the
    key store holds the newest one, and the key-encryption key opens it.
    """

    ring: Keyring
    was: int
    newest: int
    older: bool
    better: bool
    ready: SealedRing | None = field(default=None, repr=False)


class Importing:
    """See the module."""

    def __init__(
        self,
        desk: CopyDesk,
        store: Store,
        upkeep: Upkeep,
        keystore: KeyStore,
        clock: Clock,
        *,
        distribute: bool = True,
    ) -> None:
        """Remember the means."""
        self._desk = desk
        self._store = store
        self._upkeep = upkeep
        self._keystore = keystore
        self._clock = clock
        self._distribute = distribute

    async def look(self, copy: Keyring | None, *, accept: bool = False) -> Prospect:
        """What importing `copy` would do; without a copy, taking the key store's keyring.

        `accept`: also where `….seen` cannot be read. Raises KeyringError `keyring-exists`, `keyring-behind` (nothing
        to take), `keyring-seen`; `StoreFailed`.
        """
        await asyncio.to_thread(self._desk.refuse_if_there)
        pulse = await self._store.pulse()
        held = await self._held(pulse.generation, pulse.digest)
        if copy is None:
            if held is None:
                raise KeyringError("keyring-behind")
            return Prospect(held.ring, held.ring.generation, pulse.generation, older=False, better=False, ready=held)
        if held is not None and held.ring.keys == copy.keys:
            return Prospect(held.ring, copy.generation, pulse.generation, older=False, better=False, ready=held)
        newest = max(pulse.generation, await self._seen(accept=accept))
        generation = copy.generation if copy.generation > newest else newest + 1
        older = copy.generation < newest
        return Prospect(
            Keyring(copy.keys, generation), copy.generation, newest, older=older, better=older and held is not None
        )

    async def put_in_force(self, prospect: Prospect, *, accept: bool, actor: str, exchange: str = "") -> None:
        """Do what `look` found. Raises KeyringError `keyring-rolled-back` unless an older one is accepted.

        The order is that of `Office`: whoever hears of a generation finds it, and a crash before the file is written
        is made good by the same import once more.
        """
        if prospect.older and not accept:
            raise KeyringError("keyring-rolled-back")
        await asyncio.to_thread(self._desk.refuse_if_there)
        now, generation = self._clock(), prospect.ring.generation
        reason = f"generation:{prospect.was}-as:{generation}"
        entry = AuditRecord(now, "keyring-imported", actor=actor, exchange=exchange, reason=reason, count=1)
        sealed = prospect.ready
        if sealed is not None:
            await self._store.append_audit([entry])
        else:
            sealed = await asyncio.to_thread(self._desk.seal_first, prospect.ring)
            if self._distribute:
                await self._keystore.put_ring(generation, sealed.digest, sealed.file)
            if not await self._upkeep.announce(generation, sealed.digest, [entry]):
                raise KeyringError("keyring-stale")
        await asyncio.to_thread(self._desk.install, sealed)
        await self._keystore.drop_rings(generation, sealed.digest)

    async def _held(self, generation: int, digest: str) -> SealedRing | None:
        content = await self._keystore.ring(generation, digest) if generation else None
        if content is None:
            return None
        with suppress(KeyringError):  # sealed under a key-encryption key that we do not have: as good as none
            return (await asyncio.to_thread(self._desk.peek, content)).sealed
        return None

    async def _seen(self, *, accept: bool) -> int:
        try:
            return await asyncio.to_thread(self._desk.seen)
        except KeyringError:
            if not accept:
                raise
            return 0
