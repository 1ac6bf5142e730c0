"""Whatever arrives, the guard ends, raises nothing, and does not let pass what it could not read."""

import base64
import gzip
import zlib
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.guard import Hit, Watch, inspect
from proxy.people import Cleartext, Kind

WATCH = Watch(
    [
        Cleartext(Kind.NAME, "Zoë Müller-Østergård"),
        Cleartext(Kind.SUBJECT, "zoe.m@example.org"),
        Cleartext(Kind.GIVEN, "Zoë"),
        Cleartext(Kind.ACCOUNT, "4711"),
    ]
)
TOO_DEEP = (Hit(Kind.FREE_TEXT, "too-deep", "body"),)
SIGNS = [
    b"%25",
    b"%",
    b"\\u00",
    b"\\",
    b"&amp;",
    b"&#",
    b"=3D",
    b"=",
    b"\0",
    b"\x1f\x8b\x08",
    b"\x78\x9c",
    b"PK\x03\x04",
]


def nested(depth: int, wrap) -> bytes:
    data = b"Zo\xc3\xab M\xc3\xbcller-\xc3\x98sterg\xc3\xa5rd and so on"
    for _ in range(depth):
        data = wrap(data)
    return data


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(st.binary(max_size=40), st.sampled_from(SIGNS), st.text(max_size=10).map(str.encode)), max_size=40
    )
)
def test_any_bytes_end_without_an_error(parts: list[bytes]) -> None:
    assert isinstance(inspect([("body", b"".join(parts))], WATCH), tuple)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=40), st.sampled_from(list(Kind)), st.binary(max_size=60))
def test_any_identity_can_be_watched(text: str, kind: Kind, data: bytes) -> None:
    assert isinstance(inspect([("body", data)], Watch([Cleartext(kind, text)])), tuple)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 200), st.integers(0, 255))
def test_a_damaged_member_still_gives_what_came_before_the_damage(place: int, byte: int) -> None:
    data = bytearray(gzip.compress(b"Zo\xc3\xab M\xc3\xbcller-\xc3\x98sterg\xc3\xa5rd " + bytes(range(256))))
    data[min(place + 80, len(data) - 1)] = byte
    assert inspect([("body", bytes(data))], WATCH)


@pytest.mark.parametrize("wrap", [gzip.compress, zlib.compress, base64.b64encode, lambda d: quote(d, safe="").encode()])
@pytest.mark.parametrize("depth", [1, 4, 8])
def test_nesting_is_followed(wrap, depth: int) -> None:
    hits = inspect([("body", nested(depth, wrap))], WATCH)
    assert hits
    assert TOO_DEEP[0] not in hits


@pytest.mark.parametrize("wrap", [gzip.compress, base64.b64encode, lambda d: d.replace(b"%", b"%25") + b"%41"])
def test_nesting_beyond_reason_is_refused(wrap) -> None:
    assert inspect([("body", nested(14, wrap))], WATCH)


def test_a_bomb_is_refused() -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 40_000_000))
    assert inspect([("body", bomb)], WATCH) == TOO_DEEP
    assert inspect([("body", base64.b64encode(bomb))], WATCH) == TOO_DEEP


@pytest.mark.parametrize(
    "data",
    [
        b"A" * 300_000,
        b"\x78\x9c" * 20_000,
        b"\x1f\x8b\x08" * 20_000,
        b"PK\x03\x04" * 20_000,
        b"%25" * 50_000,
        b"\\" * 100_000,
        b"&#x41;" * 20_000,
        b"=3D" * 50_000,
        b"Z\0" * 50_000,
        b"41" * 50_000,
        "\u200b".encode() * 30_000,
        "Zoë ".encode() * 10_000,
        b"4711 " * 20_000,
    ],
    ids=lambda data: repr(data[:6]),
)
def test_long_monotonous_bodies_end(data: bytes) -> None:
    hits = inspect([("body", data)], WATCH)
    assert len(hits) < 20
    assert all(hit.piece == "body" for hit in hits)
