"""Bounds how many people are put back into what a mount passes to its readers, and says when they are many."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from proxy.audit import AuditLog, Entry, Event
from proxy.budget.buckets import Rarely
from proxy.budget.minting import Sound
from proxy.budget.windows import HOUR, Bounds, Window
from proxy.errors import ResultsHeld, ShowingBudget
from proxy.identity import Context


class Showing(Protocol):
    """What the corridor asks before it shows anybody."""

    async def admit(self, context: Context, tokens: Sequence[str], *, results: bool) -> None:
        """Return if these people may be shown; `results` says that the cloud hands them over and can repeat it."""


class Naming(Protocol):
    """What the corridor asks before it tells people on whom a browser names that is not theirs."""

    async def named(self, context: Context, tokens: Sequence[str]) -> None:
        """Return if they may be told on."""


class NoBudget:
    """Everybody may be shown, and named."""

    async def named(self, context: Context, tokens: Sequence[str]) -> None:
        """Say nothing against it."""

    async def admit(self, context: Context, tokens: Sequence[str], *, results: bool) -> None:
        """Say nothing against it."""


class ShowingGate:
    """See the module. `clock` gives seconds and never goes back."""

    def __init__(
        self, bounds: Mapping[str, Bounds], audit: AuditLog, *, clock: Callable[[], float], sound: Sound
    ) -> None:
        """Remember the bounds of each mount, and the means."""
        self._windows = {mount: Window(one) for mount, one in bounds.items()}
        self._audit = audit
        self._clock = clock
        self._sound = sound
        self._rarely = Rarely(HOUR)

    async def admit(self, context: Context, tokens: Sequence[str], *, results: bool) -> None:
        """Count people, each once in an hour. Raises `ShowingBudget`, `ResultsHeld`, `AuditFailed`."""
        window = self._windows.get(context.mount)
        if window is None:
            return
        counted = window.count(tokens, self._clock())
        if counted.alarm:
            await self._say("many-people", context, counted.people)
        if counted.refused:
            await self._say("over-budget", context, counted.people)
            error = ResultsHeld if results else ShowingBudget
            raise error("over-budget", route=context.route, seconds=counted.seconds)

    async def _say(self, word: str, context: Context, people: int) -> None:
        if not self._rarely.may((word, context.mount), self._clock()):
            return
        self._sound(Event.DISCLOSURE_ALARM.value, context.mount, word, people)
        await self._audit.append(
            Entry(
                Event.DISCLOSURE_ALARM,
                actor=context.actor,
                tenant=context.tenant,
                mount=context.mount,
                route=context.route,
                exchange=context.exchange,
                reason=word,
                count=people,
            )
        )
