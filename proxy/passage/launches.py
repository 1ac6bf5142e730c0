"""Signed launches: the LMS has made the address itself, and the browser that opens it comes without a session.

The address names a registration. Whose that is, the cloud is asked first, as by a call of the same sender; of its
answer nothing is read but the learner's pseudonym. From then on she is guarded against, the return address opens for
her only, and the answer brings her session.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from proxy.errors import FieldMissing, ProxyError, SessionMissing
from proxy.fields import Body, Field, Kind, Shape, xml
from proxy.identity import IdentityService
from proxy.message import Direction, Headers, Message, media_of
from proxy.passage.destinations import Destination
from proxy.passage.ports import Answer, Request
from proxy.passage.signatures import Verified
from proxy.passage.walk import Walk
from proxy.people import Person
from proxy.rewrite import decode_body, find
from proxy.rewrite.signatures import v1
from proxy.rewrite.signatures.parameters import parameters_of

_DETAIL = "rustici.registration.getRegistrationDetail"
_ANSWER = Shape(
    body=Body.READ,
    media=("text/xml", "application/xml"),
    fields=(Field(xml("/rsp/registration/learnerId"), Kind.SUBJECT),),
)

Sender = Callable[[Request, Destination, Walk], Awaitable[Answer]]
"""Carries a request of ours through steps 2 to 7 like anybody's."""


class SignedLaunches:
    """Learns whom a signed launch launches. `clock` gives unix seconds; `limit` bounds what is read of an answer."""

    def __init__(self, names: IdentityService, clock: Callable[[], float], limit: int) -> None:
        """Remember who knows people."""
        self._names = names
        self._clock = clock
        self._limit = limit

    async def learn(
        self, request: Request, message: Message, verified: Verified, to: Destination, walk: Walk, *, send: Sender
    ) -> None:
        """Learn whom the verified `message` launches (`walk.launched`).

        Raises `FieldMissing` if it names no registration, `SessionMissing` where nobody of ours is launched and
        sessions are asked for: all that follows would be refused.
        """
        route = walk.match.route
        given = {name.casefold(): value for name, value in parameters_of(message)}
        registration = given.get(route.launches.casefold(), "")
        if not registration:
            raise FieldMissing(route=route.name, place=route.launches, kind=Kind.REGISTRATION)
        query = self._call(registration, verified)
        asking = replace(
            request,
            method="GET",
            target=f"{request.target.partition('?')[0]}?{query}",
            headers=request.headers.without("cookie", "origin", "if-none-match", "if-modified-since", "range"),
            read=_nothing,
        )
        match = walk.mount.router.match("GET", to.path, query)
        answer = await send(asking, to, replace(walk, match=match, seen=()))
        person = await self._person(walk, await _learner_of(answer, self._limit))
        if person is not None:
            walk.launched = (person,)
        elif walk.mount.policy.refuse_without_session:
            raise SessionMissing("unknown-learner", route=route.name, kind=Kind.SUBJECT)

    def _call(self, registration: str, verified: Verified) -> str:
        """The query of a call that the same sender could have made now."""
        caller = verified.signers.caller
        pairs = [
            ("method", _DETAIL),
            ("appid", caller.key),
            ("ts", datetime.fromtimestamp(self._clock(), UTC).strftime("%Y%m%d%H%M%S")),
            ("regid", registration),
        ]
        return urlencode([*pairs, ("sig", v1.signature(pairs, caller.secret, v1.Manner()))], quote_via=quote)

    async def _person(self, walk: Walk, token: str) -> Person | None:
        if not self._names.is_pseudonym(token):
            return None
        return await self._names.for_telling(walk.mount.tenant, token.lower())


async def _learner_of(answer: Answer, limit: int) -> str:
    """The learner's id in a registration, "" if there is none; nothing else of the answer is looked at."""
    fields = Headers(answer.headers)
    media, charset = media_of(fields.get("content-type"))
    try:
        body = decode_body(await answer.read(limit), fields.get("content-encoding"), limit)
        told = Message(Direction.INWARD, status=answer.status, media=media, charset=charset, body=body)
        found = find(told, _ANSWER).findings if answer.status == 200 else ()  # noqa: PLR2004  OK
    except ProxyError:
        return ""
    finally:
        answer.close()
    return found[0].value.reveal() if len(found) == 1 else ""


async def _nothing(_limit: int) -> bytes:
    return b""
