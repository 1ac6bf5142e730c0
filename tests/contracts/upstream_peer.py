"""A server that says exactly what a test wants, byte by byte."""

import asyncio
import datetime as dt
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from proxy.edge.upstream import Upstream

LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Talk:
    """One connection as its server sees it."""

    def __init__(self, peer: "Peer", reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        self.peer, self.reader, self.writer, self.number = peer, reader, writer, number

    async def request(self) -> bytes:
        """Wait for one request, remember and return it; empty if the client is gone."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        size = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
        whole = head + await self.reader.readexactly(size)
        self.peer.requests.append(whole)
        return whole

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def gone(self) -> None:
        """Wait until the client has closed or cut the connection."""
        with suppress(ConnectionError):
            await self.reader.read()

    def hang_up(self) -> None:
        self.writer.close()


class Peer:
    """What a server has seen."""

    def __init__(self) -> None:
        self.origin = ""
        self.requests: list[bytes] = []
        self.connections = 0
        self.talks: set[asyncio.Task[None]] = set()


Script = Callable[[Talk], Awaitable[None]]


@asynccontextmanager
async def peer(script: Script, context: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    """Serve `script` on a loopback port; every connection runs it once and is closed at its end."""
    seen = Peer()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        task = asyncio.current_task()
        assert task is not None
        seen.talks.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                await script(Talk(seen, reader, writer, seen.connections))
        finally:
            seen.talks.discard(task)
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    seen.origin = f"{'https' if context else 'http'}://127.0.0.1:{port}"
    try:
        yield seen
    finally:
        server.close()
        waiting = set(seen.talks)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await server.wait_closed()


@asynccontextmanager
async def client(**options) -> AsyncIterator[Upstream]:
    """Give an `Upstream` with patient timeouts, closed at the end."""
    upstream = Upstream(**{"connections_per_host": 4, "connect_timeout": 10.0, "read_timeout": 10.0, **options})
    try:
        yield upstream
    finally:
        await upstream.close()


async def fetch(upstream, origin, method="GET", body=b""):
    return await (await upstream.send(origin, method, "/", [], body)).read(1_000_000)


async def drain(upstream, origin):
    answer = await upstream.send(origin, "GET", "/", [])
    return b"".join([piece async for piece in answer.chunks()])


def saying(*answers: bytes, keep: bool = True) -> Script:
    """Answer the requests of each connection with `answers` in turn, then hang up (or keep waiting)."""

    async def script(talk: Talk) -> None:
        for answer in answers:
            if not await talk.request():
                return
            await talk.say(answer)
        if keep:
            await talk.gone()

    return script


async def always_ok(talk: Talk) -> None:
    while await talk.request():
        await talk.say(OK)


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Write a certificate for 127.0.0.1; return a server's context and the file a client has to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scormveil test")])
    now = dt.datetime.now(dt.UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = folder / "ca.pem", folder / "key.pem"
    trusted.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, secret)
    return context, trusted
