"""Zips that must not be opened, each with the reason the administrator is told."""

import io
import random
import struct
import warnings
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.errors import PackageRefused
from proxy.package import Limits, rewrite_package
from proxy.package.archive import read_archive, write_archive

from . import builder

GOOD = builder.pack(builder.v2())
MAPPING = [(builder.CLOUD, "https://veil.example.org")]
END = len(GOOD) - 22
CENTRAL = struct.unpack_from("<L", GOOD, END + 16)[0]
NOISE = random.Random(7).randbytes(9000)


def zipped(*files, flags=0, mode=0o100644, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for name, content in files:
            info = zipfile.ZipInfo("x" * len(name), (2020, 9, 1, 0, 0, 0))
            info.filename = name
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return buffer.getvalue()


def patched(at, layout, *values, data=GOOD):
    out = bytearray(data)
    struct.pack_into(layout, out, at, *values)
    return bytes(out)


def with_method(method):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("a.txt", "a" * 500)
    return buffer.getvalue()


def unnamed_unicode_path():
    info = zipfile.ZipInfo("safe.js")
    info.extra = struct.pack("<2HBL", 0x7075, 5 + 7, 1, 0) + b"evil.js"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "x")
    return buffer.getvalue()


def sharing_one_record():
    data = zipped(("a.js", "x"), ("b.js", "x"))
    start = struct.unpack_from("<L", data, len(data) - 6)[0]
    return patched(start + 46 + 4 + 42, "<L", 0, data=data)


