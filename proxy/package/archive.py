"""Reads a zip without trusting it, and writes it again with only some files changed.

The reader is strict where unpackers differ: a zip that two programs could read differently is refused, because we
would check one reading and the LMS would unpack the other. Nothing is written to disk.
"""

import stat
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from proxy.package.names import check_distinct, check_name, decode_name
from proxy.package.reasons import Reason
from proxy.package.records import (
    CENTRAL,
    END,
    END_MARK,
    HAS_DESCRIPTOR,
    LOCAL,
    CentralRecord,
    check_extra,
    local_body,
    read_directory,
)

_STORED, _DEFLATED = 0, 8
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000  # traditional, strong, masked directory (APPNOTE 4.4.4)
_RATIO_FREE = 64 * 1024  # small files may compress as they like
_ARCHIVE_MARKS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"BZh",
    b"\xfd7zXZ",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a package may hold: number of files, unpacked bytes of all, unpacked to packed bytes of one."""

    entries: int = 2000
    total_bytes: int = 200 * 1024 * 1024
    ratio: int = 200


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One file: its name, its unpacked content, and its two raw records."""

    name: str
    content: bytes
    central: CentralRecord
    local: bytes

    @property
    def extension(self) -> str:
        """The lower-case extension without the dot, or ""."""
        return self.name.rpartition("/")[2].rpartition(".")[2].lower() if "." in self.name else ""


@dataclass(frozen=True, slots=True, repr=False)
class Archive:
    """The files of a zip in the order of its directory, and its comment."""

    entries: tuple[Entry, ...]
    comment: bytes


def read_archive(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Archive:
    """Read and check every file of the zip `data`. Raises PackageRefused with a `Reason`."""
    directory = read_directory(data, limits.entries)
    names = [_checked(record, limits) for record in directory.records]
    check_distinct(names)
    if sum(record.size for record in directory.records) > limits.total_bytes:
        raise Reason.SIZE.refused()
    stops = _regions(directory.records, directory.start)
    entries = []
    for name, record in zip(names, directory.records, strict=True):
        stop = stops[record.offset]
        content = _unpack(local_body(data, record, stop), record)
        if content.startswith(_ARCHIVE_MARKS):
            raise Reason.NESTED.refused()
        entries.append(Entry(name, content, record, data[record.offset : stop]))
    return Archive(tuple(entries), directory.comment)


def _checked(record: CentralRecord, limits: Limits) -> str:
    if record.flags & _ENCRYPTED_FLAGS:
        raise Reason.ENCRYPTED.refused()
    if record.method not in {_STORED, _DEFLATED}:
        raise Reason.METHOD.refused()
    name = decode_name(record.name, record.flags)
    check_name(name)
    check_extra(record.extra, record.name)
    if stat.S_IFMT(record.mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Reason.SPECIAL.refused()
    if name.endswith("/") and record.size:
        raise Reason.BROKEN.refused()
    if record.size > _RATIO_FREE and record.size > limits.ratio * max(record.packed, 1):
        raise Reason.RATIO.refused()
    return name


def _regions(records: tuple[CentralRecord, ...], end: int) -> dict[int, int]:
    """Map where each file's record begins to where it ends: at the next one, or at the directory."""
    offsets = sorted(record.offset for record in records)
    if len(set(offsets)) != len(offsets) or offsets[-1] >= end:
        raise Reason.HIDDEN.refused()
    if offsets[0]:
        raise Reason.PREPENDED.refused()
    return dict(zip(offsets, [*offsets[1:], end], strict=True))


def _unpack(packed: bytes, record: CentralRecord) -> bytes:
    if record.method == _STORED:
        content = packed
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflater.decompress(packed, record.size + 1)
        except zlib.error:
            raise Reason.BROKEN.refused() from None
        if not inflater.eof or inflater.unused_data:
            raise Reason.BROKEN.refused()
    if len(content) != record.size:
        raise Reason.BROKEN.refused()
    if zlib.crc32(content) != record.crc:
        raise Reason.CHECKSUM.refused()
    return content


def write_archive(archive: Archive, changed: Mapping[str, bytes]) -> bytes:
    """Write `archive` with the contents of `changed` in place of the files of those names.

    Every other file keeps its record byte for byte; a changed one keeps its name, order, time, attributes and
    compression method.
    """
    out = bytearray()
    centrals: dict[str, bytes] = {}
    for entry in sorted(archive.entries, key=lambda entry: entry.central.offset):
        offset = len(out)
        if entry.name in changed:
            local, central = _repacked(entry, changed[entry.name])
        else:
            local, central = entry.local, entry.central.raw
        out += local
        centrals[entry.name] = _patched(central, 16, offset)
    start = len(out)
    for entry in archive.entries:
        out += centrals[entry.name]
    count = len(archive.entries)
    out += END.pack(END_MARK, 0, 0, count, count, len(out) - start, start, len(archive.comment)) + archive.comment
    return bytes(out)


def _repacked(entry: Entry, content: bytes) -> tuple[bytes, bytes]:
    packed = content
    if entry.central.method == _DEFLATED:
        deflater = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = deflater.compress(content) + deflater.flush()
    crc, flags = zlib.crc32(content), entry.central.flags & ~HAS_DESCRIPTOR
    fields = list(LOCAL.unpack_from(entry.local))
    fields[2], fields[6], fields[7], fields[8] = flags, crc, len(packed), len(content)
    names = entry.local[LOCAL.size : LOCAL.size + fields[9] + fields[10]]
    central = entry.central.raw
    for index, value in ((3, flags), (7, crc), (8, len(packed)), (9, len(content))):
        central = _patched(central, index, value)
    return LOCAL.pack(*fields) + names + packed, central


def _patched(central: bytes, index: int, value: int) -> bytes:
    fields = list(CENTRAL.unpack_from(central))
    fields[index] = value
    return CENTRAL.pack(*fields) + central[CENTRAL.size :]
