"""What holds for every message: nothing planted survives, nothing else changes, nothing crashes."""

import json as stdjson
from urllib.parse import parse_qsl, quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.errors import ProxyError
from proxy.fields import Body, Field, Keys, Place, Shape, Treat, form, header, json, query, text, url, xml
from proxy.message import Headers, Message
from proxy.people import Direction, Kind, Substitution
from proxy.rewrite import (
    find,
    keep_only,
    put,
)

SOME = settings(max_examples=120, deadline=None)
FEW = settings(max_examples=50, deadline=None)

PRINTABLE = st.characters(exclude_categories=["Cc", "Cs"])
NAMES = st.one_of(
    st.sampled_from(
        ["Zoë Müller-Østergård", "O'Brien", "李小龙", "Sukarno", "x" * 200, "דוד", "a&b=c", "%41", "a+b", '"\\', "</n>"]
    ),
    st.text(PRINTABLE, min_size=1, max_size=30).filter(str.strip),
)
JSON_VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(PRINTABLE)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(PRINTABLE, max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)

BODY_SHAPE = Shape(
    body=Body.READ,
    media=("application/json", "application/x-www-form-urlencoded", "text/xml", "text/plain"),
    fields=(
        Field(query("u") / url() / query("n"), Kind.NAME),
        Field(query("n"), Kind.NAME),
        Field(header("X-N") / json("/n"), Kind.NAME),
        Field(json("/**/n"), Kind.NAME),
        Field(json("/d"), Kind.NAME, Treat.DROP),
        Field(form("n"), Kind.NAME),
        Field(form("j") / json("/*/n"), Kind.NAME),
        Field(form("b"), Kind.NAME, Treat.BLANK),
        Field(form("x") / xml("//n"), Kind.NAME),
        Field(form("x") / xml("//p/@n"), Kind.NAME),
        Field(xml("//n"), Kind.NAME),
        Field(xml("//p/@n"), Kind.NAME),
        Field(text(), Kind.FREE_TEXT, Treat.TEXT),
    ),
    keys=Keys(others="pass"),
)
DIRECTIONS = st.sampled_from(Direction)


def replaced(message: Message, shape: Shape, new: str) -> Message:
    found = find(message, shape)
    return put(message, found, [Substitution(one, new) for one in found.findings])


def read(message: Message, shape: Shape = BODY_SHAPE) -> list[str]:
    return [one.value.reveal() for one in find(message, shape).findings]


JSON_PIECES = st.sampled_from(
    [
        *'{}[],:"\\ \n',
        '"n"',
        '"d"',
        "1",
        "-",
        "0.5e",
        "true",
        "null",
        "NaN",
        "\\u",
        "d800",
        '{"n":"x"}',
        "\ufeff",
        "\x00",
    ]
)
XML_PIECES = st.sampled_from(
    ["<n>", "</n>", "<p n='x'/>", "<p", " n=", '"x"', ">", "/>", "<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "&#0;", "&lt;",
     "&#x110000;", "<!DOCTYPE a>", "x", "<a>", "</a>", "\x00", "<x:n xmlns:x='u'>", "</x:n>"]
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=40).map(lambda one: one.encode("utf-8", "surrogatepass")),
    st.lists(JSON_PIECES, max_size=14).map(lambda parts: "".join(parts).encode()),
    st.lists(XML_PIECES, max_size=14).map(lambda parts: "".join(parts).encode()),
    st.lists(XML_PIECES, max_size=8).map(lambda parts: b"x=" + quote("".join(parts)).encode()),
    st.lists(JSON_PIECES, max_size=8).map(lambda parts: b"j=" + quote("".join(parts)).encode()),
)


@settings(max_examples=400, deadline=None)
@given(BODIES, st.sampled_from(BODY_SHAPE.media), DIRECTIONS)
def test_any_bytes_are_refused_or_read_and_given_back_unchanged(body, media, direction):
    message = Message(direction, "POST", target="/x", media=media, body=body)
    try:
        found = find(message, BODY_SHAPE)
    except ProxyError:
        return
    same = put(message, found, [Substitution(one, one.value.reveal()) for one in found.findings])
    if not any(mark in body for mark in (b'"d"', b"b=", b"\\u0064")):
        assert same.body == body
    replaced(message, BODY_SHAPE, "pseudonym")


@SOME
@given(st.text(max_size=40), st.text(max_size=20))
def test_any_target_and_header_are_refused_or_read(target, value):
    message = Message(Direction.OUTWARD, "GET", target="/x?u=" + target, headers=Headers([("x-n", value)]))
    try:
        found = find(message, BODY_SHAPE)
    except ProxyError:
        return
    assert put(message, found, []) is message


@SOME
@given(NAMES, NAMES, JSON_VALUES, st.booleans())
def test_no_planted_name_survives_in_json(name, other, around, ascii_only):
    value = {"a": around, "list": [{"n": name}, {"n": other, "x": around}], "n": name}
    body = stdjson.dumps(value, ensure_ascii=ascii_only).encode()
    message = Message(Direction.OUTWARD, "POST", target="/x", media="application/json", body=body)
    shape = Shape(
        body=Body.READ,
        media=("application/json",),
        fields=(Field(json("/list/*/n"), Kind.NAME), Field(json("/n"), Kind.NAME)),
    )
    assert read(message, shape) == [name, other, name]
    clean = stdjson.loads(replaced(message, shape, "p").body)
    assert clean == {"a": around, "list": [{"n": "p"}, {"n": "p", "x": around}], "n": "p"}


