"""Where an export goes: standard output, a file that is there whole or not at all, a syslog. Blocking."""

import os
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Protocol, TypeVar
from urllib.parse import urlsplit

from proxy.audit.export import octets_counted
from proxy.cli.new_files import Draft, unwritten

T = TypeVar("T")

_SECONDS = 10.0
_MODE = 0o600
_GO_ON = "Mend it, then go on with --state, or export again"
_PORTS = MappingProxyType({"syslog": 514, "syslog+udp": 514, "syslog+tcp": 601, "syslog+tls": 6514})
"""RFC 5426, section 3.3; IANA for syslog-conn; RFC 5425, section 4.1."""


class SinkFailed(Exception):
    """An export did not arrive; the sentence says why, without anything of the export."""


class Sink(Protocol):
    """Takes messages in order. Every method raises `SinkFailed`."""

    word: str
    """What the audit log calls it."""
    framed: bool
    """Whether messages are those of syslog, instead of lines."""
    written: int
    """Bytes of the file that are on disk, where it is one that is continued; else 0."""

    def open(self) -> None:
        """Make sure that something can be written, and write nothing."""

    def write(self, messages: Sequence[bytes]) -> None:
        """Write messages; they are out of our hands when this returns."""

    def finish(self) -> None:
        """Make what was written durable, under its name."""

    def close(self) -> None:
        """Let go, whatever happened; what was not finished is not there."""


def sink_for(target: str, written: int | None = None) -> Sink:
    """The sink for `-`, an address of a syslog, or a file. ValueError for an address that is none.

    A file is a new one, or with `written` one that is continued after so many bytes.
    """
    if target == "-":
        return Stdout()
    if "://" not in target:
        return NewFile(Path(target)) if written is None else GrowingFile(Path(target), written)
    parts = urlsplit(target)
    if parts.scheme == "syslog+unix" and parts.path:
        return Syslog(partial(_local, parts.path))
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("no address of a syslog")
    stream = parts.scheme in {"syslog+tcp", "syslog+tls"}
    where = (parts.hostname, parts.port or _PORTS[parts.scheme])
    connect = partial(_stream, where, tls=parts.scheme == "syslog+tls") if stream else partial(_datagrams, where)
    return Syslog(connect, counted=stream)


class Stdout:
    """Lines to standard output."""

    word = "stdout"
    framed = False
    written = 0

    def open(self) -> None:
        """Nothing."""

    def write(self, messages: Sequence[bytes]) -> None:
        """Write lines. A reader who left (`| head`) is no failure of ours: the command line ends on it."""
        sys.stdout.write("".join(f"{one.decode()}\n" for one in messages))
        sys.stdout.flush()

    def finish(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class NewFile:
    """Lines into a new file, mode 0600, that has its name only once it is whole and on disk."""

    word = "file"
    framed = False
    written = 0

    def __init__(self, path: Path) -> None:
        """Write to `path`, which must not be there."""
        self._path = path
        self._draft: Draft | None = None

    def open(self) -> None:
        """Begin a temporary file beside it."""
        with _kept(self._path):
            self._draft = Draft(self._path)

    def write(self, messages: Sequence[bytes]) -> None:
        """Append lines."""
        with _kept(self._path):
            _opened(self._draft).write(b"".join(one + b"\n" for one in messages))

    def finish(self) -> None:
        """Make it durable and give it its name, unless somebody was faster."""
        with _kept(self._path):
            _opened(self._draft).keep()

    def close(self) -> None:
        """Take away what has no name yet."""
        if self._draft is not None:
            self._draft.drop()


class GrowingFile:
    """Lines at the end of a file, mode 0600, each batch on disk when `write` returns."""

    word = "file"
    framed = False

    def __init__(self, path: Path, written: int) -> None:
        """Go on in `path` after `written` bytes; what stands behind them was written by an export that was cut off.

        Below 0: nothing was ever written, and no other file may be there.
        """
        self._path = path
        self.written = written
        self._file: BinaryIO | None = None

    def open(self) -> None:
        """Open it. One that is shorter was rotated away: then this begins a new one."""
        with _kept(self._path):
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            self._file = os.fdopen(os.open(self._path, flags, _MODE), "r+b")
            there = self._file.seek(0, os.SEEK_END)
            if self.written < 0 < there:
                raise FileExistsError
            self.written = min(max(self.written, 0), there)
            self._file.truncate(self.written)
            self._file.seek(self.written)

    def write(self, messages: Sequence[bytes]) -> None:
        """Append lines."""
        with _kept(self._path):
            file = _opened(self._file)
            file.write(b"".join(one + b"\n" for one in messages))
            file.flush()
            os.fsync(file.fileno())
            self.written = file.tell()

    def finish(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Close it."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()


class Syslog:
    """Messages of RFC 5424 to a collector. None acknowledges; over UDP one may be lost and nobody hears of it."""

    word = "syslog"
    framed = True
    written = 0

    def __init__(self, connect: Callable[[], socket.socket], *, counted: bool = False) -> None:
        """Use the socket that `connect` gives; `counted` where messages follow one another in a stream."""
        self._connect = connect
        self._counted = counted
        self._way: socket.socket | None = None

    def open(self) -> None:
        """Connect."""
        with _told("The syslog cannot be reached", "Look at its address, its port and the network"):
            self._way = self._connect()

    def write(self, messages: Sequence[bytes]) -> None:
        """Send."""
        with _told("The syslog takes no more messages", _GO_ON):
            way = _opened(self._way)
            if self._counted:
                way.sendall(b"".join(map(octets_counted, messages)))
                return
            for one in messages:
                way.send(one)

    def finish(self) -> None:
        """Say that this was all."""
        with _told("The syslog did not take the last messages", _GO_ON):
            way = _opened(self._way)
            if isinstance(way, ssl.SSLSocket):
                # We owe the notice (RFC 5425, section 4.4); whether it is returned is theirs.
                with suppress(OSError):
                    way.unwrap()
            elif self._counted:
                way.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Disconnect."""
        if self._way is not None:
            self._way.close()


def _local(path: str) -> socket.socket:
    return _connected(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), path)


def _datagrams(where: tuple[str, int]) -> socket.socket:
    family, kind, _, _, address = socket.getaddrinfo(*where, type=socket.SOCK_DGRAM)[0]
    return _connected(socket.socket(family, kind), address)


def _stream(where: tuple[str, int], *, tls: bool) -> socket.socket:
    way = socket.create_connection(where, timeout=_SECONDS)
    if not tls:
        return way
    try:
        return ssl.create_default_context().wrap_socket(way, server_hostname=where[0])
    except BaseException:
        way.close()
        raise


def _connected(way: socket.socket, address: str | tuple[object, ...]) -> socket.socket:
    way.settimeout(_SECONDS)
    try:
        way.connect(address)
    except BaseException:
        way.close()
        raise
    return way


def _opened(part: T | None) -> T:
    if part is None:
        raise SinkFailed("The export was not begun.")
    return part


@contextmanager
def _kept(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as trouble:
        raise SinkFailed(unwritten(path, trouble)) from None


@contextmanager
def _told(what: str, advice: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as trouble:
        raise SinkFailed(f"{what}: {trouble.reason or 'TLS'}. {advice}.") from None
    except OSError as trouble:
        known = isinstance(trouble.errno, int) and trouble.errno > 0  # below are those of looking names up
        why = os.strerror(trouble.errno or 0) if known else trouble.strerror or "no answer"
        raise SinkFailed(f"{what}: {why}. {advice}.") from None
