"""The report about a person, as a page and in print: complete, escaped, readable in every script, the same each time."""

import html
import re
from io import BytesIO
from pathlib import Path

import pytest
from lxml.html import document_fromstring
from pypdf import PdfReader

from proxy.dossier import blocks, page, printed, sent
from proxy.dossier.blocks import Paragraph
from tests.dossier.people import FORMER, NAMES, TOKEN, told

GOLDEN = Path(__file__).with_name("golden.html")
TITLE = "What is held on you, and what was sent to whom"


@pytest.fixture(scope="module")
def whole():
    return page(TITLE, blocks(told()))


@pytest.fixture(scope="module")
def print_of_it():
    return PdfReader(BytesIO(printed(TITLE, blocks(told()))))


def bare(text):
    """Without blanks and marks of the reader's: where a print breaks lines, and how it spaces signs, is no claim."""
    return "".join(sign for sign in text if sign.isprintable() and not sign.isspace())


def test_the_page_is_the_approved_one(whole):
    assert whole == GOLDEN.read_text("utf-8"), "look at it in a browser, then write it over golden.html"


def test_the_page_has_every_name_as_it_is_and_nothing_of_it_is_markup(whole):
    document = document_fromstring(whole)
    shown = document.text_content()
    assert [name for name in NAMES if name not in shown] == []
    assert document.findall(".//script") == []
    assert "<safety>" in shown
    assert html.escape(NAMES[0]) in whole


def test_the_page_needs_nothing_from_elsewhere(whole):
    assert re.findall(r"(?:src|href)\s*=|url\(|@import", whole) == []
    assert "default-src 'none'" in whole


def test_each_value_runs_its_own_way(whole):
    document = document_fromstring(whole)
    cells = [cell for cell in document.iter("td") if cell.text_content().strip()]
    assert cells
    assert all(cell.find(".//bdi") is not None for cell in cells)


@pytest.mark.parametrize("name", NAMES)
def test_the_print_has_every_name(print_of_it, name):
    text = bare("".join(one.extract_text() for one in print_of_it.pages))
    # Readers give right-to-left words back in the order in which they stand on paper.
    assert [word for word in name.split() if bare(word) not in text] == []


def test_the_print_has_every_part_that_the_page_has(print_of_it):
    text = bare("".join(one.extract_text() for one in print_of_it.pages))
    for wanted in (
        TITLE,
        TOKEN,
        FORMER,
        "case-4711",
        "session-opened",
        "cloud.scorm.com",
        "audit prove 1",
        "Fire & <safety>",
    ):
        assert bare(wanted) in text, wanted
    assert "cannotshow" not in text


def test_what_no_font_has_stands_as_its_code_point_and_is_admitted():
    reader = PdfReader(BytesIO(printed(TITLE, blocks(told("தமிழ்", "smile 😀")))))
    text = bare("".join(one.extract_text() for one in reader.pages))
    assert "[U+0BA4]" in text
    assert "smile[U+1F600]" in text
    assert "Whatthisprintcannotshow" in text
    assert "U+1F600." in text or "U+1F600" in text.partition("cannotshow")[2]


def test_who_has_nothing_gets_a_report_that_says_so():
    empty = told()
    empty["people"][0] |= {name: [] for name in ("registration_ids", "postback_addresses", "audit", "cloud")}
    empty["people"][0] |= {"sent": [], "restricted": None, "person": {"trouble": "its data key is gone"}}
    said = [one.text for one in blocks(empty) if isinstance(one, Paragraph)]
    assert "The record cannot be read: its data key is gone." in said
    assert "The log has no entry." in said
    assert "No application of the course service could be asked from here." in said
    assert printed(TITLE, blocks(empty)).startswith(b"%PDF-")


def test_entries_are_counted_by_what_happened_where():
    entries = told()["people"][0]["audit"]
    groups = sent(list(reversed(entries)))
    assert [(one["event"], one["entries"], one["times"]) for one in groups] == [
        ("minted", 1, 1),
        ("session-opened", 2, 3),
        ("reidentified", 1, 1),
        ("restricted", 1, 1),
    ]
    opened = groups[1]
    assert (opened["first"], opened["last"]) == (entries[1]["at"], entries[2]["at"])
    assert sent([]) == []
