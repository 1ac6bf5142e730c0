"""What the cloud is told where results go, what an LMS reads back, and where each address leads afterwards."""

import asyncio
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from proxy.errors import FieldInvalid
from proxy.identity import Context, Sighting
from proxy.passage import Level, PostbackSpec
from proxy.people import Cleartext, Kind
from tests.passage.corridor import LMS, PROXY

BASE = f"{PROXY}/api/v2/.scormveil/postback/"
HOOK = PostbackSpec(f"{LMS}/hook.php?wstoken=ab/c", "FORM", "hook", "geheim:ß", "FULL", None)
LEVEL = Level("registration", "r-1")
TOKEN = re.compile(r"[0-9a-f]{48}")


@pytest.fixture
def postbacks(corridor):
    return corridor.house.postbacks


def way_of(corridor, audience=None, *, name="api", seen=()):
    mount = next(one for one in corridor.house.mounts.all if one.name == name)
    if audience:
        mount = replace(mount, audience=audience)
    return SimpleNamespace(mount=mount, seen=tuple(seen))


@pytest.fixture
def way(corridor):
    return way_of(corridor)


def token_in(spec):
    assert spec.url.startswith(BASE)
    token = spec.url.removeprefix(BASE)
    assert TOKEN.fullmatch(token), "192 random bits, url-safe, and never the beginning of a pseudonym"
    return token


def same(one, other):
    """Specifications do not print, so compare them by hand."""
    return all(getattr(one, name) == getattr(other, name) for name in PostbackSpec.__slots__)


class TestOutward:
    async def test_the_cloud_is_told_an_address_and_a_login_of_ours_and_everything_explicitly(self, postbacks, way):
        told = await postbacks.outward(way, LEVEL, HOOK)

        token_in(told)
        assert (told.auth_type, told.results_format, told.legacy) == ("FORM", "COURSE", False)
        assert told.user
        assert len(told.password) >= 32
        assert {told.user, told.password}.isdisjoint({HOOK.user, HOOK.password})

    @pytest.mark.parametrize("said", ["", "UNDEFINED", "undefined"])
    async def test_what_is_not_said_is_said_explicitly(self, postbacks, way, said):
        told = await postbacks.outward(way, LEVEL, PostbackSpec(f"{LMS}/hook", said, results_format=said))

        assert (told.auth_type, told.results_format, told.legacy) == ("HTTPBASIC", "COURSE", False)
        assert told.user, "a login of ours, also where the LMS has none"

    async def test_xml_is_asked_for_where_the_lms_asks_for_it(self, postbacks, way):
        told = await postbacks.outward(way, LEVEL, replace(HOOK, legacy=True))

        assert told.legacy is True

    async def test_details_are_asked_for_only_for_an_audience_that_may_see_them(self, postbacks, corridor):
        way = way_of(corridor, SimpleNamespace(reveal=False, fields=(), details=True))

        assert (await postbacks.outward(way, LEVEL, HOOK)).results_format == "FULL"
        assert (await postbacks.outward(way, LEVEL, replace(HOOK, results_format=""))).results_format == "COURSE"

    async def test_the_same_again_is_the_same_address(self, postbacks, way):
        first = await postbacks.outward(way, LEVEL, HOOK)

        assert same(await postbacks.outward(way, LEVEL, HOOK), first)

    async def test_another_setting_is_another_address_and_the_old_one_leads_on(self, postbacks, way):
        first = await postbacks.outward(way, LEVEL, HOOK)
        other = replace(HOOK, url=f"{LMS}/new-hook", password="neu")
        second = await postbacks.outward(way, LEVEL, other)

        assert token_in(second) != token_in(first)
        assert (second.user, second.password) == (first.user, first.password)  # one login for a whole mount
        record, given = await postbacks.find(way.mount, token_in(first))
        assert record.replaced_at
        assert same(given.lms, HOOK)
        assert same((await postbacks.successor(record)).lms, other)

    async def test_each_level_has_its_own(self, postbacks, way):
        levels = [LEVEL, Level("registration", "r-2"), Level("application"), Level("course", "r-1")]

        told = [await postbacks.outward(way, level, HOOK) for level in levels]

        assert len({token_in(one) for one in told}) == len(levels)

    @pytest.mark.parametrize(
        "level", [Level("invitation"), Level("dispatch"), Level("dispatches", "course-1")], ids=lambda level: level.name
    )
    async def test_what_has_no_id_yet_replaces_nothing(self, postbacks, way, level):
        first = await postbacks.outward(way, level, HOOK)
        await postbacks.outward(way, level, replace(HOOK, password="neu"))

        record, _ = await postbacks.find(way.mount, token_in(first))
        assert not record.replaced_at

    async def test_of_tests_only_the_last_one_is_kept(self, postbacks, way):
        first = await postbacks.outward(way, Level("test", "a"), HOOK)
        await postbacks.outward(way, Level("test", "b"), replace(HOOK, password="neu"))

        record, _ = await postbacks.find(way.mount, token_in(first))
        assert record.replaced_at

    async def test_six_at_once_agree(self, postbacks, way):
        told = await asyncio.gather(*(postbacks.outward(way, LEVEL, HOOK) for _ in range(6)))

        assert len({token_in(one) for one in told}) == 1

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("https://evil.example/hook", "foreign-address"),
            ("https://lms.example.edu.evil.example/hook", "foreign-address"),
            ("https://lms.example.edu@evil.example/hook", "address"),
            ("http://lms.example.edu/hook", "foreign-address"),
            ("https://lms.example.edu:8443/hook", "foreign-address"),
            ("ftp://lms.example.edu/hook", "address"),
            ("//lms.example.edu/hook", "address"),
            ("https://lms.example.edu/hook\r\nX-Evil: 1", "address"),
            ("https://lms.example.edu/höök", "address"),
            ("https://lms.example.edu\\@evil.example/", "address"),
            ("https://lms.example.edu/" + "a" * 3000, "address"),
            (BASE + "0" * 48, "postback-address"),
            (BASE, "postback-address"),
        ],
    )
    async def test_results_go_nowhere_else(self, postbacks, way, corridor, url, reason):
        with pytest.raises(FieldInvalid, match=reason):
            await postbacks.outward(way, LEVEL, replace(HOOK, url=url))

        used = await corridor.house.store.upkeep.usage()
        assert {purpose: rows for purpose, rows in used.items() if rows} == {}

    async def test_a_login_that_cannot_be_sent_and_an_unknown_auth_type_are_refused(self, postbacks, way):
        for wrong in ({"password": "a\r\nX-Evil: 1"}, {"user": "\ud800"}, {"auth_type": "DIGEST"}):
            with pytest.raises(FieldInvalid):
                await postbacks.outward(way, LEVEL, replace(HOOK, **wrong))

    async def test_without_an_address_what_was_set_is_taken_back(self, postbacks, way):
        first = await postbacks.outward(way, LEVEL, HOOK)

        told = await postbacks.outward(way, LEVEL, PostbackSpec(user="hook", password="geheim"))

        assert (told.url, told.user, told.password) == ("", "", "")
        record, _ = await postbacks.find(way.mount, token_in(first))
        assert record.replaced_at
        assert await postbacks.successor(record) is None


