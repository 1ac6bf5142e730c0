"""Addresses, codings and running text: what holds however they are cut and spelled."""

from itertools import pairwise
from urllib.parse import urljoin, urlsplit

from hypothesis import example, given, settings
from hypothesis import strategies as st

from proxy.errors import ProxyError
from proxy.people import Cleartext, Kind
from proxy.rewrite import (
    AddressBook,
    BodyDecoder,
    contains_identity,
    decode_body,
    encode_body,
    replace_identities,
)

SOME = settings(max_examples=120, deadline=None)
FEW = settings(max_examples=50, deadline=None)

BOOK = AddressBook(
    [
        ("https://cloud.scorm.com", "https://proxy.example.org"),
        ("http://127.0.0.1:9001", "http://proxy.localhost:9000/~content"),
        ("https://content.scorm.com", "https://p.example/~c"),
    ]
)
ADDRESS_PIECES = st.sampled_from(
    ["https", "http", "wss", ":", "%3A", "%253a", "//", "/", "\\/\\/", "%2F%2F", "%252f%252f", "\\u002f\\u002f", "&#x2F;&#x2F;",
     "cloud.scorm.com", "127.0.0.1", ":9001", "CONTENT.scorm.com", ":443", ".", "x", '"', "'", '\\"', "&quot;", " ",
     "https://cloud.scorm.com", '"cloud.scorm.com"', "://127.0.0.1:9001/a"]
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(ADDRESS_PIECES, max_size=40).map("".join), st.lists(st.integers(0, 400), max_size=8))
@example(text="https://cloud.scorm.com" * 30, cuts=[*range(0, 690, 7)])
def test_a_stream_gives_the_same_however_it_is_cut(text, cuts):
    data = text.encode()
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    stream = BOOK.stream_in()
    out = b"".join(stream.feed(data[start:end]) for start, end in pairwise(places)) + stream.close()
    assert out == BOOK.turn_in(data)


@FEW
@given(st.lists(ADDRESS_PIECES, max_size=30).map("".join))
def test_single_bytes_are_a_stream_too_and_little_is_held_back(text):
    data = text.encode()
    stream = BOOK.stream_in()
    given_out, out = 0, b""
    for at in range(len(data)):
        out += stream.feed(data[at : at + 1])
        given_out = len(out)
    out += stream.close()
    assert out == BOOK.turn_in(data)
    assert len(out) - given_out < 600


LOCATIONS = st.lists(st.sampled_from([*":/?#@.a", "//", "https:", "cloud.scorm.com", ":443", ":9001"]), max_size=8).map(
    "".join
)


@SOME
@given(st.one_of(st.text(max_size=60), LOCATIONS))
def test_a_redirect_never_leads_elsewhere(value):
    try:
        turned = BOOK.location_in(value, "https://cloud.scorm.com")
    except ProxyError:
        return
    if turned is not None:
        reached = urlsplit(urljoin("https://proxy.example.org/a/b", turned))
        assert reached.scheme in {"http", "https"}
        assert reached.netloc in {"proxy.example.org", "proxy.localhost:9000", "p.example"}


@FEW
@given(st.binary(max_size=3000), st.sampled_from(["gzip", "deflate", ""]), st.integers(1, 50))
def test_codings_open_the_same_whole_and_in_pieces(body, encoding, step):
    packed = encode_body(body, encoding)
    assert decode_body(packed, encoding, len(body)) == body
    decoder = BodyDecoder(encoding, len(body))
    assert (
        b"".join(decoder.feed(packed[at : at + step]) for at in range(0, len(packed), step)) + decoder.close() == body
    )


@SOME
@given(st.binary(max_size=80), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_open_or_refuse(body, encoding):
    try:
        decode_body(body, encoding, 1000)
    except ProxyError:
        return


@SOME
@given(st.text(max_size=30), st.text(st.characters(categories=["L"]), min_size=3, max_size=12), st.text(max_size=30))
def test_no_name_survives_in_running_text(before, name, after):
    known = [Cleartext(Kind.NAME, name)]
    for written in (name, name.upper(), name.casefold()):
        running = f"{before} {written} {after}"
        clean = replace_identities(running, [(known[0], "#")])
        assert not contains_identity(clean, known)
        if written == name:
            assert "#" in clean
            assert contains_identity(running, known)
