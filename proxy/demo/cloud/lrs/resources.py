"""Documents, agents, activities, about: xAPI 1.0.3 part 3, sections 2.2 to 2.8."""

from typing import Any

from proxy.demo.cloud.lrs import checks
from proxy.demo.cloud.lrs.calls import Answer, Call, checked, identifier
from proxy.demo.cloud.lrs.documents import Document, Key, check_preconditions
from proxy.demo.cloud.lrs.refused import Refused


def state(call: Call) -> Answer:
    """activities/state."""
    call.only(("activityId", "agent", "registration", "stateId", "since"), ("activityId", "agent"))
    checked(checks.iri, call.query["activityId"])
    owner = ("state", call.query["activityId"], identifier(call.agent()), call.registration())
    if call.method == "DELETE" and "stateId" not in call.query:
        for name in call.app.documents.ids(owner):
            call.app.documents.drop(owner, name)
        return Answer(status=204)
    return _document(call, owner, "stateId", strict=False)


def agent_profile(call: Call) -> Answer:
    """agents/profile."""
    call.only(("agent", "profileId", "since"), ("agent",))
    return _document(call, ("agent", identifier(call.agent())), "profileId", strict=True)


def activity_profile(call: Call) -> Answer:
    """activities/profile."""
    call.only(("activityId", "profileId", "since"), ("activityId",))
    checked(checks.iri, call.query["activityId"])
    return _document(call, ("activity", call.query["activityId"]), "profileId", strict=True)


def _document(call: Call, owner: Key, name_key: str, *, strict: bool) -> Answer:
    kept = call.app.documents
    name = call.query.get(name_key)
    if name is None:
        if call.method != "GET":
            raise Refused(400, f"{name_key} is missing")
        return Answer(kept.ids(owner, call.moment("since") or 0.0))
    if "since" in call.query:
        raise Refused(400, "since")
    old = kept.get(owner, name)
    if call.method == "GET":
        if old is None:
            raise Refused(404, "no such document")
        return Answer(old.body, media=old.media, headers={"ETag": old.etag})
    check_preconditions(
        old,
        call.headers.get("if-match", ""),
        call.headers.get("if-none-match", ""),
        strict=strict and call.method == "PUT",
    )
    if call.method == "DELETE":
        kept.drop(owner, name)
    else:
        media = call.headers.get("content-type", "application/octet-stream")
        made = Document(call.body, media, call.now)
        (kept.merge if call.method == "POST" else kept.put)(owner, name, made)
    return Answer(status=204)


def agents(call: Call) -> Answer:
    """agents: a Person with what is known under that identifier, the request's own at least (2.4)."""
    call.only(("agent",), ("agent",))
    asked = call.agent()
    wanted = identifier(asked)
    names = {
        one["name"]: None
        for written in call.app.statements
        for one in _actors(written.statement)
        if identifier(one) == wanted and one.get("name")
    }
    person: dict[str, Any] = {"objectType": "Person"}
    if names:
        person["name"] = list(names)
    person |= {key: [asked[key]] for key in checks.IDENTIFIERS if key in asked}
    return Answer(person)


def _actors(statement: dict[str, Any]) -> list[dict[str, Any]]:
    context = statement.get("context", {})
    return [statement["actor"], *(context[role] for role in ("instructor", "team") if role in context)]


def activities(call: Call) -> Answer:
    """activities: the definition as the latest statement about it has it (2.5)."""
    call.only(("activityId",), ("activityId",))
    asked = call.query["activityId"]
    found: dict[str, Any] = {"objectType": "Activity", "id": asked}
    for written in call.app.statements:
        thing = written.statement["object"]
        if thing.get("id") == asked and "definition" in thing:
            found["definition"] = thing["definition"]
    return Answer(found)


def about(_call: Call) -> Answer:
    """about: which versions (2.8)."""
    return Answer({"version": ["1.0.3"], "extensions": {}})
