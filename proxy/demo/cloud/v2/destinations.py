"""Destinations: somebody courses are dispatched to."""

import io
import uuid
import zipfile
from typing import Any

from proxy.demo.cloud.model import Dispatch
from proxy.demo.cloud.packages import dispatch_zip
from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.realm import Destination
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.lists import Kind, matching, page
from proxy.demo.cloud.v2.tags import merge

KIND = Kind(
    "destinations",
    fields={"destination_id": lambda one: one.id, "destination_name": lambda one: one.data.get("name", "")},
    stamps={"updated": lambda one: one.updated, "created": lambda one: one.created},
    tags=lambda one: one.tags,
)
_KEPT = ("name", "email", "notes", "launchAuth", "lti13Data")


def rows() -> tuple[Row, ...]:
    """All operations of destinations but tags and lists of dispatches."""
    base = "/dispatch/destinations"
    one = base + "/{destinationId}"
    return (
        Row("GET", base, _list),
        Row("POST", base, _create),
        Row("GET", one, lambda call: _shown(call, call.destination())),
        Row("PUT", one, lambda call: _write(call, call.destination(), call.body)),
        Row("DELETE", one, _delete),
        Row("DELETE", one + "/dispatches", _delete_dispatches),
        Row("POST", one + "/dispatches/enabled", _enable),
        Row("POST", one + "/dispatches/registrationInstancing", _instance),
        Row("GET", one + "/dispatches/hashUserInfo", lambda call: {"enabled": call.destination().hashed}),
        Row("PUT", one + "/dispatches/hashUserInfo", _hash),
        Row("GET", one + "/dispatches/registrationCount", _count),
        Row("DELETE", one + "/dispatches/registrationCount", _reset),
        Row("GET", one + "/dispatches/zip", _zip),
        Row("GET", one + "/lti13", _lti13),
    )


def below(call: Call) -> list[Dispatch]:
    """All dispatches of the destination that the path names."""
    destination = call.destination()
    return [one for one in call.app.books.dispatches() if one.destination == destination.id]


def _shown(call: Call, one: Destination) -> dict[str, Any]:
    made = {**one.data, "tags": list(one.tags), "updated": iso(one.updated), "created": iso(one.created)}
    if call.flag("includeDispatchCount"):
        made["dispatchCount"] = sum(each.destination == one.id for each in call.app.books.dispatches())
    return made


def _list(call: Call) -> Answer:
    course = call.query.get("courseId")
    found = list(call.app.destinations.values())
    if course:
        reached = {one.destination for one in call.app.books.dispatches() if one.course_id == course}
        found = [one for one in found if one.id in reached]
    return page(call, KIND, found, lambda one: {"id": one.id, "data": _shown(call, one)})


def _write(call: Call, one: Destination, given: dict[str, Any]) -> None:
    one.data |= {name: given[name] for name in _KEPT if given.get(name) is not None}
    merge(one.tags, given.get("tags") or [])
    one.updated = call.now


def _create(call: Call) -> None:
    given = call.need("destinations")
    known = next((one["id"] for one in given if one.get("id") in call.app.destinations), None)
    if known is not None:
        raise Refused(400, f"Destination [{known}] exists.")
    for one in given:
        made = Destination(one.get("id") or str(uuid.uuid4()), call.now, call.now)
        call.app.destinations[made.id] = made
        _write(call, made, one.get("data") or {})


def _delete(call: Call) -> None:
    destination = call.destination()
    call.deletion()
    _delete_dispatches(call)
    del call.app.destinations[destination.id]


def _delete_dispatches(call: Call) -> None:
    call.deletion()
    for one in below(call):
        call.app.books.forget_dispatch(one)


def _enable(call: Call) -> None:
    for one in below(call):
        one.enabled = bool(call.need("enabled"))


def _instance(call: Call) -> None:
    for one in below(call):
        one.instanced = bool(call.need("enabled"))


def _hash(call: Call) -> None:
    call.destination().hashed = bool(call.need("enabled"))
    for one in below(call):
        one.hash_names = bool(call.need("enabled"))


def _count(call: Call) -> dict[str, Any]:
    return {"result": sum(one.counted for one in below(call))}


def _reset(call: Call) -> None:
    for one in below(call):
        one.counted, one.reset_at = 0, call.now


def _zip(call: Call) -> Answer:
    """A zip of the packages of all dispatches; that they stand in it as zips of their own is an inference."""
    target = io.BytesIO()
    kind = Kind(
        "dispatches", {"id": lambda one: one.id}, {"updated": lambda one: one.updated}, tags=lambda one: one.tags
    )
    with zipfile.ZipFile(target, "w") as archive:
        for number, one in enumerate(matching(call, kind, below(call))):
            archive.writestr(f"dispatch_{number}.zip", dispatch_zip(call.site, one))
    headers = {"Content-Disposition": 'attachment; filename="dispatches.zip"'}
    return Answer(target.getvalue(), media="application/zip", headers=headers)


def _lti13(call: Call) -> dict[str, Any]:
    call.destination()
    root = f"{call.site.origin}/lti13"
    return {
        "publicKey": "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA\n-----END PUBLIC KEY-----",
        "oidcLoginInitiationsUrl": f"{root}/login",
        "redirectUri": f"{root}/launch",
        "jsonWebKeySetUrl": f"{root}/keys",
    }
