"""One connection to an upstream: aiohttp's response parser under a protocol of our own.

What we rely on below aiohttp's public surface, all of it held by `tests/contracts/test_upstream.py`:
`HttpResponseParser` (construction, `feed_data`, `feed_eof`), `BaseProtocol` (flow control) and `StreamReader`.
A parser is built for every answer: it costs a third of a microsecond and cannot carry bytes from one answer to another.
"""

import asyncio
from contextlib import suppress
from typing import Protocol, cast

from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpResponseParser, RawResponseMessage
from aiohttp.http_parser import HttpParser
from aiohttp.streams import EMPTY_PAYLOAD

from proxy.edge.upstream_wire import MALFORMED, acceptable
from proxy.errors import UpstreamFailed

BROKE_OFF = "broke-off"
READ_TIMEOUT = "read-timeout"
CLOSED = "closed"

# 256 KiB is what asyncio reads at once; a smaller mark would stop and start the socket at every read of a file.
_BUFFER = 2**18
_LINE_BYTES = 16 * 1024
_FIELDS = 128
_INTERIM_LIMIT = 16
_SWITCHING = 101

Head = tuple[int, tuple[tuple[str, str], ...], StreamReader]
"""Status, headers in order, body stream."""


class Owner(Protocol):
    """Who hands lines out and takes them back."""

    def put(self, line: "Line") -> None:
        """Take back a line whose answer is complete and which may be used again."""

    def lost(self, line: "Line") -> None:
        """Forget a line whose connection is gone."""


