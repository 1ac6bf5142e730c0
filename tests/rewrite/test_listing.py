"""What is read in pieces is read like the whole: the same text, the same refusals, however it is cut."""

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.errors import BodyTooLarge, ProxyError, UnreadableBody
from proxy.rewrite import Listing, Part, keep_only

LIMIT = 4_000
POINTERS = (
    "/registrations/*/id",
    "/registrations/*/score/scaled",
    "/registrations/*/learner",
    "/registrations/*/deep/**/x",
    "/more",
    "/a/b",
    "/**/c",
)


def chunks_of(body: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    return [body[start:end] for start, end in pairwise(places)]


def pieces_of(body: bytes, pointers, cuts: list[int], member: str = "registrations"):
    listing = Listing(pointers, member, limit=LIMIT)
    pieces = [piece for chunk in chunks_of(body, cuts) for piece in listing.feed(chunk)]
    return pieces + listing.close()


def joined(pieces) -> str:
    """Put the pieces together as whoever streams them does."""
    elements = [piece.text for piece in pieces if piece.part is Part.ELEMENT]
    around = {part: "".join(piece.text for piece in pieces if piece.part is part) for part in (Part.HEAD, Part.TAIL)}
    return around[Part.HEAD] + ",".join(elements) + around[Part.TAIL]


def outcome(work) -> str:
    try:
        return work()
    except ProxyError as refusal:
        return f"{refusal.code} {refusal.reason}"


BLANKS = st.sampled_from(["", "", " ", "\n  ", "\t", "\r\n"])
KEYS = st.sampled_from(["id", "score", "scaled", "learner", "deep", "x", "more", "registrations", "a", "b", "c", "zoë"])
SCALARS = st.sampled_from(
    [
        "7.0000000000000009",
        "1e400",
        "-0",
        "NaN",
        "-Infinity",
        "null",
        "true",
        '""',
        '"Zoë\\u00eb"',
        '"\\"],{"',
        '"李小龙"',
    ]
)


@st.composite
def texts(draw, depth: int = 4) -> str:
    if depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(SCALARS)
    blank = draw(BLANKS)
    if draw(st.booleans()):
        keys = draw(st.lists(KEYS, max_size=4, unique=True))
        inside = [f'{draw(BLANKS)}"{key}"{blank}:{draw(texts(depth - 1))}{draw(BLANKS)}' for key in keys]
        return "{" + (",".join(inside) or blank) + "}"
    elements = draw(st.lists(texts(depth - 1), max_size=4))
    return "[" + (",".join(f"{blank}{one}{draw(BLANKS)}" for one in elements) or blank) + "]"


@st.composite
def lists(draw) -> str:
    elements = ",".join(draw(st.lists(texts(3), max_size=5)))
    before, after = draw(st.sampled_from(["", '"a":{"b":1},', '"z":1, '])), draw(st.sampled_from(["", ',"more":"t"']))
    return f'{draw(BLANKS)}{{{before}"registrations"{draw(BLANKS)}:[{elements}]{after}}}{draw(BLANKS)}'


CUTS = st.lists(st.integers(0, 5_000), max_size=30)


@settings(max_examples=400, deadline=None)
@given(st.one_of(lists(), texts()), CUTS)
def test_the_pieces_are_what_the_allow_list_leaves_of_the_whole(text: str, cuts: list[int]) -> None:
    body = text.encode()
    for pointers in (POINTERS, ("",), ("/registrations",), ("/nothing",), ("/registrations/*/**/x",)):
        assert joined(pieces_of(body, pointers, cuts)) == keep_only(body, pointers).decode()
    assert joined(pieces_of(body, None, cuts)) == text
    assert joined(pieces_of(body, POINTERS, cuts, member="")) == keep_only(body, POINTERS).decode()


@settings(max_examples=400, deadline=None)
@given(st.one_of(lists(), texts()), st.integers(0, 5_000), st.sampled_from('{}[],:"x1 \\\n\x00'), st.booleans(), CUTS)
def test_what_is_damaged_is_refused_or_kept_alike(text, place: int, sign: str, more: bool, cuts: list[int]) -> None:
    place %= len(text) + 1
    body = (text[:place] + sign + text[place + (0 if more else 1) :]).encode()
    whole = outcome(lambda: keep_only(body, POINTERS).decode())
    assert outcome(lambda: joined(pieces_of(body, POINTERS, cuts))) == whole


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not-json"),
        (b"   ", "not-json"),
        (b"{", "not-json"),
        (b'{"registrations":[{"id":1},', "not-json"),
        (b'{"registrations":[{"id":1}]', "not-json"),
        (b'{"registrations":[{"id":1}}]', "not-json"),
        (b'{"registrations":[1]} x', "not-json"),
        (b'{"registrations":[01]}', "not-json"),
        (b'{"registrations":[1,]}', "not-json"),
        (b'\xef\xbb\xbf{"registrations":[]}', "not-json"),
        (b'{"registrations":["\xff"]}', "not-utf-8"),
        (b'{"registrations":["\xc3', "not-utf-8"),
        (b'{"registrations":[],"registrations":[]}', "duplicate-key"),
        (b'{"registrations":[],"a":1,"\\u0061":2}', "duplicate-key"),
        (b'{"registrations":[{"z":{"y":1,"y":1}}]}', "duplicate-key"),
        (b'{"registrations":["\\ud800"]}', "bad-escape"),
        (b'{"registrations":["\\u0000"]}', "bad-escape"),
        (b'{"registrations":' + b"[" * 25 + b"]" * 25 + b"}", "too-deep"),
        (b"<html>", "not-json"),
    ],
)
@pytest.mark.parametrize("width", [1, 7, 1000])
def test_what_a_whole_text_is_refused_for(body: bytes, reason: str, width: int) -> None:
    cuts = list(range(0, len(body), width))
    with pytest.raises(UnreadableBody) as refusal:
        pieces_of(body, POINTERS, cuts)
    assert refusal.value.reason == reason
    with pytest.raises(UnreadableBody) as refusal:
        keep_only(body, POINTERS)
    assert refusal.value.reason == reason


