"""What stands between us and a server and may lose its memory: a TCP relay that can fall silent, cut, or swallow."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Middlebox:
    """Relays to a port of this machine. Bytes of a silent one are acknowledged by the kernel and go nowhere."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.silent = False
        self.sent: Callable[[bytes], bool] = lambda _data: True
        """Sees what the client sends; False swallows it and cuts the connection."""
        self.answered: Callable[[bytes], bool] = lambda _data: True
        """Sees what the server answers; False swallows it and cuts the connection."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        await self._server.wait_closed()

    def cut(self) -> None:
        """Reset every connection, as a firewall does that was restarted."""
        for writer in tuple(self._writers):
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            beyond_reader, beyond = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = (writer, beyond)
        self._writers.update(pair)
        try:
            with suppress(OSError):
                await asyncio.gather(
                    self._pump(reader, beyond, "sent"),
                    self._pump(beyond_reader, writer, "answered"),
                )
        finally:
            for one in pair:
                one.transport.abort()
                self._writers.discard(one)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, eye: str) -> None:
        while data := await reader.read(1 << 16):
            if self.silent:
                continue
            if not getattr(self, eye)(data):
                break
            writer.write(data)
            await writer.drain()
        raise ConnectionAbortedError
