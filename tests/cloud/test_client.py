"""What scormveil itself says to the cloud, byte for byte, and how it takes what the cloud answers."""

import hashlib
import json
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from proxy.cloud import AppLogin, CloudClient, LearnerUpdate, V1Client
from proxy.edge.upstream import Upstream
from proxy.errors import LeakSuspected, UpstreamFailed, UpstreamRefused
from proxy.guard import Watch
from proxy.people import Cleartext, Kind
from tests.passage.wire import Stub, http

OLD, NEW = "sv1" + "a" * 37, "sv1" + "b" * 37
UPDATE = LearnerUpdate(NEW, "Learner", "K7Q-XM2-P4R")
NOBODY = Watch(())
ZOE = Watch([Cleartext(Kind.SUBJECT, "s1234567"), Cleartext(Kind.FAMILY, "Müller-Østergård")])
JSON = {"Content-Type": "application/json"}


def page(*rows, more=""):
    body = {"registrations": list(rows)} | ({"more": more} if more else {})
    return http(200, JSON, json.dumps(body).encode())


def row(number, learner=OLD):
    return {"id": f"reg-{number}", "learner": {"id": learner, "firstName": "Learner"}, "course": {"id": "course-1"}}


@pytest.fixture
async def cloud():
    stub = Stub("cloud.localhost")
    await stub.start()
    yield stub
    await stub.stop()


@pytest.fixture
async def outlet():
    one = Upstream(connections_per_host=4, connect_timeout=5, read_timeout=5)
    yield one
    await one.close()


class Rests:
    """Waits nobody has to sit through."""

    def __init__(self, monkeypatch):
        self.asked = []
        self.now = 0.0
        monkeypatch.setattr("proxy.cloud.calls.time.monotonic", lambda: self.now)

    async def __call__(self, seconds):
        self.asked.append(seconds)
        self.now += seconds


@pytest.fixture
def rests(monkeypatch):
    return Rests(monkeypatch)


@pytest.fixture
def client(cloud, outlet, rests):
    login = AppLogin("APPID", "key-of-the-cloud")
    return CloudClient(outlet, f"{cloud.origin}/api/v2", login, user_agent="one for all", sleep=rests)


class TestRegistrations:
    async def test_are_asked_for_by_learner_and_read_to_the_last_page(self, client, cloud):
        cloud.say(page(row(1), row(2), more="a+b/="), page(row(3)))

        found = await client.registrations(OLD, NOBODY)

        assert [(one.id, one.course) for one in found] == [(f"reg-{n}", "course-1") for n in (1, 2, 3)]
        assert [one.start for one in cloud.requests] == [
            f"GET /api/v2/registrations?learnerId={OLD} HTTP/1.1",
            "GET /api/v2/registrations?more=a%2Bb%2F%3D HTTP/1.1",
        ]
        assert cloud.requests[0].header("Authorization") == "Basic QVBQSUQ6a2V5LW9mLXRoZS1jbG91ZA=="
        assert cloud.requests[0].header("User-Agent") == "one for all"

    async def test_a_filter_that_was_not_understood_is_noticed(self, client, cloud):
        """Else somebody else's registrations would be taken for hers, for ever."""
        cloud.say(page(row(1), row(2, "sv1" + "c" * 37)))
        with pytest.raises(UpstreamRefused, match="filter-ignored"):
            await client.registrations(OLD, NOBODY)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>",
            b"[]",
            b"{}",
            b'{"registrations":{}}',
            b'{"registrations":[7]}',
            b'{"registrations":[{"id":"x"}]}',
        ],
    )
    async def test_an_answer_that_makes_no_sense_is_refused_without_a_word_of_it(self, client, cloud, body):
        cloud.say(http(200, JSON, body))
        with pytest.raises(UpstreamRefused, match="unreadable") as refused:
            await client.registrations(OLD, NOBODY)
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__ or refused.value.__context__ is None

    async def test_pages_without_end_are_given_up(self, client, cloud, monkeypatch):
        monkeypatch.setattr("proxy.cloud.client._PAGES", 3)
        cloud.say(*[page(row(n), more="again") for n in range(5)])
        with pytest.raises(UpstreamRefused, match="too-many"):
            await client.registrations(OLD, NOBODY)


class TestUpdate:
    async def test_says_the_new_pseudonym_and_its_aliases_and_no_address(self, client, cloud):
        cloud.say(http(204))
        await client.update_learner(OLD, UPDATE, ZOE)
        [one] = cloud.requests
        assert one.start == f"POST /api/v2/learner/{OLD}/updateInfo HTTP/1.1"
        assert one.header("Content-Type") == "application/json"
        assert json.loads(one.body) == {"id": NEW, "firstName": "Learner", "lastName": "K7Q-XM2-P4R"}

    @pytest.mark.parametrize(
        ("learner", "update"),
        [
            ("s1234567", UPDATE),
            (OLD, LearnerUpdate("s1234567", "Learner", "x")),
            (OLD, LearnerUpdate(NEW, "Learner", "Müller-Østergård")),
            (OLD, LearnerUpdate(NEW, "Learner", "mueller ostergard")),
            (OLD, LearnerUpdate(NEW, "czEyMzQ1Njc=", "x")),
        ],
    )
    async def test_a_person_in_it_keeps_it_from_being_sent(self, client, cloud, learner, update):
        with pytest.raises(LeakSuspected):
            await client.update_learner(learner, update, ZOE)
        assert cloud.requests == []


