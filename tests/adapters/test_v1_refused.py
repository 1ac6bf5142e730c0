"""Bad input at the door of the V1 API: each with its code, and nothing is forwarded."""

import gzip
from contextlib import contextmanager

import pytest

from tests.adapters.v1_kit import FORM, ask, call, encoded, inside, rsp, sig, signed, stamp, told
from tests.passage.corridor import CLOUD_APP, CLOUD_SECRET, ZOE, corridor_in

EXISTS = "registration.exists"


def altered(name: str, value: str, **given: str):
    return [(key, value if key == name else old) for key, old in signed(EXISTS, regid="r-1", **given)]


UNSIGNED = (
    (lambda: altered("regid", "r-2"), "bad-signature"),
    (lambda: altered("sig", "0" * 32), "bad-signature"),
    (lambda: altered("sig", ""), "bad-signature"),
    (lambda: altered("sig", "x"), "bad-signature"),
    (lambda: altered("ts", stamp(1)), "bad-signature"),
    (lambda: altered("ts", stamp(), ts=stamp(-20)), "bad-signature"),
    (lambda: signed(EXISTS, regid="r-1", ts=stamp(-15.2)), "stale"),
    (lambda: signed(EXISTS, regid="r-1", ts=stamp(15.2)), "stale"),
    (lambda: signed(EXISTS, regid="r-1", ts="now"), "stale"),
    (lambda: signed(EXISTS, regid="r-1", secret=CLOUD_SECRET), "bad-signature"),
    (lambda: signed(EXISTS, regid="r-1", app=CLOUD_APP, secret=CLOUD_SECRET), "unknown-key"),
    (lambda: signed(EXISTS, regid="r-1", app="LMS-APP"), "unknown-key"),
    (lambda: [("method", f"rustici.{EXISTS}"), ("regid", "r-1")], "unknown-key"),
    (lambda: [pair for pair in signed(EXISTS, regid="r-1") if pair[0] != "sig"], "bad-signature"),
)
"""Made when they are sent: a call is good for a quarter of an hour."""


@contextmanager
def in_case(number: int):
    """Say which of several cases it was."""
    try:
        yield
    except AssertionError as failed:
        failed.add_note(f"in case {number}")
        raise


@pytest.mark.parametrize("post", [False, True])
async def test_who_cannot_sign_may_not_call(corridor, post):
    for number, (pairs, reason) in enumerate(UNSIGNED):
        with in_case(number):
            async with corridor.refuses("not-permitted", 403) as refusal:
                refusal.answer = await ask(corridor, form=pairs()) if post else await ask(corridor, pairs())
            assert f'"reason": "{reason}"' in corridor.log.getvalue().strip().rpartition("\n")[2]


async def test_without_a_time_a_call_is_stale(corridor):
    """A text may be moved from a value into the name beside it without breaking the hash; not so that `ts` goes."""
    pairs = [("method", f"rustici.{EXISTS}"), ("appid", "lms-app"), ("regid", "r-1")]
    async with corridor.refuses("not-permitted", 403) as refusal:
        refusal.answer = await ask(corridor, [*pairs, ("sig", sig(pairs))])
    assert '"reason": "stale"' in corridor.log.getvalue()


