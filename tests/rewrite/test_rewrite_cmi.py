"""One declaration, every notation of a data model: nested, dotted, lists of pairs, forms that encode nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rewrite_kit import message, seen, swapped

from proxy.errors import AdapterInvalid, FieldInvalid, UnknownField, UnreadableBody
from proxy.fields import Body, Field, Shape, Treat, cmi
from proxy.people import Kind
from proxy.rewrite import check_request, check_shape, find

FORM = "application/x-www-form-urlencoded"
MEDIA = ("application/json", "text/plain", FORM)
WHO = (
    Field(cmi("/**/learner_id"), Kind.SUBJECT),
    Field(cmi("/**/core/student_id"), Kind.SUBJECT),
    Field(cmi("/**/learner_name"), Kind.NAME),
    Field(cmi("/**/interactions/*/learner_response"), Kind.FREE_TEXT, Treat.TEXT),
    Field(cmi("/**/suspend_data"), Kind.FREE_TEXT, Treat.OPAQUE),
)
OTHER = Field(cmi("/**"), Kind.FREE_TEXT, Treat.OTHER)
SHAPE = Shape(body=Body.READ, media=MEDIA, fields=WHO)
ALL = Shape(body=Body.READ, media=MEDIA, fields=(*WHO, OTHER))


def texts(body, shape=SHAPE, media="application/json"):
    return [text for _, text in seen(message(body, media), shape)]


def dumps(tree) -> str:
    return json.dumps(tree, ensure_ascii=False)


ONE = {"cmi": {"learner_id": "s1", "interactions": {"0": {"learner_response": "Oslo"}}, "suspend_data": "v1|7"}}
NOTATIONS = {
    "nested": dumps(ONE),
    "nested deeper": dumps({"runtimeData": ONE}),
    "with lists": dumps(
        {"cmi": {"learner_id": "s1", "interactions": [{"learner_response": "Oslo"}], "suspend_data": "v1|7"}}
    ),
    "dotted": dumps(
        {"cmi.learner_id": "s1", "cmi.interactions.0.learner_response": "Oslo", "cmi.suspend_data": "v1|7"}
    ),
    "brackets": dumps(
        {"cmi.learner_id": "s1", "cmi.interactions[0].learner_response": "Oslo", "cmi.suspend_data": "v1|7"}
    ),
    "camels": dumps({"learnerId": "s1", "interactions": [{"learnerResponse": "Oslo"}], "suspendData": "v1|7"}),
    "pascals": dumps({"LearnerId": "s1", "Interactions": [{"LearnerResponse": "Oslo"}], "SuspendData": "v1|7"}),
    "a list of pairs": dumps(
        {"r": ["cmi.learner_id=s1", "cmi.interactions.0.learner_response=Oslo", "cmi.suspend_data=v1|7"]}
    ),
    "pairs": "cmi.learner_id=s1&cmi.interactions.0.learner_response=Oslo&cmi.suspend_data=v1|7",
    "encoded pairs": "cmi.learner%5Fid=s1&cmi.interactions%5B0%5D.learner_response=Oslo&cmi.suspend_data=v1%7C7",
}


@pytest.mark.parametrize("body", NOTATIONS.values(), ids=NOTATIONS)
def test_every_notation_is_read_as_the_same(body):
    assert texts(body) == ["s1", "Oslo", "v1|7"]


@pytest.mark.parametrize("body", NOTATIONS.values(), ids=NOTATIONS)
def test_and_only_the_values_are_replaced(body):
    changed = swapped(message(body), SHAPE, "sv1", "Øst", "v2").decode()
    encoded = "%C3%98st" if "=" in body and not body.startswith("{") else "\\u00d8st"
    wanted = body.replace("s1", "sv1").replace("Oslo", encoded).replace("v1|7", "v2").replace("v1%7C7", "v2")
    assert changed == wanted


def test_what_is_inside_a_named_element_is_named_and_the_first_declared_counts():
    body = dumps({"learner_id": {"value": "s1", "kind": ["x"]}, "suspend_data": {"learner_id": "s2"}})
    assert texts(body, ALL) == ["s1", "x", "s2"]
    assert [one.kind for one in find(message(body), ALL).findings] == [Kind.SUBJECT, Kind.SUBJECT, Kind.SUBJECT]


def test_every_other_string_can_be_named_too():
    body = dumps({"a": "b", "n": 4711, "t": True, "z": None, "cmi.exit": "suspend", "deep": [[["x"]]]})
    assert texts(body, ALL) == ["b", "suspend", "x"]
    assert texts("a=b&stray", ALL, FORM) == ["b&stray"]
    assert texts('"all of it"', ALL) == ["all of it"]


def test_a_learner_id_may_be_a_number():
    assert texts(dumps({"cmi": {"learner_id": 4711}})) == ["4711"]
    with pytest.raises(FieldInvalid):
        texts(dumps({"cmi": {"learner_id": 47.11}}))


def test_the_language_before_a_name_stays():
    body = dumps({"cmi": {"learner_id": "s1", "learner_name": "{lang=de-CH}Müller, Zoë"}})
    assert texts(body) == ["s1", "Müller, Zoë"]
    assert b"{lang=de-CH}Learner K7" in swapped(message(body), SHAPE, "sv1", "Learner K7")
    pairs = "cmi.learner_name={lang=de}Müller, Zoë&cmi.learner_id=s1"
    assert swapped(message(pairs, FORM), SHAPE, "K7", "sv1") == b"cmi.learner_name=%7Blang%3Dde%7DK7&cmi.learner_id=sv1"


def test_pairs_that_nobody_encoded_are_read_as_they_were_meant():
    """scorm-again encodes nothing in its format `params`; an ampersand then cuts a value in two for whoever decodes it."""
    body = (
        "cmi.learner_id=s1&cmi.learner_name=Müller & Sohn&cmi.interactions.0.learner_response=100% & more=& =&cmi.exit="
    )
    assert texts(body, SHAPE, FORM) == ["s1", "Müller & Sohn", "100% & more=& ="]
    changed = swapped(message(body, FORM), SHAPE, "sv1", "Learner K7", None).decode()
    assert changed == "cmi.learner_id=sv1&cmi.learner_name=Learner%20K7&cmi.exit="


def test_what_is_not_utf8_when_decoded_stays_as_it_is():
    assert texts("cmi.interactions.0.learner_response=5%de+x", SHAPE, FORM) == ["5%de x"]


@pytest.mark.parametrize("body", ["{", "[1}", '{"a":1,"a":2}', '\ufeff{"a":1}', '{"a":"\\ud800"}', "a=\x00", "a=%00"])
def test_what_can_be_read_in_two_ways_is_refused(body):
    with pytest.raises(UnreadableBody):
        find(message(body), ALL)


ALLOWED = Shape(
    body=Body.READ,
    media=MEDIA,
    fields=WHO,
    members=("/cmi/learner_id", "/cmi/interactions/*/learner_response", "/cmi/suspend_data", "/completionStatus"),
)


@pytest.mark.parametrize(
    "body",
    [
        "cmi.learner_id=s1&cmi.objectives=[object Object]&cmi.interactions=",
        NOTATIONS["nested"],
        NOTATIONS["dotted"],
        NOTATIONS["pairs"],
        '{"completion_status":"x"}',
        "{}",
        '{"cmi":{}}',
    ],
)
def test_an_allow_list_holds_for_every_notation(body):
    check_request(message(body), ALLOWED)


@pytest.mark.parametrize(
    "body",
    [
        NOTATIONS["nested deeper"],
        '{"cmi":{"email":"x"}}',
        '{"cmi.email":"x"}',
        '{"cmi":{"interactions":{"Zoe":{"learner_response":"x"}}}}',
        '{"cmi":{"interactions":{"learner_response":"x"}}}',
        '{"x":["cmi.email=x"]}',
        '["cmi.email=x"]',
        "cmi.email=x",
        "cmi.learner_id=s1&email=zoe",
        "cmi.learner_id=s1&e%6Dail=zoe",
        "stray",
        '"all of it"',
        "17",
    ],
)
def test_what_it_does_not_name_is_refused(body):
    with pytest.raises(UnknownField):
        check_request(message(body), ALLOWED)


def test_a_selector_must_be_a_pointer():
    with pytest.raises(AdapterInvalid):
        cmi("learner_id")
    check_shape(ALL)


names = st.sampled_from(["cmi", "learner_id", "LearnerId", "interactions", "0", "x.y", "suspend_data", "a[0]", "Zoë"])
trees = st.recursive(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.integers() | st.none(),
    lambda inner: st.dictionaries(names, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)


@given(trees.filter(lambda tree: isinstance(tree, dict | list)))
def test_any_tree_is_read_and_an_unchanged_one_keeps_its_bytes(tree):
    body = dumps(tree)
    assert swapped(message(body), ALL, *(texts(body, ALL))) == body.encode()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_pairs_are_read_or_refused(text):
    try:
        found = texts(text, ALL, FORM)
    except (UnreadableBody, FieldInvalid):
        return
    assert swapped(message(text, FORM), ALL, *found) == text.encode()
