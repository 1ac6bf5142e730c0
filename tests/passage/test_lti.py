"""LTI 1.1 launches: verified with our key, translated, signed with the cloud's; every bad one refused, none forwarded."""

from urllib.parse import quote, urlencode

import pytest

from proxy.passage.oauth import Nonces
from proxy.rewrite.signatures.oauth1 import WINDOW_SECONDS
from tests.passage.corridor import OBRIEN, PEOPLE, ZOE, cookies_of, corridor_in
from tests.passage.lti import (
    CLOUD_KEY,
    CLOUD_SECRET,
    CONSUMER,
    KEY,
    NOW,
    PATH,
    RETURN,
    launch_of,
    post,
    set_clock,
    signature,
    signed,
    told,
)

MAIL = "zoe.m@lms.example"


@pytest.fixture
async def lti(tmp_path, installation):
    async with corridor_in(tmp_path / "house", installation, policy=CONSUMER) as running:
        set_clock(running, NOW)
        yield running


class TestALaunch:
    async def test_names_her_by_pseudonym_and_nothing_else(self, lti):
        answer = await post(lti, signed(launch_of()))
        assert answer.status == 200
        [asked] = lti.cloud.requests
        form = told(asked)
        back = form.pop("launch_presentation_return_url")
        assert back.startswith(f"{lti.cloud.origin}/.scormveil/return/")
        assert {name: text for name, text in form.items() if not name.startswith("oauth_")} == {
            "user_id": lti.pseudonym(ZOE.id),
            "lis_person_name_given": "Learner",
            "lis_person_name_family": lti.alias(ZOE.id),
            "lis_person_name_full": f"Learner {lti.alias(ZOE.id)}",
            "roles": "Learner",
            "context_id": "42",
            "resource_link_id": "7",
            "launch_presentation_locale": "en",
            "launch_presentation_document_target": "iframe",
            "tool_consumer_info_product_family_code": "moodle",
            "tool_consumer_info_version": "2026042000",
            "tool_consumer_instance_guid": "lms.example.edu",
            "lti_version": "LTI-1p0",
            "lti_message_type": "basic-lti-launch-request",
        }
        assert asked.header("Origin") == ""

    @pytest.mark.parametrize(("method", "by"), [("HMAC-SHA1", "sha1"), ("HMAC-SHA256", "sha256")])
    async def test_is_signed_with_the_clouds_key(self, lti, method, by):
        sent = launch_of(oauth_signature_method=method, nonce="n-1")
        await post(lti, signed(sent, by=by))
        [asked] = lti.cloud.requests
        form = told(asked)
        assert form["oauth_consumer_key"] == CLOUD_KEY
        assert form["oauth_timestamp"] == str(NOW)
        assert form["oauth_nonce"] not in {"", "n-1"}
        address = lti.cloud.origin + asked.target
        assert form["oauth_signature"] == signature(address, list(form.items()), CLOUD_SECRET, by)

    async def test_of_everybody_with_a_name_that_hurts(self, lti):
        for number, who in enumerate(PEOPLE):
            sent = launch_of(
                who, lis_person_contact_email_primary=f"{number}@lms.example", launch_presentation_return_url=""
            )
            answer = await post(lti, signed(sent))
            assert answer.status == 200, answer.raw
            form = told(lti.cloud.requests[-1])
            assert form["user_id"] == lti.pseudonym(who.id)
            address = lti.cloud.origin + PATH
            assert form["oauth_signature"] == signature(address, list(form.items()), CLOUD_SECRET)
            for text in who.texts:
                for spelling in (text, quote(text, safe=""), urlencode({"": text})[1:]):
                    assert spelling.encode() not in lti.cloud.everything

    async def test_opens_a_session_and_is_recorded(self, lti):
        answer = await post(lti, signed(launch_of()))
        assert answer.header("Set-Cookie").startswith("__Host-scormveil=")
        opened = [one for one in await lti.audit() if one.event == "session-opened"]
        assert [(one.route, one.pseudonym) for one in opened] == [("lti.launch", lti.pseudonym(ZOE.id))]
        typed = f'<RTD RI="r"><A><ARTI LR="{ZOE.last}, {MAIL}"/></A></RTD>'
        assert (await lti.commit(typed, cookies_of(answer))).status == 200
        assert ZOE.last.encode() not in lti.cloud.everything
        assert MAIL.encode() not in lti.cloud.everything

    async def test_leads_back_to_the_lms_only_her(self, lti):
        hers = cookies_of(await post(lti, signed(launch_of())))
        path = told(lti.cloud.requests[-1])["launch_presentation_return_url"].removeprefix(lti.cloud.origin)
        others = cookies_of(await post(lti, signed(launch_of(OBRIEN, launch_presentation_return_url=""))))
        assert (await lti.get(path)).status == 404
        assert (await lti.get(path, {"Cookie": others})).status == 404
        assert (await lti.get(path, {"Cookie": hers})).header("Location") == RETURN

    async def test_at_a_further_host_is_signed_for_it(self, lti):
        path = f"/~content{PATH}"
        await post(lti, signed(launch_of(), path=path), path)
        [asked] = lti.content.requests
        form = told(asked)
        assert asked.target == PATH
        address = lti.content.origin + PATH
        assert form["oauth_signature"] == signature(address, list(form.items()), CLOUD_SECRET)

    async def test_may_come_from_a_page_that_does_not_say_who_it_is(self, lti):
        assert (await post(lti, signed(launch_of()), Origin="null")).status == 200

    async def test_parameters_of_the_address_are_signed_too_and_dropped(self, lti):
        query = "placement=assignment%207"
        answer = await post(lti, signed(launch_of(), query=query), f"{PATH}?{query}")
        assert answer.status == 200, answer.raw
        form = told(lti.cloud.requests[-1])
        assert lti.cloud.requests[-1].target == PATH
        assert form["oauth_signature"] == signature(lti.cloud.origin + PATH, list(form.items()), CLOUD_SECRET)

    async def test_may_be_as_late_or_early_as_the_clocks_may_differ(self, lti):
        for stamp in (NOW - WINDOW_SECONDS, NOW + WINDOW_SECONDS):
            assert (await post(lti, signed(launch_of(stamp=stamp)))).status == 200