UNDECLARED = (
    (lambda: encoded(signed(EXISTS, regid="r-1")) + "&regid=r-1", None, "unreadable-body", 400),
    (lambda: encoded(signed(EXISTS, regid="r-1")) + "&REGID=r-1", None, "unreadable-body", 400),
    (lambda: encoded(signed(EXISTS, regid="r-1")) + "&regi%64=r-1", None, "unreadable-body", 400),
    (lambda: encoded(signed(EXISTS, regid="r-1")), "regid=r-1", "unreadable-body", 400),
    ("method=rustici.registration.exists", lambda: encoded(signed(EXISTS, regid="r-1")), "unreadable-body", 400),
    (lambda: encoded(signed(EXISTS, regid="r-1", learnername="Zoë")), None, "unknown-field", 400),
    ("", lambda: encoded(signed(EXISTS, regid="r-1", learnername="Zoë")), "unknown-field", 400),
    (lambda: encoded(signed("registration.somethingNew", regid="r-1")), None, "unknown-route", 404),
    ("", lambda: encoded(signed("registration.somethingNew", regid="r-1")), "unknown-route", 404),
    (lambda: encoded(signed("Registration.Exists", regid="r-1")), None, "unknown-route", 404),
    ("", None, "unknown-route", 404),
    (lambda: encoded(signed(EXISTS)) + "&regid=%FF", None, "unreadable-body", 400),
    (lambda: encoded(signed(EXISTS)) + "&regid=%zz", None, "unreadable-body", 400),
    (lambda: encoded(signed(EXISTS, regid="r\r\nX-Evil: 1")), None, "unreadable-body", 400),
    ("", lambda: encoded(signed(EXISTS, regid="r\r\nX-Evil: 1")), "unreadable-body", 400),
    ("", lambda: encoded(signed(EXISTS, regid="r-1")) + "&x=é", "unreadable-body", 400),
    (lambda: encoded(signed("invitation.createInvitation", addresses="zoe@uni.example")), None, "not-permitted", 403),
    ("", lambda: encoded(signed("invitation.createInvitation", addresses="zoe@uni.example")), "not-permitted", 403),
    (lambda: encoded(signed("reporting.getReportageAuth")), None, "not-permitted", 403),
    (lambda: encoded(signed("lrsaccount.listActivityProviders")), None, "not-permitted", 403),
    (lambda: encoded(signed("registration.getLaunchInfo", launchid="L1")), None, "not-permitted", 403),
    (
        lambda: encoded(signed("registration.createRegistration", regid="r", fname="Zoë", lname="M")),
        None,
        "field-missing",
        400,
    ),
    (lambda: encoded(signed("registration.getRegistrationList", filter="zoe.*")), None, "field-invalid", 400),
    (
        lambda: encoded(
            signed("registration.updateLearnerInfo", learnerid=ZOE.id, newid="s7654321", fname="Zoë", lname="Müller")
        ),
        None,
        "field-invalid",
        400,
    ),
    (
        lambda: encoded(signed("course.preview", courseid="c", redirecturl="https://elsewhere.example/")),
        None,
        "field-invalid",
        400,
    ),
)


async def test_what_is_not_declared_or_malformed_is_refused(corridor):
    for number, (query, form, code, status) in enumerate(UNDECLARED):
        with in_case(number):
            async with corridor.refuses(code, status, "Zoë", ZOE.id) as refusal:
                refusal.answer = await ask(corridor, made(query), made(form))


def made(part):
    return part() if callable(part) else part


KINDS = (
    ("text/xml", "unsupported-media", 415),
    ("application/json", "unsupported-media", 415),
    ("multipart/form-data; boundary=x", "unsupported-media", 415),
    (f"{FORM}; charset=utf-7", "unreadable-body", 400),
    (f"{FORM}; charset=iso-8859-1", "unreadable-body", 400),
)


async def test_a_body_that_is_no_form_is_refused(corridor):
    for number, (kind, code, status) in enumerate(KINDS):
        with in_case(number):
            async with corridor.refuses(code, status) as refusal:
                refusal.answer = await ask(corridor, signed(EXISTS, regid="r-1"), "note=x", {"Content-Type": kind})


async def test_a_body_over_the_limit_is_refused(corridor):
    async with corridor.refuses("body-too-large", 413) as refusal:
        refusal.answer = await ask(corridor, form=signed(EXISTS, regid="r" * 70_000))


async def test_a_compressed_form_is_opened_and_closed_again(corridor):
    corridor.cloud.say(rsp("<result>true</result>"))
    body = gzip.compress(encoded(signed(EXISTS, regid="r-1")).encode())
    answer = await corridor.ask("POST", "/api", {"Content-Type": FORM, "Content-Encoding": "gzip"}, body)
    assert inside(answer) == "<result>true</result>"
    assert b"appid=APPID" in corridor.cloud.requests[-1].opened


DOCUMENTS = [
    '<!DOCTYPE rsp [<!ENTITY a "Zoë">]><rsp stat="ok"><result>&a;</result></rsp>',
    '<!DOCTYPE rsp SYSTEM "file:///etc/passwd"><rsp stat="ok"/>',
    '<!DOCTYPE rsp [<!ENTITY % x SYSTEM "http://elsewhere.example/x.dtd"> %x;]><rsp stat="ok"/>',
    '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><rsp><result>&c;</result></rsp>',
    '<rsp stat="ok"><result>&unknown;</result></rsp>',
    '<?xml version="1.0" encoding="utf-16"?><rsp stat="ok"/>',
    '<rsp stat="ok"><result>true</result>',
    "<html><body>Zoë</body></html>",
    "Zoë",
    "<rsp>" + "<a>" * 300 + "</a>" * 300 + "</rsp>",
    "<rsp>" + "<a/>" * 100_000 + "</rsp>",
]