EVIL = {
    "not a zip at all": (b"<html>login</html>", "not-a-zip"),
    "nothing": (b"", "not-a-zip"),
    "cut off in the middle": (GOOD[: len(GOOD) // 2], "not-a-zip"),
    "cut off at the end": (GOOD[:-3], "not-a-zip"),
    "without files": (zipped(), "no-entries"),
    "with a program in front": (b"MZ" + GOOD, "prepended-data"),
    "with something behind": (GOOD + b"more", "trailing-data"),
    "with a gap before the directory": (
        patched(END + 16 + 4, "<L", CENTRAL + 4, data=GOOD[:CENTRAL] + b"gap!" + GOOD[CENTRAL:]),
        "hidden-data",
    ),
    "two names for one record": (sharing_one_record(), "hidden-data"),
    "zip64 end record": (patched(END + 8, "<2H", 0xFFFF, 0xFFFF), "zip64"),
    "second disk": (patched(END + 4, "<2H", 1, 1), "zip64"),
    "one file fewer than counted": (patched(END + 8, "<2H", 99, 99), "broken-zip"),
    "one file more than counted": (patched(END + 8, "<2H", 1, 1), "broken-zip"),
    "encrypted": (builder.tampered(GOOD, central=[(8, 1)], local=[(6, 1)]), "encrypted"),
    "encrypted says only the directory": (builder.tampered(GOOD, central=[(8, 1)]), "encrypted"),
    "encrypted says only the file": (builder.tampered(GOOD, local=[(6, 1)]), "broken-zip"),
    "bzip2": (with_method(zipfile.ZIP_BZIP2), "compression-method"),
    "lzma": (with_method(zipfile.ZIP_LZMA), "compression-method"),
    "two names in one record": (patched(30, "4s", b"evil"), "broken-zip"),
    "another name for some programs": (unnamed_unicode_path(), "file-name"),
    "wrong checksum": (patched(14, "<L", 1, data=patched(CENTRAL + 16, "<L", 1)), "checksum"),
    "checksums that differ": (patched(14, "<L", 1), "broken-zip"),
    "sizes that differ": (patched(22, "<L", 1), "broken-zip"),
    "a bomb": (zipped(("a.js", b"\0" * 5_000_000)), "compression-ratio"),
    "a symbolic link": (zipped(("link", "/etc/passwd"), mode=0o120777), "special-file"),
    "a device": (zipped(("dev", ""), mode=0o020666), "special-file"),
    "a parent folder": (zipped(("../a.js", "x")), "path-escape"),
    "a parent folder inside": (zipped(("a/../../b.js", "x")), "path-escape"),
    "an absolute name": (zipped(("/etc/cron.d/a", "x")), "path-escape"),
    "a drive letter": (zipped(("C:a.js", "x")), "path-escape"),
    "a backslash": (zipped(("a\\b.js", "x")), "path-escape"),
    "a NUL in a name": (zipped(("a.js\0.png", "x")), "file-name"),
    "a line end in a name": (zipped(("a\n.js", "x")), "file-name"),
    "a name that turns around": (zipped(("a\u202esj.exe", "x")), "file-name"),
    "an empty segment": (zipped(("a//b.js", "x")), "file-name"),
    "a name that is no UTF-8": (zipped(("\u00e4.js", "x")).replace(b"\xc3\xa4", b"\xff\xff"), "file-name"),
    "the same name twice": (zipped(("a.js", "x"), ("a.js", "y")), "duplicate-name"),
    "the same name in capitals": (zipped(("a.js", "x"), ("A.JS", "y")), "duplicate-name"),
    "the same name decomposed": (zipped(("\u00e4.js", "x"), ("a\u0308.js", "y")), "duplicate-name"),
    "a file that is a folder": (zipped(("a", "x"), ("a/b.js", "y")), "duplicate-name"),
    "a zip in the zip": (zipped(("course.zip", GOOD)), "nested-archive"),
    "a gzip in the zip": (zipped(("a.js", b"\x1f\x8b\x08rest")), "nested-archive"),
    "text wide and unmarked": (zipped(("a.js", "http://a.example".encode("utf-16-le"))), "text-encoding"),
    "text wider than that": (zipped(("a.js", "\ufeffhttp://a.example".encode("utf-32-le"))), "text-encoding"),
    "broken wide text": (zipped(("a.js", b"\xff\xfeh\x00\x00\xd8")), "text-encoding"),
    "more addresses than sense": (zipped(("a.js", b"http://a.example\n" * 25_000 + NOISE)), "too-many-addresses"),
}


@pytest.mark.parametrize("name", EVIL)
def test_it_is_refused_with_its_reason(name):
    data, reason = EVIL[name]
    with pytest.raises(PackageRefused) as caught:
        rewrite_package(data, MAPPING)
    assert caught.value.reason == reason


def test_limits_are_the_callers():
    with pytest.raises(PackageRefused, match="too-many-entries"):
        read_archive(GOOD, Limits(entries=3))
    with pytest.raises(PackageRefused, match="too-large"):
        read_archive(GOOD, Limits(total_bytes=1000))
    bomb = EVIL["a bomb"][0]
    assert len(read_archive(bomb, Limits(ratio=2000)).entries[0].content) == 5_000_000


def test_a_declared_size_that_lies_does_not_fill_memory():
    data = zipped(("a.js", b"\0" * 5_000_000))
    start = struct.unpack_from("<L", data, len(data) - 6)[0]
    lying = patched(start + 24, "<L", 10, data=patched(22, "<L", 10, data=data))
    with pytest.raises(PackageRefused, match="broken-zip"):
        read_archive(lying)


def test_streamed_zips_with_descriptors_and_folders_are_read_and_kept():
    class Pipe(io.RawIOBase):
        def __init__(self):
            super().__init__()
            self.written = bytearray()

        def writable(self):
            return True

        def write(self, data):
            self.written += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/", b"")
        for name, content in builder.as_bytes(builder.v2()).items():
            archive.writestr(f"folder/{name}", content)
        archive.comment = b"made by a stream"
    data = bytes(pipe.written)
    read = read_archive(data)
    assert write_archive(read, {}) == data
    result = rewrite_package(data, MAPPING).data
    assert result.endswith(b"made by a stream")
    assert b"veil.example.org" in builder.unpack(result)["folder/configuration.js"]


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(GOOD) - 1), bit=st.integers(0, 7))
def test_a_damaged_zip_is_refused_or_reads_the_same(at, bit):
    """Any single flipped bit is found, unless it is one of the bits that mean nothing to us (times, attributes)."""
    damaged = bytearray(GOOD)
    damaged[at] ^= 1 << bit
    try:
        contents = [entry.content for entry in read_archive(bytes(damaged)).entries]
    except PackageRefused as refused:
        assert refused.reason  # noqa: PT017  refused is fine, anything else propagates
        return
    assert contents == [entry.content for entry in read_archive(GOOD).entries]


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_never_raise_anything_but_a_refusal(data):
    with pytest.raises(PackageRefused):
        read_archive(b"PK\x03\x04" + data + b"PK\x05\x06" + data[:18].ljust(18, b"\0"))
