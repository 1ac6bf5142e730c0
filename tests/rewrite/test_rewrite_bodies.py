"""JSON bodies: read strictly, changed only where declared; people in lists are told apart."""

import pytest
from rewrite_kit import json_shape, message, seen, swapped

from proxy.errors import FieldInvalid, FieldMissing, UnreadableBody
from proxy.fields import Body, Field, Keys, Shape, Treat, form, json, query, url, xml
from proxy.people import Direction, Kind, Substitution
from proxy.rewrite import find, put

LEARNER = json_shape(Field(json("/learner/id"), Kind.SUBJECT), Field(json("/learner/name"), Kind.NAME))


@pytest.mark.parametrize(
    ("literal", "name"),
    [
        ('"O\'Brien"', "O'Brien"),
        (r'"Zo\u00eb"', "Zoë"),
        ('"李小龙"', "李小龙"),
        (r'"a\"b\\c\/d"', 'a"b\\c/d'),
        (r'"\ud83d\ude00"', "😀"),
        (r'"\\ud800"', r"\ud800"),
    ],
)
def test_a_name_is_read_as_json_means_it(literal, name):
    assert seen(message(f'{{"learner": {{"name": {literal}}}}}'), LEARNER) == [("learner", name)]


def test_spacing_numbers_and_order_survive_a_replacement():
    body = '{ "z" : 1.50e+1,\t"learner":{"x":[ ],"id"  :"s1","name":"Z"},"big":12345678901234567890 }\n'
    assert swapped(message(body), LEARNER, 'p"1', "ö").decode() == (
        '{ "z" : 1.50e+1,\t"learner":{"x":[ ],"id"  :"p\\"1","name":"\\u00f6"},"big":12345678901234567890 }\n'
    )


def test_a_text_that_is_not_ascii_gets_readable_replacements():
    assert swapped(message('{"learner":{"name":"Zoë"}}'), LEARNER, "Øse") == '{"learner":{"name":"Øse"}}'.encode()


def test_an_unchanged_body_is_the_very_message():
    sent = message(r'{"learner": {"name": "Zo\u00eb", "id": 12}}')
    found = find(sent, LEARNER)
    assert put(sent, found, []) is sent
    assert put(sent, found, [Substitution(one, one.value.reveal()) for one in found.findings]) is sent


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", ""),
        ("{", "not-json"),
        ('{"a":1,}', "not-json"),
        ("[1 2]", "not-json"),
        ("[1}", "not-json"),
        ("[}", "not-json"),
        ('{"a":1]', "not-json"),
        ("01", "not-json"),
        ("1.", "not-json"),
        ("+1", "not-json"),
        ("'a'", "not-json"),
        ("٣", "not-json"),
        ("{} {}", "not-json"),
        ("\ufeff{}", "not-json"),
        ("NaN", "not-json"),
        ('{"a": -Infinity}', "not-json"),
        ('"a\x01b"', "not-json"),
        ('"a\nb"', "not-json"),
        (r'"\x41"', "not-json"),
        (r'"\u00e"', "not-json"),
        (r'"\u0000"', "bad-escape"),
        (r'["\ud800"]', "bad-escape"),
        (r'["\udc00"]', "bad-escape"),
        (r'["\ud800\ud800\udc00"]', "bad-escape"),
        (r'["\ud800x\udc00"]', "bad-escape"),
        (r'{"\ud800":1}', "bad-escape"),
        ('{"a":1,"a":2}', "duplicate-key"),
        (r'{"b":[{"a":1,"\u0061":2}]}', "duplicate-key"),
        ("[" * 21 + "]" * 21, "too-deep"),
        ("[" * 100_000, "too-deep"),
    ],
)
@pytest.mark.parametrize("shape", [LEARNER, json_shape()], ids=["declared", "nothing-declared"])
def test_malformed_json_refuses(body, reason, shape):
    if not body:
        assert seen(message(body), shape) == []
        return
    with pytest.raises(UnreadableBody) as caught:
        find(message(body), shape)
    assert caught.value.reason == reason


def test_twenty_levels_are_read_and_invalid_utf8_is_not():
    find(message("[" * 20 + "]" * 20), LEARNER)
    with pytest.raises(UnreadableBody):
        find(message(b'{"learner":"\xff"}'), LEARNER)


def test_the_words_scorm_cloud_writes_pass_inward_byte_for_byte():
    body = '{"score":NaN,"x":[-Infinity , Infinity],"learner":{"id":"p"}}'
    sent = message(body, direction=Direction.INWARD)
    assert swapped(sent, LEARNER, "s1").decode() == body.replace('"p"', '"s1"')


