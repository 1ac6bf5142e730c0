"""What the whole API refuses: each with its code, and nothing goes to the cloud."""

import base64
import json

import pytest

from tests.passage.corridor import CALLER, LMS, ZOE
from tests.passage.wire import http

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def corridor(corridor_again):
    return corridor_again


JSON = {"Authorization": CALLER, "Content-Type": "application/json"}
REGISTER = {"courseId": "c", "registrationId": "r-1", "learner": {"id": ZOE.id, "lastName": ZOE.last}}


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


async def refused(corridor, code, status, method, path, body=None, headers=JSON, *secrets):
    async with corridor.refuses(code, status, *ZOE.texts, *secrets) as refusal:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        refusal.answer = await corridor.ask(method, f"/api/v2{path}", headers, sent)
    return refusal


class TestABody:
    @pytest.mark.parametrize(
        "body",
        [
            REGISTER | {"nickname": ZOE.first},
            REGISTER | {"learner": {"id": ZOE.id, "phone": "+41 1"}},
            REGISTER | {"Learner": {"id": ZOE.id}},
            REGISTER | {"learner": ZOE.id},
            [REGISTER],
        ],
    )
    async def test_with_a_member_nobody_declared_is_refused(self, corridor, body):
        await refused(corridor, "unknown-field", 400, "POST", "/registrations", body)

    async def test_that_names_no_learner_is_refused(self, corridor):
        await refused(corridor, "field-missing", 400, "POST", "/registrations", {"courseId": "c"})

    async def test_in_another_charset_is_refused(self, corridor):
        body = json.dumps(REGISTER, ensure_ascii=False).encode("latin-1")
        headers = JSON | {"Content-Type": "application/json; charset=iso-8859-1"}
        await refused(corridor, "unreadable-body", 400, "POST", "/registrations", body, headers)
        await refused(corridor, "unreadable-body", 400, "POST", "/registrations", body)
        await refused(corridor, "unreadable-body", 400, "POST", "/registrations", json.dumps(REGISTER).encode("utf-16"))

    async def test_that_says_a_member_twice_is_refused(self, corridor):
        body = b'{"learner": {"id": "a", "id": "b"}, "courseId": "c"}'
        await refused(corridor, "unreadable-body", 400, "POST", "/registrations", body)

    async def test_of_an_update_for_another_learner_is_refused(self, corridor):
        await refused(corridor, "field-invalid", 400, "POST", f"/learner/{ZOE.id}/updateInfo", {"id": "somebody-else"})

    async def test_with_a_whole_registration_from_elsewhere_is_refused(self, corridor):
        state = {"learner": {"id": ZOE.id}, "activityDetails": {"runtime": {"suspendData": ZOE.last}}}
        await refused(
            corridor, "not-permitted", 403, "POST", "/registrations", REGISTER | {"initialRegistrationState": state}
        )

    async def test_with_launch_values_is_refused(self, corridor):
        corridor.cloud.say(http(200, {"Content-Type": "application/json"}, b'{"learner": {"id": "x"}}'))
        body = {"additionalvalues": [{"item": "mail", "value": ZOE.last}]}
        await refused(corridor, "not-permitted", 403, "POST", "/courses/c/preview", body)


class TestAnAddressForResults:
    @pytest.mark.parametrize(
        "url", ["https://evil.example/hook", "ftp://lms.example.edu/", "/hook", f"{LMS}@evil.example/"]
    )
    async def test_outside_of_the_platform_is_refused(self, corridor, url):
        body = REGISTER | {"postBack": {"url": url, "userName": "u", "password": "secret-of-the-lms"}}
        await refused(corridor, "field-invalid", 400, "POST", "/registrations", body, JSON, "secret-of-the-lms")

    @pytest.mark.parametrize(
        "path", ["/appManagement/configuration", "/courses/c/configuration", "/registrations/r-1/configuration"]
    )
    async def test_in_a_setting_is_refused_as_well(self, corridor, path):
        settings = [{"settingId": "apirolluPRegistrationPostBackUrl", "value": "https://evil.example/"}]
        await refused(corridor, "field-invalid", 400, "POST", path, {"settings": settings})

    async def test_in_a_setting_nobody_knows_is_refused(self, corridor):
        settings = [{"settingId": "SomeNewCallbackUrl", "value": f"{LMS}/hook"}]
        await refused(corridor, "field-invalid", 400, "POST", "/courses/c/configuration", {"settings": settings})

    async def test_of_a_finished_import_is_one_of_the_platform(self, corridor):
        body = {"url": "https://files.example.org/c.zip"}
        path = "/courses/importJobs?courseId=c&postbackUrl=https%3A%2F%2Fevil.example%2F"
        await refused(corridor, "field-invalid", 400, "POST", path, body)


