"""The V1 API: signatures in both orders, every method of the inventory, three report formats, signed addresses."""

import hashlib
import re
import time
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cloud_api_kit import COURSE
from cloud_kit import FAST
from test_cloud_launch import ORIGIN, configured, opened
from test_cloud_results import commit

from proxy.demo.cloud import SandboxCloud
from proxy.demo.cloud.v1.table import methods
from tests.inventory.extract import fields

OWNER = "owner@cloud.example"


@pytest.fixture
def cloud():
    made = SandboxCloud(origin=ORIGIN, content_origin="http://media.localhost:8022", backoff=FAST)
    made.create_dispatch("D1", generation="v2", standard="SCORM2004")
    made.renames.seconds = 3600.0
    return made


@pytest.fixture
async def client(cloud):
    async with TestClient(TestServer(cloud.application())) as made:
        yield made


def signed(method, *, order=str, secret=None, upper=False, **pairs):
    """All parameters of a call, signed by hand."""
    given = {"method": f"rustici.{method}", "appid": "SANDBOX", **pairs}
    given.setdefault("ts", time.strftime("%Y%m%d%H%M%S", time.gmtime()))
    text = (secret or "sandbox-secret") + "".join(
        name + given[name] for name in sorted(given, key=order) if name != "filedata"
    )
    sig = hashlib.md5(text.encode()).hexdigest()  # noqa: S324  the API's own choice
    return given | {"sig": sig.upper() if upper else sig}


async def call(client, method, *, stat="ok", **pairs):
    """The answer's root."""
    answer = await client.get("/api?" + urlencode(signed(method, **pairs)))
    assert (answer.status, answer.content_type) == (200, "text/xml")
    root = ET.fromstring(await answer.text())  # noqa: S314  our own cloud's
    assert root.attrib["stat"] == stat, ET.tostring(root)
    return root


async def registered(client, regid="r 1/ä", **more):
    given = {"courseid": COURSE, "regid": regid, "learnerid": "zoe/1", "fname": "Zoë", "lname": "O'Brien & Söhne"}
    await call(client, "registration.createRegistration", **given | more)


async def launch(client, regid="r 1/ä", **more):
    given = {"regid": regid, "redirecturl": "https://lms.example.org/back", **more}
    address = "/api?" + urlencode(signed("registration.launch", **given))
    return await configured(client, (await opened(client, address))[0])


def test_every_method_of_the_inventory_is_there():
    named = {one["operation"] for one in fields() if one["api"] == "v1" and one["operation"] != "*"}
    assert named - methods().keys() == set()
    assert len(named) > 40


@pytest.mark.parametrize("upper", [True, False])
@pytest.mark.parametrize("order", [str, str.casefold])
async def test_both_orders_and_both_cases_of_a_signature(client, order, upper):
    pairs = {"learnerid": "zoe/1", "learnerTags": "a", "tags": "x,ä"}
    root = await call(client, "tagging.setLearnerTags", order=order, upper=upper, **pairs)
    assert root.find("success") is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"secret": "guess"},
        {"ts": "20200101000000"},
        {"ts": "now"},
        {"appid": "OTHER"},
        {"appid": "SANDBOX-MANAGEMENT"},
    ],
)
async def test_what_is_not_signed_now_is_refused(client, wrong):
    root = await call(client, "debug.authPing", stat="fail", **wrong)
    assert root.find("err").attrib["code"] in {"102", "103"}


async def test_a_changed_or_doubled_parameter_is_refused(client):
    good = signed("tagging.addLearnerTag", learnerid="zoe", tag="x")
    for query in (urlencode(good | {"tag": "y"}), urlencode(good) + "&tag=y"):
        assert 'stat="fail"' in await (await client.get("/api?" + query)).text()


@pytest.mark.parametrize("path", ["/api", "/EngineWebServices/api"])
async def test_parameters_may_come_as_a_form(client, path):
    pairs = signed("tagging.addLearnerTag", learnerid="zoe", tag="Zoë & Co") | {"filedata": "not signed"}
    answer = await client.post(path, data=pairs)
    assert 'stat="ok"' in await answer.text()
    root = await call(client, "tagging.getLearnerTags", learnerid="zoe")
    assert [one.text for one in root.findall("tags/tag")] == ["Zoë & Co"]


