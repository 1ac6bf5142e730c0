"""The official Python client, unmodified, calls every operation of the sandbox cloud directly.

What it gets here is what it must get through the proxy, minus what policy strips: the same table of calls is run there.
"""

import asyncio
import collections
import importlib
import json
from urllib.parse import unquote

import pytest

from tests.clients.calls import steps
from tests.clients.compare import comparable
from tests.clients.heard import at_pointer, heard, in_request, matches
from tests.clients.kit import OWNER, hook, running_cloud, scene
from tests.clients.planted import Planting
from tests.clients.scene import run
from tests.inventory.extract import CLIENT, fields

NOT_SENT = {
    # The client sends no credentials there: the token in the query is what lets in.
    ("GetLti13DispatchLaunch", "Authorization"),
}
NOBODY = {
    # Staff, who are real on both ways.
    "/creatingUserEmail", "/email", "userEmail", "/dispatches/*/data/email", "/destinations/*/data/email",
    # Addresses of the platform's servers; the identity is in what flows there, not in the address.
    *(
        f"{above}/lti13Data/{name}"
        for above in ("", "/destinations/*/data")
        for name in ("oidcAuthorizationEndpoint", "jsonWebKeySetUrl", "accessTokenUrl")
    ),
    # A UUID, and a number.
    "/xapiRegistrationId", "/initialRegistrationState/xapiRegistrationId",
    "/initialRegistrationState/activityDetails/**/runtime/learnerPreference/audioCaptioning",
    # Written in base64: tests/clients/dispatches.py puts all claims in.
    "jwt#/sub", "jwt#/given_name", "jwt#/family_name", "jwt#/name", "jwt#/email",
}  # fmt: skip
NOT_ASKED = {
    # Nothing pushes statements here, so a pipe has no page to go on with.
    "/moreUrl",
    "/xapiStatementPipes/*/moreUrl",
}


def told(count, missing):
    """A count and what it lacks, one a line."""
    return "\n".join([f"{count}; not:", *missing])


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """One run of the whole table: outcomes, what the cloud heard, what the platform got."""

    async def go():
        async with running_cloud() as cloud, hook() as (address, got):
            host = cloud.origin + "/api/v2/"  # as the stock client: every path begins with another slash
            made = scene(cloud, host, address, tmp_path_factory.mktemp("upload"))
            outcomes = await asyncio.to_thread(run, made, steps())
            cloud.hurry()
            await cloud.settle()
            return outcomes, heard(cloud.record.bytes()), got, cloud

    return asyncio.run(go())


def test_every_operation_is_called_and_answers_what_was_created(whole_run):
    outcomes, *_ = whole_run
    wanted = {one["operation"] for one in json.loads(CLIENT.read_text("utf-8"))}
    called = {one.operation for one in outcomes if not one.error}
    assert not wanted - called, told(f"{len(called)} of {len(wanted)} operations", sorted(wanted - called))
    wrong = [f"{one.operation} {one.status}: {one.wrong or one.error}" for one in outcomes if not one.ok]
    assert not wrong, told(f"{len(outcomes) - len(wrong)} of {len(outcomes)} calls", wrong)


def test_statuses_are_those_of_the_published_answers(whole_run):
    """What has an answer is 200, what has none is 204; the launch of LTI 1.3 leads to a page."""
    outcomes, *_ = whole_run
    rows = {one["operation"]: one for one in json.loads(CLIENT.read_text("utf-8"))}
    wrong = collections.Counter()
    for one in outcomes:
        bodiless = rows[one.operation]["response"] is None
        expected = 200 if not bodiless or one.operation in {"GetRegistration", "GetLti13DispatchLaunch"} else 204
        if one.status != expected:
            wrong[one.operation, one.status] += 1
    assert wrong == {}


def test_total_counts_stand_in_a_header(whole_run):
    outcomes, *_ = whole_run
    counts = [int(one.headers["X-Total-Count"]) for one in outcomes if "X-Total-Count" in one.headers]
    assert len(counts) > 10
    assert any(counts)


def test_every_place_of_a_request_that_the_inventory_names_is_planted(whole_run):
    """Every row about a request has been sent with something in it."""
    _, requests, *_ = whole_run
    called = {(one["method"], one["path"]) for one in json.loads(CLIENT.read_text("utf-8"))}
    rows = [
        one
        for one in fields()
        if one["api"] == "v2"
        and one["direction"] == "request"
        and (one["method"], one["path"]) in called
        and (one["operation"], one["pointer"]) not in NOT_SENT
    ]
    missing = [
        f"{row['operation']} {row['location']} {row['pointer']}"
        for row in rows
        if not any(in_request(one, row) for one in requests if matches(one, row))
    ]
    assert not missing, told(f"{len(rows) - len(missing)} of {len(rows)} places", missing)


def test_what_is_planted_is_somebody(whole_run):
    """In every place that may hold a person there was one, but for those that cannot."""
    _, requests, *_ = whole_run
    called = {(one["method"], one["path"]) for one in json.loads(CLIENT.read_text("utf-8"))}
    words = [spelt for one in Planting().words() for spelt in (one, json.dumps(one)[1:-1], one.encode().hex())]
    rows = [
        one
        for one in fields()
        if one["api"] == "v2"
        and one["direction"] == "request"
        and (one["method"], one["path"]) in called
        and one["kind"] != "credential"
        and one["pointer"] not in NOBODY
    ]
    missing = []
    for row in rows:
        sent = [unquote(str(value)) for one in requests if matches(one, row) for value in in_request(one, row)]
        if not any(word in text for text in sent for word in words):
            missing.append(f"{row['operation']} {row['location']} {row['pointer']}")
    assert not missing, told(f"{len(rows) - len(missing)} of {len(rows)} places", missing)


