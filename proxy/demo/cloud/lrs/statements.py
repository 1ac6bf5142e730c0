"""The statement resource: xAPI 1.0.3 part 3, section 2.1."""

import copy
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from proxy.demo.cloud.lrs import checks
from proxy.demo.cloud.lrs.calls import Answer, Call, checked, identifier, read_json, seconds_of
from proxy.demo.cloud.lrs.refused import Refused
from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.realm import App, Written

PAGE = 50
_SET_BY_US = ("stored", "authority", "version")
_FILTERS = frozenset({
    "agent", "verb", "activity", "registration", "related_activities", "related_agents", "since", "until", "limit",
    "format", "attachments", "ascending",
})  # fmt: skip


def send(call: Call, authority: Mapping[str, Any]) -> tuple[Answer, list[dict[str, Any]]]:
    """Store what a PUT or POST brings, all or nothing; the answer, and what is new."""
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(400, f"content type: {call.headers.get('content-type', '')}")
    given = read_json(call.body)
    if call.method == "PUT":
        call.only(("statementId",), ("statementId",))
        many = [given]
        if isinstance(given, dict) and given.setdefault("id", call.query["statementId"]) != call.query["statementId"]:
            raise Refused(400, "statementId")
    else:
        call.only(())
        many = given if isinstance(given, list) else [given]
    fresh: list[dict[str, Any]] = []
    for one in many:
        checked(checks.statement, one)
        one.setdefault("id", str(uuid.uuid4()))
        if one["verb"]["id"] == checks.VOIDED and call.holder is not None:
            raise Refused(403, "a course does not void")  # cmi5 4.3.1: a credential of an AU cannot
        if not _is_there(call.app, one):
            fresh.append(_stored(one, authority, call.now))
    if len({one["id"].lower() for one in many}) < len(many):
        raise Refused(400, "one id twice")
    for one in fresh:
        call.app.statements.append(Written(*_attempt(call.app, one), call.now, one))
    answer = Answer(status=204) if call.method == "PUT" else Answer([one["id"] for one in many])
    return answer, fresh


def _is_there(app: App, new: Mapping[str, Any]) -> bool:
    """Whether a statement is stored already; 409 if under its id another one is (2.1.1)."""
    old = next((one.statement for one in app.statements if one.statement["id"] == new["id"].lower()), None)
    if old is None:
        return False
    if any(old.get(key) != value for key, value in new.items() if key not in {*_SET_BY_US, "id", "timestamp"}):
        raise Refused(409, f"another statement has the id {new['id']}")
    return True


def _stored(one: dict[str, Any], authority: Mapping[str, Any], now: float) -> dict[str, Any]:
    stamp = iso(now)
    made = {**one, "id": one["id"].lower(), "stored": stamp, "authority": dict(authority)}
    return {"timestamp": stamp, "version": "1.0.0", **made}


def _attempt(app: App, one: Mapping[str, Any]) -> tuple[str, int]:
    """The registration a statement says it belongs to."""
    asked = one.get("context", {}).get("registration", "").lower()
    found = next((each for each in app.books.registrations() if asked and each.xapi_id == asked), None)
    return ("", 0) if found is None else (found.id, found.instance)


def _voided(app: App) -> set[str]:
    ids = {one.statement["id"] for one in app.statements if one.statement["verb"]["id"] == checks.VOIDED}
    return {
        one.statement["object"]["id"]
        for one in app.statements
        if one.statement["id"] in ids and one.statement["object"]["id"] not in ids
    }


def find(call: Call, base: str) -> Answer:
    """One statement by its id, or a page of them."""
    voided = _voided(call.app)
    for key, wants_voided in (("statementId", False), ("voidedStatementId", True)):
        if key in call.query:
            call.only((key, "format", "attachments"))
            asked = call.query[key].lower()
            one = next((each.statement for each in call.app.statements if each.statement["id"] == asked), None)
            if one is None or (asked in voided) is not wants_voided:
                raise Refused(404, "no such statement")
            return Answer(_formatted(call, one), headers=_through(call))
    call.only(_FILTERS)
    return _page(call, base)