async def test_a_registration_from_its_creation_to_its_end(client, cloud):
    await registered(client, email="zoe@uni.example")
    assert cloud.users() == {"zoe@uni.example"}
    assert (await call(client, "registration.exists", regid="r 1/ä")).find("result").text == "true"
    root = await call(client, "registration.getRegistrationDetail", regid="r 1/ä")
    one = root.find("registration")
    assert one.attrib == {"id": "r 1/ä", "courseid": COURSE}
    told = [one.find(name).text for name in ("learnerId", "learnerFirstName", "learnerLastName", "email")]
    assert told == ["zoe/1", "Zoë", "O'Brien & Söhne", "zoe@uni.example"]
    assert one.find("tinCanRegistrationId").text

    await commit(client, await launch(client, learnerTags="dept,ä", registrationTags="x"))
    tags = await call(client, "tagging.getLearnerTags", learnerid="zoe/1")
    assert [one.text for one in tags.findall("tags/tag")] == ["dept", "ä"]
    listed = await call(client, "registration.getRegistrationListResults", learnerid="zoe/1", resultsformat="course")
    assert listed.find("registrationlist/registration/registrationreport/success").text == "passed"
    history = await call(client, "registration.getLaunchHistory", regid="r 1/ä")
    launched = history.find("launchhistory/launch").attrib["id"]
    info = await call(client, "registration.getLaunchInfo", launchid=launched)
    assert info.find("launch/log/RuntimeLog").attrib["browser"].startswith("Python/")

    await call(client, "registration.resetRegistration", regid="r 1/ä")
    report = (await call(client, "registration.getRegistrationResult", regid="r 1/ä")).find("registrationreport")
    assert (report.find("success").text, report.find("score").text) == ("unknown", "unknown")
    await call(client, "registration.resetGlobalObjectives", regid="r 1/ä")
    await call(client, "registration.deleteRegistration", regid="r 1/ä")
    gone = await call(client, "registration.getRegistrationResult", regid="r 1/ä", stat="fail")
    assert gone.find("err").attrib == {"code": "1", "msg": "No registration found for regid r 1/ä"}


@pytest.mark.parametrize(
    ("format_", "found", "names"),
    [
        ("course", {"complete": "complete", "success": "passed", "totaltime": "754", "score": "87.5"}, False),
        ("activity", {"activity/title": "Lighthouses: a short course", "activity/score": "87.5"}, False),
        ("full", {"activity/runtime/suspend_data": "v1|2", "activity/runtime/static/learner_id": "zoe/1"}, True),
    ],
)
async def test_three_report_formats_of_which_one_names_the_learner(client, format_, found, names):
    await registered(client)
    await commit(client, await launch(client))
    root = await call(client, "registration.getRegistrationResult", regid="r 1/ä", resultsformat=format_)
    report = root.find("registrationreport")
    assert report.attrib == {"format": format_, "regid": "r 1/ä", "instanceid": "0"}
    assert {path: report.find(path).text for path in found} == found
    assert (report.find(".//learner_name") is not None) is names
    await call(client, "registration.getRegistrationResult", regid="r 1/ä", resultsformat="deep", stat="fail")


async def test_a_filter_is_a_regular_expression(client):
    await registered(client, "a-1")
    await registered(client, "b-1")
    root = await call(client, "registration.getRegistrationList", filter="a-.*", courseid=COURSE)
    assert [one.attrib["id"] for one in root.findall("registrationlist/registration")] == ["a-1"]
    await call(client, "registration.getRegistrationList", filter="(", stat="fail")


async def test_postback_settings_have_other_names_in_every_method(client, cloud):
    got = []

    async def take(request):
        got.append(await request.post())
        return web.Response(status=200 if len(got) != 2 else 500)

    app = web.Application()
    app.router.add_post("/hook", take)
    async with TestServer(app) as server:
        url = f"http://127.0.0.1:{server.port}/hook"
        await registered(client, postbackurl=url, urlname="hook", urlpass="pw", resultsformat="full")
        info = (await call(client, "registration.getPostbackInfo", regid="r 1/ä")).find("postbackinfo")
        assert [info.find(name).text for name in ("url", "login", "password")] == [url, "hook", "pw"]
        await commit(client, await launch(client))
        await cloud.settle()
        assert (got[0]["username"], got[0]["password"]) == ("hook", "pw")
        assert "<learner_id>zoe/1</learner_id>" in got[0]["data"]
        given = {"postbackurl": url, "urlname": "u", "urlpass": "p", "authtype": "form", "resultsformat": "course"}
        await call(client, "registration.testRegistrationPostUrl", **given, stat="fail")
        await call(client, "registration.testRegistrationPostUrl", **given)
        await call(client, "registration.testRegistrationPostUrl", postbackurl="nowhere", stat="fail")

    await call(
        client, "registration.updatePostbackInfo", regid="r 1/ä", url="https://x.example/", name="n", password="p"
    )
    info = (await call(client, "registration.getPostbackInfo", regid="r 1/ä")).find("postbackinfo")
    assert info.find("login").text == "n"
    await call(client, "registration.deletePostbackInfo", regid="r 1/ä")
    info = (await call(client, "registration.getPostbackInfo", regid="r 1/ä")).find("postbackinfo")
    assert info.find("url").text is None