class Line(BaseProtocol):
    """One HTTP/1.1 connection, one exchange at a time, no pipelining.

    A line goes back to its owner the moment the last byte of an answer has arrived, even if nobody has read it yet.
    Idle time is watched by one lazily re-armed timer per connection instead of a timeout object per request.
    """

    __slots__ = (
        "_answer",
        "_heard",
        "_interim",
        "_owner",
        "_payload",
        "_read_timeout",
        "_spoiled",
        "_timer",
        "_unsent",
        "idle_since",
        "silent",
        "used",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, owner: Owner, read_timeout: float) -> None:
        """Belong to `owner`; fail when the peer is silent for `read_timeout` seconds within an exchange."""
        super().__init__(loop)
        self._owner = owner
        self._read_timeout = read_timeout
        self._answer: asyncio.Future[Head] | None = None
        self._payload: StreamReader | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard = 0.0
        self._unsent = 0
        self._interim = 0
        self._spoiled = False
        self.idle_since = 0.0
        self.silent = True
        self.used = False

    @property
    def usable(self) -> bool:
        """Whether the connection is open, as far as we can know."""
        return self.transport is not None and not self.transport.is_closing()

    async def ask(self, head: bytes, body: bytes, *, bodiless: bool) -> Head:
        """Send a request; return status, headers and body stream or raise `UpstreamFailed`.

        `bodiless` says that the answer has no body whatever its header says (HEAD, RFC 9110 section 9.3.2).
        Cancelled, it cuts the connection, unless the whole answer was here and the line serves someone else already.
        """
        self.silent = True
        if self.transport is None or self.transport.is_closing():
            raise UpstreamFailed(BROKE_OFF)
        self._send(self.transport, head, body, bodiless=bodiless)
        answer: asyncio.Future[Head] = self._loop.create_future()
        self._answer = answer
        try:
            return await answer
        except BaseException:
            if self._answer is answer:
                self.fail(CLOSED)
            elif not answer.cancelled() and answer.exception() is None:
                self.drop(answer.result()[2])
            raise

    def _send(self, transport: asyncio.Transport, head: bytes, body: bytes, *, bodiless: bool) -> None:
        self._interim = 0
        self._unsent = 0
        self._parser = HttpResponseParser(
            self,
            self._loop,
            _BUFFER,
            max_line_size=_LINE_BYTES,
            max_field_size=_LINE_BYTES,
            max_headers=_FIELDS,
            response_with_body=not bodiless,
            read_until_eof=True,  # else a body that ends with the connection would be dropped without a word
            auto_decompress=False,
        )
        self._heard = self._loop.time()
        if self._timer is None:
            self._timer = self._loop.call_later(self._read_timeout, self._watch)
        if len(body) > _BUFFER:
            transport.write(head)
            transport.write(body)
        else:
            transport.write(head + body)

    def drop(self, payload: StreamReader) -> None:
        """Close the connection if it is still busy with `payload`."""
        if self._payload is payload:
            self.fail(CLOSED)

    def fail(self, reason: str) -> None:
        """Tell whoever waits, and cut the connection."""
        self._spoiled = True
        answer, self._answer = self._answer, None
        payload, self._payload = self._payload, None
        if answer is not None and not answer.done():
            answer.set_exception(UpstreamFailed(reason))
        if payload is not None and payload.exception() is None:
            payload.set_exception(UpstreamFailed(reason))
        self.abort()

    def abort(self) -> None:
        """Cut the connection at once, without a farewell that a stuck peer could delay."""
        if self.transport is not None and not self._loop.is_closed():
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Feed the parser; `b""` means that reading goes on after a pause."""
        parser = self._parser
        if parser is None:
            if data:  # nobody asked: what would be parsed as the next answer must not stay on the connection
                self.abort()
            return
        if data:
            self.silent = False
            self._heard = self._loop.time()
        try:
            messages, _, _ = parser.feed_data(data)
        except Exception:  # noqa: BLE001  whatever it is, its text may quote the answer
            self.fail(MALFORMED)
            return
        for message, payload in messages:
            self._take(message, payload)
        if self._payload is not None and self._payload.exception() is not None:
            self.fail(MALFORMED)
        elif self._payload is not None and self._payload.is_eof():
            self._finish(parser)

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Go on after back-pressure; the time spent waiting for our own reader is not the peer's silence."""
        if self._reading_paused:
            self._heard = self._loop.time()
            super().resume_reading(resume_parser)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End the exchange: complete if its end is the end of the connection, else failed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._payload is not None and exc is None and self._parser is not None:
            with suppress(Exception):  # it raises if the body's announced end has not come; failed just below
                self._parser.feed_eof()
        if self._payload is not None and self._payload.is_eof():
            self._payload = None
        super().connection_lost(exc)
        self.fail(BROKE_OFF)
        self._parser = None
        self._owner.lost(self)

    def _take(self, message: RawResponseMessage, payload: StreamReader) -> None:
        """Accept the head of an answer: interim ones are skipped (RFC 9110 section 15.2), a second one spoils."""
        if message.code < 200:  # noqa: PLR2004  the class of interim answers
            self._interim += 1
            if message.code == _SWITCHING or self._interim > _INTERIM_LIMIT:
                self.fail(MALFORMED)
            return
        answer, self._answer = self._answer, None
        if answer is None:
            self._spoiled = True
            return
        if answer.done():  # cancelled in this very turn of the loop
            self.fail(CLOSED)
            return
        headers = tuple(message.headers.items())
        if not acceptable(headers):
            self._answer = answer
            self.fail(MALFORMED)
            return
        self._spoiled = self._spoiled or message.should_close
        self._payload = payload
        answer.set_result((message.code, headers, payload))

    def _finish(self, parser: HttpParser[RawResponseMessage]) -> None:
        """Go back to the owner, or close where the connection cannot carry another exchange."""
        self._parser = None
        self._payload = None
        transport = cast("asyncio.Transport", self.transport)
        try:
            rest = parser.feed_eof()
        except Exception:  # noqa: BLE001  as in data_received
            self._spoiled = True
        else:  # bytes behind the answer, which the next exchange would take for the head of its own
            self._spoiled = self._spoiled or rest is not None
        if self._spoiled:
            transport.close()
        elif transport.get_write_buffer_size():  # answered before it had read the request
            transport.abort()
        elif self.usable:
            self.used = True
            self.idle_since = self._loop.time()
            self._owner.put(self)

    def _watch(self) -> None:
        """Fail if the peer was silent for too long; re-arm for what is left otherwise."""
        self._timer = None
        if self._parser is None or self.transport is None:
            return
        now = self._loop.time()
        unsent = self.transport.get_write_buffer_size()
        if self._reading_paused or unsent != self._unsent:
            self._unsent = unsent
            self._heard = now
        left = self._heard + self._read_timeout - now
        if left <= 0:
            self.fail(READ_TIMEOUT)
        else:
            self._timer = self._loop.call_later(left, self._watch)


def nothing() -> StreamReader:
    """Return the body of an answer that has none."""
    return EMPTY_PAYLOAD


def parser_kind() -> str:
    """Return "c" if aiohttp's compiled parser is in use, else "python" (three times the cost)."""
    return "c" if HttpResponseParser.__module__ == "aiohttp._http_parser" else "python"
