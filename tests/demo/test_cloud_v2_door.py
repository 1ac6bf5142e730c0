"""The door of the v2 API: keys and tokens, error shapes, paths, lists."""

import base64
import json

import pytest
from aiohttp import encode_basic_auth
from aiohttp.test_utils import TestClient, TestServer
from cloud_api_kit import COURSE, KEY, MANAGER, ask, register
from cloud_kit import FAST, LI, ZOE
from test_cloud_launch import ORIGIN

from proxy.demo.cloud import SandboxCloud
from proxy.demo.cloud.v2.table import rows


@pytest.fixture
def cloud():
    made = SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022", backoff=FAST)
    made.create_dispatch("D1", generation="v2", standard="SCORM2004")
    return made


@pytest.fixture
async def client(cloud):
    async with TestClient(TestServer(cloud.application())) as made:
        yield made


async def bearer(client, scope, headers=KEY):
    given = await ask(
        client, "POST", "/oauth/authenticate/application/token", headers, data={"scope": scope, "expiration": "60"}
    )
    return {"Authorization": f"Bearer {given['access_token']}"}


async def test_nothing_is_open_but_the_launch_that_brings_a_token(client):
    for row in rows():
        path = row.path.replace("{versionId}", "0").replace("{instanceId}", "0").replace("{", "").replace("}", "")
        answer = await client.request(row.method, "/api/v2" + path)
        if row.open:
            assert answer.status == 400
        else:
            assert answer.status == 401
            assert row.method == "HEAD" or await answer.json() == {"error": "Authorization Required."}


async def test_keys_of_two_kinds_open_two_kinds_of_doors(client):
    assert (await ask(client, "GET", "/appManagement/applications", status=403)).keys() == {"message"}
    listed = await ask(client, "GET", "/appManagement/applications", MANAGER)
    assert [one["id"] for one in listed["applications"]] == ["SANDBOX"]
    await ask(client, "GET", "/registrations", MANAGER, status=403)


async def test_a_second_application_has_its_own_keys_and_its_own_registrations(client):
    app = await ask(client, "POST", "/appManagement/applications", MANAGER, json={"name": "Second"})
    path = f"/appManagement/{app['id']}/credentials"
    key = await ask(client, "POST", path, MANAGER, json={"name": "lms"})
    mine = {"Authorization": encode_basic_auth(app["id"], key["credential"])}
    await register(client, "r1")

    assert (await ask(client, "GET", "/registrations", mine))["registrations"] == []
    await ask(client, "GET", "/registrations/r1", mine, status=404)
    await ask(client, "PUT", f"{path}/{key['id']}", MANAGER, json={"active": False}, status=204)
    await ask(client, "GET", "/registrations", mine, status=401)
    await ask(client, "DELETE", f"/appManagement/applications/{app['id']}", MANAGER, status=204)


async def test_a_token_may_do_what_its_scopes_say(client):
    await register(client, "r1")
    reader = await bearer(client, "read:registration")
    await ask(client, "GET", "/registrations/r1", reader)
    await ask(client, "POST", "/registrations/r1/launchLink", reader, json={"redirectOnExitUrl": "closer"})
    await ask(client, "GET", "/courses", reader, status=403)
    await ask(client, "DELETE", "/registrations/r1", reader, status=403)
    path = f"/learner/{ZOE['id'].replace('/', '%2F')}/delete-information?userEmail=owner@cloud.example"
    await ask(client, "POST", path, await bearer(client, "write:learner"), status=403)
    await ask(client, "POST", path, await bearer(client, "admin"), status=204)
    await ask(client, "GET", "/ping", {"Authorization": "Bearer x"}, status=401)


async def test_deleting_is_a_switch_of_the_application(client):
    await ask(client, "PUT", "/appManagement/applications/SANDBOX", MANAGER, json={"allowDelete": False}, status=204)
    await register(client, "r1")
    await ask(client, "DELETE", "/registrations/r1", status=403)
    await ask(client, "PUT", "/appManagement/applications/SANDBOX", MANAGER, json={"allowDelete": True}, status=204)
    await ask(client, "DELETE", "/registrations/r1", status=204)
    await ask(client, "GET", "/registrations/r1", status=404)


@pytest.mark.parametrize("base", ["", "/", "//"])
async def test_runs_of_slashes_after_the_base_count_as_one(client, base):
    await ask(client, "GET", f"{base}/ping")


async def test_literal_words_are_no_ids_and_ids_may_be_words(client):
    await register(client, "tags")
    await register(client, "postBackTest")
    await ask(client, "PUT", "/registrations/tags", json={"ids": ["tags"], "tags": ["x"]}, status=204)
    assert (await ask(client, "GET", "/registrations/tags/tags")) == {"tags": ["x"]}
    assert (await ask(client, "GET", "/registrations/postBackTest"))["id"] == "postBackTest"
    await ask(client, "POST", "/registrations/postBackTest", json={}, status=400)


