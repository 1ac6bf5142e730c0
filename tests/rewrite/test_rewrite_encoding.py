"""Content codings: what can be opened is opened to a limit, everything else is refused."""

import gzip
import zlib

import pytest

from proxy.errors import BodyTooLarge, UnreadableBody, UnsupportedEncoding
from proxy.rewrite import BodyDecoder, decode_body, encode_body

TEXT = b"Zo\xc3\xab " * 1000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def zipped(text):
    """As at the start of 1970: the clock is no part of a test, nor of its name."""
    return gzip.compress(text, mtime=0)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", zipped(TEXT)),
        ("X-GZIP", zipped(TEXT)),
        ("gzip", zipped(TEXT[:100]) + zipped(TEXT[100:])),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", raw_deflate(TEXT)),
    ],
)
def test_known_codings_open_whole_and_in_pieces(encoding, packed):
    assert decode_body(packed, encoding, len(TEXT)) == TEXT
    decoder = BodyDecoder(encoding, None)
    assert b"".join(decoder.feed(packed[i : i + 1]) for i in range(len(packed))) + decoder.close() == TEXT


@pytest.mark.parametrize("encoding", ["", "gzip", "x-gzip", "deflate"])
def test_a_closed_body_opens_again(encoding):
    assert decode_body(encode_body(TEXT, encoding), encoding, 10**6) == TEXT
    assert encode_body(TEXT, encoding) == encode_body(TEXT, encoding)
    assert decode_body(encode_body(b"", encoding), encoding, 0) == b""


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "gzip,", "Ünicode"])
def test_other_codings_refuse(encoding):
    with pytest.raises(UnsupportedEncoding):
        decode_body(b"x", encoding, 10)
    with pytest.raises(UnsupportedEncoding):
        encode_body(b"x", encoding)


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("", TEXT), ("gzip", zipped(bytes(10**7))), ("deflate", zlib.compress(bytes(10**7)))],
)
def test_a_bomb_stops_at_the_limit(encoding, packed):
    with pytest.raises(BodyTooLarge):
        decode_body(packed, encoding, len(TEXT) - 1)


def test_output_that_ends_at_an_internal_step_is_complete():
    for size in (65535, 65536, 65537, 131072):
        assert len(decode_body(zipped(bytes(size)), "gzip", size)) == size


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", b"not gzip"),
        ("gzip", zipped(TEXT)[:-1]),
        ("gzip", zipped(TEXT)[:5]),
        ("gzip", zipped(TEXT) + b"garbage"),
        ("gzip", zipped(TEXT) + b"\x1f\x8b"),
        ("gzip", zipped(TEXT)[:-8] + b"\0" * 8),
        ("deflate", zlib.compress(TEXT) + b"x"),
        ("deflate", zlib.compress(TEXT)[:-1]),
        ("deflate", b"x"),
        ("deflate", b"\xff\xff\xff"),
    ],
)
def test_broken_bodies_refuse(encoding, packed):
    with pytest.raises(UnreadableBody):
        decode_body(packed, encoding, 10**6)
