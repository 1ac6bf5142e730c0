"""Launch links: asked for by the LMS's server, followed by a learner's browser, never good for more than that."""

import json

import pytest

from proxy.passage.launchlinks import LONGEST_SECONDS, SKEW_SECONDS, USUAL_SECONDS
from tests.passage.corridor import CALLER, CREDENTIAL, LI, LMS, OBRIEN, PROXY, ZOE, cookies_of, corridor_in
from tests.passage.links import ASK, EXIT, GUID, LEAD, SHARED, ask, link_of, the_link, the_registration
from tests.passage.wire import http


class Later:
    """A clock that says when it is."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def known(corridor):
    """A corridor in which the learners are known, as they are after their registrations were made."""
    for one in (ZOE, OBRIEN, LI):
        await corridor.launch(one)
    corridor.cloud.requests.clear()
    return corridor


@pytest.fixture
def clock(known):
    later = Later(1_800_000_000)
    known.house.server._passage._links._clock = later
    return later


class TestAskingForALink:
    async def test_gives_a_link_of_ours_in_which_nothing_can_be_read(self, known):
        answer = await ask(known)
        link = json.loads(answer.body)["launchLink"]
        assert link.startswith(LEAD)
        assert list(json.loads(answer.body)) == ["launchLink"]
        for secret in (GUID, known.pseudonym(ZOE.id), ZOE.id):
            assert secret not in answer.raw.decode()

    async def test_asks_the_cloud_first_whose_registration_it_is(self, known):
        await ask(known)
        first, second = known.cloud.requests
        assert first.start == "GET /api/v2/registrations/r-1 HTTP/1.1"
        assert (first.header("Authorization"), first.body) == (CREDENTIAL, b"")
        assert first.header("Content-Type") == ""
        assert second.start == f"POST {ASK} HTTP/1.1"

    async def test_tells_the_cloud_a_way_back_that_only_she_can_take(self, known):
        cookie = await known.launch(ZOE)
        await ask(known)
        told = json.loads(known.cloud.requests[-1].body)["redirectOnExitUrl"]
        path = told.removeprefix(known.cloud.origin)
        assert path.startswith("/api/v2/.scormveil/return/")
        assert (await known.get(path)).status == 404
        assert (await known.get(path, {"Cookie": await known.launch(OBRIEN)})).status == 404
        assert (await known.get(path, {"Cookie": cookie})).header("Location") == EXIT

    async def test_may_name_a_page_of_the_cloud_as_the_end(self, known):
        for word in ("closer", "blank", "message", ""):
            await ask(known, redirectOnExitUrl=word)
            assert json.loads(known.cloud.requests[-1].body)["redirectOnExitUrl"] == word

    async def test_names_her_in_no_tag(self, known):
        told = {"learnerTags": [f"mentor of {ZOE.first} {ZOE.last}"], "registrationTags": [ZOE.id], "courseTags": ["c"]}
        assert (await ask(known, redirectOnExitUrl="closer", **told)).status == 200
        assert json.loads(known.cloud.requests[-1].body)["courseTags"] == ["c"]
        for text in ZOE.texts:
            assert text.encode() not in known.cloud.everything

    async def test_that_names_her_in_a_tag_of_the_course_is_refused(self, known):
        """The request names nobody; that she is the one is known of the cloud's answer before."""
        known.cloud.say(the_registration(known.pseudonym(ZOE.id)))
        told = json.dumps({"redirectOnExitUrl": "closer", "courseTags": [f"for {ZOE.last}"]}).encode()
        answer = await known.ask("POST", ASK, SHARED, told)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "leak-suspected")
        assert ZOE.last.encode() not in known.cloud.everything

    async def test_is_refused_with_values_that_an_lms_adds(self, known):
        """What they are nobody can know; attributes of the learner, as a rule."""
        known.cloud.say(the_registration(known.pseudonym(ZOE.id)))
        body = json.dumps({"additionalvalues": [{"item": "user", "value": ZOE.id}]}).encode()
        answer = await known.ask("POST", ASK, SHARED, body)
        assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "not-permitted")
        assert [one.start.split()[0] for one in known.cloud.requests] == ["GET"]

    async def test_may_not_name_a_strangers_page_as_the_end(self, known):
        known.cloud.say(the_registration(known.pseudonym(ZOE.id)))
        answer = await known.ask("POST", ASK, SHARED, b'{"redirectOnExitUrl": "https://evil.example/"}')
        assert (answer.status, answer.header("X-Scormveil-Code")) == (400, "field-invalid")
        assert [one.start.split()[0] for one in known.cloud.requests] == ["GET"]

    async def test_needs_the_callers_login(self, known):
        async with known.refuses("not-permitted", 403) as refusal:
            refusal.answer = await known.ask("POST", ASK, {"Content-Type": "application/json"}, b"{}")

    async def test_is_refused_where_nobody_of_ours_would_be_launched(self, known):
        """Her commits would be refused for want of a session, so she must not begin."""
        for registration in (
            http(200, {"Content-Type": "application/json"}, b'{"learner": {"id": "s1234567"}}'),
            http(200, {"Content-Type": "application/json"}, b'{"learner": null}'),
            http(200, {"Content-Type": "application/json"}, b'{"learner": {"id": 7}}'),
            http(200, {"Content-Type": "application/json"}, b"{"),
            http(200, {"Content-Type": "application/json", "Content-Encoding": "br"}, b"{}"),
            http(404, {"Content-Type": "application/json"}, b'{"message": "none"}'),
            http(302, {"Location": "https://elsewhere.example/"}),
            the_registration(known.pseudonym("wellformed, but nobody's")),
            the_registration(known.pseudonym(ZOE.id, tenant="college")),
        ):
            known.cloud.say(registration)
            answer = await known.ask("POST", ASK, SHARED, b'{"redirectOnExitUrl": "closer"}')
            assert (answer.status, answer.header("X-Scormveil-Code")) == (403, "session-missing")
        assert {one.start.split()[0] for one in known.cloud.requests} == {"GET"}
        refused = [one for one in await known.audit() if one.event == "refused"]
        assert {(one.route, one.reason) for one in refused} == {("cloud.launch-link", "session-missing")}

    async def test_an_answer_that_leads_elsewhere_is_refused(self, known):
        for path in ("https://elsewhere.example/launch/1", "//elsewhere.example/launch/1", "/launch/1", "launch"):
            told = http(200, {"Content-Type": "application/json"}, json.dumps({"launchLink": path}).encode())
            answer = await ask(known, link=told)
            assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")

    async def test_an_answer_that_leads_where_nothing_is_declared_is_refused(self, known):
        answer = await ask(known, link=the_link(known, "/launch/of/next/year"))
        assert (answer.status, answer.header("X-Scormveil-Code")) == (502, "upstream-refused")

    async def test_an_error_of_the_cloud_passes(self, known):
        wrong = http(400, {"Content-Type": "application/json"}, b'{"message": "The expiry is out of range."}')
        answer = await ask(known, link=wrong)
        assert (answer.status, json.loads(answer.body)) == (400, {"message": "The expiry is out of range."})

    async def test_asks_of_the_registration_however_its_id_is_written(self, known):
        for registration in ("a%2Fb", "r%20%C3%BC", "%2E%2Etags"):
            known.cloud.requests.clear()
            known.cloud.say(the_registration(known.pseudonym(ZOE.id)), the_link(known))
            path = f"/api/v2//registrations/{registration}/launchLink"
            answer = await known.ask("POST", path, SHARED | {"If-None-Match": '"1"'}, b'{"redirectOnExitUrl": "blank"}')
            assert json.loads(answer.body)["launchLink"].startswith(LEAD), registration
            asked = [one.start for one in known.cloud.requests]
            base = f"/api/v2//registrations/{registration}"
            assert asked == [f"GET {base} HTTP/1.1", f"POST {base}/launchLink HTTP/1.1"]
            assert known.cloud.requests[0].header("If-None-Match") == ""

    async def test_of_a_registration_whose_id_names_her_asks_by_its_pseudonym(self, known):
        made = {"courseId": "c", "registrationId": f"reg-{ZOE.id}", "learner": {"id": ZOE.id}}
        known.cloud.say(http(204))
        created = await known.ask("POST", "/api/v2/registrations", SHARED, json.dumps(made).encode())
        assert created.status == 204, created.raw
        known.cloud.say(the_registration(known.pseudonym(ZOE.id)), the_link(known))
        path = f"/api/v2/registrations/reg-{ZOE.id}/launchLink"
        answer = await known.ask("POST", path, SHARED, b'{"redirectOnExitUrl": "blank"}')
        assert json.loads(answer.body)["launchLink"].startswith(LEAD)
        first, second, third = known.cloud.requests
        named = json.loads(first.body)["registrationId"]
        assert (second.target, third.target) == (
            f"/api/v2/registrations/{named}",
            f"/api/v2/registrations/{named}/launchLink",
        )
        assert ZOE.id.encode() not in known.cloud.everything

    async def test_with_a_token_of_ours_asks_with_the_clouds(self, known):
        told = {"access_token": "token-of-the-cloud", "token_type": "bearer"}
        known.cloud.say(http(200, {"Content-Type": "application/json"}, json.dumps(told).encode()))
        login = {"Authorization": CALLER, "Content-Type": "application/x-www-form-urlencoded"}
        token = await known.ask(
            "POST", "/api/v2/oauth/authenticate/application/token", login, b"scope=read:registration&expiration=300"
        )
        ours = json.loads(token.body)["access_token"]
        assert ours != "token-of-the-cloud"
        known.cloud.say(the_registration(known.pseudonym(ZOE.id)), the_link(known))
        shared = SHARED | {"Authorization": f"Bearer {ours}"}
        answer = await known.ask("POST", ASK, shared, b'{"redirectOnExitUrl": "closer"}')
        assert json.loads(answer.body)["launchLink"].startswith(LEAD)
        assert [one.header("Authorization") for one in known.cloud.requests[1:]] == ["Bearer token-of-the-cloud"] * 2


