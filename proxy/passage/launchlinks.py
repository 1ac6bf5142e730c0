"""Launch links: what the API answers the LMS becomes an address of ours, which opens the learner's session.

The LMS hands the link to the learner's browser, and that browser comes without a session: it has named nobody. Before a
link is asked for, the cloud is therefore asked whose registration it is, on behalf of the same caller; of its answer
nothing is read but the learner's pseudonym. The link is sealed together with it. Where the sealed link arrives, the
session is opened and the browser goes on to the cloud's own link, turned to us. Whoever holds a link may launch with it
while it lasts, as with the cloud's own: 120 seconds unless the LMS asks for 10 to 300 (docs/protocol/scorm-cloud-api.md
section 7).
"""

import base64
import binascii
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import orjson

from keys import KeyringError, KeyRoom
from proxy.audit import AuditLog, Entry, Event
from proxy.errors import (
    KeysUnavailable,
    NotPermitted,
    ProxyError,
    Restricted,
    SessionMissing,
    UnknownHost,
    UnknownRoute,
    UpstreamRefused,
)
from proxy.fields import Field, Shape, Treat
from proxy.identity import IdentityService, Renew
from proxy.message import Headers, Message
from proxy.passage import cookies
from proxy.passage.consumers import Consumers
from proxy.passage.mounts import Mount, Mounts
from proxy.passage.ports import Answer, Exchange, Reply, Request
from proxy.passage.requests import Destination, destination
from proxy.passage.session import Sessions
from proxy.passage.walk import Walk
from proxy.people import Kind, Person, Substitution
from proxy.rewrite import decode_body, find, put

PATH = "/.scormveil/launch/"
NAME = "launch-link"
"""What log and audit call the route of an arriving link."""
USUAL_SECONDS, SHORTEST_SECONDS, LONGEST_SECONDS = 120, 10, 300
SKEW_SECONDS = 60
"""The node on which a link arrives may have another clock than the one that sealed it."""

_OF_THE_REQUEST = (
    *("content-type", "content-encoding", "content-length"),
    *("cookie", "origin", "if-none-match", "if-modified-since", "range"),
)
"""Fields that speak of the request for a link, not of the question that goes before it."""

Ask = Callable[[Request, Destination, Walk], Awaitable[Answer]]


@dataclass(frozen=True, slots=True, repr=False)
class _Link:
    """What is sealed: the turned link without its origin, the learner's pseudonym ("" for nobody), when it ends."""

    target: str
    learner: str
    ends: int


