"""Notices that the keyring has changed, here or on another node, and puts the newer one in force without a pause.

A keyring reaches a node in two ways: its file is replaced, or another node has announced it in the mapping and left it,
sealed, in the key store. Until the newer one is in force the older one serves; but two nodes must not go on minting
under different keys, so after `GRACE_SECONDS` a node that cannot read the newer one gives nobody a pseudonym any more.
Known people are served: they need no new one. Where the keyring file is gone altogether, nothing is served.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Protocol

from keys import KeyringError, KeyringWatch, KeyRoom, Opened, check_descendant
from proxy.errors import KeysUnavailable, ProxyError
from proxy.store.port import KeyStore, Pulse, Store
from proxy.store.upkeep_port import Upkeep

GRACE_SECONDS = 5.0
"""How long people may be minted under the keyring in force although a newer one is known to exist."""

_PATIENCE_SECONDS = 3.0
_LONGEST_PAUSE = 30.0


class RingSource(Protocol):
    """The keyring file and its key-encryption keys. Both methods block and raise `KeyringError`."""

    def load(self) -> Opened:
        """Open the file."""

    def adopt(self, content: bytes) -> Opened:
        """Put in force what another node has sealed, or keep what is here if that is as new."""


class Renewal:
    """Keeps a `KeyRoom` up to date. `changed` is called whenever another ring was put in force."""

    def __init__(
        self,
        keys: KeyRoom,
        source: RingSource,
        watch: KeyringWatch,
        *,
        store: Store,
        upkeep: Upkeep,
        keystore: KeyStore,
        changed: Callable[[], None],
        distribute: bool = True,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember the means. `watch` was made before the ring in `keys` was opened."""
        self._keys = keys
        self._source = source
        self._watch = watch
        self._store = store
        self._upkeep = upkeep
        self._keystore = keystore
        self._changed = changed
        self._distribute = distribute
        self._now = now
        self._digest = ""
        self._running: asyncio.Future[None] | None = None
        self.trouble = ""
        """Why a newer keyring could not be put in force: a code of `KeyringError`, "" if all is well."""
        self._since = 0.0
        self._pause = 0.0
        self._not_before = 0.0
        self._heard = 0

    async def begin(self) -> None:
        """Before anything is served: take the newest keyring there is, and announce ours if that is it.

        Raises `KeysUnavailable`, `StoreFailed`.
        """
        await self.renew()
        if self.trouble:
            raise KeysUnavailable(self.trouble)

    async def ready(self) -> None:
        """For every exchange: return with the newest keyring in force, or with the older one while that is allowed.

        One `stat` as long as nothing has changed. Raises `KeysUnavailable` if the file is gone.
        """
        if self._file_has_changed() and not self.trouble:
            with suppress(TimeoutError, ProxyError):  # whoever needs the store will hear of it there
                await asyncio.wait_for(self._look(), _PATIENCE_SECONDS)

    def may_mint(self) -> None:
        """Raise `KeysUnavailable` if there has been a newer keyring for a while that we could not put in force."""
        if self.trouble and self._now() - self._since >= GRACE_SECONDS:
            raise KeysUnavailable(self.trouble)

    async def renew(self) -> None:
        """Put in force what was announced before this was called; for whoever meets a key that is unknown here.

        What is wrong with a keyring is remembered in `trouble`, not raised, and a keeper that refused is not asked
        again before its time: anybody can invent a key. Raises `StoreFailed`, `KeysUnavailable` if the file is gone.
        """
        if self._running is not None:
            await self._look()  # it may have read what was there before the key was made
        if self.trouble.startswith("kek-") and self._now() < self._not_before and not self._file_has_changed():
            return
        await self._look()

    async def _look(self) -> None:
        """Look once; callers at the same time share one look. Raises `StoreFailed`."""
        if self._running is None:
            self._running = asyncio.ensure_future(self._renew())
            self._running.add_done_callback(self._rest)
        await asyncio.shield(self._running)

    async def beat(self, pulse: Pulse) -> None:
        """Compare with what a pulse of the mapping says, and look if there is anything new. Raises `StoreFailed`."""
        in_force = (self._keys.ring.generation, self._digest)
        with suppress(KeysUnavailable):
            news = self._file_has_changed() or pulse.generation > self._heard
            differs = bool(self.trouble) or (pulse.generation, pulse.digest) != in_force
            if news or (differs and self._now() >= self._not_before):
                self._heard = pulse.generation
                await self._look()

    def _rest(self, done: asyncio.Future[None]) -> None:
        self._running = None
        if not done.cancelled():
            done.exception()  # whoever waited has heard it; if nobody did, the next look will

    def _file_has_changed(self) -> bool:
        try:
            self._watch.check()
        except KeyringError as trouble:
            if trouble.code == "keyring-missing":
                raise KeysUnavailable(trouble.code) from None
            return True
        return False

    async def _renew(self) -> None:
        try:
            await self._take_newest()
        except KeyringError as trouble:
            if not self.trouble:
                self._since = self._now()
            self.trouble = trouble.code
            # A keeper that was asked in vain is not asked every second: HSMs lock after a few wrong PINs.
            self._pause = min(max(2 * self._pause, 1.0), _LONGEST_PAUSE)
            self._not_before = self._now() + (inf if trouble.code == "kek-pin" else self._pause)
        else:
            self.trouble, self._pause = "", 0.0

    async def _take_newest(self) -> None:
        self._watch.remember()  # before it is read: a file that is replaced meanwhile will be looked at again
        opened = await asyncio.to_thread(self._source.load)
        pulse, content = await self._announced(opened.ring.generation)
        if content is not None:
            opened = await asyncio.to_thread(self._source.adopt, content)
            self._watch.remember()
        self._put_in_force(opened)
        if opened.ring.generation > pulse.generation:
            await self._announce(opened)
        elif opened.sealed.digest != pulse.digest:
            raise KeyringError("keyring-forked")

    async def _announced(self, ours: int) -> tuple[Pulse, bytes | None]:
        """What the mapping says, and the sealed ring it speaks of if that is newer than ours."""
        pulse = await self._store.pulse()
        while pulse.generation > ours:
            content = await self._keystore.ring(pulse.generation, pulse.digest)
            if content is not None:
                return pulse, content
            before, pulse = pulse.generation, await self._store.pulse()
            if pulse.generation == before:
                raise KeyringError("keyring-behind")
            # It was followed while we asked, and the one before is not kept.
        return pulse, None

    def _put_in_force(self, opened: Opened) -> None:
        if opened.sealed.digest == self._digest:
            return
        if opened.ring.generation < self._keys.ring.generation:
            raise KeyringError("keyring-rolled-back")
        check_descendant(self._keys.ring, opened.ring)
        self._keys.install(opened.ring)
        self._digest = opened.sealed.digest
        self._changed()

    async def _announce(self, opened: Opened) -> None:
        """Tell the others. The keyring first: whoever hears of it must be able to get it."""
        generation, digest = opened.ring.generation, opened.sealed.digest
        if self._distribute:
            await self._keystore.put_ring(generation, digest, opened.sealed.file)
        if not await self._upkeep.announce(generation, digest, ()):
            raise KeyringError("keyring-forked")
        await self._keystore.drop_rings(generation, digest)