class TestAnId:
    async def test_that_is_an_address_nobody_gave_a_pseudonym_is_refused(self, corridor):
        await refused(corridor, "leak-suspected", 403, "GET", "/registrations/ada%40uni.example-course")
        await refused(corridor, "leak-suspected", 403, "GET", "/courses/ada%40uni.example")

    async def test_that_is_searched_for_in_part_is_refused(self, corridor):
        await refused(corridor, "field-invalid", 400, "GET", f"/registrations?filter={ZOE.id}")

    @pytest.mark.parametrize("id_", ["a%0d%0aX-Evil:%201", "a%00b", "%c3%28", "a%2f..%2fb", "x" * 256])
    async def test_that_is_more_than_an_id_is_refused(self, corridor, id_):
        answer = await corridor.ask("GET", f"/api/v2/learner/{id_}/tags", JSON)
        assert answer.status in {400, 404}, answer.raw
        assert answer.header("X-Scormveil-Code") in {"field-invalid", "unknown-route", "unreadable-body"}
        assert corridor.cloud.requests == []

    async def test_of_255_characters_is_an_id_like_any_other(self, corridor):
        corridor.cloud.say(http(200, {"Content-Type": "application/json"}, b'{"tags": []}'))
        answer = await corridor.ask("GET", f"/api/v2/learner/{'x' * 255}/tags", JSON)
        assert answer.status == 200
        assert "x" * 10 not in corridor.cloud.requests[0].start

    @pytest.mark.parametrize("word", ["tags", "postBackTest", "instances", "private"])
    async def test_may_be_a_word_of_the_api(self, corridor, word):
        corridor.cloud.say(http(200, {"Content-Type": "application/json"}, b'{"id": "x"}'))
        assert (await corridor.ask("GET", f"/api/v2/registrations/{word}", JSON)).status == 200
        assert corridor.cloud.requests[0].start.split()[1].endswith(f"/registrations/{word}")