class TestFollowingALink:
    async def test_opens_her_session_and_leads_to_the_clouds_link(self, known):
        answer = await known.get(await link_of(known))
        assert (answer.status, answer.header("Location")) == (302, PROXY + GUID)
        assert answer.header("Referrer-Policy") == "no-referrer"
        assert answer.header("Cache-Control") == "no-store"
        assert answer.header("Set-Cookie").startswith("__Host-scormveil=")
        known.cloud.say(http(302, {"Location": f"{known.cloud.origin}/E/defaultui/launch.jsp?jwt=x"}))
        launched = await known.get(GUID, {"Cookie": cookies_of(answer)})
        assert launched.header("Location") == f"{PROXY}/E/defaultui/launch.jsp?jwt=x"

    async def test_is_recorded(self, known):
        answer = await known.get(await link_of(known))
        entry = (await known.audit())[-1]
        assert (entry.event, entry.route, entry.mount) == ("session-opened", "launch-link", "dispatch")
        assert (entry.pseudonym, answer.status) == (known.pseudonym(ZOE.id), 302)

    async def test_lets_what_she_types_be_cleaned(self, known):
        cookie = cookies_of(await known.get(await link_of(known)))
        typed = f'<RTD RI="r-1"><A><ARTI LR="{ZOE.first} {ZOE.last}"/></A></RTD>'
        assert (await known.commit(typed, cookie)).status == 200
        assert known.pseudonym(ZOE.id).encode() in known.cloud.requests[-1].body or b"Learner" in (
            known.cloud.requests[-1].body
        )
        assert ZOE.last.encode() not in known.cloud.everything

    async def test_asks_the_cloud_for_nothing(self, known):
        path = await link_of(known)
        count = len(known.cloud.requests)
        await known.get(path)
        assert len(known.cloud.requests) == count

    async def test_the_clouds_own_link_without_a_session_launches_nobody(self, known):
        """Cookies blocked: she hears of it before she begins, not when her work is to be saved."""
        await link_of(known)
        async with known.refuses("session-missing", 403) as refusal:
            refusal.answer = await known.get(GUID)

    async def test_works_as_long_as_the_clouds_link_and_a_clocks_difference(self, known, clock):
        usual, longest = USUAL_SECONDS, LONGEST_SECONDS
        for asked, lasts in (
            (None, usual),
            (10, 10),
            (longest, longest),
            (9, usual),
            (longest + 1, usual),
            (30.5, usual),
        ):
            body = {"redirectOnExitUrl": "closer"} | ({} if asked is None else {"expiry": asked})
            path = await link_of(known, **body)
            clock.now += lasts + SKEW_SECONDS
            assert (await known.get(path)).status == 302
            clock.now += 1
            async with known.refuses("not-permitted", 403, GUID) as refusal:
                refusal.answer = await known.get(path)
            assert refusal.answer.all("Set-Cookie") == []

    async def test_works_again_while_it_lasts(self, known, clock):
        """A reload launches her again, as the cloud's own link does; it opens nothing that was not open."""
        path = await link_of(known)
        first = cookies_of(await known.get(path))
        clock.now += USUAL_SECONDS
        again = await known.get(path, {"Cookie": first})
        assert again.status == 302
        typed = f'<RTD RI="r-1"><A><ARTI LR="{ZOE.last}"/></A></RTD>'
        assert (await known.commit(typed, cookies_of(again))).status == 200
        assert ZOE.last.encode() not in known.cloud.everything

    async def test_of_somebody_who_was_forgotten_is_refused(self, known):
        path = await link_of(known)
        [(_, record)] = await known.house.store.by_pseudonym("uni", [known.pseudonym(ZOE.id)])
        await known.house.forgetting.erase([record], actor="operator", reason="asked")
        async with known.refuses("session-missing", 403, GUID) as refusal:
            refusal.answer = await known.get(path)