def test_elements_come_one_by_one_as_they_are_complete() -> None:
    listing = Listing(("/registrations/*/id", "/more"), "registrations", limit=LIMIT)
    assert listing.feed(b'{"x":1,"registrations" : [ {"id":"a","runtime":{"x":[1,2]}} ') == [
        (Part.HEAD, '{"registrations" : [')
    ]
    assert listing.feed(b', {"id" : "b"},{"nothing":true},7') == [
        (Part.ELEMENT, ' {"id":"a"} '),
        (Part.ELEMENT, ' {"id" : "b"}'),
        (Part.ELEMENT, "{}"),
    ]
    assert listing.feed(b'],"more":') == []
    assert listing.feed(b'"t","extra":0}\n') == []
    assert listing.close() == [(Part.TAIL, '],"more":"t"}\n')]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"registrations": [{"id": "x" * 2_500, "learner": "y" * 2_500}]}, "element"),
        ({"more": "x" * 2_500, "a": {"b": "y" * 2_500}}, "head"),
        ({"registrations": [], "more": "x" * 2_500, "a": {"b": "y" * 2_500}}, "tail"),
        ({"dropped": "x" * 5_000}, "value"),
    ],
)
def test_what_must_be_held_has_a_limit(body: dict, where: str) -> None:
    data = json.dumps(body).encode()
    with pytest.raises(BodyTooLarge) as refusal:
        pieces_of(data, POINTERS, list(range(0, len(data), 100)))
    assert refusal.value.reason == where


def test_what_is_dropped_or_given_away_has_none() -> None:
    body = json.dumps({"registrations": [{"id": f"r{n}", "runtime": [n] * 50} for n in range(2_000)]}).encode()
    assert len(body) > 50 * LIMIT
    pieces = pieces_of(body, POINTERS, list(range(0, len(body), 1_000)))
    assert sum(piece.part is Part.ELEMENT for piece in pieces) == 2_000
    assert joined(pieces) == keep_only(body, POINTERS).decode()


def test_an_object_of_endless_members_is_refused() -> None:
    listing = Listing(POINTERS, limit=LIMIT)

    def endless() -> None:
        listing.feed(b"{")
        for start in range(0, 300_000, 500):
            listing.feed(b"".join(b'"%d":0,' % number for number in range(start, start + 500)))

    with pytest.raises(UnreadableBody) as refusal:
        endless()
    assert refusal.value.reason == "too-many-values"
