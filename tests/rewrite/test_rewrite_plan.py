"""Mistakes in declarations are found when they are compiled."""

import pytest

from proxy.errors import AdapterInvalid
from proxy.fields import Field, Keys, Place, Shape, Step, Treat, form, header, json, path, query, text, url, xml
from proxy.people import Kind
from proxy.rewrite import check_shape
from proxy.rewrite.selectors import parse_pointer, parse_xml_selector, wildcard_positions


def shape(*places: Place, treat: Treat = Treat.TRANSLATE) -> Shape:
    return Shape(fields=tuple(Field(place, Kind.NAME, treat) for place in places))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (shape(url()), "place-start"),
        (shape(Place(())), "place-start"),
        (shape(Place((Step("cookie", "a"),))), "place-start"),
        (shape(query("a") / path("b")), "place-nesting"),
        (shape(query("a") / header("b")), "place-nesting"),
        (shape(query("")), "empty-selector"),
        (shape(text() / json("/a")), "text-not-last"),
        (shape(query("a"), query("a")), "place-twice"),
        (shape(query("a"), query("A")), "place-twice"),
        (shape(query("a"), query("a") / url() / query("b")), "place-twice"),
        (shape(json("/a~2")), "json-pointer"),
        (shape(Place((Step("json", "a"),))), "json-pointer"),
        (shape(xml("/a[1]")), "xml-selector"),
        (shape(xml("/a/@b/c")), "xml-selector"),
        (shape(xml("/")), "xml-selector"),
        (shape(path("a"), treat=Treat.DROP), "not-removable"),
        (shape(query("a") / url(), treat=Treat.DROP), "not-removable"),
        (Shape(keys=Keys(others="maybe")), "keys-others"),
        (Shape(keep=("a",)), "json-pointer"),
        (shape(*(json("/**/a" * 3 + f"/{n}/**/b") for n in range(12))), "selectors-too-complex"),
    ],
)
def test_a_wrong_declaration_refuses(bad, reason):
    with pytest.raises(AdapterInvalid) as caught:
        check_shape(bad)
    assert caught.value.reason == reason


def test_right_declarations_pass():
    check_shape(shape(query("u") / url() / query("v") / json("/a") / xml("//b/@c"), form("d") / text(), json("")))


def test_selectors_are_split_once():
    assert parse_pointer("/a~1b/~0/*/**") == ("a/b", "~", "*", "**")
    assert parse_pointer("") == ()
    assert parse_pointer("/") == ("",)
    assert parse_xml_selector("//b") == (("**", "b"), "")
    assert parse_xml_selector("/a//b/@c") == (("a", "**", "b"), "c")


def test_wildcards_know_where_they_stood():
    assert wildcard_positions(("a", "*", "b"), ["a", "x", "b"], [0, 3, 1]) == (3,)
    assert wildcard_positions(("**", "b"), ["a", "x", "b"], [0, 3, 1]) == (0, 3)
    assert wildcard_positions(("**", "a", "**"), ["a", "a"], [5, 6]) == (6,)
    assert wildcard_positions(("a", "b"), ["a", "b"], [0, 0]) == ()