class TestAPreview:
    async def test_launches_nobody_through_us(self, known):
        path = "/api/cloud/course/preview/abc"
        asked = await ask(known, path="/api/v2/courses/c1/preview", link=the_link(known, path), redirectOnExitUrl=EXIT)
        link = json.loads(asked.body)["launchLink"]
        assert link.startswith(LEAD)
        answer = await known.get(link.removeprefix(PROXY))
        assert (answer.header("Location"), answer.all("Set-Cookie")) == (PROXY + path, [])
        [told] = known.cloud.requests
        assert json.loads(told.body)["redirectOnExitUrl"] == LMS

    async def test_of_a_version_too(self, known):
        path = "/api/cloud/course/preview/abc"
        asked = await ask(
            known, path="/api/v2/courses/c1/versions/2/preview", link=the_link(known, path), redirectOnExitUrl="blank"
        )
        assert json.loads(asked.body)["launchLink"].startswith(LEAD)


class TestWhereSessionsAreNotAskedFor:
    async def test_a_registration_of_before_is_launched_all_the_same(self, tmp_path, installation):
        """While an integration is moved: the operator has said that such commits pass unguarded."""
        text = 'without_session = "pass"'
        async with corridor_in(tmp_path / "house", installation, policy=text, api_policy=text) as corridor:
            corridor.cloud.say(the_registration("known-to-the-cloud"), the_link(corridor))
            asked = await corridor.ask("POST", ASK, SHARED, b'{"redirectOnExitUrl": "closer"}')
            followed = await corridor.get(json.loads(asked.body)["launchLink"].removeprefix(PROXY))
            assert (followed.header("Location"), followed.all("Set-Cookie")) == (PROXY + GUID, [])
            assert (await corridor.get(GUID)).status == 200
