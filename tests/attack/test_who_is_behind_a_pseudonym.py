"""The cloud, or a stranger on the public address, wants to learn who a pseudonym is."""

from urllib.parse import parse_qs, quote

import pytest

from tests.passage.corridor import LAUNCH, LI, OBRIEN, PROXY, ZOE, cookies_of, corridor_in

PAGE_OF_ZOE = "https://lms.example.edu/mod/scorm/player.php?a=7&userid=4711&name=Zo%C3%AB"
HOST_PAGE = "/dispatch/DispatchHost.v2.html?cachebuster=1&URL="


def back_to(page: str) -> str:
    return "&redirecturl=" + quote(page, safe="")


async def told_the_cloud(corridor, key: str) -> str:
    return parse_qs(corridor.cloud.requests[-1].target.partition("?")[2])[key][0]


async def path_back(corridor) -> str:
    return (await told_the_cloud(corridor, "redirecturl")).removeprefix(corridor.cloud.origin)


class TestTheReturnAddress:
    """The cloud has it; the page of the LMS behind it may say who came from there."""

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    async def test_does_not_open_for_the_cloud(self, corridor, method):
        await corridor.launch(ZOE, more=back_to(PAGE_OF_ZOE))
        answer = await corridor.ask(method, await path_back(corridor))
        assert (answer.status, answer.header("Location")) == (404, "")
        assert "4711" not in answer.head

    async def test_does_not_open_for_another_learner(self, corridor):
        await corridor.launch(ZOE, more=back_to(PAGE_OF_ZOE))
        path = await path_back(corridor)
        answer = await corridor.get(path, {"Cookie": await corridor.launch(OBRIEN)})
        assert (answer.status, answer.header("Location")) == (404, "")

    async def test_opens_for_the_learner_it_was_made_for(self, corridor):
        cookie = await corridor.launch(ZOE, more=back_to(PAGE_OF_ZOE))
        answer = await corridor.get(await path_back(corridor), {"Cookie": cookie})
        assert (answer.status, answer.header("Location")) == (302, PAGE_OF_ZOE)

    async def test_of_somebody_else_does_not_ride_along_in_a_launch(self, corridor):
        await corridor.launch(ZOE, more=back_to(PAGE_OF_ZOE))
        hers = PROXY + await path_back(corridor)
        async with corridor.refuses("field-invalid", 400) as refusal:
            refusal.answer = await corridor.get(LAUNCH + OBRIEN.query() + back_to(hers))

    async def test_opens_for_everybody_where_sessions_are_not_asked_for(self, tmp_path, installation):
        async with corridor_in(tmp_path / "house", installation, policy='without_session = "pass"') as corridor:
            await corridor.launch(ZOE, more=back_to(PAGE_OF_ZOE))
            assert (await corridor.get(await path_back(corridor))).header("Location") == PAGE_OF_ZOE


class TestLaunchingWithAPseudonym:
    """Whoever launches for somebody gets her session, and may then ask the guard whether a name is hers."""

    @pytest.mark.parametrize("guess", ["", "&cachebuster=Zo%C3%AB", "&cachebuster=Lukas"])
    async def test_is_refused_without_the_session_of_the_washed_page(self, corridor, guess):
        await corridor.launch(ZOE)
        async with corridor.refuses("session-missing", 403) as refusal:
            refusal.answer = await corridor.get(f"{LAUNCH}&learnerid={corridor.pseudonym(ZOE.id)}{guess}")
        assert not refusal.answer.header("Set-Cookie")

    async def test_is_refused_with_the_session_of_somebody_else(self, corridor):
        await corridor.launch(ZOE)
        other = await corridor.launch(OBRIEN)
        async with corridor.refuses("session-missing", 403) as refusal:
            target = f"{LAUNCH}&learnerid={corridor.pseudonym(ZOE.id).upper()}"
            refusal.answer = await corridor.get(target, {"Cookie": other})

    async def test_tells_nothing_of_whether_there_is_such_a_pseudonym(self, corridor):
        await corridor.launch(ZOE)
        known = await corridor.get(f"{LAUNCH}&learnerid={corridor.pseudonym(ZOE.id)}")
        unknown = await corridor.get(f"{LAUNCH}&learnerid={corridor.pseudonym('nobody-yet')}")
        assert known.status == unknown.status == 403

    async def test_is_refused_on_the_host_page_as_well(self, corridor):
        await corridor.launch(ZOE)
        nested = quote(f"{PROXY}{LAUNCH}&learnerid={corridor.pseudonym(ZOE.id)}", safe="")
        async with corridor.refuses("session-missing", 403) as refusal:
            refusal.answer = await corridor.get(HOST_PAGE + nested)

    async def test_works_in_the_browser_whose_page_was_washed(self, corridor):
        washed = await corridor.get(HOST_PAGE + quote(PROXY + LAUNCH + ZOE.query(), safe=""))
        assert washed.status == 302
        cookie = cookies_of(washed)
        page = await corridor.get(washed.header("Location").removeprefix(PROXY), {"Cookie": cookie})
        assert page.status == 200
        launched = await corridor.get(f"{LAUNCH}&learnerid={corridor.pseudonym(ZOE.id)}", {"Cookie": cookie})
        assert launched.status == 200


class TestSeveralSessionsInOneBrowser:
    """A page of the cloud plants the session of an invented learner, so that the guard looks for the wrong one."""

    COMMIT = '<RTD RI="r1"><A><ART L="I am {}"/></A></RTD>'

    @pytest.mark.parametrize("planted_first", [True, False])
    async def test_are_all_guarded(self, corridor, planted_first):
        mine, planted = await corridor.launch(ZOE), await corridor.launch(LI)
        pair = [planted, mine] if planted_first else [mine, planted]
        answer = await corridor.commit(self.COMMIT.format(f"{ZOE.first} {ZOE.last}"), "; ".join(pair))
        assert answer.status == 200
        assert ZOE.last.encode() not in corridor.cloud.everything

    async def test_one_that_is_not_ours_does_not_hide_the_others(self, corridor):
        mine = await corridor.launch(ZOE)
        async with corridor.refuses("session-missing", 403) as refusal:
            refusal.answer = await corridor.commit(self.COMMIT.format("x"), f"{mine}; __Host-scormveil=AAAA")

    async def test_more_than_any_browser_has_are_refused(self, corridor):
        jar = [await corridor.launch(ZOE) for _ in range(9)]
        async with corridor.refuses("session-missing", 403) as refusal:
            refusal.answer = await corridor.commit(self.COMMIT.format("x"), "; ".join(jar))
