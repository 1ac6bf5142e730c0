"""Run-time commits: what the player posts, and what becomes of it."""

from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.demo.cloud.commits import CommitUnreadable, apply, read_commit
from proxy.demo.cloud.model import Learner, Registration

BODY = (
    '<?xml version="1.0"?><RTD RI="r-1" TR="true"><A II="item_1"><ART AI="1" L="page2" SD="v1|2|a" Ex="suspend">'
    '<ARTC AI="1" I="0" C="Sch&#246;n&#10;hier" Lo="page2"/>'
    '<ARTI AI="1" Id="q1" T="choice" D="Why?" LR="a" R="correct"><CR V="a"/></ARTI></ART></A>'
    '<RTL trackingEnabled="true" browser="Mozilla/5.0"/>'
    '<RS SS="passed" CS="complete" MS="1" NM="0.85" ED="12700"/></RTD>'
)


@pytest.fixture
def registration():
    return Registration("r-1", "D1", Learner("p1", "P", "One"), created=1.0, updated=1.0, xapi_id="x")


def test_a_commit_is_read(registration):
    commit = read_commit(BODY.encode())
    assert commit.registration == "r-1"
    assert apply(commit, registration)
    state = registration.runtime
    assert (state.completion, state.success, state.score) == ("completed", "passed", 85.0)
    assert (state.location, state.suspend_data, state.exit) == ("page2", "v1|2|a", "suspend")
    assert state.comments[0].text == "Schön\nhier"
    assert (state.interactions[0].response, state.interactions[0].correct) == ("a", ["a"])
    assert registration.hundredths == 12_700
    assert registration.history == ["Mozilla/5.0"]


def test_the_same_result_again_is_no_change_and_time_never_runs_backwards(registration):
    apply(read_commit(BODY.encode()), registration)
    assert not apply(read_commit(BODY.replace("12700", "100").encode()), registration)
    assert registration.hundredths == 12_700


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<RTD>",
        "<OTHER/>",
        "{}",
        '<!DOCTYPE RTD [<!ENTITY e "x">]><RTD RI="&e;"/>',
        BODY.replace("0.85", "much"),
        BODY.replace('L="page2"', f'L="{"x" * 1001}"'),
        BODY.replace("v1|2|a", "x" * 64_001),
    ],
    ids=["empty", "open", "another root", "json", "entity", "no number", "long location", "long suspend data"],
)
def test_what_cannot_be_read_is_refused(body):
    with pytest.raises(CommitUnreadable):
        read_commit(body.encode())


@settings(max_examples=60)
@given(
    st.text(
        st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"),
        max_size=200,
    )
)
def test_any_text_of_a_learner_survives(text):
    body = f"<RTD RI='r'><ART><ARTI LR={quoteattr(text)}/></ART><RS/></RTD>"
    assert read_commit(body.encode()).runtime.interactions[0].response == text
