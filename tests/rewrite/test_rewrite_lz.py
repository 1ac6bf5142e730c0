"""Bodies and values that LZString packed: opened, rewritten, packed as they came; else refused or left byte for byte."""

import json

import pytest
from rewrite_kit import message, seen, swapped

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.fields import Body, Field, Shape, Treat, cmi, form, lz, packed, xml
from proxy.fields import json as at
from proxy.lzstring import MOST_CHARACTERS, Notation, pack, unpack
from proxy.people import Kind, Substitution
from proxy.rewrite import find, put, turned, unpacked

FORM = "application/x-www-form-urlencoded"
ANY = ("text/xml", "application/json", "text/plain", "application/octet-stream", FORM)
ANSWERS = (
    Field(xml("//ARTI/@LR"), Kind.FREE_TEXT, Treat.TEXT),
    Field(cmi("/**/learner_response"), Kind.FREE_TEXT, Treat.TEXT),
)
COMMIT = Shape(body=Body.READ, media=ANY, fields=(*ANSWERS, *packed(ANSWERS)))
RTD = '<?xml version="1.0"?><RTD RI="r1"><A><ARTI Id="q1" LR="Zoë Müller"/></A></RTD>'
TREE = json.dumps({"runtime": [{"id": "q1", "learnerResponse": "Zoë Müller", "description": "Wie heißen Sie?"}]})


def body_of(text: str, notation: Notation) -> bytes:
    return pack(text, notation).encode("utf-8", "surrogateescape")


def text_of(body: bytes, notation: Notation) -> str:
    return unpack(body.decode("utf-8", "surrogateescape"), notation)


@pytest.mark.parametrize("media", ANY)
@pytest.mark.parametrize("text", [RTD, TREE], ids=["xml", "json"])
@pytest.mark.parametrize("notation", Notation)
def test_a_packed_commit_is_rewritten_and_packed_as_it_came(notation, text, media):
    """No header says that a body is packed, so none is looked at."""
    sent = message(body_of(text, notation), media)
    assert seen(sent, COMMIT) == [("learner", "Zoë Müller")]
    changed = swapped(sent, COMMIT, "Learner K7")
    plain = text_of(changed, notation)
    assert plain == text.replace("Zoë Müller", "Learner K7").replace(json.dumps("Zoë Müller")[1:-1], "Learner K7")
    assert body_of(plain, notation) == changed


@pytest.mark.parametrize("text", [RTD, TREE], ids=["xml", "json"])
def test_what_is_not_packed_is_read_by_its_looks(text):
    assert swapped(message(text, "text/plain"), COMMIT, "K7").decode() in {
        text.replace("Zoë Müller", "K7"),
        text.replace(json.dumps("Zoë Müller")[1:-1], "K7"),
    }


@pytest.mark.parametrize("new", ["K7", "Learner K7-M4Q2", "Learner ABC-DEF-GH4, and again Learner ABC-DEF-GH4"])
def test_what_may_be_packed_in_two_ways_is_packed_for_both(new):
    """Base64 and URI differ in one sign of 64; a short text may have none of them, and then it must not get one."""
    sent = message(pack('{"learner_response":"Zoe!"}', Notation.URI), "text/plain")
    assert len(sent.body) % 4 == 0
    changed = swapped(sent, COMMIT, new)
    for notation in (Notation.URI, Notation.BASE64):
        assert json.loads(text_of(changed, notation)) == {"learner_response": new}


def test_where_no_packing_is_for_both_the_message_is_refused():
    sent = message(pack('{"learner_response":"Zoe!"}', Notation.URI), "text/plain")
    with pytest.raises(FieldInvalid) as refused:
        swapped(sent, COMMIT, "".join(map(chr, range(0x4E00, 0x5200))))
    assert refused.value.reason == "packed-in-two-ways"


@pytest.mark.parametrize("notation", Notation)
def test_a_body_that_is_not_changed_keeps_its_bytes(notation):
    sent = message(body_of(TREE, notation), "text/plain")
    found = find(sent, COMMIT)
    assert put(sent, found, [Substitution(one, one.value.reveal()) for one in found.findings]) is sent


@pytest.mark.parametrize(
    "body",
    [
        b"just text",
        b"a=b&c=d",
        b"\x00\x01\x02",
        b"\xff" * 40,
        b"N4Igdg",
        b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=",
        body_of("neither XML nor JSON, though packed", Notation.BASE64),
        body_of("name=value&other=pairs", Notation.URI),
        body_of("<RTD>", Notation.BASE64),
        body_of('{"a":1,"a":2}', Notation.BASE64),
        body_of(pack(RTD, Notation.BASE64), Notation.BASE64),
        body_of(TREE, Notation.BASE64) + body_of(TREE, Notation.BASE64),
        body_of(TREE, Notation.BASE64) + b"\n",
        b"\xef\xbb\xbf" + body_of(TREE, Notation.BASE64),
        b"\xef\xbb\xbf" + TREE.encode(),
    ],
)
def test_everything_else_is_refused(body):
    with pytest.raises(UnreadableBody):
        find(message(body, "text/plain"), COMMIT)


def test_a_bomb_is_refused_before_it_goes_off():
    piece = "x" * (MOST_CHARACTERS // 2)
    bomb = pack(f'["{piece}"]', Notation.BASE64)
    assert len(bomb) < 4000
    assert seen(message(bomb, "text/plain"), COMMIT) == []
    with pytest.raises(FieldInvalid) as refused:
        swapped(message(body_of(TREE, Notation.URI), "text/plain"), COMMIT, "x" * MOST_CHARACTERS)
    assert refused.value.reason == "too-long-to-pack"


def test_a_value_of_a_form_may_be_packed():
    """As `compressToEncodedURIComponent` is meant: its plus signs are not encoded, and so arrive as blanks."""
    shape = Shape(
        body=Body.READ,
        media=(FORM,),
        fields=(
            Field(form("data") / lz() / at("/id"), Kind.SUBJECT),
            Field(form("data") / lz() / xml("/a/@id"), Kind.SUBJECT),
        ),
    )
    for inside, new in (('{"id": "s1234567"}', '{"id": "sv1"}'), ('<a id="s1234567"/>', '<a id="sv1"/>')):
        value = pack(inside, Notation.URI)
        changed = swapped(message(f"x=1&data={value}&y=2", FORM), shape, "sv1").decode()
        assert changed == f"x=1&data={pack(new, Notation.URI).replace('+', '%2B')}&y=2"
    with pytest.raises(UnreadableBody):
        find(message("data=plain", FORM), shape)


def test_whoever_looks_at_all_of_it_sees_it_opened():
    """The guard, and the book of addresses."""
    shape = COMMIT
    for notation in Notation:
        sent = message(body_of(RTD, notation), "text/plain")
        assert unpacked(sent, shape) == RTD.encode()
        assert turned(sent, shape, lambda text: text) is sent.body
        other = turned(sent, shape, lambda text: text.replace(b"r1", b"r2"))
        assert text_of(other, notation) == RTD.replace("r1", "r2")
    plain = message(RTD, "text/xml")
    assert unpacked(plain, shape) == b""
    assert turned(plain, shape, bytes.upper) == RTD.encode().upper()
