"""Compressed members and wide-character texts inside binary data, opened within a budget."""

import re
import zlib
from collections.abc import Iterator

MAX_DEPTH = 8
"""Decoders applied one upon the other before a message counts as too deep."""
_MAGIC = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|PK\x03\x04")
_INTERLEAVED = re.compile(rb"(?:[^\0]\0{1,3}){2,}[^\0]?")
_GZIP, _ZLIB, _RAW = 31, 15, -15
_CHUNK = 512
_LOCAL_HEADER = 30  # bytes of a zip local file header before its name (APPNOTE 4.3.7)
_UTF16_SHARE, _UTF32_SHARE = 10, 40  # percent of zero bytes from which a text may be UTF-16 or UTF-32


class OverBudget(Exception):
    """The data unfolds to more than we are willing to look at. It never leaves this package."""


class Budget:
    """How many bytes may still be looked at for one call."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        """Allow `left` bytes."""
        self.left = left

    def descend(self, depth: int) -> None:
        """Allow a view under `depth` decoders; `OverBudget` if that is too many."""
        if depth > MAX_DEPTH:
            raise OverBudget

    def spend(self, amount: int) -> None:
        """Take `amount` bytes; `OverBudget` if they are not there."""
        self.left -= amount
        if self.left < 0:
            raise OverBudget


def _inflate(data: memoryview, wbits: int, budget: Budget) -> bytes:
    """Return what decompresses from the start of `data`, whether or not the member is whole.

    Fed in small chunks, because a false magic number should cost a chunk and not a copy of the rest.
    """
    machine = zlib.decompressobj(wbits)
    out: list[bytes] = []
    chunk = _CHUNK
    place = 0
    try:
        while place < len(data) and not machine.eof:
            feed = data[place : place + chunk]
            place += chunk
            chunk *= 2
            budget.spend(len(feed))
            got = machine.decompress(feed, budget.left + 1)
            budget.spend(len(got))
            out.append(got)
    except zlib.error:
        pass
    return b"".join(out)


def members(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of every gzip, zlib and zip member that begins anywhere in `data` (RFC 1952, RFC 1950)."""
    view = memoryview(data)
    for match in _MAGIC.finditer(data):
        start = match.start()
        if match[0] == b"PK\x03\x04":
            if data[start + 8 : start + 10] != b"\x08\x00":
                continue
            name, extra = data[start + 26 : start + 28], data[start + 28 : start + 30]
            start += _LOCAL_HEADER + int.from_bytes(name, "little") + int.from_bytes(extra, "little")
            label, wbits = "zip", _RAW
        else:
            label, wbits = ("gzip", _GZIP) if match[0].startswith(b"\x1f") else ("zlib", _ZLIB)
        if content := _inflate(view[start:], wbits, budget):
            yield label, content


def raw_deflate(data: bytes, budget: Budget) -> bytes:
    """Return what `data` holds if it is one raw deflate stream (RFC 1951), which has no magic number; else little."""
    return _inflate(memoryview(data), _RAW, budget)


def wide_texts(data: bytes) -> Iterator[bytes]:
    """Yield, as UTF-8, what `data` says if it is UTF-16 or UTF-32 of either byte order at any alignment."""
    zeros = data.count(0)
    if not zeros:
        return
    # Letters up to U+00FF survive as Latin-1 when the zeros between them go, wherever in the data they stand.
    for match in _INTERLEAVED.finditer(data):
        yield match[0].translate(None, b"\0").decode("latin-1").encode()
    share = zeros * 100 // len(data)
    codecs = [("utf-16-le", 2), ("utf-16-be", 2)] if share >= _UTF16_SHARE else []
    codecs += [("utf-32-le", 4), ("utf-32-be", 4)] if share >= _UTF32_SHARE else []
    for codec, width in codecs:
        for shift in range(width):
            yield data[shift:].decode(codec, "ignore").encode("utf-8", "ignore")
