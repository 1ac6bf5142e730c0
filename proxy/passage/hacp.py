"""HACP of an LMS behind us: the request enters the trusted side, and the *answer* leaves it again.

The course is a stranger's and says nothing of itself but the LMS's own key to the attempt, so who asks is for the LMS
to say. What it answers walks the steps of anything that goes out: find, translate, put, guard, record, send. An answer
that cannot be read is not sent.
"""

from proxy.errors import BodyTooLarge, UpstreamRefused
from proxy.message import Direction, Message, media_of
from proxy.passage.carry import Carrier
from proxy.passage.ports import Answer, Outlet, Reply, Request
from proxy.passage.requests import opened
from proxy.passage.walk import Walk
from proxy.rewrite import decode_body

_LATIN = frozenset({"iso-8859-1", "latin1", "windows-1252"})
_OK = 200
_TEXT = "text/plain"


class Hacp:
    """Carries one command and its answer."""

    def __init__(self, carrier: Carrier, outlet: Outlet, *, limit: int, user_agent: str) -> None:
        """Remember the way to the LMS; `limit` bounds bodies, in bytes."""
        self._carrier = carrier
        self._outlet = outlet
        self._limit = limit
        self._user_agent = user_agent

    async def exchange(self, request: Request, walk: Walk, below: str) -> Reply:
        """Return what the course may have of the LMS's answer. Raises what the steps raise."""
        walk.delivers = True
        message = await opened(request, self._limit, Direction.INWARD, below)
        clean = await self._carrier.inward(message, walk.match.route.request, walk)
        answer = await self._ask(clean, walk)
        try:
            return await self._told(answer, walk)
        finally:
            answer.close()

    async def _ask(self, clean: Message, walk: Walk) -> Answer:
        mount = walk.mount
        path, mark, query = clean.target.partition("?")
        path = mount.upstream.path + ("" if path == "/" else path)
        fields = [("Accept", "*/*"), ("User-Agent", self._user_agent)]
        if clean.body:
            fields.append(("Content-Type", "application/x-www-form-urlencoded"))
        target = (path or "/") + mark + query
        return await self._outlet.send(mount.upstream.origin, clean.method, target, fields, clean.body)

    async def _told(self, answer: Answer, walk: Walk) -> Reply:
        route = walk.match.route
        if answer.status != _OK:  # an error page of the LMS's is nobody's business out there
            raise UpstreamRefused("lms", route=route.name)
        headers = {name.lower(): value for name, value in answer.headers}
        try:
            body = decode_body(await answer.read(self._limit), headers.get("content-encoding", ""), self._limit)
        except BodyTooLarge:
            raise UpstreamRefused("body-too-large", route=route.name) from None
        media, charset = media_of(headers.get("content-type", _TEXT))
        if charset in _LATIN:
            body, charset = body.decode("cp1252", "replace").encode(), "utf-8"
        message = Message(Direction.OUTWARD, status=answer.status, media=media or _TEXT, charset=charset, body=body)
        clean = await self._carrier.outward(message, route.answer, walk)
        await self._carrier.guard([("body", clean.body)], walk)
        fields = [("Content-Type", f"{_TEXT}; charset=utf-8"), ("Cache-Control", "no-store")]
        return Reply(_OK, fields, clean.body)
