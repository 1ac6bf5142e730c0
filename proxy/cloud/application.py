"""Renaming a learner in one application of the cloud, and finding out whether it was done.

The cloud answers 204 and renames later, or, where an id in the body that differs from the address means nothing to it,
never. So what it did is seen in its registrations only: the old pseudonym has none any more, and the new one has all
that the old one had. Asking twice does no harm: what was renamed has left the old pseudonym.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum

from proxy.cloud.client import CloudClient, LearnerUpdate, Registration
from proxy.cloud.v1 import V1Client
from proxy.errors import BodyTooLarge, UpstreamFailed, UpstreamRefused
from proxy.guard import Watch
from proxy.people import Person

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 5.0
_GROWTH = 1.6
_SECOND_LOOK = 2.0


class Renaming(StrEnum):
    """How an application renames learners."""

    V2 = "v2"
    """`POST /learner/{id}/updateInfo` with another id in its body: not documented to rename."""
    V1 = "v1"
    """`rustici.registration.updateLearnerInfo` with `newid`: documented."""
    NONE = "none"
    """Not at all."""


class Outcome(StrEnum):
    """What became of a learner in one application."""

    RENAMED = "renamed"
    """All her registrations are under the new pseudonym."""
    NOTHING_THERE = "nothing-there"
    """The application has no registration of hers under either."""
    PUT_BACK = "put-back"
    """It had renamed her, and was asked to undo it, because another application did not."""
    UNSUPPORTED = "unsupported"
    """She has registrations, and the application is configured not to rename."""
    REFUSED = "refused"
    """The application answered that it will not, or in a way that makes no sense."""
    UNCLEAR = "unclear"
    """It was asked, or could not be, and within the time to wait nothing was seen of it."""

    @property
    def settled(self) -> bool:
        """Whether nothing is left under the old pseudonym: then she may leave under the new one."""
        return self in {Outcome.RENAMED, Outcome.NOTHING_THERE}


class Application:
    """One application. `name` is that of its mount, `patience` the seconds that a rename may take to show."""

    def __init__(
        self,
        name: str,
        client: CloudClient,
        *,
        by: Renaming = Renaming.V2,
        v1: V1Client | None = None,
        patience: float = 60.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Remember the means; `v1` is needed for `Renaming.V1`."""
        self.name = name
        self.by = by
        self._client = client
        self._writer: CloudClient | V1Client = v1 if by is Renaming.V1 and v1 is not None else client
        self._patience = patience
        self._sleep = sleep

    async def held(self, learner: str, person: Person | None = None) -> tuple[Registration, ...]:
        """Return the registrations under a pseudonym. Raises `UpstreamFailed`, `UpstreamRefused`."""
        return await self._client.registrations(learner, Watch(person.cleartexts if person else ()))

    async def rename(self, person: Person, former: str, new: LearnerUpdate, *, resumed: bool = False) -> Outcome:
        """Rename `former` to `new`; no cleartext of `person` may leave with it, else `LeakSuspected`.

        `resumed`: it may have been asked before, by somebody who died since. Then a moment at which neither pseudonym
        has a registration may be the middle of it.
        """
        watch = Watch(person.cleartexts)
        try:
            before = await self._ids(former, watch)
            if not before:
                return await self._without(former, new.id, watch, resumed=resumed)
            if self.by is Renaming.NONE:
                return Outcome.UNSUPPORTED
            with suppress(UpstreamFailed):  # asked, and no word: what became of it is seen as well as after a word
                await self._writer.update_learner(former, new, watch)
            return await self._watched(former, new.id, before, watch)
        except (UpstreamRefused, BodyTooLarge):
            return Outcome.REFUSED
        except UpstreamFailed:
            return Outcome.UNCLEAR

    async def look(self, person: Person, former: str, pseudonym: str) -> Outcome:
        """Say how it stands without asking for anything: `unclear` if there is anything under `former`."""
        watch = Watch(person.cleartexts)
        try:
            if await self._ids(former, watch):
                return Outcome.UNSUPPORTED if self.by is Renaming.NONE else Outcome.UNCLEAR
            return await self._without(former, pseudonym, watch, resumed=False)
        except (UpstreamRefused, BodyTooLarge):
            return Outcome.REFUSED
        except UpstreamFailed:
            return Outcome.UNCLEAR

    async def _ids(self, learner: str, watch: Watch) -> set[str]:
        return {one.id for one in await self._client.registrations(learner, watch)}

    async def _without(self, former: str, new: str, watch: Watch, *, resumed: bool) -> Outcome:
        """Nothing is under the old pseudonym: it was renamed, or there never was anything."""
        if await self._ids(new, watch):
            return Outcome.RENAMED
        if resumed:
            await self._sleep(_SECOND_LOOK)
            if await self._ids(former, watch):
                return Outcome.UNCLEAR
            if await self._ids(new, watch):
                return Outcome.RENAMED
        return Outcome.NOTHING_THERE

    async def _watched(self, former: str, new: str, before: set[str], watch: Watch) -> Outcome:
        """Look again and again, at growing distances, until it is done or takes too long."""
        pause, waited = _FIRST_PAUSE, 0.0
        while True:
            if not await self._ids(former, watch) and before <= await self._ids(new, watch):
                return Outcome.RENAMED
            if waited >= self._patience:
                return Outcome.UNCLEAR
            pause = min(pause, self._patience - waited)
            await self._sleep(pause)
            waited += pause
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