class TestTroubles:
    async def test_a_busy_cloud_is_asked_again_after_as_long_as_it_says(self, client, cloud, rests):
        cloud.say(http(429, {"Retry-After": "7"}), http(503), page())
        assert await client.registrations(OLD, NOBODY) == ()
        assert rests.asked[0] >= 7
        assert len(cloud.requests) == 3

    async def test_and_given_up_after_a_while_with_growing_pauses(self, client, cloud, rests):
        cloud.say(*[http(500)] * 10)
        with pytest.raises(UpstreamFailed, match="status-500"):
            await client.registrations(OLD, NOBODY)
        assert len(cloud.requests) == 6
        assert rests.asked[1] > rests.asked[0]
        assert sum(rests.asked) < 60

    async def test_one_that_does_not_answer_is_asked_again_even_to_change_something(self, client, cloud):
        async def hang_up(_reader, _writer):
            return

        cloud.say(hang_up, http(204))
        await client.update_learner(OLD, UPDATE, NOBODY)
        assert len(cloud.requests) == 2

    @pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 418])
    async def test_a_no_is_a_no_with_its_status_and_nothing_of_its_text(self, client, cloud, status):
        cloud.say(http(status, JSON, b'{"message":"learner sv1 of Zo\\u00eb"}'))
        with pytest.raises(UpstreamRefused, match=rf"^upstream-refused status-{status}$"):
            await client.update_learner(OLD, UPDATE, NOBODY)
        assert len(cloud.requests) == 1

    async def test_who_hears_that_a_cloud_is_busy_lets_all_its_calls_rest(self, client, cloud, rests):
        cloud.say(http(429, {"Retry-After": "20"}), page(), page())
        await client.registrations(OLD, NOBODY)
        rests.asked.clear()
        await client.registrations(OLD, NOBODY)
        assert rests.asked == []


class TestV1:
    @pytest.fixture
    def v1(self, cloud, outlet, rests):
        return V1Client(
            outlet, f"{cloud.origin}/api", AppLogin("APPID", "key-of-the-cloud"), sleep=rests,
            now=lambda: datetime(2026, 1, 5, 10, 11, 12, tzinfo=UTC),
        )  # fmt: skip

    async def test_is_signed_with_the_names_in_ordinal_order(self, v1, cloud):
        cloud.say(http(200, {"Content-Type": "text/xml"}, b'<?xml version="1.0"?><rsp stat="ok"><success /></rsp>'))

        await v1.update_learner(OLD, UPDATE, ZOE)

        query = dict(parse_qsl(urlsplit(cloud.requests[0].target).query, strict_parsing=True))
        signed = (
            "key-of-the-cloud" "appidAPPID" "fnameLearner" f"learnerid{OLD}" "lnameK7Q-XM2-P4R"
            "methodrustici.registration.updateLearnerInfo" f"newid{NEW}" "ts20260105101112"
        )  # fmt: skip
        assert query.pop("sig") == hashlib.md5(signed.encode()).hexdigest()  # noqa: S324
        assert query == {
            "method": "rustici.registration.updateLearnerInfo", "appid": "APPID", "ts": "20260105101112",
            "learnerid": OLD, "newid": NEW, "fname": "Learner", "lname": "K7Q-XM2-P4R",
        }  # fmt: skip
        assert "key-of-the-cloud" not in cloud.requests[0].raw.decode()

    def test_capitals_are_sorted_before_small_letters_and_sig_is_left_out(self):
        login = AppLogin("APPID", "s")
        pairs = [("learnerid", "b"), ("learnerTags", "a"), ("sig", "x"), ("filedata", "y")]
        assert login.signature(pairs) == hashlib.md5(b"slearnerTagsalearneridb").hexdigest()  # noqa: S324

    @pytest.mark.parametrize(
        "body",
        [
            b'<rsp stat="fail"><err code="1" msg="No learner Zo\xc3\xab"/></rsp>',
            b"<rsp/>",
            b"<html stat='ok'/>",
            b"",
            b"ok",
            b'<!DOCTYPE rsp [<!ENTITY e "ok">]><rsp stat="&e;"/>',
        ],
    )
    async def test_whatever_is_no_ok_is_refused(self, v1, cloud, body):
        cloud.say(http(200, {"Content-Type": "text/xml"}, body))
        with pytest.raises(UpstreamRefused, match=r"^upstream-refused v1-refused$"):
            await v1.update_learner(OLD, UPDATE, NOBODY)

    async def test_a_person_in_it_keeps_it_from_being_sent(self, v1, cloud):
        with pytest.raises(LeakSuspected):
            await v1.update_learner("s1234567", UPDATE, ZOE)
        assert cloud.requests == []


def test_a_credential_does_not_print():
    login = AppLogin("APPID", "key-of-the-cloud")
    assert "key-of" not in f"{login!r} {login}"
    with pytest.raises(TypeError):
        __import__("pickle").dumps(login)
