"""Every place of personal data in the SCORM Cloud API v2 has its verdict in the adapter, and each verdict its reason."""

import json
from collections import Counter
from pathlib import Path

import pytest

from proxy.adapters import cloud_v1, cloud_v2, postback, xapi
from proxy.adapters.cloud_v2 import ADAPTER
from proxy.fields import Treat
from proxy.passage import Router
from proxy.review import WORDS, Row, inventory, verdict_of

FOLDER = Path(__file__).parents[1] / "inventory"
ROWS = [Row(**row) for row in json.loads((FOLDER / "scorm-cloud-fields.json").read_text("utf-8"))]
OPERATIONS = json.loads((FOLDER / "official-client.json").read_text("utf-8"))
V2 = [row for row in ROWS if row.api == "v2"]
EVERY_REASON = ("invitations", "lti13", "credentials", "several-packages", "statement-pipes", "reportage", "zoomi")
OF_A_LEARNER = {"learner_id", "first_name", "last_name", "full_name", "registration_id"}
"""Kinds that must not be kept outward, but for a UUID that says nothing."""


def test_the_inventory_in_the_program_is_the_published_one():
    assert inventory() == ROWS
    assert len(ROWS) == 1697


@pytest.mark.parametrize("row", V2, ids=lambda row: f"{row.operation} {row.direction} {row.location} {row.pointer}")
def test_every_place_has_a_verdict_and_a_reason(row):
    verdict = verdict_of(row, ADAPTER)

    assert verdict.word in {"translated", "dropped", "kept", "refused"}
    assert verdict.reason
    if row.direction == "request" and row.kind in OF_A_LEARNER and row.pointer != "/xapiRegistrationId":
        assert verdict.word != "kept"


def test_how_many_places_have_which_verdict():
    """A number that changes here is a decision about people; it is changed on purpose or not at all."""
    verdicts = Counter((row.direction, verdict_of(row, ADAPTER).word) for row in V2)

    assert verdicts == {
        ("request", "translated"): 225,
        ("request", "dropped"): 9,
        ("request", "kept"): 78,
        ("request", "refused"): 114,
        ("response", "translated"): 210,
        ("response", "dropped"): 408,
        ("response", "kept"): 72,
        ("response", "refused"): 55,
    }


BY_API = {"v2": cloud_v2.ADAPTER, "v1": cloud_v1.ADAPTER, "postback": postback.ADAPTER, "lrs": xapi.ADAPTER}


def test_all_1697_places_have_their_verdict():
    """Of all four APIs."""
    verdicts = Counter((row.api, verdict_of(row, BY_API[row.api]).word) for row in ROWS)

    assert sum(verdicts.values()) == 1697
    assert all(verdict_of(row, BY_API[row.api]).reason for row in ROWS)
    assert {word: verdicts["lrs", word] for word in WORDS} == {
        "translated": 148,
        "dropped": 16,
        "kept": 19,
        "refused": 2,
    }
    assert {word: verdicts["postback", word] for word in WORDS} == {
        "translated": 21,
        "dropped": 62,
        "kept": 3,
        "refused": 1,
    }


def test_a_place_that_no_declaration_names_is_not_taken_for_a_safe_one():
    """The test above would be worth nothing if everything had a verdict of its own accord."""
    row = V2[0]._replace(
        method="POST", path="/registrations", direction="request", location="body-json", pointer="/learner/nickname"
    )

    assert verdict_of(row, ADAPTER).word == "refused"
    assert verdict_of(row._replace(path="/registrations/new"), ADAPTER).reason == "no such route"


@pytest.mark.parametrize("one", OPERATIONS, ids=lambda one: one["operation"])
def test_every_operation_of_the_official_client_is_a_route_with_its_keys_and_members(one):
    route = Router(ADAPTER.routes, exceptions=EVERY_REASON).match(one["method"], one["path"], "").route

    if route.refuse == "several-packages":
        return
    shape = route.request
    keys = set(shape.keys.named) | {
        field.place.steps[0].selector for field in shape.fields if field.place.steps[0].carrier == "query"
    }
    assert {parameter["name"] for parameter in one["parameters"] if parameter["in"] == "query"} <= keys
    if one["request"] is not None and one["sends"] == ["application/json"]:
        members = one["request"]["members"]
        assert {f"/{name}" for name in members} <= {
            f"/{(pointer + '/').split('/')[1]}" for pointer in shape.members
        } or (shape.members == ("",))


def test_details_are_asked_for_only_where_they_may_be_seen():
    flags = [
        field
        for route in ADAPTER.routes
        for field in route.request.fields
        if field.place.steps[0].selector.startswith(("includeChild", "includeInter", "includeRun", "includeHistory"))
    ]

    assert len(flags) == 4 * 3 + 2
    assert {field.treat for field in flags} == {Treat.DETAIL}
