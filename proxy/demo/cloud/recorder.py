"""Every byte the cloud receives, below HTTP: what is not in here, the cloud has never seen."""

import asyncio
from collections.abc import Callable
from typing import Any


class Recorder:
    """Raw bytes, one run per connection, so that no interleaving hides a text that was split over packets.

    Beyond `limit` bytes it stops recording and says so in `truncated`: a test must not mistake silence for absence.
    """

    def __init__(self, limit: int = 256 * 1024 * 1024) -> None:
        """Start empty."""
        self.truncated = False
        self._limit = limit
        self._size = 0
        self._runs: list[bytearray] = []

    def clear(self) -> None:
        """Forget all bytes; open connections continue as new runs."""
        for run in self._runs:
            run.clear()
        self._size = 0
        self.truncated = False

    def open_run(self) -> bytearray:
        """Begin the run of a new connection."""
        run = bytearray()
        self._runs.append(run)
        return run

    def add(self, run: bytearray, data: bytes) -> None:
        """Append what one connection received."""
        if self._size + len(data) > self._limit:
            self.truncated = True
            return
        self._size += len(data)
        run.extend(data)

    def bytes(self) -> bytes:
        """Everything received so far, connections joined by a line feed."""
        return b"\n".join(run for run in self._runs if run)


class RecordingProtocol(asyncio.Protocol):
    """Stands between the transport and aiohttp's own protocol and writes down what passes."""

    def __init__(self, inner: asyncio.Protocol, recorder: Recorder) -> None:
        """Wrap the protocol of one connection."""
        self._inner = inner
        self._recorder = recorder
        self._run = recorder.open_run()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass on."""
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Write down, then pass on."""
        self._recorder.add(self._run, data)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass on."""
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass on."""
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on."""
        self._inner.resume_writing()


def recording(factory: Callable[[], Any], recorder: Recorder) -> Callable[[], asyncio.Protocol]:
    """A protocol factory for `loop.create_server` that records around another one."""
    return lambda: RecordingProtocol(factory(), recorder)