class TestACaller:
    async def test_without_the_realms_key_manages_nothing(self, corridor):
        for path in ("/appManagement/applications", "/appManagement/applicationList", "/appManagement/A/credentials"):
            await refused(corridor, "not-permitted", 403, "GET", path)

    async def test_with_a_token_that_is_not_ours_is_refused(self, corridor):
        for token in ("eyJhbGciOi.J9.x", "svb1.AAAA", "svb1.", ""):
            headers = JSON | {"Authorization": f"Bearer {token}"}
            await refused(corridor, "not-permitted", 403, "GET", "/ping", None, headers)

    async def test_who_has_a_token_of_ours_never_has_the_clouds(self, corridor):
        body = b'{"access_token": "the-clouds-own", "expires_in": 60, "token_type": "Bearer"}'
        corridor.cloud.say(http(200, {"Content-Type": "application/json"}, body))
        form = {"Authorization": CALLER, "Content-Type": "application/x-www-form-urlencoded"}
        answer = await corridor.ask(
            "POST", "/api/v2/oauth/authenticate/application/token", form, b"scope=read%3Aregistration&expiration=60"
        )
        token = json.loads(answer.body)["access_token"]
        assert token.startswith("svb1.")
        assert "the-clouds-own" not in answer.raw.decode()

        corridor.cloud.say(http(200, {"Content-Type": "application/json"}, b'{"apiMessage": "ok"}'))
        assert (await corridor.ask("GET", "/api/v2/ping", {"Authorization": f"bearer {token}"})).status == 200
        assert corridor.cloud.requests[-1].header("Authorization") == "Bearer the-clouds-own"

    async def test_of_a_token_may_say_nothing_more(self, corridor):
        form = {"Authorization": CALLER, "Content-Type": "application/x-www-form-urlencoded"}
        body = b"scope=read%3Aregistration&user=s1234567"
        await refused(corridor, "unknown-field", 400, "POST", "/oauth/authenticate/application/token", body, form)

    async def test_who_sees_people_sees_no_details(self, corridor):
        for path in ("/registrations/r-1/xAPIStatements", "/courses/c/xAPIStatements"):
            await refused(corridor, "not-permitted", 403, "GET", path)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/invitations/private"),
        ("PUT", "/invitations/public/i-1"),
        ("GET", "/invitations/private/i-1/userInvitations"),
        ("GET", "/dispatch/dispatches/D1/lti13"),
        ("GET", "/dispatch/dispatches/D1/launches?jwt=a.b.c"),
        ("GET", "/dispatch/destinations/d-1/dispatches/zip"),
        ("POST", "/xapi/statementPipes"),
        ("GET", "/reporting/reportageAuth?navPermission=NONAV"),
        ("GET", "/zoomi/key"),
    ],
)
async def test_what_cannot_be_proxied_honestly_is_refused(corridor, method, path):
    await refused(corridor, "not-permitted", 403, method, path, {} if method != "GET" else None)


MULTIPART = {"Authorization": CALLER, "Content-Type": "multipart/form-data; boundary=b"}


class TestAnUpload:
    FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="c.zip"\r\nContent-Type: application/zip\r\n\r\nPK\x03\x04'
    PATH = "/courses/importJobs/upload?courseId=c"

    @pytest.mark.parametrize(
        ("part", "code"),
        [
            (b'Content-Disposition: form-data; name="learner"\r\n\r\nx', "unknown-field"),
            (
                b'Content-Disposition: form-data; name="contentMetadata"\r\nContent-Transfer-Encoding: base64\r\n\r\neA==',
                "unreadable-body",
            ),
            (b"no head", "unreadable-body"),
            (b'Content-Disposition: attachment; name="file"\r\n\r\nx', "unreadable-body"),
        ],
    )
    async def test_with_another_part_is_refused(self, corridor, part, code):
        body = self.FILE + b"\r\n--b\r\n" + part + b"\r\n--b--\r\n"
        await refused(corridor, code, 400, "POST", self.PATH, body, MULTIPART)

    @pytest.mark.parametrize("body", [b"preamble\r\n" + FILE + b"\r\n--b--\r\n", FILE, FILE + b"\r\n--b--\r\nepilogue"])
    async def test_with_something_around_it_is_refused(self, corridor, body):
        await refused(corridor, "unreadable-body", 400, "POST", self.PATH, body, MULTIPART)

    async def test_of_content_arrives_byte_for_byte(self, corridor):
        corridor.cloud.say(http(200, {"Content-Type": "application/json"}, b'{"result": "job-1"}'))
        body = self.FILE + bytes(range(256)) + b"\r\n--b--\r\n"
        answer = await corridor.ask("POST", f"/api/v2{self.PATH}", MULTIPART, body)
        assert (answer.status, json.loads(answer.body)) == (200, {"result": "job-1"})
        assert corridor.cloud.requests[0].body == body

    async def test_that_names_somebody_in_a_file_name_is_refused(self, corridor):
        await corridor.launch(ZOE)
        before = len(corridor.cloud.requests)
        body = self.FILE.replace(b"c.zip", "Zoë Müller-Østergård.zip".encode()) + b"\r\n--b--\r\n"
        answer = await corridor.ask("POST", f"/api/v2{self.PATH}", MULTIPART, body)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "leak-suspected")
        assert len(corridor.cloud.requests) == before
