"""The connections to one origin: opened on demand, kept alive, at most so many."""

import asyncio
import socket
import ssl
from collections import deque
from functools import partial
from typing import Any

from proxy.edge.upstream_line import BROKE_OFF, CLOSED, Line
from proxy.edge.upstream_wire import Origin, address_of
from proxy.errors import UpstreamFailed

BUSY = "busy"
CONNECT_FAILED = "connect-failed"
CONNECT_TIMEOUT = "connect-timeout"
NOT_RESOLVABLE = "not-resolvable"
TLS_FAILED = "tls-failed"

# Servers close idle connections after 5 s (Node, Apache) to 75 s (nginx). A request that may not be repeated uses only
# a connection younger than the shortest of them, so that it does not meet the server's farewell.
_KEEP_ALIVE = 15.0
_KEEP_ALIVE_UNSAFE = 4.0
_EYEBALLS_DELAY = 0.25  # RFC 8305 section 5


class Lane:
    """A bounded pool for one origin. The newest idle line is handed out first, so that surplus ones age away."""

    def __init__(
        self,
        origin: Origin,
        *,
        limit: int,
        connect_timeout: float,
        read_timeout: float,
        context: ssl.SSLContext,
    ) -> None:
        """Open at most `limit` connections; wait `connect_timeout` seconds for a free one, and again to open one."""
        self.origin = origin
        self._limit = limit
        self._connect_timeout = connect_timeout
        self._read_timeout = read_timeout
        self._context = context if origin.secure else None
        self._slots = 0
        self._lines: set[Line] = set()
        self._idle: list[Line] = []
        self._queue: deque[asyncio.Future[Line | None]] = deque()
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed = False
        self._empty = asyncio.Event()

    async def take(self, *, safe: bool, fresh: bool = False) -> Line:
        """Return a connected line, `fresh` or kept; raises `UpstreamFailed`.

        Asking for a fresh one says that a kept one was stale: the others are as old, so they go.
        """
        if self._closed:
            raise UpstreamFailed(CLOSED)
        if fresh:
            self._drop(self._idle)
        line = self._kept(_KEEP_ALIVE if safe else _KEEP_ALIVE_UNSAFE)
        if line is not None:
            return line
        if self._slots < self._limit:
            self._slots += 1
        else:
            self._drop(self._idle[:1])  # idle, but too old for this request: make room
            line = await self._turn()
            if line is not None:
                return line
        return await self._open()

    def put(self, line: Line) -> None:
        """Take back a line that may be used again."""
        if self._closed:
            line.abort()
            return
        self._give(line)

    def lost(self, line: Line) -> None:
        """Forget a line; its slot goes to whoever waits."""
        if line not in self._lines:
            return  # it broke off before it was ever handed out
        self._lines.remove(line)
        if line in self._idle:
            self._idle.remove(line)
        self._give(None)
        if not self._lines:
            self._empty.set()

    async def close(self) -> None:
        """Cut every connection, fail everyone who waits, and return when the sockets are closed."""
        self._closed = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        for turn in self._queue:
            if not turn.done():
                turn.set_exception(UpstreamFailed(CLOSED))
        self._queue.clear()
        for line in tuple(self._lines):
            line.fail(CLOSED)
        if self._lines:
            self._empty.clear()
            await self._empty.wait()

    def _kept(self, max_age: float) -> Line | None:
        """Return the newest idle line if it is young enough."""
        while self._idle:
            line = self._idle[-1]
            if line.usable and asyncio.get_running_loop().time() - line.idle_since > max_age:
                return None
            self._idle.pop()
            if line.usable:
                return line
        return None

    async def _turn(self) -> Line | None:
        """Wait for a line, or for the right to open one (None)."""
        deadline = asyncio.get_running_loop().time() + self._connect_timeout
        try:
            async with asyncio.timeout_at(deadline):
                while True:
                    line = await self._queued()
                    if line is None or line.usable:
                        return line
        except TimeoutError:
            raise UpstreamFailed(BUSY) from None

    async def _queued(self) -> Line | None:
        turn: asyncio.Future[Line | None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._give(turn.result())  # it was our turn, but we are gone
            raise

    def _give(self, line: Line | None) -> None:
        """Hand a line, or the slot of a lost one (None), to the first in the queue."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(line)
                return
        if line is None:
            self._slots -= 1
        elif line.usable:
            self._idle.append(line)
            if self._sweeper is None:
                self._sweeper = asyncio.get_running_loop().call_later(_KEEP_ALIVE, self._sweep)

    async def _open(self) -> Line:
        """Connect (the slot is ours already); every failure gives the slot back."""
        try:
            async with asyncio.timeout(self._connect_timeout):
                line = await self._connect()
        except BaseException as problem:
            self._give(None)
            reason = _reason(problem)
            if reason:
                raise UpstreamFailed(reason) from None
            raise
        if self._closed or not line.usable:
            line.abort()
            self._give(None)
            raise UpstreamFailed(CLOSED if self._closed else BROKE_OFF)
        self._lines.add(line)
        return line

    async def _connect(self) -> Line:
        loop = asyncio.get_running_loop()
        options: dict[str, Any] = {}
        if isinstance(loop, asyncio.BaseEventLoop):  # other loops do not know this option
            options["happy_eyeballs_delay"] = _EYEBALLS_DELAY
        _, line = await loop.create_connection(
            partial(Line, loop, self, self._read_timeout),
            address_of(self.origin.host),
            self.origin.port,
            ssl=self._context,
            server_hostname=self.origin.host if self._context else None,
            **options,
        )
        return line

    def _sweep(self) -> None:
        """Close what has been idle for too long; go on while anything is idle."""
        self._sweeper = None
        loop = asyncio.get_running_loop()
        eldest = loop.time() - _KEEP_ALIVE
        self._drop([line for line in self._idle if line.idle_since <= eldest])
        if self._idle:
            self._sweeper = loop.call_later(_KEEP_ALIVE, self._sweep)

    def _drop(self, lines: list[Line]) -> None:
        for line in tuple(lines):
            self._idle.remove(line)
            line.abort()


def _reason(problem: BaseException) -> str:
    """Return the stable word for what went wrong while connecting, "" for what is not ours to translate."""
    if isinstance(problem, TimeoutError):
        return CONNECT_TIMEOUT
    if isinstance(problem, ssl.SSLError):
        return TLS_FAILED
    if isinstance(problem, socket.gaierror | UnicodeError):
        return NOT_RESOLVABLE
    return CONNECT_FAILED if isinstance(problem, Exception) else ""
