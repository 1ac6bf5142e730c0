"""Postbacks: a request that enters the trusted side, relayed to the LMS with the real person and without details.

The cloud takes anything but 4xx and 5xx for success and does not follow redirects, so it hears 2xx only after the LMS
has said 2xx; a 3xx of the LMS, like every other answer and every silence, makes it repeat. Of the LMS's answer nothing
but "accepted" travels back: its text and headers stay on the trusted side.

Nothing is queued here: the cloud's own queue repeats for up to 17.5 hours, and a result that was relayed but not noted,
because we were killed in between, comes to the LMS twice. A result that comes after a newer one of its registration is
answered without being relayed, or it would undo the newer one.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace

from proxy.adapters import postback
from proxy.audit import AuditLog, Entry, Event
from proxy.errors import BodyTooLarge, NotPermitted, ProxyError, RelayFailed, RelayTimedOut, UnknownRoute
from proxy.message import Direction
from proxy.passage.carry import Carrier
from proxy.passage.mounts import Mount
from proxy.passage.ports import Exchange, Outlet, Reply, Request
from proxy.passage.postback_seal import Given
from proxy.passage.postback_spec import PostbackSpec
from proxy.passage.postback_wire import Arrived, check_registration, order_of, read, rewritten, write
from proxy.passage.postbacks import PATH, V1, Postbacks, check_address, way_to
from proxy.passage.requests import opened
from proxy.passage.router import Match
from proxy.passage.walk import Walk
from proxy.store.port import Clock
from proxy.store.postbacks_port import Delivery, PostbackRecord
from proxy.store.postbacks_port import Postbacks as PostbackStore

_SUCCESS = 2
_ANSWER_LIMIT = 1_048_576
_SILENCE = frozenset({"read-timeout", "connect-timeout"})
_MARGIN_MS = 1_000
_AHEAD_MS = 10 * 60 * 1000
ROUTE = "postback.result"


@dataclass(frozen=True, slots=True, repr=False)
class _Parcel:
    """What is handed to the LMS, and where."""

    origin: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


class Relay:
    """Relays results to the LMS."""

    def __init__(
        self,
        carrier: Carrier,
        outlet: Outlet,
        audit: AuditLog,
        *,
        postbacks: Postbacks,
        deliveries: PostbackStore,
        clock: Clock,
        limit: int,
        patience: float,
    ) -> None:
        """Remember the way to the LMS. `limit` bounds a body in bytes, `patience` the LMS's answer in seconds."""
        self._carrier = carrier
        self._outlet = outlet
        self._audit = audit
        self._postbacks = postbacks
        self._deliveries = deliveries
        self._clock = clock
        self._limit = limit
        self._patience = patience

    async def deliver(self, request: Request, walk: Walk) -> Reply:
        """Relay what arrives at a `postback` mount, in the form in which it came.

        Re-identify, record, hand over; `RelayFailed` or `RelayTimedOut` unless the LMS accepted.
        """
        mount, walk.delivers = walk.mount, True
        arrived = await self._read(request)
        clean = await self._carrier.inward(arrived.result, arrived.shape, walk)
        headers, body = rewritten(arrived, clean.body)
        login = mount.credential.header if mount.credential else request.headers.get("authorization")
        if login:
            headers.append(("Authorization", login))
        parcel = _Parcel(mount.upstream.origin, mount.upstream.path or "/", headers, body)
        return await self._in_order(arrived, parcel, walk)

    async def receive(self, request: Request, mount: Mount, below: str, exchange: Exchange) -> Reply:
        """Relay what the cloud posts to an address that it was given; see `Postbacks.outward`.

        Raises NotPermitted (`postback-token`, `postback-login`, `other-registration`) and what `deliver` raises.
        """
        exchange.route, exchange.direction = ROUTE, Direction.INWARD.value
        if request.method != "POST":
            raise UnknownRoute("postback-method", route=ROUTE)
        walk = Walk(mount, Match(postback.ADAPTER.route(ROUTE)), exchange, actor="cloud", delivers=True)
        found = await self._postbacks.find(mount, below.removeprefix(PATH))
        if found is None or not found[1].lms.url:
            raise NotPermitted("postback-token", route=ROUTE)
        record, given = found
        arrived = await self._read(request)
        if arrived.login is None or not self._postbacks.admits(
            mount, given, arrived.login.user, arrived.login.password
        ):
            raise NotPermitted("postback-login", route=ROUTE)
        if record.level == "registration":
            check_registration(arrived, given.ident)
        lms = await self._wanted(record, given)
        check_address(mount, lms.url)
        clean = await self._carrier.inward(arrived.result, arrived.shape, walk)
        settled = lms.settled(v1=mount.adapter.name == V1, details=mount.audience.details)
        headers, body = write(arrived, clean.body, settled)
        parcel = _Parcel(*way_to(lms.url), headers, body)
        if record.level == "test":  # dummy ids, never repeated, about nobody
            return await self._handed(parcel, walk)
        return await self._in_order(arrived, parcel, walk)

    async def _read(self, request: Request) -> Arrived:
        return read(await opened(request, self._limit, Direction.INWARD, request.target))

    async def _wanted(self, record: PostbackRecord, given: Given) -> PostbackSpec:
        """What the LMS wants now: a result that was queued before it changed its password goes by the new one."""
        newer = await self._postbacks.successor(record) if record.replaced_at else None
        if newer is None or not newer.lms.url or newer.lms.legacy != given.lms.legacy:
            newer = given
        return await self._postbacks.completed(record, newer)

    async def _in_order(self, arrived: Arrived, parcel: _Parcel, walk: Walk) -> Reply:
        """Hand over unless a newer result of the registration was accepted; one at a time, on whatever node."""
        order, now = order_of(arrived), self._clock()
        if order is None or order.stamp > now + _AHEAD_MS:  # a time to come would keep everything back until it has
            return await self._handed(parcel, walk)
        delivery = Delivery(walk.mount.name, order.registration, order.stamp, walk.exchange.id)
        turn = await self._deliveries.take(delivery, now, now + int(self._patience * 1000) + _MARGIN_MS)
        if turn == "busy":
            raise RelayFailed("busy", route=ROUTE)
        if turn == "stale":
            await self._record(Event.OUTDATED, walk)
            walk.exchange.reason = "outdated"
            return Reply(204)
        accepted = False
        try:
            reply = await self._handed(parcel, walk)
            accepted = True
        finally:
            await self._deliveries.settle(delivery, self._clock(), accepted=accepted)
        return reply

    async def _handed(self, parcel: _Parcel, walk: Walk) -> Reply:
        await self._hand_over(replace(parcel, headers=[parcel.headers[0], ("Accept", "*/*"), *parcel.headers[1:]]))
        await self._record(Event.RELAYED, walk)
        return Reply(204)

    async def _hand_over(self, parcel: _Parcel) -> None:
        """Return once the LMS has accepted. Raises RelayFailed, RelayTimedOut."""
        try:
            async with asyncio.timeout(self._patience):
                status = await self._status(parcel)
        except TimeoutError:
            raise RelayTimedOut("lms-slow", route=ROUTE) from None
        except ProxyError as failure:
            if failure.reason in _SILENCE:
                raise RelayTimedOut("lms-silent", route=ROUTE) from None
            raise RelayFailed("unreachable", route=ROUTE) from None
        if status // 100 != _SUCCESS:
            raise RelayFailed(f"lms-{status // 100}xx", route=ROUTE)

    async def _status(self, parcel: _Parcel) -> int:
        """What the LMS says, if its answer arrives to the last byte: one that breaks off may be a failure."""
        answer = await self._outlet.send(parcel.origin, "POST", parcel.target, parcel.headers, parcel.body)
        if answer.status // 100 != _SUCCESS:
            answer.close()
            return answer.status
        with suppress(BodyTooLarge):  # it has said 2xx, and goes on talking
            await answer.read(_ANSWER_LIMIT)
        return answer.status

    async def _record(self, event: Event, walk: Walk) -> None:
        mount = walk.mount
        await self._audit.append(
            Entry(
                event,
                actor=walk.actor,
                tenant=mount.tenant,
                mount=mount.name,
                route=walk.match.route.name,
                exchange=walk.exchange.id,
                count=1,
            )
        )
