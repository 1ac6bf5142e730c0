"""Seeing to it that no restored database forgets who is restricted (GDPR Article 18), nor who was let go again.

What an officer decides is true in the mapping at once, and noted there in the same transaction, under each pseudonym
of hers. The notes are copied to the key store and to a file of each node, by the command and by every node that hears
of them. Before anybody is served the three are compared: of two notes of one pseudonym the later counts, everywhere.
Who is not in the mapping, because it is older than she is, is restricted as soon as she is written down anew.
"""

import asyncio
from collections.abc import Iterable

from proxy.store.port import Clock, KeyStore, RestrictionNote
from proxy.store.restrictions_port import Replayed, Restrictions
from proxy.upkeep.pages import pages
from proxy.upkeep.restriction_file import RestrictionFile


class Restricting:
    """See the module. Raises `StoreFailed`."""

    def __init__(self, restrictions: Restrictions, keystore: KeyStore, file: RestrictionFile, clock: Clock) -> None:
        """Remember the means."""
        self._restrictions = restrictions
        self._keystore = keystore
        self._file = file
        self._clock = clock
        self._heard = 0

    async def reconcile(self) -> Replayed:
        """Make the three equal; erasures must have been compared before. Returns what the mapping had not known."""
        rows = await pages(self._restrictions.notes, 0)
        elsewhere = [one for _, one in await pages(self._keystore.restriction_notes, 0)]
        elsewhere += await asyncio.to_thread(self._file.read)
        done = await self._restrictions.replay(_newest(elsewhere), self._clock()) if elsewhere else Replayed()
        if elsewhere:
            rows = await pages(self._restrictions.notes, 0)
        await self._spread([one for _, one in rows])
        self._heard = max([self._heard, *(number for number, _ in rows)])
        return done

    async def beat(self, newest: int) -> None:
        """Hear of what was decided elsewhere, up to the note `newest`."""
        if newest <= self._heard:
            return
        rows = await pages(self._restrictions.notes, self._heard)
        await self._spread([one for _, one in rows])
        # Only now: what could not be copied (the key store is away) is heard again the next time.
        self._heard = max([self._heard, newest, *(number for number, _ in rows)])

    async def _spread(self, notes: list[RestrictionNote]) -> None:
        if notes:
            await self._keystore.note_restrictions(notes)
            await asyncio.to_thread(self._file.keep, notes)


def _newest(notes: Iterable[RestrictionNote]) -> list[RestrictionNote]:
    found: dict[tuple[str, str], RestrictionNote] = {}
    for one in notes:
        if one.outdates(found.get((one.tenant, one.pseudonym))):
            found[one.tenant, one.pseudonym] = one
    return list(found.values())
