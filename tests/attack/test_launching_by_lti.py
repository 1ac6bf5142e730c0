"""Somebody wants to launch as another learner, or to learn by launches who she is."""

import pytest

from tests.passage.corridor import LMS, OBRIEN, ZOE, cookies_of, corridor_in
from tests.passage.lti import CLOUD_KEY, CLOUD_SECRET, CONSUMER, KEY, NOW, launch_of, post, set_clock, signed, told

TYPED = '<RTD RI="r-1"><A><ARTI LR="{text}"/></A></RTD>'


@pytest.fixture
async def lti(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, policy=CONSUMER) as running:
        set_clock(running, NOW)
        yield running


class TestTheCloud:
    """It has its own key and secret, every pseudonym, and what it was sent."""

    async def test_cannot_launch_with_its_own_key(self, lti):
        for key, secret in ((CLOUD_KEY, CLOUD_SECRET), (KEY, CLOUD_SECRET)):
            async with lti.refuses("not-permitted", 403) as refusal:
                refusal.answer = await post(lti, signed(launch_of(oauth_consumer_key=key), secret))

    async def test_cannot_send_back_what_it_got(self, lti):
        await post(lti, signed(launch_of()))
        got = told(lti.cloud.requests[-1])
        for key in (KEY, CLOUD_KEY):
            async with lti.refuses("not-permitted", 403) as refusal:
                refusal.answer = await post(lti, got | {"oauth_consumer_key": key})

    async def test_an_lms_that_names_a_pseudonym_launches_nobody_who_was_not_there(self, lti):
        """A learner who can write her own id in the LMS asks so whether a pseudonym is hers."""
        await post(lti, signed(launch_of()))
        sent = signed(launch_of() | {"user_id": lti.pseudonym(ZOE.id)})
        async with lti.refuses("session-missing", 403) as refusal:
            refusal.answer = await post(lti, sent)
        assert refusal.answer.all("Set-Cookie") == []


class TestAnotherLearner:
    async def test_cannot_become_her_by_her_own_form(self, lti):
        hers = signed(launch_of(OBRIEN, launch_presentation_return_url=""))
        for change in (
            {"user_id": ZOE.id},
            {"user_id": ""},
            {"lis_person_name_full": ZOE.last},
            {"roles": "Instructor"},
        ):
            async with lti.refuses("not-permitted", 403, ZOE.last) as refusal:
                refusal.answer = await post(lti, hers | change)

    async def test_cannot_use_a_form_that_was_used(self, lti):
        """The form stands in the page of a shared computer; its owner has launched with it."""
        form = signed(launch_of())
        await post(lti, form)
        lti.cloud.requests.clear()
        async with lti.refuses("not-permitted", 403, ZOE.last) as refusal:
            refusal.answer = await post(lti, form, Origin=LMS)
        assert refusal.answer.all("Set-Cookie") == []

    async def test_who_plants_her_launch_in_a_browser_hides_nobody(self, lti):
        """Zoë is in mid-course; a page posts O'Brien's form in her browser. Both are guarded from then on."""
        hers = cookies_of(await post(lti, signed(launch_of())))
        planted = signed(launch_of(OBRIEN, launch_presentation_return_url=""))
        both = cookies_of(await post(lti, planted, Cookie=hers))
        assert (await lti.commit(TYPED.format(text=ZOE.last), both)).status == 200
        assert ZOE.last.encode() not in lti.cloud.everything

    async def test_cannot_lead_others_away(self, lti):
        for address in (
            "https://evil.example/",
            "//evil.example/",
            "javascript:alert(1)",
            f"{LMS}.evil.example/",
            f"{LMS}@evil.example/",
        ):
            sent = signed(launch_of(launch_presentation_return_url=address))
            async with lti.refuses("field-invalid", 400, "evil") as refusal:
                refusal.answer = await post(lti, sent)