async def test_an_answer_that_is_no_plain_document_is_not_passed_on(corridor):
    for number, body in enumerate(DOCUMENTS):
        corridor.cloud.say(answering(body))
        answer = await call(corridor, EXISTS, regid="r-1")
        with in_case(number):
            assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")
            assert "Zoë".encode() not in answer.raw


def answering(body: str) -> bytes:
    data = body.encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % len(data) + data


async def test_the_cloud_s_own_redirects_of_a_call_are_not_followed(corridor):
    corridor.cloud.say(b"HTTP/1.1 302 Found\r\nLocation: /api\r\nContent-Length: 0\r\n\r\n")
    answer = await call(corridor, EXISTS, regid="r-1")
    assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")


async def test_below_the_address_there_is_only_what_others_have(corridor):
    """`/api/cloud/…` is the dispatch mount's, though `/api` is this one's."""
    async with corridor.refuses("unknown-route", 404) as refusal:
        refusal.answer = await corridor.get("/api/other")
    corridor.cloud.say(rsp("").replace(b"text/xml; charset=utf-8", b"application/json"))
    await corridor.get("/api/cloud/dispatch/D1/customConfig?appId=a")
    assert corridor.cloud.requests[-1].target == "/api/cloud/dispatch/D1/customConfig?appId=a"


@pytest.mark.parametrize("folded", [False, True])
@pytest.mark.parametrize("post", [False, True])
async def test_the_order_of_the_sender_is_kept(corridor, folded, post):
    """`Zeta` sorts before `method` by code points and after it without regard to case."""
    corridor.cloud.say(rsp("<courselist/>"))
    pairs = signed("course.getCourseList", folded=folded, Filter="x", cachebuster="1", origin="lib", Tags="t")
    pairs = [(name, value.upper() if name == "sig" else value) for name, value in pairs]
    answer = await ask(corridor, form=pairs) if post else await ask(corridor, pairs)
    assert answer.status == 200
    found = told(corridor.cloud.requests[-1])
    assert found["sig"] == found["sig"].upper()
    assert found["sig"].lower() == sig([(k, v) for k, v in found.items()], CLOUD_SECRET, folded=folded)


async def test_details_are_never_shown_with_people(tmp_path, installation):
    """The analyst sees the log of a launch, without the browser it happened in."""
    async with corridor_in(tmp_path, installation, audience="analyst") as corridor:
        log = '<RuntimeLog browser="Mozilla/5.0 (X11)" trackingEnabled="true" version="1"><RuntimeEvent>e</RuntimeEvent></RuntimeLog>'
        corridor.cloud.say(rsp(f'<launch id="L1"><log>{log}</log></launch>'))
        answer = await call(corridor, "registration.getLaunchInfo", launchid="L1")
        shown = log.replace(' browser="Mozilla/5.0 (X11)"', "")
        assert inside(answer) == f'<launch id="L1"><log>{shown}</log></launch>'


async def test_the_name_of_anybody_known_does_not_leave_in_a_label(corridor):
    """The call names nobody; everybody seen lately is looked for."""
    corridor.cloud.say(rsp("<success/>"))
    names = {"learnerid": ZOE.id, "fname": ZOE.first, "lname": ZOE.last}
    await call(corridor, "registration.createRegistration", regid="r-1", courseid="c", **names)
    async with corridor.refuses("leak-suspected", 403, ZOE.last) as refusal:
        refusal.answer = await call(
            corridor, "dispatch.createDestination", post=True, name=f"Ward of {ZOE.first} {ZOE.last}"
        )


async def test_an_audience_of_scores_sees_scores(tmp_path, installation):
    """The list of fields of an audience holds for XML as well, below each result."""
    more = '[audiences.scores]\nreveal = true\nfields = ["/score"]\n'
    async with corridor_in(tmp_path, installation, audience="scores", extra=more) as corridor:
        report = "<complete>complete</complete><success>passed</success><score>87.5</score>"
        corridor.cloud.say(rsp(f'<registrationreport format="course" regid="r">{report}</registrationreport>'))
        answer = await call(corridor, "registration.getRegistrationResult", regid="r")
        assert inside(answer) == "<registrationreport><score>87.5</score></registrationreport>"
