"""The listening side: aiohttp's low-level server without routing, access log or error pages of its own."""

import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from multidict import CIMultiDict

from proxy.edge.intake import request_of
from proxy.edge.outlet import refusal
from proxy.edge.sources import Sources
from proxy.errors import InternalFault, ProxyError, UnreadableBody
from proxy.observe import Metrics
from proxy.passage import Exchange, Passage, Reply

_LINE = 65_536  # a doubly encoded launch address of a v1 package easily passes aiohttp's 8 kB
_HEADERS = 128


Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class _Connection(RequestHandler):
    """A connection whose parse errors are answered in our words; aiohttp's quote what was received, and log it."""

    def __init__(self, manager: web.Server, malformed: Handler, **options: Any) -> None:
        """Answer what is no HTTP request with `malformed`."""
        super().__init__(manager, **options)
        self._malformed = malformed

    def _make_error_handler(self, err_info: Any) -> Handler:
        del err_info
        return self._malformed

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        del request, status, exc, message
        reply = refusal(InternalFault(), secrets.token_hex(6), as_page=False)
        response = web.Response(status=reply.status, body=reply.body, headers=reply.headers)
        response.force_close()
        return response

    def log_exception(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the exception's text may quote the request."""

    def log_debug(self, *args: Any, **kwargs: Any) -> None:
        """Say nothing: the message may quote the request."""


class _Door(web.Server):
    """Hands out `_Connection`s."""

    def __init__(self, handler: Handler, malformed: Handler) -> None:
        """Serve requests with `handler`, what cannot be parsed with `malformed`."""
        super().__init__(handler)
        self._malformed = malformed

    def __call__(self) -> _Connection:
        return _Connection(
            self,
            self._malformed,
            loop=self._loop,
            access_log=None,
            auto_decompress=False,
            max_line_size=_LINE,
            max_field_size=_LINE,
            max_headers=_HEADERS,
        )


class Server:
    """Serves a passage and reports every exchange to `tell`."""

    def __init__(
        self,
        passage: Passage,
        metrics: Metrics,
        log: Any,
        tell: Callable[[Exchange, float], None] | None = None,
        *,
        idle_seconds: float,
        sources: Sources,
    ) -> None:
        """Remember the passage and who is told.

        `idle_seconds` bounds a sender's silence within a body, `sources` tell callers apart.
        """
        self._passage = passage
        self._metrics = metrics
        self._log = log
        self._tell = tell
        self._idle_seconds = idle_seconds
        self._sources = sources

    def door(self) -> web.Server:
        """Return the protocol factory for a listening socket."""
        return _Door(self.handle, self.malformed)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Serve one request; every exception ends as a refusal with an incident number."""
        exchange = Exchange(secrets.token_hex(6))
        started = time.perf_counter()
        try:
            reply = await self._passage.handle(request_of(request, self._idle_seconds, self._sources), exchange)
        except ProxyError as refused:
            reply = self._refuse(exchange, refused, request)
        except Exception as fault:  # noqa: BLE001  a fault of ours refuses too, and its text may hold a value
            exchange.reason = type(fault).__name__.lower()
            await self._passage.refuse(InternalFault(), exchange)
            reply = self._refuse(exchange, InternalFault(), request)
        exchange.status = reply.status
        if reply.filtered and reply.stream is not None:
            reply.stream = self._until_its_end(reply.stream, exchange, started)
        else:
            self._report(exchange, time.perf_counter() - started)
        return await _respond(request, reply)

    async def _until_its_end(
        self, stream: AsyncIterator[bytes], exchange: Exchange, started: float
    ) -> AsyncIterator[bytes]:
        """Give on what is still being re-identified; whatever ends it is recorded and reported before it shows."""
        try:
            async for chunk in stream:
                yield chunk
        except ProxyError as refused:
            await self._passage.refuse(refused, exchange)
            raise
        except Exception as fault:
            exchange.reason = type(fault).__name__.lower()
            await self._passage.refuse(InternalFault(), exchange)
            raise
        finally:
            self._report(exchange, time.perf_counter() - started)

    async def malformed(self, request: web.BaseRequest) -> web.StreamResponse:
        """Refuse and record what cannot be read as HTTP; the connection cannot be used after it."""
        exchange = Exchange(secrets.token_hex(6))
        started = time.perf_counter()
        error = UnreadableBody("malformed-request")
        await self._passage.refuse(error, exchange)
        reply = refusal(error, exchange.id, as_page=False)
        exchange.status = reply.status
        self._report(exchange, time.perf_counter() - started)
        reply.headers.append(("Connection", "close"))
        return await _respond(request, reply)

    @staticmethod
    def _refuse(exchange: Exchange, error: ProxyError, request: web.BaseRequest) -> Reply:
        return refusal(error, exchange.id, as_page="text/html" in request.headers.get("Accept", ""))

    def _report(self, exchange: Exchange, seconds: float) -> None:
        """One log line, one count, one event for whoever watches.

        Files and pages in which nobody was found are counted, but logged at level debug only: a course has hundreds,
        and a line costs as much as passing a small file.
        """
        quiet = exchange.verdict == "passed" and not exchange.found and not exchange.reidentified
        level = self._log.debug if quiet else self._log.info if exchange.verdict == "passed" else self._log.warning
        level(
            "exchange",
            exchange=exchange.id,
            mount=exchange.mount,
            adapter=exchange.adapter,
            route=exchange.route,
            direction=exchange.direction,
            verdict=exchange.verdict,
            code=exchange.code,
            reason=exchange.reason,
            status=exchange.status,
            found=exchange.found,
            veiled=exchange.veiled,
            reidentified=exchange.reidentified,
            ms=round(seconds * 1000, 2),
        )
        self._metrics.exchange(
            mount=exchange.mount, route=exchange.route, verdict=exchange.verdict, code=exchange.code, seconds=seconds
        )
        self._metrics.people(mount=exchange.mount, veiled=exchange.veiled, reidentified=exchange.reidentified)
        if self._tell is not None:
            self._tell(exchange, seconds)


async def _respond(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    reply.headers.append(("Server", "scormveil"))
    if reply.stream is None:
        response = web.Response(status=reply.status, body=reply.body or None, headers=_multi(reply.headers))
        await response.prepare(request)
        await response.write_eof()
        return response
    streaming = web.StreamResponse(status=reply.status, headers=_multi(reply.headers))
    try:
        await streaming.prepare(request)
        async for chunk in reply.stream:
            await streaming.write(chunk)
        await streaming.write_eof()
    except Exception:  # noqa: BLE001  aiohttp would write a second answer behind the first half of this one
        # The head is out already: the only honest end is a broken connection, so that nobody takes half for whole.
        if request.transport is not None:
            request.transport.abort()
    return streaming


def _multi(pairs: Sequence[tuple[str, str]]) -> Any:

    return CIMultiDict(pairs)
