"""Stands before a record store of several parts, hands each request to the part that answers it, and keeps every byte.

Neither requests nor answers are altered: what a client gets here is what it gets from the part itself.
"""

import asyncio
from contextlib import suppress
from typing import Self

from tests.passage.wire import Received, read_message


class Front:
    """Requests go to the port of the longest of `parts` (path -> port) that their path begins with."""

    def __init__(self, parts: dict[str, int]) -> None:
        self.parts = dict(sorted(parts.items(), key=lambda part: -len(part[0])))
        self.port = 0
        self.requests: list[Received] = []
        self.answers: list[Received] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def received(self) -> bytes:
        """Everything that ever came to the store."""
        return b"\n".join(one.raw for one in self.requests)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0, limit=1 << 24)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with suppress(ConnectionError):
                while (request := await read_message(reader, answer=False)) is not None:
                    self.requests.append(request)
                    answer = await self._ask(request)
                    self.answers.append(answer)
                    writer.write(answer.raw)
                    await writer.drain()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _ask(self, request: Received) -> Received:
        path = request.target.partition("?")[0]
        port = next((port for start, port in self.parts.items() if path.startswith(start)), 0)
        assert port, f"no part of the store answers {path}"
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 24)
        try:
            writer.write(request.raw)
            await writer.drain()
            answer = await read_message(reader, answer=True, bodiless=request.start.startswith("HEAD "))
            assert answer is not None, request.start
            return answer
        finally:
            writer.close()
