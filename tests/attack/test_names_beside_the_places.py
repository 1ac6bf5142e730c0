"""Calls between servers that name somebody beside the places where people stand: nobody has met her, so form must tell.

The guard searches such calls for those it has met. Here it has met nobody: what is not of the declared form, or has the
form of an address, must not leave.
"""

import base64
import json
from urllib.parse import quote

import pytest

from tests.adapters.v1_kit import call
from tests.oracle import Oracle
from tests.passage.corridor import CALLER, Learner
from tests.passage.links import the_link, the_registration
from tests.passage.wire import http

ADA = Learner("ada.k-77", "Adélaïde", "Křížová")
NAME, MAIL = f"{ADA.first} {ADA.last}", "ada.krizova@uni.example"
ORACLE = Oracle({"ada": [ADA.id, NAME, MAIL]})
JSON = [("Authorization", CALLER), ("Content-Type", "application/json")]
DONE = http(200, {"Content-Type": "application/json"}, b"{}")

KEYS = [
    ("PUT", "/learner/x/tags", {"tags": {NAME: "x"}}),
    ("PUT", "/learner/tags", {"ids": {ADA.id: "x"}, "tags": ["a"]}),
    ("PUT", "/registrations/tags", {"ids": {f"{MAIL}-c1": "x"}, "tags": ["a"]}),
    ("PUT", "/courses/c/tags", {"tags": [{NAME: {"x": 1}}]}),
    ("PUT", "/courses/c/title", {"title": {NAME: 1}}),
    ("PUT", "/dispatch/dispatches/D/enabled", {"enabled": {NAME: True}}),
    ("POST", "/courses/c/preview", {"expiry": [[NAME]]}),
    ("POST", "/dispatch/dispatches", {"dispatches": {NAME: {"id": "d", "data": {"courseId": "c"}}}}),
    ("PUT", "/dispatch/destinations/x", {"launchAuth": {NAME: "cookies"}}),
    ("POST", "/courses/importJobs?courseId=c", {"url": "https://files.example.org/c.zip", "contentType": {NAME: 1}}),
    ("POST", "/appManagement/token", {"permissions": {"scopes": {NAME: "read"}}}),
    ("POST", "/xapi/credentials", {"name": "a", "auth": {NAME: "BASICAUTH"}}),
    ("POST", "/courses/c/configuration", {"settings": [{"settingId": "PlayerColor", "explicit": {NAME: 1}}]}),
]
"""A name as the key of an object, where a list, a text or a number is declared."""

ADDRESSES = [
    ("POST", "/registrations", {"courseId": "c", "xapiRegistrationId": MAIL, "learner": {"id": "4711"}}),
    ("POST", "/registrations", {"courseId": MAIL, "learner": {"id": "4711"}}),
    ("POST", "/courses/c/preview", {"culture": MAIL}),
    ("POST", "/courses/c/preview", {"startSco": quote(MAIL, safe="")}),
    ("POST", "/dispatch/dispatches", {"dispatches": [{"id": MAIL, "data": {"courseId": "c"}}]}),
    ("POST", "/dispatch/dispatches", {"dispatches": [{"id": "d", "data": {"courseId": MAIL}}]}),
    ("POST", "/dispatch/destinations", {"destinations": [{"id": MAIL, "data": {"name": "Client"}}]}),
    ("PUT", "/courses/tags", {"ids": [MAIL], "tags": ["new"]}),
    ("POST", "/courses/c/asset", {"fetchUrl": "https://files.example.org/", "destination": f"certificates/{MAIL}.pdf"}),
    ("POST", "/appManagement/token", {"permissions": {"applicationName": MAIL}}),
]
"""An address in a body, where no address has any business."""

NO_FLAGS = [
    ("GET", f"/registrations?since={quote(NAME)}", None),
    ("GET", f"/registrations?orderBy={quote(NAME)}", None),
    ("GET", f"/courses?filterBy={quote(NAME)}", None),
    ("GET", f"/courses?includeTotalCount={quote(NAME)}", None),
    ("PUT", "/dispatch/dispatches/D", {"registrationCap": NAME}),
    ("PUT", "/dispatch/dispatches/D/enabled", {"enabled": NAME}),
    ("POST", "/courses/c/preview", {"expiry": NAME}),
    ("POST", "/courses/c/preview", {"culture": NAME}),
]
"""A name where a time, a number or a word of the protocol is declared."""


async def left_nothing(corridor, method, path, body=None, headers=JSON) -> str:
    """Ask, and return the code of the refusal; nothing may have arrived at the cloud."""
    before = len(corridor.cloud.requests)
    data = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
    answer = await corridor.ask(method, f"/api/v2{path}", list(headers), data)
    assert len(corridor.cloud.requests) == before, (method, path, body, corridor.cloud.requests[-1].raw)
    return answer.header("X-Scormveil-Code")


async def test_a_name_is_no_key_of_an_object(corridor):
    for method, path, body in KEYS:
        code = await left_nothing(corridor, method, path, body)
        assert code in {"unknown-field", "unreadable-body"}, (path, body)


async def test_an_empty_object_says_nothing(corridor):
    corridor.cloud.say(DONE)
    answer = await corridor.ask("PUT", "/api/v2/courses/c/tags", JSON, b'{"tags": []}')
    assert answer.status == 200
    assert await left_nothing(corridor, "PUT", "/courses/c/tags", {NAME: {}}) == "unknown-field"


async def test_an_address_in_a_body_stays_here_whoever_it_is_of(corridor):
    for method, path, body in ADDRESSES:
        code = await left_nothing(corridor, method, path, body)
        assert code in {"leak-suspected", "field-invalid"}, (path, body)


