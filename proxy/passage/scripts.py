"""Scripts that the cloud puts into the LMS page: pinned by digest, refused when they change.

They run in the LMS's own origin, where every name on the page can be read, whatever the proxy rewrites later. So the
first one seen (or only one approved by command) is trusted, by SHA-256 of the bytes as the cloud sent them. Any other
is refused and reported until the operator approves it (`scormveil scripts approve`).
"""

import hashlib
import time
from collections.abc import Callable

from proxy.audit import AuditLog, Entry, Event
from proxy.errors import ScriptChanged
from proxy.passage.carry import Walk
from proxy.store.port import PinRecord, Store

_FRESH_SECONDS = 2.0


class Scripts:
    """Admits scripts by their pins."""

    def __init__(self, store: Store, audit: AuditLog, clock: Callable[[], float] = time.time) -> None:
        """Remember the means."""
        self._store = store
        self._audit = audit
        self._clock = clock
        self._approved: dict[tuple[str, str], str] = {}
        self._read_at = 0.0

    async def admit(self, body: bytes, path: str, walk: Walk) -> None:
        """Return if the script at `path` is the approved one; `ScriptChanged` otherwise."""
        digest = hashlib.sha256(body).hexdigest()
        mount = walk.mount.name
        if await self._is_approved(mount, path, digest):
            return
        state = "approved" if walk.mount.policy.pin_first_sight else "pending"
        wanted = PinRecord(
            mount, path, digest, "approved" if state == "approved" else "pending", int(self._clock() * 1000)
        )
        held = await self._store.pin(wanted)
        self._read_at = 0.0
        if held.state == "approved" and held.digest == digest:
            await self._report(Event.SCRIPT_PINNED, "first-sight", walk)
            return
        await self._report(Event.SCRIPT_CHANGED, "changed" if held.state == "approved" else "not-approved", walk)
        raise ScriptChanged("changed" if held.state == "approved" else "not-approved", route=walk.match.route.name)

    async def _is_approved(self, mount: str, path: str, digest: str) -> bool:
        if self._clock() - self._read_at > _FRESH_SECONDS:
            pins = await self._store.pins()
            self._approved = {(pin.mount, pin.path): pin.digest for pin in pins if pin.state == "approved"}
            self._read_at = self._clock()
        return self._approved.get((mount, path)) == digest

    async def _report(self, event: Event, reason: str, walk: Walk) -> None:
        await self._audit.append(
            Entry(
                event,
                actor=walk.actor,
                tenant=walk.mount.tenant,
                mount=walk.mount.name,
                route=walk.match.route.name,
                exchange=walk.exchange.id,
                reason=reason,
                count=1,
            )
        )
