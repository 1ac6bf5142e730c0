"""One recorded request through the corridor and back, with whatever can be seen on the way."""

from dataclasses import dataclass, field

from proxy.errors import InternalFault, ProxyError
from proxy.fields import Body, Route
from proxy.message import Headers, media_of
from proxy.passage import Exchange, Mount, Passage, Reply, Request
from proxy.passage.walk import Walk
from proxy.trace.cast import Cast
from proxy.trace.foreign import AddressSearch, Foreign
from proxy.trace.har import Recorded
from proxy.trace.hosts import Hosts, Side, Where
from proxy.trace.lines import Identity
from proxy.trace.replay import Expected, Replay
from proxy.trace.sights import Sights
from proxy.trace.uncovered import Uncovered

SEARCHED = 2 * 1024 * 1024
"""Bytes of an answer in which the people of the recording are looked for."""
_READ = frozenset({Body.READ, Body.SCRIPT, Body.PACKAGE})


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """A recorded request, and where it would arrive."""

    entry: Recorded
    where: Where
    mount: Mount


@dataclass(slots=True, repr=False)
class Outcome:
    """What came of it: a refusal, or a reply with the beginning of its body."""

    refusal: ProxyError | None = None
    reply: Reply | None = None
    body: bytes = b""
    is_text: bool = False
    left: bool = False
    """The request came so far as to leave, so that a refusal is one of the answer."""
    route: str = ""
    declared: Route | None = None
    walk: Walk | None = None
    identities: list[Identity] = field(default_factory=list)
    answered: list[Identity] = field(default_factory=list)
    uncovered: list[Uncovered] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    foreign: Foreign = field(default_factory=Foreign)

    @property
    def headers(self) -> Headers:
        """The header fields of the reply."""
        return Headers(self.reply.headers if self.reply is not None else ())

    @property
    def reads_answer(self) -> bool:
        """Whether the answer is read by its declaration."""
        return self.declared is not None and self.declared.answer.body in _READ


class Run:
    """Carries them."""

    def __init__(self, passage: Passage, hosts: Hosts, replay: Replay, sights: Sights, cast: Cast) -> None:
        """Remember the corridor, the file behind it, who looks on, and who stands in for people that it lacks."""
        self._cast = cast
        self._passage = passage
        self._hosts = hosts
        self._replay = replay
        self._sights = sights

    async def through(self, visit: Visit, request: Request) -> Outcome:
        """Carry one request; nothing is raised, as the server lets nothing through either."""
        mount, exchange = visit.mount, Exchange(str(visit.entry.number))
        outcome = Outcome()
        self._sights.begin()
        self._replay.learner = (await self._cast.stand_in(mount)).pseudonym.token
        through = visit.where.side is Side.PROXY
        self._replay.expect(Expected(visit.entry, mount, through, lambda: _declared(mount, exchange).reads_answer))
        try:
            outcome.reply = await self._passage.handle(request, exchange)
            await self._drain(outcome)
        except ProxyError as refused:
            outcome.refusal = refused
        except Exception:  # noqa: BLE001  as the server does: its text may hold a value
            outcome.refusal = InternalFault()
        outcome.left = self._replay.asked > 0
        outcome.route = exchange.route or (outcome.refusal.route if outcome.refusal else "")
        outcome.declared = _declared(mount, exchange).declared
        sights = self._sights
        outcome.walk, outcome.origins = sights.walk, sights.origins
        outcome.identities, outcome.answered, outcome.uncovered = sights.identities, sights.answered, sights.uncovered
        return outcome

    async def _drain(self, outcome: Outcome) -> None:
        """Take the reply to its end; keep its beginning, and look at the addresses in it."""
        assert outcome.reply is not None
        media = media_of(outcome.headers.get("content-type"))[0]
        outcome.is_text = media.startswith(("text/", "application/")) or media.endswith(("+xml", "+json"))
        search = AddressSearch(self._hosts.known())
        kept = bytearray(outcome.reply.body[:SEARCHED])
        if outcome.is_text:
            search.feed(outcome.reply.body)
        if outcome.reply.stream is not None:
            async for chunk in outcome.reply.stream:
                if outcome.is_text:
                    search.feed(chunk)
                    kept += chunk[: max(SEARCHED - len(kept), 0)]
        outcome.body = bytes(kept)
        outcome.foreign = search.close()


def _declared(mount: Mount, exchange: Exchange) -> Outcome:
    route = next((one for one in mount.adapter.routes if one.name == exchange.route), None)
    return Outcome(declared=route)
