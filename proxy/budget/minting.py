"""Keeps a stranger from learning pseudonyms by launching with guessed ids: new people of one source come slowly.

Whom a browser names that is not hers is counted, too, known or not, but apart and more generously: who guesses hits
people who are known as well. New people of all sources together are counted for the mount, to say that they are many.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from proxy.audit import AuditLog, Entry, Event
from proxy.budget.buckets import NEVER, Allowance, Answer, Buckets, Pace, Rarely
from proxy.errors import MintingBudget
from proxy.identity import Context

Sound = Callable[[str, str, str, int], None]
"""Tells whoever watches of an alarm: the event, the mount, a word, a count."""

_OF_CALLERS = frozenset({"caller", "cloud"})
_SAID_SECONDS = 60
_HOUR_SECONDS = 60 * _SAID_SECONDS
_MINUTES = 60
_MOST_MET = 100_000
"""People of sources that are remembered: some 30 MB."""
_SITE = 8
"""How much more than one /64 a whole IPv6 site may bring."""


@dataclass(frozen=True, slots=True)
class MintingLimits:
    """What a mount takes of strangers, and of those who have a key of ours; how long a slow one waits, in seconds.

    `people` is whom one source may name in browsers that are not theirs, known or not; `alarm` how many new
    people of strangers in an hour raise an alarm, whatever their sources; 0: never.
    """

    strangers: Allowance
    callers: Allowance
    delay: float
    people: Allowance
    alarm: int = 0


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
        self._hourly = Rarely(_HOUR_SECONDS)
        self._met = Rarely(_HOUR_SECONDS, most=_MOST_MET)

    async def admit(self, context: Context, count: int) -> None:
        """Return when `count` people whom nobody knows may be given pseudonyms.

        Raises `MintingBudget`, `AuditFailed`.
        """
        limits = self._limits.get(context.mount)
        if limits is None:
            return
        known = context.actor in _OF_CALLERS
        source = context.actor if known else context.source
        answer, which = self._take(context.mount, source, count, limits.callers if known else limits.strangers)
        if not known and answer.pace is not Pace.REFUSED:
            await self._count(context, count, limits.alarm)
        if answer.pace is Pace.FREE:
            return
        refused = answer.pace is Pace.REFUSED
        event = Event.MINTING_REFUSED if refused else Event.MINTING_SLOWED
        if self._rarely.may((event, context.mount, which), self._clock()):
            await self._say(event, context, "new-people", f"source:{which}", answer.beyond)
        if refused:
            raise MintingBudget("too-many-new", route=context.route, seconds=answer.seconds)
        await self._sleep(limits.delay)

    async def named(self, context: Context, tokens: Sequence[str]) -> None:
        """Return when people (by their pseudonyms) may be told on whom a browser names that is not theirs.

        Whom the same source named within the hour is not counted. Raises `MintingBudget`, `AuditFailed`.
        """
        limits = self._limits.get(context.mount)
        if limits is None or context.actor in _OF_CALLERS:
            return
        now = self._clock()
        met = [(context.mount, context.source, one) for one in dict.fromkeys(tokens)]
        new = sum(not self._met.lately(one, now) for one in met)
        if not new:
            return
        answer, which = self._take(f"{context.mount}/people", context.source, new, limits.people)
        if answer.pace is not Pace.REFUSED:
            for one in met:
                self._met.may(one, now)
        if answer.pace is Pace.FREE:
            return
        if self._hourly.may(("people", context.mount, which), now):
            await self._say(Event.DISCLOSURE_ALARM, context, "many-named", f"many-named:{which}", limits.people.burst)
        if answer.pace is Pace.REFUSED:
            raise MintingBudget("too-many-people", route=context.route, seconds=answer.seconds)
        await self._sleep(limits.delay)

    def _take(self, mount: str, source: str, count: int, allowance: Allowance) -> tuple[Answer, str]:
        """The slower one of what an address may do and what its site may, and which of both it is."""
        address, _, site = source.partition(".")
        now = self._clock()
        answer = self._buckets.take((mount, address), count, allowance, now)
        if not site or answer.pace is Pace.REFUSED:
            return answer, address
        many = Allowance(_SITE * allowance.burst, _SITE * allowance.per_minute, _SITE * allowance.refuse_after)
        of_site = self._buckets.take((mount, f"site:{site}"), count, many, now)
        return (of_site, site) if of_site.pace is not Pace.FREE else (answer, address)

    async def _count(self, context: Context, count: int, alarm: int) -> None:
        """Say, once an hour, that a mount was brought more new people than `alarm`, from however many sources."""
        if not alarm:
            return
        hour = Allowance(alarm, alarm / _MINUTES, NEVER)
        answer = self._buckets.take((context.mount, "*"), count, hour, self._clock())
        if answer.pace is not Pace.FREE and self._hourly.may(("new", context.mount), self._clock()):
            await self._say(Event.DISCLOSURE_ALARM, context, "many-new", "many-new", alarm)

    async def _say(self, event: Event, context: Context, word: str, reason: str, count: int) -> None:
        """Sound and record; who calls sees to it that the alarm does not become a flood of its own."""
        self._sound(event.value, context.mount, word, count)
        await self._audit.append(
            Entry(
                event,
                actor=context.actor,
                tenant=context.tenant,
                mount=context.mount,
                route=context.route,
                exchange=context.exchange,
                reason=reason,
                count=count,
            )
        )
