"""Content codings that can be opened, rewritten and closed again (RFC 9110 section 8.4.1)."""

import gzip
import zlib
from collections.abc import Iterator

from proxy.errors import BodyTooLarge, UnreadableBody, UnsupportedEncoding

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_STEP = 1 << 16
_LEVEL = 5
_MEMBERS = 100
"""Each member copies what follows it; thousands of empty ones in one body would keep the process busy for seconds."""
_NAMES = {"": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}


def _coding(encoding: str) -> str:
    name = encoding.strip().lower()
    if "," in name:
        raise UnsupportedEncoding("several-codings")
    if name not in _NAMES:
        raise UnsupportedEncoding("unknown-coding")
    return _NAMES[name]


class BodyDecoder:
    """Opens a body that arrives in pieces. `limit` bounds the bytes that come out; None: no bound.

    Raises UnsupportedEncoding when made, BodyTooLarge and UnreadableBody while it works.
    """

    def __init__(self, encoding: str, limit: int | None = None) -> None:
        """Start a body with the Content-Encoding `encoding`."""
        self._coding = _coding(encoding)
        self._left = limit
        self._inflate = zlib.decompressobj(_GZIP_WINDOW) if self._coding == "gzip" else None
        self._begun = False
        self._start = b""
        self._members = 1

    def feed(self, chunk: bytes) -> bytes:
        """Take the next piece and return what it opens to."""
        return b"".join(self.pieces(chunk))

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Take the next piece and yield what it opens to, at most 64 KiB at once: a bomb never stands in memory."""
        if not self._coding:
            yield self._counted(chunk)
            return
        if not chunk:
            return
        self._begun = True
        if self._inflate is None:
            chunk = self._start + chunk
            if len(chunk) < 2:  # noqa: PLR2004  the zlib header has two bytes
                self._start = chunk
                return
            self._inflate = zlib.decompressobj(_deflate_window(chunk))
        yield from self._opened(chunk)

    def close(self) -> bytes:
        """End the body. Raises UnreadableBody if it is cut off."""
        if self._begun and (self._inflate is None or not self._inflate.eof):
            raise UnreadableBody("truncated-encoding")
        return b""

    def _opened(self, data: bytes) -> Iterator[bytes]:
        more = True
        while more:
            data = self._next_member(data)
            assert self._inflate is not None
            try:
                piece = self._inflate.decompress(data, _STEP)
            except zlib.error:
                raise UnreadableBody("bad-encoding") from None
            yield self._counted(piece)
            data = self._inflate.unconsumed_tail or self._inflate.unused_data
            more = bool(data) or (len(piece) == _STEP and not self._inflate.eof)  # zlib may hold more output back

    def _next_member(self, data: bytes) -> bytes:
        """A gzip body may have several members (RFC 1952 section 2.2); anything else after the end is refused."""
        if self._inflate is not None and self._inflate.eof:
            if self._coding != "gzip" or not data.startswith(b"\x1f"):
                raise UnreadableBody("trailing-garbage")
            self._members += 1
            if self._members > _MEMBERS:
                raise UnreadableBody("too-many-members")
            self._inflate = zlib.decompressobj(_GZIP_WINDOW)
        return data

    def _counted(self, piece: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(piece)
            if self._left < 0:
                raise BodyTooLarge("after-decoding")
        return piece


def _deflate_window(start: bytes) -> int:
    """`deflate` means zlib (RFC 1950), but some servers send it without the header."""
    is_zlib = start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS


def decode_body(body: bytes, encoding: str, limit: int) -> bytes:
    """Open a whole body to at most `limit` bytes. Raises UnsupportedEncoding, BodyTooLarge, UnreadableBody."""
    decoder = BodyDecoder(encoding, limit)
    return decoder.feed(body) + decoder.close()


def encode_body(body: bytes, encoding: str) -> bytes:
    """Close a body again. The same bytes give the same result. Raises UnsupportedEncoding."""
    coding = _coding(encoding)
    if not coding or not body:
        return body
    if coding == "gzip":
        return gzip.compress(body, _LEVEL, mtime=0)
    return zlib.compress(body, _LEVEL)
