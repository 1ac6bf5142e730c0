"""Postbacks: a request that enters the trusted side, relayed to the LMS with the real person and without details.

The cloud takes anything but 4xx and 5xx for success and does not follow redirects, so it hears 2xx only after the LMS
has said 2xx; a 3xx of the LMS, like every other answer and every silence, makes it repeat. Of the LMS's answer nothing
but "accepted" travels back: its text and headers stay on the trusted side.
"""

from proxy.audit import AuditLog, Entry, Event
from proxy.errors import ProxyError, RelayFailed
from proxy.message import Direction
from proxy.passage.carry import Carrier, Walk
from proxy.passage.ports import Outlet, Reply, Request
from proxy.passage.requests import opened

_SUCCESS = 2


class Relay:
    """Relays results to the LMS."""

    def __init__(self, carrier: Carrier, outlet: Outlet, audit: AuditLog, limit: int) -> None:
        """Remember the way to the LMS."""
        self._carrier = carrier
        self._outlet = outlet
        self._audit = audit
        self._limit = limit

    async def deliver(self, request: Request, walk: Walk) -> Reply:
        """Re-identify, record, hand over; `RelayFailed` unless the LMS accepted."""
        mount, shape = walk.mount, walk.match.route.request
        message = await opened(request, self._limit, Direction.INWARD, request.target)
        clean = await self._carrier.inward(message, shape, walk)
        headers = [("Content-Type", "application/json; charset=utf-8"), ("Accept", "*/*")]
        login = mount.credential.header if mount.credential else request.headers.get("authorization")
        if login:
            headers.append(("Authorization", login))
        path = mount.upstream.path or "/"
        try:
            answer = await self._outlet.send(mount.upstream.origin, "POST", path, headers, clean.body)
        except ProxyError:
            raise RelayFailed("unreachable", route=walk.match.route.name) from None
        answer.close()
        if answer.status // 100 != _SUCCESS:
            raise RelayFailed(f"lms-{answer.status // 100}xx", route=walk.match.route.name)
        await self._audit.append(
            Entry(
                Event.RELAYED,
                actor=walk.actor,
                tenant=mount.tenant,
                mount=mount.name,
                route=walk.match.route.name,
                exchange=walk.exchange.id,
                count=1,
            )
        )
        return Reply(204)
