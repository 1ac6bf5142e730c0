"""Somebody has a launch link that is not meant for her, or makes somebody else's browser follow one."""

import base64
import json

import pytest

from tests.passage.corridor import LI, LMS, OBRIEN, PROXY, ZOE, cookies_of
from tests.passage.links import EXIT, GUID, ask, link_of

TYPED = '<RTD RI="r-1"><A><ARTI LR="{text}"/></A></RTD>'


@pytest.fixture
async def corridor(corridor):
    for one in (ZOE, OBRIEN, LI):
        await corridor.launch(one)
    corridor.cloud.requests.clear()
    return corridor


async def follow(corridor, path: str, cookie: str = "") -> str:
    """The cookie of a browser that has followed a link."""
    answer = await corridor.get(path, {"Cookie": cookie} if cookie else None)
    assert answer.status == 302, answer.raw
    return cookies_of(answer)


async def said_by(corridor, text: str, cookie: str) -> str:
    """What the cloud hears when that is typed in a browser."""
    answer = await corridor.commit(TYPED.format(text=text), cookie)
    assert answer.status == 200, answer.raw
    return corridor.cloud.requests[-1].body.decode()


class TestALinkThatWasAltered:
    async def test_does_not_open(self, corridor):
        path = await link_of(corridor)
        base, slash, value = path.rpartition("/")
        sealed = bytearray(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
        altered = []
        for at in (0, 2, 5, 16, 40, len(sealed) - 1):
            other = bytearray(sealed)
            other[at] ^= 1
            altered.append(base64.urlsafe_b64encode(other).decode().rstrip("="))
        altered += [
            value[:-1],
            value + "A",
            value + "=",
            value + "!",
            value.upper(),
            "",
            "A",
            "%41" + value[1:],
            "/" + value,
        ]
        for text in altered:
            async with corridor.refuses("unknown-route", 404, GUID) as refusal:
                refusal.answer = await corridor.get(base + slash + text)
            assert refusal.answer.all("Set-Cookie") == []

    async def test_does_not_open_at_another_mount_or_for_another_purpose(self, corridor):
        value = (await link_of(corridor)).rpartition("/")[2]
        await corridor.launch(ZOE)
        session = (await corridor.launch(ZOE)).partition("=")[2]
        for host, path in (
            ("proxy.example.org", f"/.scormveil/launch/{value}"),
            ("other.example.org", f"/.scormveil/launch/{value}"),
            ("proxy.example.org", f"/api/v2/.scormveil/return/{value}"),
            ("proxy.example.org", f"/api/v2/.scormveil/launch/{session}"),
        ):
            async with corridor.refuses("unknown-route", 404) as refusal:
                refusal.answer = await corridor.get(path, host=host)

    async def test_a_link_is_no_session(self, corridor):
        value = (await link_of(corridor)).rpartition("/")[2]
        async with corridor.refuses("session-missing", 403) as refusal:
            refusal.answer = await corridor.commit(TYPED.format(text="x"), f"__Host-scormveil={value}")


class TestALinkThatSomebodyElseFollows:
    async def test_launches_its_learner_and_guards_both(self, corridor):
        """A link is a bearer's, here as at the cloud. Whoever follows Zoë's answers as Zoë, and tells nothing new."""
        hers = await corridor.launch(OBRIEN)
        both = await follow(corridor, await link_of(corridor, ZOE), hers)
        heard = await said_by(corridor, f"{ZOE.last} and {OBRIEN.last.replace(chr(39), '&apos;')}", both)
        assert ZOE.last not in heard
        assert "Brien" not in heard

    async def test_shows_nobody_who_its_learner_is(self, corridor):
        cookie = await follow(corridor, await link_of(corridor, ZOE))
        answer = await corridor.get(GUID, {"Cookie": cookie})
        for text in ZOE.texts:
            assert text not in answer.raw.decode()

    async def test_opens_its_own_way_back_only(self, corridor):
        """Before the link is followed, no browser but hers can take the way back that was made with it."""
        asked = await ask(corridor, ZOE, redirectOnExitUrl=EXIT)
        told = json.loads(corridor.cloud.requests[-1].body)["redirectOnExitUrl"]
        path = told.removeprefix(corridor.cloud.origin)
        stranger = await follow(corridor, await link_of(corridor, OBRIEN))
        assert (await corridor.get(path, {"Cookie": stranger})).status == 404
        followed = await follow(corridor, json.loads(asked.body)["launchLink"].removeprefix(PROXY))
        assert (await corridor.get(path, {"Cookie": followed})).header("Location") == EXIT


class TestASessionThatIsPlanted:
    async def test_does_not_hide_who_was_there_before(self, corridor):
        """Zoë is in mid-course; a page makes her browser follow O'Brien's link. Her name is still looked for."""
        hers = await corridor.launch(ZOE)
        planted = await follow(corridor, await link_of(corridor, OBRIEN), hers)
        assert ZOE.last not in await said_by(corridor, ZOE.last, planted)

    async def test_of_one_person_many_times_pushes_nobody_out(self, corridor):
        cookie = await corridor.launch(ZOE)
        for _ in range(6):
            cookie = await follow(corridor, await link_of(corridor, OBRIEN), cookie)
        assert ZOE.last not in await said_by(corridor, ZOE.last, cookie)

    async def test_is_not_opened_by_what_a_page_loads(self, corridor):
        path = await link_of(corridor)
        for mode in ("no-cors", "cors", "same-origin", "websocket"):
            async with corridor.refuses("not-permitted", 403, GUID) as refusal:
                refusal.answer = await corridor.get(path, {"Sec-Fetch-Mode": mode, "Origin": LMS})
            assert refusal.answer.all("Set-Cookie") == []

    async def test_is_opened_by_no_other_method(self, corridor):
        path = await link_of(corridor)
        for method in ("HEAD", "PUT", "DELETE"):
            answer = await corridor.ask(method, path)
            assert (answer.status, answer.all("Set-Cookie")) == (404, [])
        posted = await corridor.ask("POST", path, {"Content-Type": "text/plain"}, b"x")
        assert (posted.status, posted.all("Set-Cookie")) == (404, [])


class TestTheCloud:
    async def test_that_names_another_learner_opens_nothing_for_itself(self, corridor):
        """It says that the registration is O'Brien's: then that is who is guarded. It hears of no name by it."""
        cookie = await follow(corridor, await link_of(corridor, OBRIEN))
        assert "Brien" not in await said_by(corridor, "O&apos;Brien", cookie)

    async def test_never_sees_a_link_of_ours(self, corridor):
        path = await link_of(corridor)
        cookie = await follow(corridor, path)
        await corridor.get(GUID, {"Cookie": cookie, "Referer": PROXY + path})
        assert path.rpartition("/")[2].encode() not in corridor.cloud.everything

    async def test_cannot_try_by_a_registration_who_somebody_is(self, corridor):
        """A tag of hers is cleaned, not refused, so neither the LMS's nor the cloud's side learns a yes or no."""
        answer = await ask(corridor, ZOE, redirectOnExitUrl="closer", learnerTags=[ZOE.last, "Nobody"])
        assert answer.status == 200
        assert ZOE.last not in corridor.cloud.requests[-1].body.decode()
