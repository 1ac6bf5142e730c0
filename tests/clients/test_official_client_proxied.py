"""The official Python client, unmodified but for its host, calls every operation through the proxy.

Two runs of the whole table. In the first every place that can hold a person holds one, and the mount is as strict as by
default: nothing planted is found in what the cloud received, whatever became of the calls. In the second nothing is
planted where nobody could translate it, and every exception is made: then the client gets what it gets directly, minus
what policy strips.
"""

import asyncio
import collections
import json
import urllib.error
import urllib.request
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from proxy.config.policy import EXCEPTIONS
from proxy.identity import Context, Sighting
from proxy.people import Cleartext, Kind
from tests.clients.calls import steps
from tests.clients.compare import comparable
from tests.clients.gate import LMS, REALM, gate
from tests.clients.kit import hook, running_cloud, scene
from tests.clients.planted import EVERY_CLASS, PEOPLE, Planting
from tests.clients.scene import run
from tests.inventory.extract import CLIENT
from tests.oracle import Oracle

SHORTEST = 6
TRANSLATABLE = frozenset({"registration", "learner-tag"})
ALLOWED = f"exceptions = {json.dumps(list(EXCEPTIONS))}"
REFUSED = {
    "GetRegistrationStatements": "details",
    "GetRegistrationInstanceStatements": "details",
    "GetCourseStatements": "details",
    "GetCourseVersionStatements": "details",
    "GetDestinationDispatchZip": "several-packages",
    "GetRegistrations": "not-exact",
}
"""What is refused in the second run too. One of the lists filters registrations by a part of a name."""
STRIPPED = {
    "/activityDetails",
    "/globalObjectives",
    "/sharedData",
    "/suspendedActivityId",
    "/historyLog",
    "/email",
    "/password",
    "/userName",
}
"""What policy takes out of answers: details, learners' addresses, the passwords of pipes."""


OURS = {"/launchLink", "/reportageLink", "/effectiveValueSource", "/consumerKey", "/sharedSecret"}
"""What is of ours by intention: links lead through the proxy or name the login; of postbacks every setting is said
explicitly, also what the platform never said."""


@asynccontextmanager
async def through_the_gate(folder, *, classes, policy="", audience="lms"):
    """A run of the table through a proxy: outcomes, the cloud, the gate, what the platform got."""
    async with running_cloud() as cloud, hook() as (address, got):
        parts = urlsplit(address)
        async with gate(
            folder / "gate", cloud, f"{parts.scheme}://{parts.netloc}", policy=policy, audience=audience
        ) as door:
            made = scene(
                cloud,
                door.origin + "/api/v2/",
                address,
                folder,
                planting=Planting(hook=address, classes=classes),
                normal=LMS,
                manager=REALM,
            )
            made.write_statements = lambda _scene: None  # what courses write has journeys of its own
            made.accept = lambda _invitation: None
            made.open_link = followed
            if classes == EVERY_CLASS:
                await met(door.house)
            outcomes = await asyncio.to_thread(run, made, steps())
            cloud.hurry()
            await cloud.settle()
            yield outcomes, cloud, door, got