async def test_the_address_of_staff_leaves_where_it_is_declared(corridor):
    for path, body in (
        (
            "/dispatch/destinations/x",
            {"name": "Client", "email": "desk@client.example", "notes": "ask jo@client.example"},
        ),
        ("/courses/c/title", {"title": "How to write to support@client.example"}),
        ("/dispatch/dispatches/D", {"email": "desk@client.example", "enabled": True, "registrationCap": 7}),
    ):
        corridor.cloud.say(DONE)
        answer = await corridor.ask("PUT", f"/api/v2{path}", JSON, json.dumps(body).encode())
        assert answer.status == 200, answer.raw


async def test_a_name_is_no_time_number_or_word_of_the_protocol(corridor):
    for method, path, body in NO_FLAGS:
        assert await left_nothing(corridor, method, path, body) == "field-invalid", (path, body)


async def test_where_she_sits_is_no_flag_of_a_launch(corridor):
    """`ipAddress` asks the cloud to compare addresses; it is none itself."""
    pseudonym = corridor.pseudonym(ADA.id)
    await corridor.launch(ADA)
    for value, status in (("203.0.113.77", 400), (True, 200)):
        corridor.cloud.say(the_registration(pseudonym), the_link(corridor))
        body = {"launchAuth": {"type": "cookies", "options": {"ipAddress": value, "fingerprint": False, "expiry": 60}}}
        answer = await corridor.ask("POST", "/api/v2/registrations/r-1/launchLink", JSON, json.dumps(body).encode())
        assert answer.status == status, answer.raw
        corridor.cloud._answers.clear()
    assert b"203.0.113.77" not in corridor.cloud.everything


@pytest.mark.parametrize("post", [False, True])
async def test_an_address_in_a_parameter_of_v1_stays_here(corridor, post):
    for method, given in (
        ("course.deleteCourse", {"courseid": MAIL, "email": "desk@client.example"}),
        ("registration.getRegistrationList", {"coursefilter": MAIL}),
        ("dispatch.createDispatch", {"courseid": "c", "destinationid": MAIL}),
        ("registration.createRegistration", {"regid": "r-1", "learnerid": "4711", "courseid": MAIL}),
        ("debug.ping", {"cachebuster": MAIL}),
    ):
        async with corridor.refuses("leak-suspected", 403, MAIL) as refusal:
            refusal.answer = await call(corridor, method, post=post, **given)


async def test_an_address_in_a_header_field_stays_here(corridor):
    for name in ("Accept", "Range", "If-None-Match", "If-Modified-Since", "If-Range", "Cache-Control", "Pragma"):
        code = await left_nothing(corridor, "GET", "/courses/c/zip", None, [*JSON, (name, f"x/y; a={MAIL}")])
        assert code == "leak-suspected", name
    typed = [("Authorization", CALLER), ("Content-Type", f'application/json; charset=utf-8; name="{MAIL}"')]
    assert await left_nothing(corridor, "PUT", "/courses/c/title", {"title": "x"}, typed) == "leak-suspected"


async def test_an_address_around_an_upload_stays_here(corridor):
    typed = [("Authorization", CALLER), ("Content-Type", "multipart/form-data; boundary=b")]
    part = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    zipped = part.format("file", '; filename="c.zip"', "PK")
    for path, parts in (
        ("/courses/importJobs/upload?courseId=c", part.format("file", f'; filename="{MAIL}.zip"', "PK")),
        ("/courses/c/asset/upload", zipped + part.format("destination", "", f"certificates/{MAIL}.pdf")),
    ):
        body = f"{parts}--b--\r\n".encode()
        answer = await corridor.ask("POST", f"/api/v2{path}", typed, body)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "leak-suspected")
    corridor.cloud.say(DONE)
    told = part.format("contentMetadata", "", '{"author": "desk@client.example"}')
    body = f"{zipped}{told}--b--\r\n".encode()
    assert (await corridor.ask("POST", "/api/v2/courses/importJobs/upload?courseId=c", typed, body)).status == 200
    assert [one.body for one in corridor.cloud.requests] == [body]


async def sent_as(corridor, ident: str) -> str:
    """What an id of a new registration leaves as; its learner has the shortest of ids and addresses."""
    corridor.cloud.say(DONE)
    body = {"courseId": "c", "registrationId": ident, "learner": {"id": "12", "email": "o.b@uni.example"}}
    answer = await corridor.ask("POST", "/api/v2/registrations", JSON, json.dumps(body).encode())
    assert answer.status == 200, answer.raw
    return json.loads(corridor.cloud.requests[-1].body)["registrationId"]


async def test_an_id_of_a_registration_names_her_however_short_her_id_is(corridor):
    for ident in ("12-45", "45_12", "12", "c-12", "u:12:c", "o.b", "o-b_c1", "C1.O.B"):
        assert (await sent_as(corridor, ident)).startswith("sv1"), ident
    for ident in ("124-5", "c12", "ob-1", "r-1"):  # parts of something else
        assert await sent_as(corridor, ident) == ident


async def test_nothing_of_her_has_left(corridor):
    """The oracle would see her in what arrived, also encoded; it does see her in what was sent."""
    sent = json.dumps({"tags": [base64.b64encode(MAIL.encode()).decode()]}).encode()
    assert ORACLE.search(sent)
    corridor.cloud.say(DONE)
    await corridor.ask("PUT", f"/api/v2/learner/{ADA.id}/tags", JSON, sent)
    assert ORACLE.search(corridor.cloud.everything) == []
