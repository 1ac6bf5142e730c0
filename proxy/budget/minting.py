"""Keeps a stranger from learning pseudonyms by launching with guessed ids: new people of one source come slowly."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from proxy.audit import AuditLog, Entry, Event
from proxy.budget.buckets import Allowance, Buckets, Pace, Rarely
from proxy.errors import MintingBudget
from proxy.identity import Context

Sound = Callable[[str, str, str, int], None]
"""Tells whoever watches of an alarm: the event, the mount, a word, a count."""

_OF_CALLERS = frozenset({"caller", "cloud"})
_SAID_SECONDS = 60


@dataclass(frozen=True, slots=True)
class MintingLimits:
    """What a mount takes of strangers, and of those who have a key of ours; how long a slow one waits, in seconds."""

    strangers: Allowance
    callers: Allowance
    delay: float


class MintingGate:
    """See the module. `clock` gives seconds and never goes back; `sleep` waits."""

    def __init__(
        self,
        limits: Mapping[str, MintingLimits],
        audit: AuditLog,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        sound: Sound,
    ) -> None:
        """Remember the limits of each mount, and the means."""
        self._limits = limits
        self._audit = audit
        self._clock = clock
        self._sleep = sleep
        self._sound = sound
        self._buckets = Buckets()
        self._rarely = Rarely(_SAID_SECONDS)

    async def admit(self, context: Context, count: int) -> None:
        """Return when `count` people whom nobody knows may be given pseudonyms.

        Raises `MintingBudget`, `AuditFailed`.
        """
        limits = self._limits.get(context.mount)
        if limits is None:
            return
        known = context.actor in _OF_CALLERS
        source = context.actor if known else context.source
        allowance = limits.callers if known else limits.strangers
        answer = self._buckets.take((context.mount, source), count, allowance, self._clock())
        if answer.pace is Pace.FREE:
            return
        refused = answer.pace is Pace.REFUSED
        await self._say(Event.MINTING_REFUSED if refused else Event.MINTING_SLOWED, context, source, answer.beyond)
        if refused:
            raise MintingBudget("too-many-new", route=context.route, seconds=answer.seconds)
        await self._sleep(limits.delay)

    async def _say(self, event: Event, context: Context, source: str, beyond: int) -> None:
        """Once a minute for each source: the alarm must not become a flood of its own."""
        if not self._rarely.may((event, context.mount, source), self._clock()):
            return
        self._sound(event.value, context.mount, "new-people", beyond)
        await self._audit.append(
            Entry(
                event,
                actor=context.actor,
                tenant=context.tenant,
                mount=context.mount,
                route=context.route,
                exchange=context.exchange,
                reason=f"source:{source}",
                count=beyond,
            )
        )
