"""XML bodies: read without any document type, changed in place."""

import pytest
from rewrite_kit import message, seen, swapped, xml_shape

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.fields import Field, Treat, xml
from proxy.people import Kind
from proxy.rewrite import find, put

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