@SOME
@given(
    NAMES, st.lists(st.tuples(st.text(PRINTABLE, max_size=5), st.text(PRINTABLE, max_size=9)), max_size=4), st.data()
)
def test_no_planted_name_survives_in_a_form_and_all_else_stays(name, others, data):
    others = [(key, value) for key, value in others if key.casefold() not in {"n", "j", "b", "x"}]
    place = data.draw(st.integers(0, len(others)))
    pairs = [*others[:place], ("n", name), *others[place:]]
    raw = "&".join(f"{quote(key, safe='')}={quote(value, safe='').replace('%20', '+')}" for key, value in pairs)
    message = Message(Direction.OUTWARD, "POST", target="/x", media=BODY_SHAPE.media[1], body=raw.encode())
    assert read(message) == [name]
    clean = replaced(message, BODY_SHAPE, "p").body.decode().split("&")
    assert clean == ["n=p" if at == place else piece for at, piece in enumerate(raw.split("&"))]


@SOME
@given(NAMES.filter(str.isprintable), NAMES)
def test_no_planted_name_survives_in_xml(name, other):
    written = "".join(f"&#{ord(char)};" if char in "<>&\"'" else char for char in name)
    body = f"<r><n>{written}</n><p a='1' n=\"{written}\" b='2'/><x>{written}</x></r>"
    message = Message(Direction.OUTWARD, "POST", target="/x", media="text/xml", body=body.encode())
    shape = Shape(
        body=Body.READ, media=("text/xml",), fields=(Field(xml("//n"), Kind.NAME), Field(xml("//p/@n"), Kind.NAME))
    )
    try:
        assert read(message, shape) == [name, name]
    except ProxyError:  # a character that XML does not have
        return
    found = find(message, shape)
    try:
        clean = put(message, found, [Substitution(one, other) for one in found.findings])
    except ProxyError:
        return
    assert read(clean, shape) == [other, other]
    assert clean.body.endswith(f"<x>{written}</x></r>".encode())


@SOME
@given(NAMES, st.integers(1, 4), NAMES)
def test_an_address_nested_to_any_depth_restores_exactly(name, depth, other):
    def launch(value: str) -> str:
        address = f"/launch?methodName=Launch&n={quote(value, safe='!~*' + chr(39) + '()')}&end=1"
        for level in range(depth):
            address = f"https://host{level}.example/h?u={quote(address, safe='!~*' + chr(39) + '()')}#part"
        return address.removeprefix(f"https://host{depth - 1}.example").removesuffix("#part")

    place: Place = query("n")
    for _ in range(depth):
        place = query("u") / url() / place
    shape = Shape(fields=(Field(place, Kind.NAME),), keys=Keys(others="pass"))
    message = Message(Direction.OUTWARD, "GET", target=launch(name))
    assert read(message, shape) == [name]
    there = replaced(message, shape, other)
    assert there.target == launch(other)
    assert replaced(there, shape, name).target == message.target


POINTERS = st.lists(
    st.lists(st.sampled_from(["a", "b", "*", "**", "0", "1"]), max_size=4).map(
        lambda parts: "".join("/" + p for p in parts)
    ),
    max_size=4,
    unique=True,
)
TREES = st.recursive(
    st.sampled_from(["x", 1, None, 2.5]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=14,
)


def named(pointer: list[str], keys: list[str]) -> bool:
    """Say naively whether a pointer names a value or something it stands in."""
    if not pointer:
        return True
    if pointer[0] == "**":
        return any(named(pointer[1:], keys[skip:]) for skip in range(len(keys) + 1))
    return bool(keys) and pointer[0] in {"*", keys[0]} and named(pointer[1:], keys[1:])


def scalars(value: object, keys: tuple[str, ...] = ()):
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if children is None:
        yield keys, value
        return
    for key, child in children:
        yield from scalars(child, (*keys, str(key)))


@settings(max_examples=250, deadline=None)
@given(TREES.filter(lambda tree: isinstance(tree, dict | list)), POINTERS, st.sampled_from([None, 1]))
def test_an_allow_list_keeps_exactly_what_it_names(tree, pointers, indent):
    body = stdjson.dumps(tree, indent=indent).encode()
    left = keep_only(body, pointers)
    parts = [pointer.split("/")[1:] for pointer in pointers]
    expected = [value for keys, value in scalars(tree) if any(named(one, list(keys)) for one in parts)]
    assert [value for _, value in scalars(stdjson.loads(left))] == expected


def test_a_form_is_read_as_the_standard_library_reads_it():
    raw = b"n=Zo%C3%AB+Ann&x=&b=1"
    message = Message(Direction.OUTWARD, "POST", target="/x", media=BODY_SHAPE.media[1], body=raw)
    assert read(message) == [dict(parse_qsl(raw.decode()))["n"]]
    with pytest.raises(ProxyError):
        find(Message(Direction.OUTWARD, "GET", target="/x?n=%zz"), BODY_SHAPE)
