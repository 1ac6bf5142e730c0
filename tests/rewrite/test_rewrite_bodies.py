"""JSON and XML bodies: read strictly, changed only where declared; people in lists are told apart."""

import pytest

from proxy.errors import FieldInvalid, FieldMissing, InternalFault, UnreadableBody, UnsupportedMedia
from proxy.fields import Body, Field, Keys, Shape, Treat, form, header, json, path, query, text, url, xml
from proxy.message import Headers, Message
from proxy.people import Direction, Kind, Substitution
from proxy.rewrite import find, put

JSON_MEDIA = ("application/json",)
XML_MEDIA = ("text/xml",)


def json_shape(*fields: Field) -> Shape:
    return Shape(body=Body.READ, media=JSON_MEDIA, fields=fields)


def xml_shape(*fields: Field) -> Shape:
    return Shape(body=Body.READ, media=XML_MEDIA, fields=fields)


def message(
    body: bytes | str, media: str = "application/json", direction: Direction = Direction.OUTWARD, **more
) -> Message:
    raw = body.encode() if isinstance(body, str) else body
    return Message(direction, "POST", target="/x", media=media, body=raw, **more)


def seen(sent: Message, shape: Shape) -> list[tuple[str, str]]:
    return [(one.person, one.value.reveal()) for one in find(sent, shape).findings]


def swapped(sent: Message, shape: Shape, *texts: str | None) -> bytes:
    found = find(sent, shape)
    swaps = [Substitution(one, new) for one, new in zip(found.findings, texts, strict=True)]
    return put(sent, found, swaps).body


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


COMMIT = xml_shape(Field(xml("//I/@LR"), Kind.FREE_TEXT, Treat.TEXT), Field(xml("/r/who"), Kind.NAME))


def test_xml_is_changed_in_place():
    body = "<?xml version='1.0' encoding=\"UTF-8\"?>\n<!-- c --><r  a = 'x' ><who>A &amp; <![CDATA[<B>]]></who>\n<q><I LR='a&#10;&quot;b'  Id=\"1\"/></q></r >\n"
    assert seen(message(body, "text/xml"), COMMIT) == [("learner", "A & <B>"), ("learner", 'a\n"b')]
    assert swapped(message(body, "text/xml"), COMMIT, "<Ö>", "it's").decode() == body.replace(
        "A &amp; <![CDATA[<B>]]>", "&lt;&#214;&gt;"
    ).replace("a&#10;&quot;b", "it&#39;s")
    sent = message(body, "text/xml")
    assert put(sent, find(sent, COMMIT), []) is sent


def test_xml_names_match_in_any_namespace_and_repeated_elements_are_other_people():
    shape = xml_shape(Field(xml("//l/@id"), Kind.SUBJECT), Field(xml("//l/n"), Kind.NAME))
    body = '<x:a xmlns:x="u" id="0"><x:l x:id="1"><n>one</n></x:l><l id="2"><n>two</n></l><l id="3"/></x:a>'
    people = {value: person for person, value in seen(message(body, "text/xml"), shape)}
    assert people["1"] == people["one"]
    assert people["2"] == people["two"]
    assert len(set(people.values())) == 3


def test_xml_attributes_and_elements_are_dropped_whole():
    shape = xml_shape(Field(xml("//l/@id"), Kind.SUBJECT, Treat.DROP), Field(xml("//n"), Kind.NAME, Treat.DROP))
    sent = message('<a><l id="1" x="2"/><n>N<b/></n></a>', "text/xml")
    assert put(sent, find(sent, shape), []).body == b'<a><l x="2"/></a>'


@pytest.mark.parametrize(
    "body",
    [
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a b=1/>",
        "<a b='1' b='2'/>",
        "<a>&nbsp;</a>",
        "<a>&#0;</a>",
        "<a>&#99999999999;</a>",
        "<a>&#xD800;</a>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<?xml version='1.0' encoding='UTF-16'?><a/>",
        "<?xml version='1.0' encoding='latin1'?><a/>",
        "<a>\x00</a>",
        "<a>" * 31 + "</a>" * 31,
        "text",
        "<a><who",
    ],
)
def test_malformed_or_dangerous_xml_refuses(body):
    with pytest.raises(UnreadableBody):
        find(message(body, "text/xml"), COMMIT)


def test_a_person_among_child_elements_refuses():
    with pytest.raises(FieldInvalid):
        find(message("<r><who>Zoë<b/></who></r>", "text/xml"), COMMIT)


def test_media_charset_and_undeclared_bodies_refuse():
    with pytest.raises(UnsupportedMedia):
        find(message("{}", "text/html"), LEARNER)
    with pytest.raises(UnsupportedMedia):
        find(message("{}", ""), LEARNER)
    with pytest.raises(UnsupportedMedia):
        find(message("{}"), Shape())
    with pytest.raises(UnreadableBody):
        find(message("{}", charset="utf-16"), LEARNER)
    find(message("{}", charset="us-ascii"), LEARNER)


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
