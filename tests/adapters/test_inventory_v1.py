"""Every row of the inventory about the V1 API has its verdict in the adapter, and each verdict its reason."""

import json
from collections import Counter
from pathlib import Path

import pytest

from proxy.adapters.cloud_v1 import ADAPTER
from proxy.adapters.cloud_v1.common import ERROR
from proxy.fields import Treat
from proxy.review import Row, verdict_of
from proxy.rewrite.selectors import automaton, parse_xml_selector

INVENTORY = Path(__file__).parents[1] / "inventory" / "scorm-cloud-fields.json"
ROWS = [row for row in json.loads(INVENTORY.read_text("utf-8")) if row["api"] == "v1"]
BY_METHOD = {dict(route.when)["method"]: route for route in ADAPTER.routes}
VERDICTS = {
    Treat.TRANSLATE: "translated",
    Treat.PART: "translated",
    Treat.SEAL: "translated",
    Treat.ORIGIN: "translated",
    Treat.ADDRESS: "translated",
    Treat.TEXT: "translated",
    Treat.OMIT: "dropped",
    Treat.DETAIL: "dropped",
    Treat.KEEP: "kept with reason",
}


def leads(selector: str, pointer: str) -> bool:
    """Whether a selector names what a pointer of the inventory points at (in the pointer `//` is any way down)."""
    elements, attribute = parse_xml_selector(selector)
    path, _, wanted = pointer.partition("/@")
    state = automaton([elements])
    for name in path.replace("//", "/").strip("/").split("/"):
        state = state.next(name)
        if state is None:
            return False
    return bool(state.hits) and attribute == wanted


def covers(selectors, pointer: str) -> bool:
    """Whether an allow-list lets the value through: itself, or something around it."""
    pointer = pointer.replace("//", "/")
    return any(leads(one, pointer) or ("@" not in one and pointer.startswith(one + "/")) for one in selectors)


def of_answer(row, route) -> str:
    fields = [one for one in route.answer.fields if leads(one.place.steps[-1].selector, row["pointer"])]
    if covers(route.answer.keep, row["pointer"]):
        assert len(fields) == 1, row
        return verdict(fields[0])
    return "detail: dropped, or pseudonyms only" if covers(route.answer.details, row["pointer"]) else "dropped"


def of_request(row, route) -> str:
    fields = [one for one in route.request.fields if one.place.steps[0].selector == row["pointer"]]
    if route.signed and row["pointer"] == "sig":
        assert fields
        return "signed anew"
    if fields:
        return verdict(fields[0])
    assert row["pointer"] in route.request.keys.named, row
    return "kept with reason"


def verdict(field) -> str:
    found = VERDICTS[field.treat]
    assert field.why or found == "translated", field.place
    return found


def judged(row) -> str:
    if row["operation"] == "*":
        return "translated" if row["direction"] == "response" else "one set with the query"
    route = BY_METHOD[row["operation"]]
    if route.refuse:
        return f"refused ({route.refuse})"
    return of_request(row, route) if row["direction"] == "request" else of_answer(row, route)


def test_every_method_of_the_inventory_is_a_route():
    """44 with the star that stands for all; three more that client libraries use at their start."""
    methods = {row["operation"] for row in ROWS}
    assert len(ROWS) == 254
    assert len(methods) == 44
    assert methods - {"*"} == BY_METHOD.keys() - {
        "rustici.debug.ping",
        "rustici.debug.authPing",
        "rustici.course.getCourseList",
    }


def test_the_command_says_the_same():
    """`scormveil adapters cloud_v1 --summary` and this file were written apart; they count alike, and say why."""
    words = {"translated": "translated", "one set with the query": "translated", "signed anew": "translated"}
    for row in ROWS:
        verdict, mine = verdict_of(Row(**row), ADAPTER), judged(row).partition(" ")[0]
        wanted = "kept" if mine == "kept" else "dropped" if mine in {"dropped", "detail:"} else mine
        if row["pointer"] == "appid" and mine == "kept":
            wanted = "translated"
        assert verdict.word == words.get(judged(row), wanted), row
        assert verdict.reason, row


def test_every_row_has_its_verdict():
    count = Counter(judged(row) for row in ROWS)
    print("\n".join(f"{number:4} {name}" for name, number in sorted(count.items())))  # shown with -s
    assert sum(count.values()) == 254
    assert count["translated"] > 50


@pytest.mark.parametrize("route", ADAPTER.routes, ids=lambda route: route.name)
def test_every_call_is_signed_and_lets_nothing_undeclared_through(route):
    """In both directions: unknown parameters are refused, an answer has an allow-list and its error text is read."""
    assert route.signed == "v1"
    assert route.request.one_set
    assert route.request.keys.others == "refuse"
    names = {one.place.steps[0].selector for one in route.request.fields}
    assert {"appid", "sig"} <= names
    assert {"method", "ts"} <= set(route.request.keys.named)
    if route.answer.keep:
        assert ERROR in route.answer.fields
        assert route.answer.media == ("text/xml", "application/xml")
    else:
        assert route.methods == ("GET",)  # an address that a browser opens


@pytest.mark.parametrize(
    "row", [row for row in ROWS if "DETAILED" in row["notes"]], ids=lambda row: row["pointer"][-30:]
)
def test_details_are_for_those_who_may_see_them(row):
    route = BY_METHOD[row["operation"]]
    assert not covers(route.answer.keep, row["pointer"])


def test_kept_values_of_an_answer_are_judged_as_well():
    """A value that an answer keeps and that could name somebody must be a field, whether the inventory knows it or not."""
    suspects = ("learner", "email", "name", "regid", "registrationId")
    for route in ADAPTER.routes:
        for selector in route.answer.keep:
            last = selector.rpartition("/")[2].lstrip("@")
            if last.lower().startswith(suspects) and "application" not in selector:
                assert any(leads(one.place.steps[-1].selector, selector) for one in route.answer.fields), selector
