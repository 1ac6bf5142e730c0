"""Signed addresses that a browser opens: the launch, and the preview of a course."""

import pytest

from tests.adapters.test_v1_results import create
from tests.adapters.v1_kit import ask, rsp, signed, told
from tests.passage.corridor import LMS, OBRIEN, PROXY, WORD, ZOE, cookies_of, corridor_in
from tests.passage.wire import http

BACK = "https://lms.example.edu/mod/scorm/player.php?user=s1234567&name=Zo%C3%AB"


def detail(corridor, who, regid: str) -> bytes:
    return rsp(
        f'<registration id="{regid}"><learnerId><![CDATA[{corridor.pseudonym(who.id)}]]></learnerId></registration>'
    )


def player(corridor) -> bytes:
    return http(302, {"Location": f"{corridor.cloud.origin}/RusticiEngine/defaultui/launch.jsp?registration=1"})


async def test_a_launch_opens_the_session_of_the_registrations_learner(corridor):
    """The cloud is asked whose registration it is; the browser gets her session and stays behind the proxy."""
    known = await create(corridor, ZOE, f"{ZOE.id}-c")
    corridor.cloud.say(detail(corridor, ZOE, known), player(corridor))
    given = {"regid": f"{ZOE.id}-c", "redirecturl": BACK, "learnerTags": "Ward 7,Müller", "courseTags": "safety"}
    answer = await ask(corridor, signed("registration.launch", folded=True, **given), headers={"Cookie": "other=1"})
    asked, launched = corridor.cloud.requests[-2:]
    assert answer.status == 302
    assert answer.header("Location") == f"{PROXY}/RusticiEngine/defaultui/launch.jsp?registration=1"
    assert answer.header("Referrer-Policy") == "no-referrer"
    found = told(asked)
    assert (found["method"], found["regid"]) == ("rustici.registration.getRegistrationDetail", known)
    assert not asked.header("Cookie")
    found = told(launched)
    assert (found["method"], found["regid"], found["courseTags"]) == ("rustici.registration.launch", known, "safety")
    assert "Ward" not in found["learnerTags"]
    assert found["redirecturl"].startswith(
        f"{corridor.cloud.origin}/api/.scormveil/return/"
    )  # turned back in its pages
    for private in (*ZOE.texts, "Ward", BACK[-30:]):
        assert private.encode() not in corridor.cloud.everything
    await commits_and_comes_back(corridor, cookies_of(answer), found["redirecturl"].removeprefix(corridor.cloud.origin))
    events = [(one.event, one.pseudonym) for one in await corridor.audit()]
    assert ("session-opened", corridor.pseudonym(ZOE.id)) in events


async def commits_and_comes_back(corridor, cookie: str, back: str) -> None:
    """The session holds: a commit with her name in it is cleaned, and the way back to the LMS opens for her only."""
    corridor.cloud.say(http(200, {"Content-Type": "text/xml"}, b"<ok/>"))
    answer = await corridor.commit('<RTD><ARTI LR="Zoë Müller-Østergård was here"/></RTD>', cookie)
    assert answer.status == 200
    assert "Østergård".encode() not in corridor.cloud.requests[-1].body
    answer = await corridor.get(back, {"Cookie": cookie})
    assert (answer.status, answer.header("Location")) == (302, BACK)
    async with corridor.refuses("unknown-route", 404) as refusal:
        refusal.answer = await corridor.get(back)


@pytest.mark.parametrize("told_of", ["nobody", "fails", "stranger", "gone"])
async def test_whose_launch_nobody_knows_does_not_begin(corridor, told_of):
    known = await create(corridor, OBRIEN, "r-1")
    answers = {
        "nobody": rsp('<err code="1" msg="none"/>', "fail"),
        "fails": http(500, {}, b""),
        "stranger": rsp("<registration><learnerId>emp-4711</learnerId></registration>"),
        "gone": detail(corridor, WORD, known),
    }
    corridor.cloud.say(answers[told_of])
    before = len(corridor.cloud.requests)
    answer = await ask(corridor, signed("registration.launch", regid="r-1", redirecturl=BACK))
    assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "session-missing")
    assert len(corridor.cloud.requests) == before + 1
    assert b"method=rustici.registration.launch" not in corridor.cloud.everything


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sig": "0" * 32}, "not-permitted"),
        ({"ts": "20200101000000"}, "not-permitted"),
        ({"regid": ""}, "field-missing"),
        ({"user": "zoe"}, "unknown-field"),
    ],
)
async def test_a_launch_that_nobody_signed_asks_nothing(corridor, change, code):
    """Nothing goes to the cloud, not even the question whose it is."""
    given = {"regid": "r-1", "redirecturl": BACK} | {
        name: value for name, value in change.items() if name not in {"sig", "ts"}
    }
    pairs = dict(signed("registration.launch", ts=change.get("ts", ""), **given)) | {
        name: value for name, value in change.items() if name == "sig"
    }
    await create(corridor, OBRIEN, "r-1")
    corridor.cloud.say(detail(corridor, OBRIEN, "r-1"))
    if code == "unknown-field":
        answer = await ask(corridor, list(pairs.items()))
        assert answer.header("X-Scormveil-Code") == code
        assert b"registration.launch" not in corridor.cloud.everything
        return
    async with corridor.refuses(code, 403 if code == "not-permitted" else 400) as refusal:
        refusal.answer = await ask(corridor, list(pairs.items()))


async def test_a_foreign_way_back_is_refused(corridor):
    await create(corridor, OBRIEN, "r-1")
    corridor.cloud.say(detail(corridor, OBRIEN, "r-1"))
    answer = await ask(corridor, signed("registration.launch", regid="r-1", redirecturl="https://elsewhere.example/x"))
    assert (answer.status, answer.header("X-Scormveil-Code")) == (400, "field-invalid")
    assert b"registration.launch" not in corridor.cloud.everything


@pytest.mark.parametrize("word", ["closer", "blank", "message"])
async def test_words_for_the_end_stay(corridor, word):
    await create(corridor, OBRIEN, "r-1")
    corridor.cloud.say(detail(corridor, OBRIEN, "r-1"), player(corridor))
    answer = await ask(corridor, signed("registration.launch", regid="r-1", redirecturl=word))
    assert answer.status == 302
    assert told(corridor.cloud.requests[-1])["redirecturl"] == word


async def test_a_redirect_elsewhere_is_not_passed_on(corridor):
    await create(corridor, OBRIEN, "r-1")
    corridor.cloud.say(detail(corridor, OBRIEN, "r-1"), http(302, {"Location": "https://elsewhere.example/player"}))
    answer = await ask(corridor, signed("registration.launch", regid="r-1"))
    assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")


async def test_a_preview_names_only_the_host_of_the_lms(corridor):
    corridor.cloud.say(player(corridor))
    answer = await ask(corridor, signed("course.preview", courseid="c", redirecturl=BACK))
    assert answer.status == 302
    assert not answer.header("Set-Cookie")
    assert told(corridor.cloud.requests[-1])["redirecturl"] == LMS


async def test_a_launch_by_post_is_none(corridor):
    async with corridor.refuses("unknown-route", 404) as refusal:
        refusal.answer = await ask(corridor, form=signed("registration.launch", regid="r-1"))


async def test_without_sessions_an_unknown_learner_launches(tmp_path, installation):
    async with corridor_in(tmp_path, installation, v1_policy='without_session = "pass"') as corridor:
        corridor.cloud.say(rsp('<err code="1" msg="none"/>', "fail"), player(corridor))
        answer = await ask(corridor, signed("registration.launch", regid="r-1"))
        assert answer.status == 302
