"""The three records of a zip file (PKWARE's APPNOTE 6.3), and nothing more than packages need."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from proxy.package.reasons import Reason

LOCAL = struct.Struct("<4s5H3L2H")  # section 4.3.7
CENTRAL = struct.Struct("<4s6H3L5H2L")  # section 4.3.12
END = struct.Struct("<4s4H2LH")  # section 4.3.16
DESCRIPTOR = struct.Struct("<3L")  # section 4.3.9

LOCAL_MARK, CENTRAL_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
DESCRIPTOR_MARK, ZIP64_MARK = b"PK\x07\x08", b"PK\x06\x07"
HAS_DESCRIPTOR = 0x8

_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_ZIP64_EXTRA, _UNICODE_PATH_EXTRA = 0x0001, 0x7075
_UNICODE_PATH_HEAD = 5
_ZIP64_LOCATOR_BYTES = 20


@dataclass(frozen=True, slots=True)
class CentralRecord:
    """One file as the central directory describes it; `raw` is the whole record."""

    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    offset: int
    name: bytes
    extra: bytes


@dataclass(frozen=True, slots=True)
class Directory:
    """The central directory: its records in order, where it begins, and the archive's comment."""

    records: tuple[CentralRecord, ...]
    start: int
    comment: bytes


def read_directory(data: bytes, most: int) -> Directory:
    """Read the end record and at most `most` central records. Raises PackageRefused."""
    at = data.rfind(END_MARK)
    if at < 0 or at + END.size > len(data):
        raise Reason.NOT_A_ZIP.refused()
    _, disk, first_disk, here, total, size, start, comment = END.unpack_from(data, at)
    if _FULL16 in {disk, first_disk, here, total} or _FULL32 in {size, start} or disk or first_disk or here != total:
        raise Reason.ZIP64.refused()
    if data[max(at - _ZIP64_LOCATOR_BYTES, 0) :].startswith(ZIP64_MARK):
        raise Reason.ZIP64.refused()
    stop = at + END.size + comment
    if stop != len(data):
        raise (Reason.TRAILING if stop < len(data) else Reason.NOT_A_ZIP).refused()
    if total == 0:
        raise Reason.EMPTY.refused()
    if total > most:
        raise Reason.ENTRIES.refused()
    if not data.startswith(LOCAL_MARK):
        raise Reason.PREPENDED.refused()
    if start + size != at:
        raise Reason.BROKEN.refused()
    return Directory(tuple(_central_records(data, start, at, total)), start, data[at + END.size :])


def _central_records(data: bytes, start: int, stop: int, total: int) -> Iterator[CentralRecord]:
    for _ in range(total):
        if start + CENTRAL.size > stop:
            raise Reason.BROKEN.refused()
        fields = CENTRAL.unpack_from(data, start)
        names, extras, comments = fields[10:13]
        end = start + CENTRAL.size + names + extras + comments
        if fields[0] != CENTRAL_MARK or end > stop:
            raise Reason.BROKEN.refused()
        if _FULL32 in {fields[8], fields[9], fields[16]} or fields[13]:
            raise Reason.ZIP64.refused()
        name_at = start + CENTRAL.size
        yield CentralRecord(
            raw=data[start:end],
            flags=fields[3],
            method=fields[4],
            crc=fields[7],
            packed=fields[8],
            size=fields[9],
            mode=fields[15] >> 16,
            offset=fields[16],
            name=data[name_at : name_at + names],
            extra=data[name_at + names : name_at + names + extras],
        )
        start = end
    if start != stop:
        raise Reason.BROKEN.refused()


def check_extra(extra: bytes, name: bytes) -> None:
    """Refuse extra fields that change sizes (zip64) or the name (Info-ZIP Unicode path) behind the record's back."""
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<2H", extra, at)
        value = extra[at + 4 : at + 4 + size]
        if tag == _ZIP64_EXTRA:
            raise Reason.ZIP64.refused()
        if tag == _UNICODE_PATH_EXTRA and value[_UNICODE_PATH_HEAD:] != name:
            raise Reason.NAME.refused()
        at += 4 + size


def local_body(data: bytes, record: CentralRecord, stop: int) -> bytes:
    """Give the packed bytes of `record`, whose region ends at `stop`. Raises PackageRefused.

    The local header must say what the directory says, and the region must hold nothing else: unpackers disagree about
    which of the two they believe, so a difference would let one reader see another file than we do.
    """
    at = record.offset
    if at + LOCAL.size > stop:
        raise Reason.HIDDEN.refused()
    mark, _, flags, method, _, _, crc, packed, size, names, extras = LOCAL.unpack_from(data, at)
    name = data[at + LOCAL.size : at + LOCAL.size + names]
    if (mark, flags, method, name) != (LOCAL_MARK, record.flags, record.method, record.name):
        raise Reason.BROKEN.refused()
    check_extra(data[at + LOCAL.size + names : at + LOCAL.size + names + extras], name)
    declared = (record.crc, record.packed, record.size)
    deferred = bool(flags & HAS_DESCRIPTOR)
    if (crc, packed, size) != declared and not (deferred and (crc, packed, size) == (0, 0, 0)):
        raise Reason.BROKEN.refused()
    begin = at + LOCAL.size + names + extras
    rest = data[begin + record.packed : stop]
    wanted = DESCRIPTOR.pack(*declared)
    if begin + record.packed > stop or rest not in ((wanted, DESCRIPTOR_MARK + wanted) if deferred else (b"",)):
        raise Reason.HIDDEN.refused()
    return data[begin : begin + record.packed]