async def test_a_learner_is_renamed_a_little_later(client, cloud):
    await registered(client, email="zoe@uni.example")
    await call(client, "registration.updateLearnerInfo", learnerid="zoe/1", newid="new", fname="Learner", lname="K7Q")
    cloud.hurry()
    one = (await call(client, "registration.getRegistrationDetail", regid="r 1/ä")).find("registration")
    assert [one.find(name).text for name in ("learnerId", "learnerLastName", "email")] == [
        "new",
        "K7Q",
        "zoe@uni.example",
    ]


async def test_invitations_mail_people(client, cloud):
    given = {"courseid": COURSE, "creatingUserEmail": OWNER, "addresses": "zoe@uni.example, li@uni.example"}
    given |= {"emailSubject": "Course", "emailBody": "<p>Hello</p>", "postbackurl": "https://lms.example.org/h"}
    made = (await call(client, "invitation.createInvitation", **given)).find("invitationId").text
    await call(client, "invitation.createInvitationAsync", **given | {"creatingUserEmail": "x@y.example"}, stat="fail")
    info = (await call(client, "invitation.getInvitationInfo", invitationId=made, detail="true")).find("invitationInfo")
    assert (info.find("subject").text, info.find("body").text) == ("Course", "<p>Hello</p>")
    guests = [one.find("email").text for one in info.findall("userInvitations/userInvitation")]
    assert guests == [one.to for one in cloud.mails()] == ["zoe@uni.example", "li@uni.example"]
    assert info.find("userInvitations/userInvitation/registrationreport") is not None
    status = (await call(client, "invitation.getInvitationStatus", invitationId=made)).find("invitationStatus")
    assert status.find("processed").text == "2"
    await call(client, "invitation.changeStatus", invitationId=made, enable="false")
    listed = (await call(client, "invitation.getInvitationList")).find("invitationlist")
    assert listed.find("invitationInfo/allowLaunch").text == "false"


async def test_tags_are_set_added_and_removed(client):
    await registered(client)
    for kind, who in (("Learner", {"learnerid": "zoe/1"}), ("Registration", {"regid": "r 1/ä"})):
        await call(client, f"tagging.set{kind}Tags", tags="a,b", **who)
        await call(client, f"tagging.add{kind}Tag", tag="Zoë", **who)
        await call(client, f"tagging.remove{kind}Tag", tag="a", **who)
        root = await call(client, f"tagging.get{kind}Tags", **who)
        assert [one.text for one in root.findall("tags/tag")] == ["b", "Zoë"]


async def test_what_is_around(client, cloud):
    account = (await call(client, "reporting.getAccountInfo")).find("account")
    assert account.find("email").text == OWNER
    provider = (await call(client, "lrsaccount.createActivityProvider")).find("activityProvider")
    listed = (await call(client, "lrsaccount.listActivityProviders")).find("activityProviderList/activityProvider")
    assert listed.find("accountSecret").text == provider.find("accountSecret").text
    apps = (await call(client, "application.getAppInfo")).find("appInfo")
    assert apps.find("application/secretKeys/secretKey").text == "sandbox-secret"

    place = (await call(client, "dispatch.createDestination", name="Campus & Söhne", email=OWNER)).find("destinationId")
    found = (await call(client, "dispatch.getDestinationList")).find("dispatchDestinations/dispatchDestination")
    assert (found.find("name").text, found.find("createdBy").text) == ("Campus & Söhne", "Sam Owner")
    given = {"courseid": COURSE, "destinationid": place.text, "postbackurl": "https://lms.example.org/h"}
    made = (await call(client, "dispatch.createDispatch", **given)).find("dispatchId").text
    assert made in {one.id for one in cloud.dispatches()}
    await call(client, "dispatch.updateDispatches", dispatchid=made, enabled="false", postbackurl="https://x.example/")
    await call(client, "dispatch.updateDispatches", stat="fail")
    await call(client, "course.deleteCourse", courseid=COURSE, email=OWNER)
    assert (await call(client, "course.getCourseList")).find("courselist/course") is None


async def test_a_browser_opens_signed_addresses(client):
    auth = (await call(client, "reporting.getReportageAuth", navpermission="NONAV")).find("auth").text
    for method, pairs in (
        ("reporting.launchReport", {"auth": auth, "reporturl": "https://cloud.scorm.com/Reportage/?learnerId=zoe"}),
        ("course.preview", {"courseid": COURSE, "redirecturl": "https://lms.example.org/"}),
    ):
        address = "/api?" + urlencode(signed(method, **pairs))
        answer = await client.get(address, allow_redirects=False)
        assert answer.status == 302
        assert (await client.get(answer.headers["Location"].removeprefix(ORIGIN))).status == 200
        tampered = re.sub(r"sig=\w{4}", "sig=0000", address)
        assert 'stat="fail"' in await (await client.get(tampered, allow_redirects=False)).text()