def find_more(call: Call, key: str, base: str) -> Answer:
    """The next page of an answer, at an address that says nothing (part 2, 4.2.1)."""
    call.only(())
    if key not in call.app.more:
        raise Refused(404, "no such page")
    return _page(replace(call, query=call.app.more[key]), base)


def _page(call: Call, base: str) -> Answer:
    voided = _voided(call.app)
    rows = [each for each in call.app.statements if each.statement["id"] not in voided]
    holds = _condition(call)
    rows = [one for one in rows if holds(one)]
    if not call.flag("ascending"):
        rows.reverse()
    limit = call.query.get("limit", "0")
    start = call.query.get("from", "0")
    if not limit.isdecimal() or not start.isdecimal():
        raise Refused(400, f"limit: {limit}")
    size, begin = min(int(limit) or PAGE, PAGE), int(start)
    shown = [_formatted(call, one.statement) for one in rows[begin : begin + size]]
    more = ""
    if begin + size < len(rows):
        key = uuid.uuid4().hex
        call.app.more[key] = {**call.query, "from": str(begin + size)}
        more = f"{base}/more/{key}"
    return Answer({"statements": shown, "more": more}, headers=_through(call))


def _through(call: Call) -> dict[str, str]:
    return {"X-Experience-API-Consistent-Through": iso(call.now)}


def _condition(call: Call) -> Callable[[Written], bool]:
    query = call.query
    wanted = identifier(call.agent()) if "agent" in query else ""
    related_agents, related_activities = call.flag("related_agents"), call.flag("related_activities")
    since, until, registration = call.moment("since"), call.moment("until"), call.registration()
    for key in ("verb", "activity"):
        if key in query:
            checked(checks.iri, query[key])

    def holds(written: Written) -> bool:
        one = written.statement
        stored = seconds_of(one["stored"])
        agents = {identifier(each) for each in _agents(one, related=related_agents)}
        return (
            (not wanted or wanted in agents)
            and query.get("verb", one["verb"]["id"]) == one["verb"]["id"]
            and ("activity" not in query or query["activity"] in _activities(one, related=related_activities))
            and (not registration or one.get("context", {}).get("registration", "").lower() == registration)
            and (since is None or stored > since)
            and (until is None or stored <= until)
        )

    return holds


def _agents(one: Mapping[str, Any], *, related: bool) -> Iterator[Mapping[str, Any]]:
    """Whom a statement is by and about; `related` adds every other role (2.1.3)."""
    things = [one["actor"], one["object"]]
    if related:
        context = one.get("context", {})
        things += [one.get("authority", {}), context.get("instructor", {}), context.get("team", {})]
        if one["object"].get("objectType") == "SubStatement":
            yield from _agents(one["object"], related=True)
    for thing in things:
        yield thing
        if related:
            yield from thing.get("member", ())


def _activities(one: Mapping[str, Any], *, related: bool) -> set[str]:
    found = {one["object"].get("id", "")}
    if related:
        for each in one.get("context", {}).get("contextActivities", {}).values():
            found |= {activity["id"] for activity in (each if isinstance(each, list) else [each])}
    return found


def _formatted(call: Call, one: Mapping[str, Any]) -> dict[str, Any]:
    """`ids` cuts everything down to what identifies it; other formats come as they were stored here (2.1.3)."""
    form = call.query.get("format", "exact")
    if form not in {"exact", "ids", "canonical"} or call.flag("attachments"):
        raise Refused(400, "format")
    made = copy.deepcopy(dict(one))
    if form == "ids":
        made["object"].pop("definition", None)
        made["verb"].pop("display", None)
        for each in _agents(made, related=True):
            if isinstance(each, dict):
                each.pop("name", None)
    return made