async def met(house):
    """The proxy has met everybody before, as learners who launched: whom it never met, no guard can know."""
    who = [
        Sighting(
            Cleartext(Kind.SUBJECT, one.id),
            tuple(
                Cleartext(kind, text)
                for kind, text in ((Kind.GIVEN, one.first), (Kind.FAMILY, one.last), (Kind.EMAIL, one.email))
                if text
            ),
        )
        for one in PEOPLE
    ]
    await house.names.pseudonymize(who, Context("uni", "player", "dispatch.launch", "before", "browser"))


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def followed(link):
    """A launch link, and where it leads to: the cloud's own, through the proxy."""
    cookies = ""
    for _ in range(2 if link != "not-made" else 0):
        opener = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))
        with pytest.raises(urllib.error.HTTPError) as moved:
            opener.open(urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0", "Cookie": cookies}))
        with moved.value as answer:
            assert answer.code == 302, answer.headers["X-Scormveil-Code"]
            link, given = answer.headers["Location"], answer.headers["Set-Cookie"] or ""
            cookies = given.partition(";")[0]


def code_of(outcome):
    """The code of a refusal of ours."""
    return {name.lower(): value for name, value in outcome.headers.items()}.get("x-scormveil-code", "")


def differences(direct, here, at=""):
    """Pointers of what is missing here, and of what is another value."""
    if isinstance(direct, dict) and isinstance(here, dict):
        missing = [f"-{at}/{key}" for key in direct if key not in here]
        more = [f"+{at}/{key}" for key in here if key not in direct]
        both = [one for key in direct if key in here for one in differences(direct[key], here[key], f"{at}/{key}")]
        return missing + more + both
    if isinstance(direct, list) and isinstance(here, list) and len(direct) == len(here):
        return [
            one
            for number, (a, b) in enumerate(zip(direct, here, strict=True))
            for one in differences(a, b, f"{at}/{number}")
        ]
    return [] if direct == here else [f"!{at}"]


def _without_formats(body):
    """How deep results are posted is ours to say: the course's result, unless the audience may see details."""
    for item in body.get("settingItems") or [] if isinstance(body, dict) else []:
        if str(item["id"]).lower() in {"apirollupregistrationformat", "apirollupregistrationisjson"}:
            item.pop("effectiveValue", None)
            item.pop("explicitValue", None)


@pytest.fixture(scope="module")
def strict_run(tmp_path_factory):
    """Everything planted, nothing allowed."""

    async def go():
        async with through_the_gate(tmp_path_factory.mktemp("strict"), classes=EVERY_CLASS) as (
            outcomes,
            cloud,
            door,
            _,
        ):
            return outcomes, cloud.record.bytes(), door.log.getvalue()

    return asyncio.run(go())


@pytest.fixture(scope="module")
def both_runs(tmp_path_factory):
    """The same table with translatable people only: through the proxy with every exception, and directly."""

    async def go():
        folder = tmp_path_factory.mktemp("both")
        async with through_the_gate(folder, classes=TRANSLATABLE, policy=ALLOWED) as (outcomes, cloud, door, got):
            proxied = outcomes, cloud.record.bytes(), door.log.getvalue(), list(got)
        async with running_cloud() as cloud, hook() as (address, _):
            made = scene(
                cloud, cloud.origin + "/api/v2/", address, folder, planting=Planting(hook=address, classes=TRANSLATABLE)
            )
            made.write_statements = lambda _scene: None
            made.accept = lambda _invitation: None
            direct = await asyncio.to_thread(run, made, steps())
        return *proxied, direct

    return asyncio.run(go())


def finds(record):
    """What the oracle finds of the planted people in a record.

    Names of a few bytes are looked for as a part of the whole name: what is sealed is noise, and holds any three letters.
    """
    planted = {
        f"person {number}": [one for one in (*person.words(), person.full) if len(one.encode()) >= SHORTEST]
        for number, person in enumerate(PEOPLE)
    }
    return Oracle(planted).search(record)


def test_no_planted_identity_is_in_what_the_cloud_received(strict_run):
    _, record, _ = strict_run
    assert len(record) > 50_000
    assert finds(record) == []


def test_the_oracle_would_find_her(strict_run):
    """The test above could not fail otherwise."""
    _, record, _ = strict_run
    assert finds(record + b"\r\n" + PEOPLE[0].email.encode()) != []


def test_every_operation_was_called_and_each_refusal_has_a_code(strict_run):
    outcomes, _, _ = strict_run
    assert {one.operation for one in outcomes} == {one["operation"] for one in json.loads(CLIENT.read_text("utf-8"))}
    for one in outcomes:
        # 404: what an earlier call would have made was refused, and is not there.
        assert not one.error or code_of(one) or one.status == 404, (one.operation, one.status, one.error)
        assert one.status < 500, (one.operation, one.status, one.error)


def test_no_identity_is_in_the_log(strict_run, both_runs):
    assert finds(strict_run[2].encode()) == []
    assert finds(both_runs[2].encode()) == []


def test_with_every_exception_the_rest_of_the_table_passes(both_runs):
    outcomes, record, _, got, direct = both_runs
    refused = collections.defaultdict(set)
    for one, other in zip(outcomes, direct, strict=True):
        if code_of(one):
            refused[one.operation].add(code_of(one))
        else:
            assert one.status == other.status, (one.operation, one.error)
    assert set(refused) == set(REFUSED)
    assert finds(record) == []
    assert got, "no result came back to the platform"


def test_the_client_gets_what_it_gets_directly_minus_what_policy_strips(both_runs):
    outcomes, _, _, _, direct = both_runs
    unlike = []
    for one, other in zip(outcomes, direct, strict=True):
        if code_of(one):
            continue
        here, there = comparable(one), comparable(other)
        assert here.total == there.total, one.operation
        _without_formats(there.body)
        _without_formats(here.body)
        for found in differences(there.body, here.body):
            last = "/" + found.rpartition("/")[2]
            explicit = found.startswith("+/settingItems/") and last == "/explicitValue"
            if not (found.startswith("-") and last in STRIPPED) and last not in OURS and not explicit:
                unlike.append(f"{one.operation} {found}")
    assert unlike == []


async def test_an_analyst_sees_details_and_nobody(tmp_path):
    """The same table for an audience that sees details: statements and activities come, people do not."""
    async with through_the_gate(tmp_path, classes=TRANSLATABLE, policy=ALLOWED, audience="analyst") as (
        outcomes,
        cloud,
        _,
        _,
    ):
        answers = "\n".join(one.raw or one.error for one in outcomes).encode()
        record = cloud.record.bytes()
    assert finds(answers) == []
    assert finds(record) == []
    refused = {one.operation for one in outcomes if code_of(one)}
    assert refused == {"GetDestinationDispatchZip", "GetRegistrations"}
    assert b"activityDetails" in answers
    assert b"statements" in answers
