"""XML answers cut down to what a list of selectors names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from proxy.errors import UnreadableBody
from proxy.rewrite import keep_only_xml

REPORT = (
    '<?xml version="1.0" encoding="utf-8" ?>\n'
    '<rsp stat="ok" by="Zoë"><!-- Zoë --><registrationreport format="full" regid="r-1" instanceid="0">\n'
    "  <complete>complete</complete><score>87.5</score>\n"
    '  <activity id="SCO1"><title>Quiz</title><satisfied>true</satisfied>'
    "<runtime><suspend_data><![CDATA[bm=3;nick=Zoë]]></suspend_data><static><learner_id>s1</learner_id>"
    "<learner_name>Müller, Zoë</learner_name></static></runtime></activity>\n"
    "</registrationreport>stray Zoë</rsp>\n"
)


def kept(text: str, *selectors: str) -> str:
    return keep_only_xml(text.encode(), selectors).decode()


def test_what_is_named_keeps_its_bytes_and_the_rest_is_gone():
    found = kept(
        REPORT,
        "/rsp/@stat",
        "/rsp/registrationreport/@regid",
        "/rsp/registrationreport/complete",
        "/rsp/registrationreport/score",
    )
    assert found == (
        '<?xml version="1.0" encoding="utf-8" ?>\n'
        '<rsp stat="ok"><registrationreport regid="r-1">\n'
        "  <complete>complete</complete><score>87.5</score>\n"
        "  \n"
        "</registrationreport></rsp>\n"
    )


def test_a_named_element_stays_whole_and_the_same_bytes():
    assert keep_only_xml(REPORT.encode(), ("/rsp",)) == REPORT.encode()


def test_shells_of_any_depth_stay_if_they_hold_something():
    found = kept(REPORT, "/rsp/@stat", "//activity//learner_id")
    assert "<activity><runtime><static><learner_id>s1</learner_id></static></runtime></activity>" in found
    assert "Zoë" not in found
    assert kept("<a><b><c/></b><d>x</d></a>", "/a//d") == "<a><d>x</d></a>"
    assert kept("<a><b><c/></b><d>x</d></a>", "/a/b/e") == "<a><b></b></a>"


@pytest.mark.parametrize(
    ("text", "selectors", "found"),
    [
        ("<a x=\"1\" y='2'/>", ("/a/@y",), "<a y='2'/>"),
        ('<n:a xmlns:n="urn:n" n:x="1" z="2"><n:b>t</n:b></n:a>', ("/a/b",), '<n:a xmlns:n="urn:n"><n:b>t</n:b></n:a>'),
        ("<a>text<b/>&#90;oe<![CDATA[Zoë]]><?pi Zoë?></a>", ("/a/b",), "<a><b/></a>"),
        ("<a><b><b>in</b></b><b>2</b></a>", ("/a/b/b",), "<a><b><b>in</b></b><b></b></a>"),
        ("<a><c><d/><d>e</d></c></a>", ("/a/b",), "<a></a>"),
        ('<a><c x="1"/><b/></a>', ("/a/*/@x",), '<a><c x="1"/><b/></a>'),
        ("<?pi Zoë?><a><b>1</b></a><!--Zoë-->", ("/a/b",), "<a><b>1</b></a>"),
    ],
)
def test_markup_of_every_sort(text, selectors, found):
    assert kept(text, *selectors) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rsp",
        "<rsp>",
        "<rsp></rps>",
        "<other/>",
        '<!DOCTYPE rsp [<!ENTITY a "aa">]><rsp>&a;</rsp>',
        '<!DOCTYPE rsp SYSTEM "http://elsewhere.example/x.dtd"><rsp/>',
        "<rsp>&undeclared;</rsp>",
        '<?xml version="1.0" encoding="utf-16"?><rsp/>',
        "<rsp>" + "<a>" * 300 + "</a>" * 300 + "</rsp>",
        "<rsp/></rsp>",
        "<rsp/><rsp/>",
        "<rsp><a></rsp></a>",
    ],
)
def test_what_is_no_plain_document_is_refused(text):
    with pytest.raises(UnreadableBody):
        keep_only_xml(text.encode(), ("/rsp/b",))


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(UnreadableBody, match="not-utf-8"):
        keep_only_xml(b"<rsp>\xff</rsp>", ("/rsp",))


NAMES = st.sampled_from(["a", "b", "c", "n:b"])
TREES = st.recursive(
    st.builds(
        lambda name, text: f"<{name}>{text}</{name}>",
        NAMES,
        st.sampled_from(["", "x", "&lt;", "<![CDATA[<]]>", "<!--a-->"]),
    ),
    lambda inner: st.builds(
        lambda name, value, children: f'<{name} p="{value}" q="1">{"".join(children)}</{name}>',
        NAMES,
        st.sampled_from(["1", "&amp;", "ü"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)
SELECTORS = st.lists(
    st.from_regex(r"/r(/{1,2}(a|b|c|\*)){1,2}(/@(p|q|\*))?", fullmatch=True), min_size=1, max_size=3, unique=True
)


@given(st.lists(TREES, max_size=3), SELECTORS)
def test_nothing_stays_that_is_not_named(trees, selectors):
    """Against lxml's own XPath: every attribute and text that is left was named, and none that was named is lost."""
    text = f'<r xmlns:n="urn:n">{"".join(trees)}</r>'
    found = etree.fromstring(kept(text, *selectors).encode())
    assert told(found, []) == told(etree.fromstring(text.encode()), selectors)


def told(tree, selectors):
    """What a document says, as far as selectors (none: all of it) name it: texts and attributes in their order."""
    elements, attributes = set(tree.iter("*")), None
    if selectors:
        elements, attributes = set(), set()
        for selector in selectors:
            path, _, attribute = selector.partition("/@")
            hits = [one for one in tree.xpath(xpath_of(path)) if one is not tree]
            if attribute:
                attributes |= {(hit, name) for hit in hits for name in hit.attrib if attribute in {name, "*"}}
            else:
                elements |= {below for hit in hits for below in hit.iter("*")}
    said = []
    for one in tree.iter("*"):
        named = one in elements
        said += [(name, value) for name, value in one.attrib.items() if named or (one, name) in (attributes or ())]
        if named and one is not tree:
            said += [text for text in (one.text, *(child.tail for child in one)) if text]
    return said


def xpath_of(path):
    steps = path.replace("//", "/~").split("/")[1:]
    return "".join(
        ("//" if step.startswith("~") else "/")
        + ("*" if step.strip("~") == "*" else f"*[local-name()='{step.strip('~')}']")
        for step in steps
    )
