"""Lets running nodes ring for alarms that commands raised, whose own metrics nobody ever asks for."""

from collections.abc import Callable

from proxy.disclosure.policy import ALARM
from proxy.store.disclosure_port import Disclosures
from proxy.store.port import AuditRecord, Clock

_EVERY_MS = 60 * 1000
_AGAIN_MS = 2 * 60 * 1000
"""Looked at once more: an entry may become visible after one that was written later."""


class AlarmBell:
    """See the module. `ring` hears each alarm once that was raised since this node began to look."""

    def __init__(self, ledger: Disclosures, clock: Clock, ring: Callable[[AuditRecord], None]) -> None:
        """Remember where to look and whom to tell."""
        self._ledger = ledger
        self._clock = clock
        self._ring = ring
        self._looked = 0
        self._began = 0
        self._heard: set[AuditRecord] = set()

    async def look(self) -> None:
        """Look, if a minute has passed. Raises `StoreFailed`."""
        now = self._clock()
        if not self._began:
            self._began = self._looked = now
            return
        if 0 <= now - self._looked < _EVERY_MS:
            return
        since = max(self._began, self._looked - _AGAIN_MS)
        alarms = {one for one in await self._ledger.past(since) if one.event == ALARM}
        for one in sorted(alarms - self._heard, key=lambda entry: entry.at):
            self._ring(one)
        self._heard, self._looked = alarms, now