def test_people_in_a_list_are_told_apart_by_their_place():
    shape = json_shape(Field(json("/r/*/id"), Kind.SUBJECT), Field(json("/r/*/who/name"), Kind.NAME))
    body = '{"r":[{"id":"a","who":{"name":"A"}},{"who":{"name":"B"},"id":"b"},{"id":"c"}]}'
    assert seen(message(body), shape) == [
        ("learner#0", "a"),
        ("learner#0", "A"),
        ("learner#1", "B"),
        ("learner#1", "b"),
        ("learner#2", "c"),
    ]


def test_any_depth_finds_all_and_groups_what_stands_together():
    shape = json_shape(Field(json("/**/mbox"), Kind.EMAIL), Field(json("/**/name"), Kind.NAME))
    body = '{"mbox":"r","a":{"mbox":"1","name":"one"},"b":[{"name":"two","mbox":"2"}]}'
    people = {value: person for person, value in seen(message(body), shape)}
    assert people["1"] == people["one"] != people["2"] == people["two"]
    assert len(people) == 5


def test_the_first_declared_field_wins_where_two_meet():
    shape = json_shape(Field(json("/a/name"), Kind.NAME), Field(json("/**"), Kind.FREE_TEXT, Treat.TEXT))
    found = find(message('{"a":{"name":"N","x":[1,"t"]},"b":null}'), shape)
    assert [(one.kind, one.value.reveal()) for one in found.findings] == [(Kind.NAME, "N"), (Kind.FREE_TEXT, "t")]


def test_pointers_escape_and_count():
    shape = json_shape(Field(json("/a~1b/m~0n/1"), Kind.NAME))
    assert seen(message('{"a/b":{"m~n":["x","y"]}}'), shape) == [("learner", "y")]


def test_an_id_may_be_a_number_and_becomes_a_string():
    assert swapped(message('{"learner":{"id": 4711 }}'), LEARNER, "p1") == b'{"learner":{"id": "p1" }}'


@pytest.mark.parametrize("value", ["1.5", "true", '{"a":"b"}', "[]"])
def test_other_values_where_a_person_should_be_refuse(value):
    for key in ("id", "name"):
        with pytest.raises(FieldInvalid):
            find(message(f'{{"learner":{{"{key}":{value}}}}}'), LEARNER)


def test_null_and_empty_count_as_absent():
    shape = json_shape(Field(json("/id"), Kind.SUBJECT, required=True))
    for body in ('{"id":null}', '{"id":""}', '{"id":"  "}', "{}", "[]", "3"):
        with pytest.raises(FieldMissing):
            find(message(body), shape)
    with pytest.raises(FieldMissing):
        find(message(""), shape)


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ('{"a":1,"b":2,"c":3}', '{"b":2,"c":3}'),
        ('{"b":2, "a":1 ,"c":3}', '{"b":2,"c":3}'),
        ('{"b":2, "a":{"x":[1]} }', '{"b":2}'),
        ('{ "a" : 1 }', "{}"),
        ('{"a":null,"d":"D"}', "{}"),
        ('{"b":2,"a":1,"d":4}', '{"b":2}'),
        ('{"a":1,"b":2,"d":4}', '{"b":2}'),
        ('{"d":1,"a":1,"b":2,"c":3}', '{"b":2,"c":3}'),
    ],
)
def test_a_dropped_member_takes_one_comma(body, left):
    shape = json_shape(Field(json("/a"), Kind.NAME, Treat.DROP), Field(json("/d"), Kind.NAME, Treat.DROP))
    assert put(message(body), find(message(body), shape), []).body.decode() == left


def test_blank_empties_strings_and_nulls_the_rest():
    shape = json_shape(Field(json("/*"), Kind.NAME, Treat.BLANK))
    sent = message('{"a":"x","b":4,"c":[1],"d":"","e":null}')
    assert put(sent, find(sent, shape), []).body == b'{"a":"","b":null,"c":null,"d":"","e":null}'


def test_texts_within_texts_are_opened_in_turn():
    shape = Shape(
        body=Body.READ,
        media=("application/x-www-form-urlencoded",),
        fields=(
            Field(form("data") / json("/learner/id"), Kind.SUBJECT),
            Field(form("data") / json("/back") / url() / query("who"), Kind.NAME),
            Field(form("data") / xml("//learner_id"), Kind.SUBJECT),
        ),
        keys=Keys(others="refuse"),
    )
    as_json = message(
        b"a=1&data=%7B%22learner%22%3A%7B%22id%22%3A%22s1%22%7D%2C%22back%22%3A%22%2Fx%3Fwho%3DZ%22%7D", shape.media[0]
    )
    assert [value for _, value in seen(as_json, shape)] == ["s1", "Z"]
    assert b"%22p1%22" in swapped(as_json, shape, "p1", "A")
    as_xml = message(b"data=%3Ca%3E%3Clearner_id%3Es2%3C/learner_id%3E%3C/a%3E", shape.media[0])
    assert [value for _, value in seen(as_xml, shape)] == ["s2"]
    with pytest.raises(UnreadableBody):
        find(message(b"data=s2", shape.media[0]), shape)