class TestParts:
    """The cloud's settings say url, user, password and so on one by one, maybe in several calls."""

    async def test_parts_in_any_order_make_one_address_and_keep_the_login(self, postbacks, way):
        level = Level("application")
        no_url = await postbacks.outward(way, level, PostbackSpec(user="hook"), partial=True)
        url = await postbacks.outward(way, level, PostbackSpec(f"{LMS}/hook"), partial=True)
        rest = await postbacks.outward(way, level, PostbackSpec(password="pw", auth_type="FORM"), partial=True)

        assert no_url.url == ""
        assert token_in(url) == token_in(rest)
        assert len({(one.user, one.password) for one in (no_url, url, rest)}) == 1
        _, given = await postbacks.find(way.mount, token_in(url))
        assert same(given.lms, PostbackSpec(f"{LMS}/hook", "FORM", "hook", "pw"))

    async def test_another_url_is_another_address_with_the_login_that_the_cloud_has(self, postbacks, way):
        first = await postbacks.outward(way, LEVEL, HOOK)
        second = await postbacks.outward(way, LEVEL, PostbackSpec(f"{LMS}/other"), partial=True)

        assert token_in(second) != token_in(first)
        assert (second.user, second.password) == (first.user, first.password)
        _, given = await postbacks.find(way.mount, token_in(second))
        assert same(given.lms, replace(HOOK, url=f"{LMS}/other"))


class TestInward:
    async def test_what_the_lms_reads_back_is_what_it_wrote(self, postbacks, way):
        told = await postbacks.outward(way, LEVEL, HOOK)

        assert same(await postbacks.inward(way, told), replace(HOOK, legacy=False))

    async def test_an_old_address_is_read_back_as_well(self, postbacks, way):
        told = await postbacks.outward(way, LEVEL, HOOK)
        await postbacks.outward(way, LEVEL, replace(HOOK, url=f"{LMS}/new"))

        assert (await postbacks.inward(way, told)).url == HOOK.url

    async def test_what_is_not_ours_stays(self, postbacks, way, corridor):
        told = await postbacks.outward(way, LEVEL, HOOK)
        strange = PostbackSpec(f"{LMS}/set-in-the-console", "FORM", "a", "b")

        assert same(await postbacks.inward(way, strange), strange)
        assert same(await postbacks.inward(way_of(corridor, name="dispatch"), told), told), "another mount's"

    async def test_an_lms_that_stores_what_it_read_directly_is_not_wrapped_twice(self, postbacks, way):
        told = await postbacks.outward(way, LEVEL, HOOK)

        again = await postbacks.outward(way, LEVEL, replace(told, results_format="FULL", legacy=None))

        assert same(again, told)
        assert same((await postbacks.find(way.mount, token_in(again)))[1].lms, HOOK)


class TestKeeping:
    async def test_neither_the_store_nor_a_printed_value_has_an_address_or_a_login(self, postbacks, way, corridor):
        told = await postbacks.outward(way, Level("registration", "zoe.mueller-course-1"), HOOK)

        data = b"".join(path.read_bytes() for path in corridor.folder.glob("*.sqlite3*"))
        for secret in (token_in(told), told.user, told.password, "hook.php", "wstoken", "zoe.mueller"):
            assert secret.encode() not in data
        shown = repr(told) + repr(HOOK) + repr(LEVEL) + repr(await postbacks.find(way.mount, token_in(told)))
        for secret in (token_in(told), told.password, HOOK.password, "hook.php", "r-1"):
            assert secret not in shown

    async def test_the_address_of_a_learners_registration_goes_with_her(self, postbacks, way, corridor):
        house = corridor.house
        [zoe] = await house.names.pseudonymize(
            (Sighting(Cleartext(Kind.SUBJECT, "s1234567"), ()),), Context("uni", "api", "test", "x", "lms")
        )
        hers = await postbacks.outward(way_of(corridor, seen=(zoe,)), LEVEL, HOOK)
        other = await postbacks.outward(way, Level("application"), HOOK)
        records = [record for _, record in await house.store.by_pseudonym("uni", [zoe.pseudonym.token])]

        await house.forgetting.erase(records, actor="operator", reason="request")

        assert await postbacks.find(way.mount, token_in(hers)) is None
        assert await postbacks.find(way.mount, token_in(other)) is not None
