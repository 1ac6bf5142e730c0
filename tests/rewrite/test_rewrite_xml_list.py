"""A list in an XML document is cut at its elements and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import UnreadableBody
from proxy.rewrite import list_in


def parts(text: str) -> list[str]:
    return [text[start:end] for start, end in list_in(text, "/rsp/list/one")]


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("<rsp><list><one/><one>2</one></list></rsp>", ["<rsp><list>", "<one/>", "<one>2</one>", "</list></rsp>"]),
        (
            "<rsp><list> <a><list><one/></list></a>x</list>y</rsp>",
            ["<rsp><list>", " <a><list><one/></list></a>", "x</list>y</rsp>"],
        ),
        (
            "<rsp><a><list><one/></list></a><list><b/></list><list><c/></list></rsp>",
            ["<rsp><a><list><one/></list></a><list>", "<b/>", "</list><list><c/></list></rsp>"],
        ),
        ("<rsp><list></list></rsp>", ["<rsp><list>", "</list></rsp>"]),
        ("<rsp><list/></rsp>", ["<rsp><list/></rsp>"]),
        ("<rsp><err/></rsp>", ["<rsp><err/></rsp>"]),
        ("<other><list><one/></list></other>", ["<other><list><one/></list></other>"]),
        (
            "<rsp><list><!-- <one/> --><one><![CDATA[</one>]]></one></list></rsp>",
            ["<rsp><list>", "<!-- <one/> --><one><![CDATA[</one>]]></one>", "</list></rsp>"],
        ),
        ("<n:rsp><n:list><n:one/></n:list></n:rsp>", ["<n:rsp><n:list>", "<n:one/>", "</n:list></n:rsp>"]),
        ("", [""]),
    ],
)
def test_where_it_is_cut(text, cut):
    assert parts(text) == cut


@pytest.mark.parametrize("text", ["<!DOCTYPE rsp><rsp/>", "<rsp><list><one a=1/></list></rsp>", "<rsp><"])
def test_what_are_no_tags_is_refused(text):
    with pytest.raises(UnreadableBody):
        parts(text)


@given(
    st.lists(
        st.sampled_from(["<rsp>", "</rsp>", "<list>", "</list>", "<one>", "</one>", "<one/>", "x", "<!--c-->"]),
        max_size=14,
    )
)
def test_nothing_is_lost_whatever_comes(pieces):
    text = "".join(pieces)
    try:
        found = parts(text)
    except UnreadableBody:
        assert unbalanced(pieces)
        return
    assert "".join(found) == text


def unbalanced(pieces) -> bool:
    """More was closed than had been opened."""
    depth = 0
    for one in pieces:
        depth += 1 if one in {"<rsp>", "<list>", "<one>"} else -1 if one.startswith("</") else 0
        if depth < 0:
            return True
    return False
