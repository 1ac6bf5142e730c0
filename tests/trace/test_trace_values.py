"""A report holds names that are structure, never values: also where values stand as names, or as hosts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.people import Cleartext, Kind, Person, Pseudonym
from proxy.trace.foreign import AddressSearch
from proxy.trace.masking import HIDDEN, Mask
from tests.oracle import Oracle
from tests.trace.kit import CLOUD, LMS, RESULTS, entry, har, launch
from tests.trace.kit import Person as Learner

PEOPLE = {
    "zoe": Learner("zoe.m@lms.example", "Zoë", "Müller-Østergård"),
    "obrien": Learner("obrien.4711", "Seán", "O'Brien"),
    "li": Learner("li.xiaolong", "小龙", "李小龙"),
    "rtl": Learner("محمد.بن", "محمد", "بن علي"),
    "word": Learner("teller-9", "", "Teller"),
    "long": Learner("l" * 120, "Ann" * 20, "Wolfeschlegelstein" * 11),
}


def everywhere(who: Learner) -> dict:
    """A recording in which she stands wherever a name of something could stand, too."""
    body = (
        f'{{"{who.last}": {{"answers": ["text of hers"]}}, "marks": {{"{who.id}": "{who.first} did it", "x": "y z"}},'
        f' "{who.first}": "first", "plain": "some words"}}'
    )
    xml = f'<RTD><ART note="{who.last}" SD="{who.last}">{who.last}</ART></RTD>'
    return har(
        launch(who),
        entry(RESULTS, "POST", body=body, media="application/json", headers={"Origin": CLOUD}),
        entry(
            f"{RESULTS}&{who.id}=1&q={who.last}", "POST", body=xml, headers={"Origin": CLOUD, f"X-{who.id}": "12345"}
        ),
        entry(f"{CLOUD}/files/{who.id}/{who.last}.html?{who.last}=5", answer=f"<p>{who.first} {who.last}</p>"),
        entry(
            f"{CLOUD}/save/{who.id}",
            "POST",
            body=f"{who.last}=1&name={who.last}",
            media="application/x-www-form-urlencoded",
            headers={"Origin": CLOUD},
        ),
        entry(f"https://{who.id}.example.org/me.png", referer=f"{CLOUD}/"),
        entry(f"{CLOUD}/content/a.html", answer=f'<img src="https://{who.id}.example.net/me.png">'),
        entry(f"{CLOUD}/content/b.html", status=302, answer_headers={"Location": f"https://{who.id}.example.net/x"}),
        entry(f"{CLOUD}/content/c.html", headers={"Origin": f"https://{who.id}.example.net"}),
        launch(who, more=f"&redirecturl=https://{who.id}.example.net/back&{who.last}=1"),
        entry(f"{LMS}/{who.id}", answer=who.last),
    )


@pytest.mark.parametrize("name", PEOPLE)
def test_no_report_gives_anybody_away(desk, name):
    who = PEOPLE[name]
    told = desk.trace(everywhere(who))
    assert told.code == 1
    texts = [text for text in (who.id, f"{who.first} {who.last}".strip(), who.last) if len(text) > 3]
    words = [text for text in (who.first, who.last, who.id) if 1 < len(text) <= 20]
    oracle = Oracle({name: texts}, whole_only={name: words})
    assert oracle.search(told.everything) == []
    assert oracle.search(desk.trace(everywhere(who), "--values").everything) != []


def test_structure_is_shown_and_data_is_not(desk):
    told = desk.trace(
        har(
            launch(),
            entry(
                f"{CLOUD}/RusticiEngine/Unknown.jsp?state=some+words&9f8a7c6b5d4e=some+words",
                "POST",
                body='{"cmi.comments": "some words", "marks": {"anna@lms.example": {"n": "ab"}, "4711-08-15-99": {"n": "cd"}}}',
                media="application/json",
                headers={"Origin": CLOUD, "X-Course-User": "somebody"},
            ),
        )
    )
    assert "anna" not in told.everything.decode()
    assert "4711-08" not in told.everything.decode()
    assert told.line(2)["path"] == "/RusticiEngine/Unknown.jsp"


PERSON = Person(
    Pseudonym("sv1", "k"), (Cleartext(Kind.NAME, "Zoë Teller"), Cleartext(Kind.SUBJECT, "tell.4711")), row="1"
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("learnerId", "learnerId"),
        ("cmi.core.student_id", "cmi.core.student_id"),
        ("x-course-user", "x-course-user"),
        ("http://id.example.com/extension/browser-info", "http://id.example.com/extension/browser-info"),
        ("score1", "score1"),
        ("", HIDDEN),
        ("anna.other", HIDDEN),
        ("anna@lms.example", HIDDEN),
        ("20260101", HIDDEN),
        ("9f8a7c6b", HIDDEN),
        ("名前", HIDDEN),
        ("a b", HIDDEN),
        ("teller", HIDDEN),
        ("user_Teller", HIDDEN),
        ("ZOE", HIDDEN),
    ],
)
def test_names(name, shown):
    assert Mask([PERSON]).name(name) == shown


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/Engine/defaultui/launch.jsp", "/Engine/defaultui/launch.jsp"),
        ("/a/9f8a7c6b5d4e3f2a/b.html", "/a/{a}/b.html"),
        ("/u/tell.4711/x/Zo%C3%AB", "/u/{a}/x/{b}"),
        ("/~content/media/course.css", "/~content/media/course.css"),
        ("/u/anna.other.html", "/u/{a}"),
        ("//", "//"),
    ],
)
def test_paths(path, shown):
    assert Mask([PERSON]).path(path) == shown


@given(st.text(max_size=80))
def test_what_is_shown_of_a_name_is_plain(text):
    """Whatever it is: letters of words with few digits, or nothing of it."""
    shown = Mask().name(text)
    assert shown == HIDDEN or re.fullmatch(r"[A-Za-z0-9_\-.:$@#\[\]/{}]{1,80}", shown) or HIDDEN in shown
    assert sum(sign.isdigit() for sign in shown) <= 8


PIECES = st.lists(
    st.sampled_from(
        [
            '<script src="https://cdn.example.net/x.js">',
            "https:\\/\\/api.example.io\\/v1",
            "url=https%3A%2F%2Fq.example.io%3A8443%2F",
            "// not.an.address",
            'xmlns="http://names.example.org/1"',
            "http://www.w3.org/2000/svg",
            " text with a / and : in it ",
            '"//own.example.edu/x"',
        ]
    ),
    max_size=12,
)


@given(PIECES, st.integers(1, 40))
def test_addresses_are_found_however_the_text_is_cut(pieces, size):
    text = "\n".join(pieces).encode()
    whole, parts = AddressSearch({"own.example.edu"}), AddressSearch({"own.example.edu"})
    whole.feed(text)
    for at in range(0, len(text), size):
        parts.feed(text[at : at + size])
    one, other = whole.close(), parts.close()
    assert (one.loaded, one.mentioned) == (other.loaded, other.mentioned)
    assert one.loaded["cdn.example.net"] == pieces.count('<script src="https://cdn.example.net/x.js">')
    assert set(one.mentioned) <= {"api.example.io", "q.example.io:8443"}
