"""An upstream that must hear nothing, and what it takes to say that a request was refused."""

import asyncio
import json
from contextlib import suppress
from typing import Self


class Silence:
    """Listens, and keeps every byte that anybody sends; answers nothing but `204` to what it understands."""

    def __init__(self) -> None:
        self.port = 0
        self.heard = b""
        self._server: asyncio.Server | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._listen, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(1 << 16):
                self.heard += data
                writer.write(b"HTTP/1.1 204 No Content\r\nX-Experience-API-Version: 1.0.3\r\n\r\n")
                await writer.drain()
        writer.close()


def refused(answer, status: int, code: str, *secrets: str) -> None:
    """The answer is a refusal of ours and tells nothing of what it refused."""
    assert (answer.status, answer.header("X-Scormveil-Code")) == (status, code), answer.raw
    assert set(json.loads(answer.body)) == {"code", "incident", "message"}
    for one in secrets:
        assert one.encode() not in answer.raw
