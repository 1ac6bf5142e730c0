"""Messages to a syslog: RFC 5424 over UDP (RFC 5426), TCP (RFC 6587, octet counting), TLS (RFC 5425), a local socket.

Nobody acknowledges a syslog message: it is on its way when `send` returns, no more. A collector on another machine
still holds what the owner of the database would like to take back.
"""

import asyncio
import json
import os
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from proxy.audit.posts import Consistency
from proxy.errors import PostFailed

AUDIT_NOTICE: Final = 13 * 8 + 5
"""Facility 13 (log audit), severity 5 (notice): RFC 5424, section 6.2.1."""

_PORTS: Final = {"udp": 514, "tcp": 601, "tls": 6514}
_SECONDS: Final = 10.0
_NONE: Final = "-"


class Syslog:
    """One collector. Every `send` opens its own connection: messages are minutes apart."""

    def __init__(self, address: str, clock: Callable[[], float], *, app: str = "scormveil") -> None:
        """`udp://host[:port]`, `tcp://…`, `tls://…` or `unix:/path`; `clock` gives seconds since 1970 (UTC).

        ValueError for another address.
        """
        parts = urlsplit(address)
        self._kind, self._path = parts.scheme, parts.path
        self._host, self._port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
        if not (self._path if self._kind == "unix" else self._host and self._port):
            raise ValueError("no address of a syslog")
        self._clock = clock
        self._app = app

    def format(self, kind: str, text: str) -> bytes:
        """A message without its frame. `kind` is MSGID; `text` must be ASCII in one line, which every relay keeps."""
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        host = "".join(one for one in socket.gethostname()[:255] if "!" <= one <= "~") or _NONE
        return f"<{AUDIT_NOTICE}>1 {at} {host} {self._app} {os.getpid()} {kind} {_NONE} {text}".encode("ascii")

    async def send(self, kind: str, text: str) -> None:
        """Send one message. PostFailed `syslog-unreachable`, `syslog-too-slow`."""
        message = self.format(kind, text)
        try:
            async with asyncio.timeout(_SECONDS):
                await (self._datagram(message) if self._kind in {"udp", "unix"} else self._stream(message))
        except TimeoutError:
            raise PostFailed("syslog-too-slow") from None
        except (OSError, ssl.SSLError):
            raise PostFailed("syslog-unreachable") from None

    async def _datagram(self, message: bytes) -> None:
        loop = asyncio.get_running_loop()
        family, address = await self._where()
        with socket.socket(family, socket.SOCK_DGRAM) as way:
            way.settimeout(0)
            await loop.sock_connect(way, address)
            await loop.sock_sendall(way, message)

    async def _where(self) -> tuple[int, Any]:
        if self._kind == "unix":
            return socket.AF_UNIX, self._path
        loop = asyncio.get_running_loop()
        family, _, _, _, address = (await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM))[0]
        return family, address

    async def _stream(self, message: bytes) -> None:
        context = await asyncio.to_thread(ssl.create_default_context) if self._kind == "tls" else None
        _, writer = await asyncio.open_connection(self._host, self._port, ssl=context)
        try:
            writer.write(b"%d %s" % (len(message), message))
            await writer.drain()
        finally:
            writer.close()
            await writer.wait_closed()


class SyslogPost:
    """Checkpoints as messages `checkpoint {"note": "…"}`. A `Post`."""

    def __init__(self, syslog: Syslog) -> None:
        """Send to `syslog`."""
        self._syslog = syslog
        self.name = "syslog"

    async def deliver(self, note: str, consistency: Consistency) -> str:
        """Send. The note stands in JSON, where line ends and the dash are escaped: relays alter both."""
        del consistency
        await self._syslog.send("checkpoint", json.dumps({"note": note}))
        return note
