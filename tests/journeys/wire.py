"""A tap between the proxy and whoever calls it: every byte in both directions, below HTTP."""

import asyncio
import re
from contextlib import contextmanager
from unittest import mock

from proxy.edge.listening import Listening

_ANSWERS = re.compile(rb"(?=HTTP/1\.[01] \d{3} )")
_REFUSED = re.compile(rb"HTTP/1\.[01] [45]")


class Wire:
    """What callers sent to the proxy and what it answered, one run of bytes per connection and direction."""

    def __init__(self) -> None:
        self._received: list[bytearray] = []
        self._sent: list[bytearray] = []

    def received(self) -> bytes:
        return b"\n".join(self._received)

    def refusals(self) -> bytes:
        """The answers with a status of 400 and above."""
        answers = [answer for run in self._sent for answer in _ANSWERS.split(bytes(run))]
        return b"\n".join(answer for answer in answers if _REFUSED.match(answer))

    def clear(self) -> None:
        for run in (*self._received, *self._sent):
            run.clear()

    def connect(self) -> tuple[bytearray, bytearray]:
        runs = bytearray(), bytearray()
        self._received.append(runs[0])
        self._sent.append(runs[1])
        return runs

    @contextmanager
    def tapped(self):
        """Whatever begins to listen meanwhile is listened in on."""
        serve = Listening.serve

        async def tap(listening, door, host, port, **options):
            return await serve(listening, _Doorway(door, self), host, port, **options)

        with mock.patch.object(Listening, "serve", tap):
            yield


class _Doorway:
    """Stands for the proxy's protocol factory; everything but the making of protocols is the factory's own."""

    def __init__(self, door, wire) -> None:
        self._door = door
        self._wire = wire

    def __call__(self):
        return _Tap(self._door(), self._wire)

    def __getattr__(self, name):
        return getattr(self._door, name)


class _Tap(asyncio.Protocol):
    def __init__(self, inner, wire) -> None:
        self._inner = inner
        self._received, self._sent = wire.connect()

    def connection_made(self, transport):
        self._inner.connection_made(_Transport(transport, self._sent))

    def data_received(self, data):
        self._received.extend(data)
        self._inner.data_received(data)

    def eof_received(self):
        return self._inner.eof_received()

    def connection_lost(self, exc):
        self._inner.connection_lost(exc)

    def pause_writing(self):
        self._inner.pause_writing()

    def resume_writing(self):
        self._inner.resume_writing()


class _Transport:
    """The transport with a copy of what is written."""

    def __init__(self, transport, sent) -> None:
        self._transport = transport
        self._sent = sent

    def write(self, data):
        self._sent.extend(data)
        self._transport.write(data)

    def writelines(self, pieces):
        pieces = list(pieces)
        self._sent.extend(b"".join(pieces))
        self._transport.writelines(pieces)

    def __getattr__(self, name):
        return getattr(self._transport, name)