class TestABadLaunchIsRefused:
    """Each with its code and its reason, and nothing is forwarded."""

    async def refused(self, lti, code, status, reason, fields, path=PATH, **headers):
        async with lti.refuses(code, status, ZOE.last, ZOE.id, MAIL) as refusal:
            refusal.answer = await post(lti, fields, path, **headers)
        assert refusal.answer.all("Set-Cookie") == []
        assert f'"reason": "{reason}"' in lti.log.getvalue().splitlines()[-1]

    async def test_with_a_signature_that_does_not_hold(self, lti):
        good = signed(launch_of())
        for bad in (
            good | {"user_id": OBRIEN.id},
            good | {"custom_more": "1"},
            {name: text for name, text in good.items() if name != "roles"},
            {name: text for name, text in good.items() if name != "oauth_signature"},
            good | {"oauth_signature": ""},
            good | {"oauth_signature": "A" * 28},
            signed(launch_of(), CLOUD_SECRET),
            signed(launch_of(), ""),
            signed(launch_of(), path="/sc/other"),
            signed(launch_of(), path=f"/~content{PATH}"),
            launch_of(oauth_signature_method="PLAINTEXT", oauth_signature="key-of-the-lms&"),
            signed(launch_of(oauth_signature_method="HMAC-SHA512"), by="sha512"),
            signed(launch_of(oauth_version="2.0")),
        ):
            await self.refused(lti, "not-permitted", 403, "bad-signature", bad)

    async def test_by_a_key_that_we_did_not_give(self, lti):
        for key in ("unknown", "", CLOUD_KEY, KEY.upper()):
            await self.refused(lti, "not-permitted", 403, "unknown-key", signed(launch_of(oauth_consumer_key=key)))
        nobody = {name: text for name, text in launch_of().items() if name != "oauth_consumer_key"}
        await self.refused(lti, "not-permitted", 403, "unknown-key", signed(nobody))

    async def test_that_is_too_late_or_too_early(self, lti):
        for stamp in (NOW - WINDOW_SECONDS - 1, NOW + WINDOW_SECONDS + 1, "", "now", f"{NOW}.0", "0", "-1", "9" * 40):
            await self.refused(lti, "not-permitted", 403, "stale", signed(launch_of(stamp=stamp)))

    async def test_that_was_sent_before(self, lti):
        good = signed(launch_of(nonce="once"))
        assert (await post(lti, good)).status == 200
        lti.cloud.requests.clear()
        await self.refused(lti, "not-permitted", 403, "replayed", good)
        again = signed(launch_of(OBRIEN, nonce="once"))
        await self.refused(lti, "not-permitted", 403, "replayed", again)
        set_clock(lti, NOW + WINDOW_SECONDS)
        await self.refused(lti, "not-permitted", 403, "replayed", good)

    async def test_without_a_nonce(self, lti):
        await self.refused(lti, "not-permitted", 403, "replayed", signed(launch_of() | {"oauth_nonce": ""}))

    async def test_that_says_something_twice(self, lti):
        good = urlencode(signed(launch_of()), quote_via=quote)
        for more in (
            "&user_id=x",
            "&User_ID=x",
            "&oauth_consumer_key=dispatch-7",
            "&roles=Instructor",
            "&custom_a=1&custom_A=2",
        ):
            await self.refused(lti, "unreadable-body", 400, "duplicate-key", (good + more).encode())
        await self.refused(lti, "unreadable-body", 400, "duplicate-key", good.encode(), f"{PATH}?user_id=x")

    async def test_that_is_no_form(self, lti):
        body = urlencode(signed(launch_of()), quote_via=quote).encode()
        for media in ("application/json", "multipart/form-data; boundary=x", "text/plain"):
            await self.refused(lti, "unreadable-body", 400, "not-a-signed-form", body, Content_Type=media)
        await self.refused(lti, "unreadable-body", 400, "not-a-signed-form", b"")
        await self.refused(
            lti,
            "unreadable-body",
            400,
            "charset",
            body,
            Content_Type="application/x-www-form-urlencoded; charset=utf-16",
        )
        await self.refused(lti, "unreadable-body", 400, "form-characters", body + "&x=é".encode())

    async def test_that_is_signed_elsewhere_too(self, lti):
        good = signed(launch_of())
        await self.refused(
            lti, "unreadable-body", 400, "not-a-signed-form", good, Authorization='OAuth oauth_nonce="x"'
        )
        hashed = signed(launch_of(oauth_body_hash="Lve95gjOVATpfV8EL5X4nxwjKHE="))
        await self.refused(lti, "unreadable-body", 400, "not-a-signed-form", hashed)

    async def test_that_names_nobody(self, lti):
        await self.refused(lti, "field-missing", 400, "", signed(launch_of() | {"user_id": ""}))

    async def test_that_would_lead_back_to_a_stranger(self, lti):
        sent = signed(launch_of(launch_presentation_return_url="https://evil.example/?"))
        await self.refused(lti, "field-invalid", 400, "foreign-address", sent)

    async def test_that_names_her_where_it_must_not(self, lti):
        """A parameter that is kept as it is, and holds what is no word of the protocol."""
        sent = signed(launch_of(tool_consumer_info_version=f"for {ZOE.last}"))
        await self.refused(lti, "leak-suspected", 403, "percent", sent)

    async def test_from_a_page_of_a_stranger(self, lti):
        await self.refused(lti, "not-permitted", 403, "origin", signed(launch_of()), Origin="https://evil.example")

    async def test_by_another_method(self, lti):
        async with lti.refuses("unknown-route", 404) as refusal:
            refusal.answer = await lti.get(f"{PATH}?{urlencode(signed(launch_of()), quote_via=quote)}")

    async def test_of_lti_1_3(self, lti):
        for path in ("/api/lti13/login", "/~content/sc/lti13/launch"):
            await self.refused(lti, "not-permitted", 403, "lti13", {"id_token": "e30.e30.x"}, path)

    async def test_where_no_consumer_is_configured(self, corridor):
        set_clock(corridor, NOW)
        await self.refused(corridor, "not-permitted", 403, "unknown-key", signed(launch_of()))


class TestNonces:
    def test_are_remembered_as_long_as_a_launch_can_be_sent(self):
        seen = Nonces()
        assert seen.note("k", "100", "n", 100) == ""
        assert seen.note("k", "100", "n", 100 + 2 * WINDOW_SECONDS) == "replayed"
        assert seen.note("k", "100", "n", 101 + 2 * WINDOW_SECONDS) == ""

    def test_are_each_keys_and_each_times_own(self):
        seen = Nonces()
        assert [
            seen.note(*one, 100) for one in (("k", "1", "n"), ("l", "1", "n"), ("k", "2", "n"), ("k", "1", "m"))
        ] == [""] * 4

    def test_are_bounded_and_nothing_is_forgotten_for_it(self):
        seen = Nonces(most=3)
        assert [seen.note("k", "1", str(number), 100) for number in range(5)] == ["", "", ""] + [
            "too-many-launches"
        ] * 2
        assert seen.note("k", "1", "0", 100) == "replayed"
        assert seen.note("k", "1", "9", 101 + 2 * WINDOW_SECONDS) == ""