@pytest.mark.parametrize(
    ("asked", "encoded"),
    [("a/b", "a%2Fb"), ("50% +x", "50%25%20%2Bx"), (LI["id"], "li%2Bxl%40example.org"), ("a%2Fb", "a%252Fb")],
)
async def test_segments_are_decoded_once(client, asked, encoded):
    await register(client, asked)
    assert (await ask(client, "GET", f"/registrations/{encoded}"))["id"] == asked
    assert await ask(client, "HEAD", f"/registrations/{encoded}") == b""


async def test_errors_quote_what_was_asked_for(client):
    for method, path, status in (
        ("GET", "/registrations/zoe.m", 404),
        ("GET", "/nothing/zoe.m", 404),
        ("GET", "/courses/zoe.m", 404),
        ("POST", "/registrations", 400),
    ):
        told = await ask(client, method, path, status=status, json={} if method == "POST" else None)
        assert told.keys() == {"message"}
    assert "zoe.m" in (await ask(client, "GET", "/registrations/zoe.m", status=404))["message"]
    for body in (b"{", b"[]", b"\xff"):
        told = await ask(client, "POST", "/registrations", data=body, status=400)
        assert told.keys() == {"message"}


async def test_an_empty_object_may_stand_for_no_body(client):
    await register(client, "r1")
    await ask(client, "POST", "/registrations/r1/instances", json={}, status=204)
    await ask(client, "DELETE", "/registrations/r1/progress", json={}, status=204)


async def test_a_list_page_by_page_with_a_count_on_the_first(client, cloud):
    cloud.renames.page_size = 2
    for number in range(5):
        await register(client, f"r{number}", registrationTags=["odd" if number % 2 else "even"])
    asked = {"learnerId": ZOE["id"], "orderBy": "registration_id_desc", "includeTotalCount": "True"}
    answer = await client.get("/api/v2/registrations", params=asked, headers=KEY)
    first = await answer.json()
    assert answer.headers["X-Total-Count"] == "5"
    answer = await client.get("/api/v2/registrations", params={"more": first["more"]}, headers=KEY)
    second = await answer.json()
    assert "X-Total-Count" not in answer.headers
    third = await ask(client, "GET", "/registrations", params={"more": second["more"], "includeRuntime": "true"})
    found = [one["id"] for page in (first, second, third) for one in page["registrations"]]
    assert found == ["r4", "r3", "r2", "r1", "r0"]
    assert "more" not in third
    await ask(client, "GET", "/registrations", params={"more": first["more"], "learnerId": "x"}, status=400)
    await ask(client, "GET", "/courses", params={"more": first["more"]}, status=400)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"filter": "r1"}, ["r1"]),
        ({"filter": "zo", "filterBy": "learner_first_name"}, ["r1", "r2"]),
        ({"tags": "even,other"}, ["r2"]),
        ({"courseId": COURSE}, ["r1", "r2"]),
        ({"learnerId": "nobody"}, []),
        ({"since": "2020-01-01T00:00:00Z", "datetimeFilter": "created"}, ["r1", "r2"]),
        ({"until": "2020-01-01T00:00:00+01:00"}, []),
    ],
)
async def test_lists_are_filtered(client, asked, found):
    await register(client, "r1", registrationTags=["odd"])
    await register(client, "r2", registrationTags=["even"])
    listed = await ask(client, "GET", "/registrations", params=asked)
    assert [one["id"] for one in listed["registrations"]] == found


@pytest.mark.parametrize("asked", [{"since": "yesterday"}, {"filter": "x", "filterBy": "y"}, {"orderBy": "id"}])
async def test_filters_that_mean_nothing_are_refused(client, asked):
    await ask(client, "GET", "/registrations", params=asked, status=400)


async def test_numbers_and_words_that_surprise_are_told_as_they_are(client, cloud):
    await register(client, "r1")
    for amount in ("7.0000000000000009", "NaN", '"NaN"'):
        cloud.habits.amount, cloud.habits.extra = amount, {"registrationSuccess": "PONDERING", "newField": {"a": [1]}}
        raw = await ask(client, "GET", "/registrations/r1?includeRuntime=True")
        assert raw["newField"] == {"a": [1]}
        answer = await client.get("/api/v2/registrations/r1", headers=KEY)
        assert f'"registrationCompletionAmount":{amount}' in await answer.text()


async def test_lti_13_launches_lead_to_the_course(client, cloud):
    token = ".".join(
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
        for one in ({"alg": "RS256"}, {"sub": ZOE["id"], "given_name": "Zoë", "family_name": "Müller"}, {})
    )
    asked = {"externalConfig": "x", "jwt": token}
    answer = await client.get("/api/v2/dispatch/dispatches/D1/launches", params=asked, allow_redirects=False)
    assert (answer.status, "/launch.jsp?jwt=" in answer.headers["Location"]) == (302, True)
    assert cloud.state()["registrations"][0]["learner_id"] == ZOE["id"]
    for wrong in ("x", "a.b.c", token.split(".")[0] + "..x"):
        await ask(client, "GET", "/dispatch/dispatches/D1/launches", params=asked | {"jwt": wrong}, status=400)