def test_every_place_of_an_answer_that_the_inventory_names_is_filled(whole_run):
    """The sandbox tells everything that the inventory knows the real one may tell (error texts have their own test)."""
    outcomes, *_ = whole_run
    answers = collections.defaultdict(list)
    for one in outcomes:
        if one.raw.startswith("{"):
            answers[one.operation].append(json.loads(one.raw))
    operations = {one["operation"] for one in json.loads(CLIENT.read_text("utf-8"))}
    rows = [
        one
        for one in fields()
        if one["api"] == "v2"
        and one["direction"] == "response"
        and one["operation"] in operations
        and one["location"] == "body-json"
        and one["pointer"] not in {"/message", "/error"} | NOT_ASKED
    ]
    missing = [
        f"{row['operation']} {row['pointer']}"
        for row in rows
        if not any(at_pointer(one, row["pointer"]) for one in answers[row["operation"]])
    ]
    assert not missing, told(f"{len(rows) - len(missing)} of {len(rows)} places", missing)


async def test_two_runs_can_be_compared(whole_run, tmp_path):
    """What differs between two runs by nature (moments, ids the cloud made, tokens) is masked; nothing else differs."""
    async with running_cloud() as cloud, hook() as (address, _):
        again = await asyncio.to_thread(run, scene(cloud, cloud.origin + "/api/v2", address, tmp_path), steps())
    assert [comparable(one) for one in again] == [comparable(one) for one in whole_run[0]]


async def test_the_client_may_come_with_a_token(tmp_path):
    """What the account's key gives for a scope, the client sends as bearer; what it does not cover is refused."""
    async with running_cloud() as cloud, hook() as (address, _):
        made = scene(cloud, cloud.origin + "/api/v2", address, tmp_path)
        given = await asyncio.to_thread(made.call, "GetAppToken", {"scope": "read:registration", "expiration": 60})
        bearer = made.client(made.normal).configuration
        bearer.access_token = given.answer.access_token
        read = await asyncio.to_thread(made.call, "GetRegistrations", {})
        other = await asyncio.to_thread(made.call, "GetCourses", {})
        bearer.access_token = "x"
        nobody = await asyncio.to_thread(made.call, "GetRegistrations", {})
        made.close()
    assert (read.status, read.answer.registrations) == (200, [])
    assert (other.status, json.loads(other.error).keys()) == (403, {"message"})
    assert (nobody.status, json.loads(nobody.error)) == (401, {"error": "Authorization Required."})


async def test_every_operation_on_what_is_not_there_says_so(tmp_path):
    """Each operation that names something in its path answers 404 with a message that quotes it, before anything else."""
    rows = [one for one in json.loads(CLIENT.read_text("utf-8")) if "{" in one["path"]]
    learners = {
        "GetLearnerTags",
        "PutLearnerTags",
        "DeleteLearnerTags",
        "UpdateLearnerInfo",
    }  # no object, so never absent
    async with running_cloud() as cloud, hook() as (address, _):
        made = scene(cloud, cloud.origin + "/api/v2", address, tmp_path)
        wrong = []
        for row in rows:
            if row["operation"] in learners:
                continue
            outcome = await asyncio.to_thread(made.call, row["operation"], absent(row))
            if outcome.status != 404 or (row["method"] != "HEAD" and "zoë" not in outcome.error):
                wrong.append(f"{row['operation']} {outcome.status} {outcome.error}")
        made.close()
    assert not wrong, told(f"{len(rows) - len(wrong)} of {len(rows)} operations", wrong)


def absent(row):
    """Arguments of a call about something that nobody made."""
    models = importlib.import_module("rustici_software_cloud_v2")
    given = {}
    for one in row["parameters"]:
        if one["in"] == "path":
            given[one["python"]] = 77 if one["type"] == "int" else "zoë"
        elif one["in"] == "body":
            given["body"] = filled(getattr(models, one["type"]), models)
        elif one["name"] == "userEmail":
            given[one["python"]] = OWNER
        elif one["required"]:
            given[one["python"]] = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.x" if one["name"] == "jwt" else "x"
    return given


def filled(model, models):
    """An instance with every member set to something of its type; the model's own checks want some of them."""
    made = {}
    for name, kind in model.swagger_types.items():
        if kind in {"str", "object"}:
            made[name] = "https://x.example/"
        elif kind == "bool":
            made[name] = True
        elif kind.startswith("list[str"):
            made[name] = ["x"]
        elif hasattr(models, kind) and name in {"launch_auth", "auth", "permissions_level"}:
            made[name] = getattr(models, kind)()
    return model(**made)


async def test_a_run_goes_on_where_everything_is_refused(tmp_path):
    """Through a proxy some operations are refused: each of them is an outcome, and the rest is called all the same."""
    async with running_cloud() as cloud, hook() as (address, _):
        wrong = ("SANDBOX", "guess")
        made = scene(cloud, cloud.origin + "/api/v2", address, tmp_path, normal=wrong, manager=wrong)
        outcomes = await asyncio.to_thread(run, made, steps())
    assert len(outcomes) == len(steps())
    assert {one.status for one in outcomes if one.operation != "GetLti13DispatchLaunch"} == {401}
