"""The way to the cloud: an HTTP/1.1 client that adds and interprets nothing.

It stands on aiohttp's response parser, below `ClientSession`, which costs more than half of a small exchange and
re-quotes addresses. Targets go out byte for byte; bodies come back as they are on the wire (content codings included);
there are no redirects, no cookies, no proxies from the environment. Every failure is an `UpstreamFailed` whose `reason`
is one of the words below; nothing of a foreign exception's text survives.
"""

import ssl
from collections.abc import AsyncIterator, Sequence
from functools import cache

from aiohttp import StreamReader

from proxy.edge.upstream_lane import TLS_FAILED, Lane
from proxy.edge.upstream_line import BROKE_OFF, CLOSED, Line, nothing
from proxy.edge.upstream_line import parser_kind as parser_kind
from proxy.edge.upstream_wire import MALFORMED, parse_origin, request_head
from proxy.errors import BodyTooLarge, UpstreamFailed

_SAFE = frozenset(("GET", "HEAD"))
_BODILESS = frozenset((204, 304))  # RFC 9110 sections 15.3.5 and 15.4.5


class Upstream:
    """Sends requests to any origin over kept connections. Create one per process, close it at the end."""

    def __init__(
        self,
        *,
        connections_per_host: int,
        connect_timeout: float,
        read_timeout: float,
        ca_file: str | None = None,
    ) -> None:
        """Remember limits; timeouts are seconds.

        `connect_timeout` bounds waiting for a free connection and, separately, opening one (name, TCP, TLS);
        `read_timeout` bounds the peer's silence within an exchange, not its length. `ca_file` (PEM) replaces the
        system's certificate authorities; `UpstreamFailed("tls-failed")` if it cannot be read.
        """
        self._connections_per_host = connections_per_host
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._context = _trusting(ca_file) if ca_file else _trusting_the_systems()
        self._lanes: dict[str, Lane] = {}
        self._closed = False

    async def send(
        self,
        origin: str,
        method: str,
        target: str,
        headers: Sequence[tuple[str, str]],
        body: bytes = b"",
    ) -> "UpstreamAnswer":
        """Send one request to `origin` (`https://host[:port]`) and return the answer once its head is here.

        `headers` go out in their order, behind `Host`; fields about framing or the connection are ours and are left
        out of them. Raises `UpstreamFailed`. A GET or HEAD whose kept connection turns out to be dead before a byte of
        answer came is sent once more on a new connection; nothing else is ever repeated.
        """
        lane = self._lanes.get(origin) or self._lane(origin)
        head = request_head(method, target, lane.origin.authority, headers, len(body))
        safe = method in _SAFE
        bodiless = method == "HEAD"
        for fresh in (False, True):
            line = await lane.take(safe=safe, fresh=fresh)
            try:
                return UpstreamAnswer(line, *await line.ask(head, body, bodiless=bodiless))
            except UpstreamFailed as failed:
                stale = failed.reason == BROKE_OFF and line.used and line.silent
                if fresh or not (safe and stale):
                    raise UpstreamFailed(failed.reason) from None
        raise AssertionError  # the second round returns or raises

    async def close(self) -> None:
        """Cut every connection; exchanges under way fail."""
        self._closed = True
        for lane in self._lanes.values():
            await lane.close()

    def _lane(self, origin: str) -> Lane:
        if self._closed:
            raise UpstreamFailed(CLOSED)
        lane = self._lanes[origin] = Lane(
            parse_origin(origin),
            limit=self._connections_per_host,
            connect_timeout=self._connect_timeout,
            read_timeout=self._read_timeout,
            context=self._context,
        )
        return lane


def _trusting(ca_file: str | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except (OSError, ValueError):
        raise UpstreamFailed(TLS_FAILED) from None
    context.set_alpn_protocols(["http/1.1"])
    return context


@cache
def _trusting_the_systems() -> ssl.SSLContext:
    """Reading all of the system's certificates takes tens of milliseconds; one process reads them once."""
    return _trusting(None)


class UpstreamAnswer:
    """An answer whose body is still coming. Read it to its end, or `close()` it.

    `headers` are in their order, duplicates kept, values as UTF-8 with surrogate escapes.
    """

    __slots__ = ("_line", "_payload", "headers", "status")

    def __init__(self, line: Line, status: int, headers: tuple[tuple[str, str], ...], payload: StreamReader) -> None:
        """Wrap what `line` received."""
        self._line = line
        self._payload = payload
        self.status = status
        self.headers = headers
        if status in _BODILESS:
            line.drop(payload)  # does nothing unless a broken server announced one
            self._payload = nothing()

    async def read(self, limit: int) -> bytes:
        """Return the whole body; `BodyTooLarge` over `limit` bytes, `UpstreamFailed` if it ends too early."""
        payload = self._payload
        if payload.is_eof() and payload.exception() is None:
            if payload.total_bytes > limit:
                raise BodyTooLarge("upstream-answer")
            return payload.read_nowait()
        pieces = []
        async for piece in self.chunks():
            if payload.total_bytes > limit:
                self.close()
                raise BodyTooLarge("upstream-answer")
            pieces.append(piece)
        return b"".join(pieces)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body in pieces as they come, never empty ones; the peer waits while the reader does.

        Raises `UpstreamFailed` if the body ends too early. Leaving the iteration closes the connection.
        """
        payload = self._payload
        try:
            while piece := await payload.readany():
                yield piece
        except Exception as problem:  # noqa: BLE001  of foreign errors only the fact is told
            raise UpstreamFailed(problem.reason if isinstance(problem, UpstreamFailed) else MALFORMED) from None
        finally:
            self.close()

    def close(self) -> None:
        """Give up what has not arrived yet; harmless after the end of the body."""
        self._line.drop(self._payload)

    def __del__(self) -> None:
        self.close()  # a forgotten answer must not hold its connection, and with it a place in the pool, for ever
