"""What leaves the account: dispatches, invitations, LTI. Here the cloud talks to people itself."""

import base64
import hashlib
import re
import time
from urllib.parse import unquote

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer
from cloud_api_kit import COURSE, KEY, MANAGER, ask
from cloud_kit import FAST, ZOE, unpacked
from test_cloud_launch import ORIGIN, configured, content_url, filled, opened
from test_cloud_results import commit

from proxy.demo.cloud import SandboxCloud
from proxy.demo.cloud.oauth1 import signature

OWNER = "owner@cloud.example"


@pytest.fixture
def cloud():
    made = SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022", backoff=FAST)
    made.create_dispatch("D1", generation="v2", standard="SCORM2004")
    return made


@pytest.fixture
async def client(cloud):
    async with TestClient(TestServer(cloud.application())) as made:
        yield made


async def dispatched(client, dispatch="D 2/ä'", **more):
    """A destination with one dispatch."""
    data = {"destinationId": "campus", "courseId": COURSE, **more}
    if not (await ask(client, "GET", "/dispatch/destinations"))["destinations"]:
        body = {"destinations": [{"id": "campus", "data": {"name": "Campus"}}]}
        await ask(client, "POST", "/dispatch/destinations", json=body, status=204)
    body = {"dispatches": [{"id": dispatch, "data": data}]}
    await ask(client, "POST", "/dispatch/dispatches", json=body, status=204)


async def test_a_dispatch_of_the_api_is_a_package_that_launches(client, cloud):
    await dispatched(client, "D2")
    package = await ask(client, "GET", "/dispatch/dispatches/D2/zip")
    config = unpacked(package)["configuration.js"].decode()
    token = config.split("launchtoken=")[1].split("'")[0].split("&")[0]
    headers = {"DispatchId": "D2", "DispatchToken": token}
    answer = await client.get("/api/cloud/dispatch/D2/preLaunchConfiguration", headers=headers)
    fresh = (await answer.json())["launchToken"]
    address = filled(content_url(package), ZOE).replace(f"launchtoken={token}", f"launchtoken={fresh}")
    settings = await configured(client, (await opened(client, address))[0])
    assert (settings["learnerId"], settings["dispatchId"]) == (ZOE["id"], "D2")
    listed = (await ask(client, "GET", "/registrations"))["registrations"]
    assert [one["dispatchId"] for one in listed] == ["D2"]
    assert (await ask(client, "GET", "/dispatch/dispatches/D2/registrationCount")) == {"registrationCount": 1}

    for change in ({"enabled": False}, {"enabled": True, "registrationCap": 1}, {"allowNewRegistrations": False}):
        await ask(client, "PUT", "/dispatch/dispatches/D2", json=change, status=204)
        assert (await client.get(address, allow_redirects=False)).status == 403


async def test_ids_with_odd_letters_do_not_break_a_package(client):
    await dispatched(client, "D 2/ä'")
    package = await ask(client, "GET", "/dispatch/dispatches/D%202%2F%C3%A4%27/zip")
    assert "dispatchId=D%202%2F%C3%A4%27&" in content_url(package)


async def test_one_dispatch_for_a_course_and_a_destination(client):
    await dispatched(client, "D2", notes="first")
    data = {"destinationId": "campus", "courseId": COURSE, "notes": "second"}
    body = {"dispatches": [{"id": "D3", "data": data}]}
    await ask(client, "POST", "/dispatch/dispatches", json=body, status=400)
    await ask(client, "POST", "/dispatch/dispatches", json={"dispatches": [{"data": data}]}, status=204)
    assert (await ask(client, "GET", "/dispatch/dispatches/D2"))["notes"] == "second"
    for change in ({"courseId": "none"}, {"destinationId": "none"}):
        await ask(client, "POST", "/dispatch/dispatches", json={"dispatches": [{"data": data | change}]}, status=404)


async def test_many_are_changed_only_with_a_filter(client):
    await dispatched(client, "D2", tags=["a"])
    await ask(client, "PUT", "/dispatch/dispatches", json={"notes": "x"}, status=400)
    await ask(client, "DELETE", "/dispatch/dispatches", status=400)
    answer = await client.put("/api/v2/dispatch/dispatches?tags=a,b", json={"notes": "x"}, headers=KEY)
    assert (answer.status, answer.headers["X-Total-Count"]) == (204, "1")
    assert (await ask(client, "GET", "/dispatch/dispatches/D2"))["notes"] == "x"
    assert "notes" not in await ask(client, "GET", "/dispatch/dispatches/D1")


async def invited(client, addresses, **more):
    body = {
        "courseId": COURSE,
        "creatingUserEmail": OWNER,
        "invitationEmail": {"subject": "Course", "body": "Hello [USER]", "addresses": addresses},
        **more,
    }
    return (await ask(client, "POST", "/invitations/private", json=body))["id"]


async def test_the_cloud_itself_mails_who_is_invited(client, cloud):
    one = await invited(client, ["zoe@uni.example"])
    [mail] = cloud.mails()
    assert (mail.to, mail.body.startswith("Hello zoe@uni.example")) == ("zoe@uni.example", True)
    assert cloud.users() == {"zoe@uni.example"}
    link = mail.body.splitlines()[-1].removeprefix(ORIGIN)
    settings = await configured(client, (await opened(client, link))[0])
    assert settings["learnerId"] == "zoe@uni.example"
    [guest] = (await ask(client, "GET", f"/invitations/private/{one}/userInvitations"))["userInvitations"]
    assert (guest["isStarted"], guest["registrationId"]) == (True, settings["registrationId"])
    await ask(client, "GET", f"/invitations/public/{one}", status=404)


