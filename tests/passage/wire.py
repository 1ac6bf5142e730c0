"""The raw ends of the wire: a client that sends exactly these bytes, and a server that keeps every byte it gets."""

import asyncio
import gzip
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

PATIENCE = 20
"""Seconds after which a test that hangs is wrong; nothing is ever timed by it."""


@dataclass(frozen=True)
class Received:
    """A message as it was on the wire."""

    raw: bytes
    whole: bool = True
    """Whether the body ended where its framing says."""

    @property
    def head(self) -> str:
        return self.raw.partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape")

    @property
    def start(self) -> str:
        return self.head.partition("\r\n")[0]

    @property
    def status(self) -> int:
        return int(self.start.split()[1])

    @property
    def target(self) -> str:
        return self.start.split()[1]

    @property
    def headers(self) -> list[tuple[str, str]]:
        lines = self.head.split("\r\n")[1:]
        return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def body(self) -> bytes:
        rest = self.raw.partition(b"\r\n\r\n")[2]
        return dechunked(rest) if "chunked" in self.header("transfer-encoding").lower() else rest

    @property
    def opened(self) -> bytes:
        return gzip.decompress(self.body) if self.header("content-encoding") == "gzip" else self.body


def dechunked(data: bytes) -> bytes:
    out = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size.split(b";")[0] or b"0", 16)
        if not length:
            break
        out, data = out + data[:length], data[length + 2 :]
    return out


async def read_message(reader: asyncio.StreamReader, *, answer: bool, bodiless: bool = False) -> Received | None:
    """Read one message by its own framing; None if the other side closed before it began."""
    raw = b""
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
        told = Received(raw)
        if bodiless or (answer and told.status in {204, 304}):
            return told
        if "chunked" in told.header("transfer-encoding").lower():
            while True:
                line = await reader.readuntil(b"\r\n")
                raw += line
                size = int(line.split(b";")[0], 16)
                raw += await reader.readexactly(size + 2)
                if not size:
                    return Received(raw)
        if told.header("content-length"):
            return Received(raw + await _exactly(reader, int(told.header("content-length"))))
        return Received(raw + await reader.read()) if answer else told
    except asyncio.IncompleteReadError as cut:
        raw += cut.partial
        return Received(raw, whole=False) if raw else None
    except ConnectionError:
        return Received(raw, whole=False) if raw else None


async def _exactly(reader: asyncio.StreamReader, size: int) -> bytes:
    return await reader.readexactly(size) if size else b""


async def send_raw(port: int, data: bytes, *, hang_up: bool = False) -> Received | None:
    """Send `data` and read one answer; `hang_up` says that nothing more will come. None: closed without a word."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                writer.write(data)
                await writer.drain()
                if hang_up:
                    writer.write_eof()
            return await read_message(reader, answer=True, bodiless=data.startswith(b"HEAD "))
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def request(method: str, target: str, headers: list[tuple[str, str]], body: bytes = b"") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape") + body


def http(status: int = 200, headers: list[tuple[str, str]] | dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """An answer of a stub; the length is added unless the answer has its own framing or none."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
    names = {name.lower() for name, _ in pairs}
    if not names & {"content-length", "transfer-encoding"} and status not in {204, 304}:
        pairs.append(("Content-Length", str(len(body))))
    lines = [f"HTTP/1.1 {status} Word", *(f"{name}: {value}" for name, value in pairs)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape") + body


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Stub:
    """A server that records every request and answers what the test told it to, or a plain page."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = 0
        self.requests: list[Received] = []
        self.connections = 0
        self._answers: deque[bytes | Script] = deque()
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def origin(self) -> str:
        return f"http://{self.name}:{self.port}"

    @property
    def everything(self) -> bytes:
        """Everything that was ever received."""
        return b"\n".join(one.raw for one in self.requests)

    def say(self, *answers: bytes | Script) -> None:
        """Answer the coming requests with `answers`; a function gets the connection instead."""
        self._answers.extend(answers)

    def forget(self) -> None:
        """Nothing was received, and nothing is to be said."""
        self.requests.clear()
        self._answers.clear()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        talks = tuple(self._talks)
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                while (received := await read_message(reader, answer=False)) is not None and received.whole:
                    self.requests.append(received)
                    answer = self._answers.popleft() if self._answers else PAGE
                    if not isinstance(answer, bytes):
                        await answer(reader, writer)
                        return
                    writer.write(answer)
                    await writer.drain()
        finally:
            self._talks.discard(task)
            writer.close()


PAGE = http(200, {"Content-Type": "text/html"}, b"<!doctype html><title>page of the cloud</title>")
