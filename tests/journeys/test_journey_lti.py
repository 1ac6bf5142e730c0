"""A dispatch that is launched by LTI 1.1: told to the LMS through the API, posted by its page, taken and reported."""

import asyncio
import time
from urllib.parse import quote, urlsplit

import pytest
import pytest_asyncio
import rustici_software_cloud_v2 as official
from playwright.async_api import expect

from proxy.sandbox import LMS_PASSWORD
from tests.journeys.kit import PATIENCE, learner, nothing_kept, offer, running
from tests.journeys.people import FATIMA, ZOE
from tests.passage.lti import signature

pytestmark = [pytest.mark.journey, pytest.mark.asyncio(loop_scope="session")]

DISPATCH = "v2-scorm2004"
ROUTES = """
[mounts.routes]
"lti.launch" = ["/lti/launch/{dispatch}"]
"""
POST_THE_FORM = """([address, fields]) => {
    const form = document.createElement("form");
    form.method = "post"; form.action = address;
    for (const [name, text] of Object.entries(fields)) {
        const input = document.createElement("input");
        input.type = "hidden"; input.name = name; input.value = text;
        form.append(input);
    }
    document.body.append(form); form.submit();
}"""


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def scene(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lti") / "run"
    async with running(folder, (ZOE, FATIMA), [offer(DISPATCH)], policy=ROUTES) as made:
        yield made


@pytest.fixture
def api(scene):
    proxy = urlsplit(scene.sandbox.proxy_origin)
    settings = official.Configuration()
    settings.host = f"http://127.0.0.1:{proxy.port}/api/v2"
    settings.username, settings.password = "lms", LMS_PASSWORD
    client = official.ApiClient(settings)
    client.set_default_header("Host", proxy.netloc)
    return client


@pytest.mark.parametrize("person", [ZOE, FATIMA], ids=lambda one: one.id)
async def test_a_learner_is_launched_by_a_form(browser, scene, api, person):
    consumer = await asyncio.to_thread(official.DispatchApi(api).get_lti_dispatch, DISPATCH)
    assert urlsplit(consumer.url).netloc == urlsplit(scene.sandbox.proxy_origin).netloc
    fields = {
        "oauth_version": "1.0",
        "oauth_nonce": f"{time.time_ns():x}",
        "oauth_timestamp": str(int(time.time())),
        "oauth_consumer_key": consumer.consumer_key,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_callback": "about:blank",
        "lti_message_type": "basic-lti-launch-request",
        "lti_version": "LTI-1p0",
        "resource_link_id": "7",
        "user_id": person.id,
        "roles": "Learner",
        "lis_person_name_given": person.first,
        "lis_person_name_family": person.last,
        "lis_person_name_full": person.display_name(),
        "lis_person_contact_email_primary": person.email,
        "ext_user_username": person.id,
        "launch_presentation_return_url": f"{scene.lms.origin}/courses?back={quote(person.id)}",
    }
    fields["oauth_signature"] = signature(consumer.url, list(fields.items()), consumer.shared_secret)
    async with learner(browser, scene, person) as taker:
        await taker.page.goto(f"{scene.lms.origin}/courses")
        await taker.page.evaluate(POST_THE_FORM, [consumer.url, fields])
        course = taker.page.frame_locator("#ScormContent")
        await expect(course.locator("body[data-ready=true]")).to_be_visible(timeout=PATIENCE)
        known = scene.registrations(DISPATCH)[-1]
        await expect(course.locator("#learner-name")).to_have_text(f"{known['last_name']}, Learner")
        await course.locator("#q1-a").check()
        await course.locator("#next").click()
        await course.locator("#q2").fill(f"I am {person.display_name()}, {person.email}")
        await course.locator("#finish").click()
        await taker.page.wait_for_url("**/courses?back=*", timeout=PATIENCE)
        assert taker.alerts == []
    told = await asyncio.to_thread(official.RegistrationApi(api).get_registration_progress, known["id"])
    assert (told.learner.id, told.learner.last_name) == (person.id, person.last)
    assert (told.registration_completion, told.registration_success) == ("COMPLETED", "PASSED")
    assert scene.refused() == []
    await nothing_kept(scene)