@pytest.mark.parametrize(
    ("option", "registrations", "instances", "mails"),
    [("FAIL", 1, 0, 1), ("SEND_EXISTING", 1, 0, 2), ("INSTANCE_EXISTING", 1, 1, 2), ("CREATE_NEW", 2, 0, 2)],
)
async def test_who_was_invited_before(client, cloud, option, registrations, instances, mails):
    await invited(client, ["zoe@uni.example"])
    two = await invited(client, ["zoe@uni.example"], duplicateRegistrationOption=option)
    listed = (await ask(client, "GET", "/registrations"))["registrations"]
    assert (len(listed), listed[0]["instance"], len(cloud.mails())) == (registrations, instances, mails)
    job = await ask(client, "GET", f"/invitations/private/{two}/jobStatus")
    assert (job["status"], len(job["errors"])) == ("COMPLETE", 2 - mails)


async def test_invitations_need_a_member_of_staff(client):
    body = {"courseId": COURSE, "creatingUserEmail": "who@else.example"}
    await ask(client, "POST", "/invitations/public", json=body, status=400)
    await ask(client, "POST", "/invitations/private", json=body | {"creatingUserEmail": OWNER}, status=400)


async def test_a_public_invitation_asks_people_on_a_page_of_the_cloud(client):
    body = {"courseId": COURSE, "creatingUserEmail": OWNER, "registrationCap": 1}
    made = await ask(client, "POST", "/invitations/public", json=body)
    path = made["url"].removeprefix(ORIGIN)
    assert "<form" in await (await client.get(path)).text()
    who = {"email": "zoe@uni.example", "firstName": "Zoë", "lastName": "Müller"}
    answer = await client.post(path, data=who, allow_redirects=False)
    settings = await configured(client, (await opened(client, answer.headers["Location"].removeprefix(ORIGIN)))[0])
    assert settings["learnerName"] == "Müller, Zoë"
    assert (await client.post(path, data=who, allow_redirects=False)).status == 403, "the cap"


def lti(info, **more):
    """The signed form of a launch."""
    fields = {
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "resource_link_id": "42",
        "user_id": "zoe/1",
        "lis_person_name_given": "Zoë",
        "lis_person_name_family": "Müller-Østergård",
        "lis_person_contact_email_primary": "zoe@uni.example",
        "launch_presentation_return_url": "https://lms.example.org/back",
        "oauth_consumer_key": info["consumerKey"],
        "oauth_timestamp": str(int(time.time())),
        "oauth_nonce": "n1",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_version": "1.0",
        "oauth_callback": "about:blank",
    } | more
    return fields | {"oauth_signature": signature(info["url"], list(fields.items()), info["sharedSecret"])}


async def test_an_lti_launch_is_verified(client, cloud):
    info = await ask(client, "GET", "/dispatch/dispatches/D1/lti")
    path, good = info["url"].removeprefix(ORIGIN), lti(info)
    for wrong in (
        good | {"user_id": "other"},
        {name: value for name, value in good.items() if name != "oauth_signature"},
        lti(info, oauth_timestamp="1700000000"),
        lti(info | {"sharedSecret": "guess"}),
        lti(info | {"consumerKey": "guess"}),
    ):
        assert (await client.post(path, data=wrong, allow_redirects=False)).status == 403
    answer = await client.post(path, data=good, allow_redirects=False)
    assert (answer.status, "launch.jsp?jwt=" in answer.headers["Location"]) == (302, True)
    assert (await client.post(path, data=good, allow_redirects=False)).status == 403, "a nonce holds once"
    [known] = cloud.state()["registrations"]
    assert (known["learner_id"], known["first_name"]) == ("zoe/1", "Zoë")


async def test_an_application_management_key_is_no_general_key(client):
    for path in ("/courses", "/dispatch/dispatches", "/invitations"):
        await ask(client, "GET", path, MANAGER, status=403)
    wrong = {"Authorization": encode_basic_auth("SANDBOX", "sandbox-management-secret")}
    await ask(client, "GET", "/courses", wrong, status=401)


async def test_a_grade_goes_to_the_platforms_outcome_service(client, cloud):
    """Signed over a hash of the body; the query of the address is signed, too."""
    got = []

    async def take(request):
        got.append((request.headers["Authorization"], await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/grades", take)
    async with TestServer(app) as server:
        address = f"http://127.0.0.1:{server.port}/grades"
        info = await ask(client, "GET", "/dispatch/dispatches/D1/lti")
        more = {"lis_outcome_service_url": address + "?course=1", "lis_result_sourcedid": "zoe&42"}
        form = lti(info, **more)
        first = await client.post(info["url"].removeprefix(ORIGIN), data=form, allow_redirects=False)
        second = await client.get(first.headers["Location"].removeprefix(ORIGIN), allow_redirects=False)
        await commit(client, await configured(client, second.headers["Location"]))
        await cloud.settle()
    [(header, body)] = got
    given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
    sent = given.pop("oauth_signature")
    assert given["oauth_body_hash"] == base64.b64encode(hashlib.sha1(body).digest()).decode()  # noqa: S324
    assert sent == signature(address, [*given.items(), ("course", "1")], info["sharedSecret"])
    assert b"<sourcedId>zoe&amp;42</sourcedId>" in body
    assert b"<textString>0.875</textString>" in body