class LaunchLinks:
    """Seals links on their way to the LMS, opens them where they arrive."""

    def __init__(
        self,
        *,
        keys: KeyRoom,
        renew: Renew,
        names: IdentityService,
        sessions: Sessions,
        audit: AuditLog,
        mounts: Mounts,
        limit: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Remember the means. `renew` looks for a newer keyring; `limit` bounds what is read of a registration."""
        self.consumers = Consumers(keys, renew)
        self._keys = keys
        self._renew = renew
        self._names = names
        self._sessions = sessions
        self._audit = audit
        self._mounts = mounts
        self._limit = limit
        self._clock = clock

    async def learn(self, request: Request, to: Destination, walk: Walk, send: Ask) -> None:
        """If `request` asks for a launch link, learn whom it will launch (`walk.launched`).

        From then on she is guarded against in the request, and its return address opens for her only. Raises
        `SessionMissing` where nobody of ours is launched and sessions are asked for: her work would be refused later.
        """
        field = _declared(walk.match.route.answer)
        if field is None or not field.person:
            return
        token = await self._ask(request, to, walk, send)
        person = await self._person(walk.mount, token)
        if person is not None:
            walk.launched = (person,)
        elif walk.mount.policy.refuse_without_session:
            raise SessionMissing("unknown-learner", route=walk.match.route.name, kind=Kind.SUBJECT)

    async def _ask(self, request: Request, to: Destination, walk: Walk, send: Ask) -> str:
        """Read the registration one segment above, as a request of the same caller; "" if that cannot be."""
        above = to.path.rstrip("/").rpartition("/")[0].rstrip("/")
        target = request.target.partition("?")[0].rstrip("/").rpartition("/")[0].rstrip("/")
        asking = replace(
            request,
            method="GET",
            target=target,
            headers=request.headers.without(*_OF_THE_REQUEST),
            read=_nothing,
        )
        reading = replace(walk, match=walk.mount.router.match("GET", above, ""))
        answer = await send(asking, replace(to, path=above), reading)
        try:
            return await _learner_of(answer, self._limit)
        finally:
            answer.close()

    async def _person(self, mount: Mount, token: str) -> Person | None:
        """Who is launched, None if she is unknown. Raises `Restricted`."""
        person = await self._names.recall(mount.tenant, token) if self._names.is_pseudonym(token) else None
        if person is not None and person.restricted:
            raise Restricted("launch-link", route=NAME, kind=Kind.SUBJECT)
        return person

    async def turn(self, message: Message, shape: Shape, walk: Walk) -> Message:
        """Return an answer, its addresses turned already, with what launches in it (a link, a consumer) made ours."""
        message = self.consumers.turn(message, shape, walk)
        if _declared(shape) is None:
            return message
        found = find(message, shape)
        links = (one for one in found.findings if found.field_of(one).treat is Treat.LAUNCH)
        return put(message, found, [Substitution(one, self._sealed(one.value.reveal(), walk)) for one in links])

    def _sealed(self, address: str, walk: Walk) -> str:
        mount = walk.mount
        target = address.removeprefix(mount.public.origin)
        if target == address or not target.startswith("/"):
            raise UpstreamRefused("foreign-launch-link", route=walk.match.route.name)
        player = self._player(mount, target)
        if player is None or player.tenant != mount.tenant:
            raise UpstreamRefused("undeclared-launch-link", route=walk.match.route.name)
        learner = walk.launched[0].pseudonym.token if walk.launched else ""
        ends = int(self._clock()) + _seconds(walk.sent)
        plain = orjson.dumps({"l": target, "p": learner, "e": ends})
        try:
            sealed = self._keys.envelope.seal(plain, _bound(mount))
        except KeyringError:
            raise KeysUnavailable(NAME) from None
        return f"{mount.public.origin}{mount.public.path}{PATH}{_text(sealed)}"

    def _player(self, mount: Mount, target: str) -> Mount | None:
        """The mount at which a turned link arrives; None if no mount of this host declares it."""
        path, _, query = target.partition("?")
        try:
            player, below = self._mounts.find(mount.public.netloc, path)
            to = destination(player, below)
            player.router.match("GET", ("~" if to.alias else "") + to.path, query)
        except (UnknownHost, UnknownRoute):
            return None
        return None if player.inward else player

    async def arrive(self, request: Request, mount: Mount, below: str, exchange: Exchange) -> Reply:
        """Open the learner's session in the browser that follows a link, and lead it on to the cloud's link.

        Raises `UnknownRoute` for what this mount did not seal, `NotPermitted` for a link whose time is over or that is
        loaded by a page instead of being followed, `SessionMissing` if the learner was forgotten meanwhile.
        """
        exchange.route = NAME
        if request.headers.get("sec-fetch-mode", "navigate") != "navigate":
            raise NotPermitted("not-a-navigation", route=NAME)
        link = await self._opened(mount, below.removeprefix(PATH))
        if link.ends + SKEW_SECONDS < self._clock():
            raise NotPermitted("launch-link-expired", route=NAME)
        fields = [("Location", mount.public.origin + link.target)]
        player = self._player(mount, link.target) or mount
        if link.learner:
            person = await self._person(mount, link.learner)
            if person is None:
                raise SessionMissing("unknown-learner", route=NAME, kind=Kind.SUBJECT)
            fields.append(("Set-Cookie", await self._session(request, player, person, exchange)))
        return Reply(302, [*fields, ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store")])

    async def _session(self, request: Request, player: Mount, person: Person, exchange: Exchange) -> str:
        seconds = player.policy.session_seconds
        jar = cookies.pairs_of(request.headers.all("cookie"))
        session = self._sessions.with_person(await self._sessions.read(jar, player.tenant, seconds), person)
        await self._audit.append(
            Entry(
                Event.SESSION_OPENED,
                actor="browser",
                tenant=player.tenant,
                mount=player.name,
                route=NAME,
                kind=Kind.SUBJECT,
                pseudonym=person.pseudonym.token,
                key_id=person.pseudonym.key_id,
                exchange=exchange.id,
                count=1,
            )
        )
        return self._sessions.cookie(session, player.tenant, seconds)

    async def _opened(self, mount: Mount, value: str) -> _Link:
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            if _text(sealed) != value:  # the decoder overlooks signs that are none of its letters
                raise UnknownRoute(NAME)
            if not self._keys.knows(self._keys.envelope.key_id_of(sealed)):
                await self._renew()
            plain = orjson.loads(self._keys.envelope.open(sealed, _bound(mount)))
        except (KeyringError, ValueError, binascii.Error):
            raise UnknownRoute(NAME) from None
        return _Link(plain["l"], plain["p"], plain["e"])


def _declared(shape: Shape) -> Field | None:
    return next((field for field in shape.fields if field.treat is Treat.LAUNCH), None)


async def _learner_of(answer: Answer, limit: int) -> str:
    """The learner's id in a registration, "" if there is none; nothing else of it is looked at."""
    if answer.status != 200:  # noqa: PLR2004  OK
        return ""
    try:
        body = decode_body(await answer.read(limit), Headers(answer.headers).get("content-encoding"), limit)
        found = orjson.loads(body)["learner"]["id"]
    except (ProxyError, ValueError, KeyError, TypeError):
        return ""
    return found if isinstance(found, str) else ""


def _seconds(body: bytes) -> int:
    """How long the link will last, by what the LMS asked for; the usual time if it did not, or asked for nonsense."""
    try:
        asked = orjson.loads(body)["expiry"] if body else USUAL_SECONDS
    except (ValueError, KeyError, TypeError):
        return USUAL_SECONDS
    return asked if isinstance(asked, int) and SHORTEST_SECONDS <= asked <= LONGEST_SECONDS else USUAL_SECONDS


async def _nothing(_limit: int) -> bytes:
    return b""


def _bound(mount: Mount) -> tuple[str, ...]:
    return (NAME, mount.tenant, mount.name)


def _text(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")
