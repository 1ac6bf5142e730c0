"""Which body is read how, and the parts of a message around it."""

import pytest
from rewrite_kit import json_shape, message, seen, swapped

from proxy.errors import FieldInvalid, FieldMissing, InternalFault, UnreadableBody, UnsupportedMedia
from proxy.fields import Body, Field, Shape, Treat, form, header, json, path, text
from proxy.message import Headers, Message
from proxy.people import Direction, Kind, Substitution
from proxy.rewrite import find, put

LEARNER = json_shape(Field(json("/learner/id"), Kind.SUBJECT), Field(json("/learner/name"), Kind.NAME))


def test_media_charset_and_undeclared_bodies_refuse():
    with pytest.raises(UnsupportedMedia):
        find(message("{}", "text/html"), LEARNER)
    with pytest.raises(UnsupportedMedia):
        find(message("{}", ""), LEARNER)
    with pytest.raises(UnsupportedMedia):
        find(message("{}"), Shape())
    with pytest.raises(UnreadableBody):
        find(message("{}", charset="utf-16"), LEARNER)
    with pytest.raises(UnreadableBody):
        find(message("{}", charset="iso-8859-1"), LEARNER)
    find(message("{}", charset="us-ascii"), LEARNER)


def test_an_answer_may_be_called_latin_while_it_is_ascii():
    latin = {"direction": Direction.INWARD, "charset": "iso-8859-1"}
    assert swapped(message('{"learner":{"id":"p"}}', **latin), LEARNER, "Zoë") == b'{"learner":{"id":"Zo\\u00eb"}}'
    with pytest.raises(UnreadableBody):
        find(message('{"learner":{"id":"ë"}}', **latin), LEARNER)
    plain = Shape(body=Body.READ, media=("text/plain",), fields=(Field(text(), Kind.FREE_TEXT, Treat.TEXT),))
    with pytest.raises(UnreadableBody):
        swapped(message("p", "text/plain", **latin), plain, "Zoë")


def test_a_field_of_another_kind_of_body_is_simply_not_there():
    shape = Shape(
        body=Body.READ,
        media=("application/json", "application/x-www-form-urlencoded", "text/plain"),
        fields=(
            Field(json("/id"), Kind.SUBJECT, required=True),
            Field(form("id"), Kind.SUBJECT, required=True),
        ),
    )
    assert seen(message("id=a", "application/x-www-form-urlencoded"), shape) == [("learner", "a")]
    with pytest.raises(FieldMissing):
        find(message("id=a", "text/plain"), shape)


def test_json_that_is_called_plain_text_is_read_as_json():
    shape = Shape(body=Body.READ, media=("text/plain",), fields=(Field(json("/id"), Kind.SUBJECT),))
    assert seen(message('{"id":"a"}', "text/plain"), shape) == [("learner", "a")]
    with pytest.raises(UnreadableBody):
        find(message("id=a", "text/plain"), shape)


def test_running_text_is_one_finding():
    shape = Shape(body=Body.READ, media=("text/plain",), fields=(Field(text(), Kind.FREE_TEXT, Treat.TEXT),))
    assert swapped(message("Zoë was\nhere", "text/plain"), shape, "p was\nhere") == b"p was\nhere"


def test_headers_and_path_segments():
    shape = Shape(fields=(Field(header("X-User"), Kind.SUBJECT), Field(path("id"), Kind.SUBJECT, person="other")))
    sent = Message(
        Direction.OUTWARD, "GET", target="/a%2Fb/users/s%201?", headers=Headers([("x-USER", "zoe"), ("Accept", "zoe")])
    )
    found = find(sent, shape, captures={"any": "a%2Fb", "id": "s%201"})
    assert [one.value.reveal() for one in found.findings] == ["s 1", "zoe"]
    fewer = Message(Direction.OUTWARD, "GET", target=sent.target, headers=sent.headers.having(("Accept", "x")))
    clean = put(fewer, found, [Substitution(one, "p/1") for one in found.findings])
    assert clean.target == "/a%2Fb/users/p%2F1?"
    assert clean.headers.pairs == (("x-USER", "p/1"), ("Accept", "x"))
    with pytest.raises(FieldInvalid):
        put(sent, found, [Substitution(found.findings[1], "a\r\nb: c")])
    with pytest.raises(FieldInvalid):
        put(sent, found, [Substitution(found.findings[0], "..")])


def test_a_path_variable_is_found_by_its_order_or_refused():
    shape = Shape(fields=(Field(path("who"), Kind.SUBJECT),))
    sent = Message(Direction.OUTWARD, "GET", target="/course/5/learner/5")
    found = find(sent, shape, captures={"course": "5", "who": "5"})
    assert put(sent, found, [Substitution(found.findings[0], "p")]).target == "/course/5/learner/p"
    with pytest.raises(UnreadableBody):
        find(sent, shape, captures={"who": "5"})


def test_parts_of_different_messages_do_not_mix():
    one, two = message('{"learner":{"id":"1"}}'), message('{"learner":{"id":"2"}}')
    with pytest.raises(InternalFault):
        put(two, find(one, LEARNER), [])
    with pytest.raises(InternalFault):
        put(one, find(one, LEARNER), [Substitution(find(two, LEARNER).findings[0], "x")])
