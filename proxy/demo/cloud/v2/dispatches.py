"""Dispatches: one course for one destination."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from proxy.demo.cloud import settings
from proxy.demo.cloud.model import Course, Dispatch, Standard
from proxy.demo.cloud.packages import dispatch_zip
from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.realm import App
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.destinations import below
from proxy.demo.cloud.v2.lists import Kind, filters, matching, page
from proxy.demo.cloud.v2.tags import merge

KIND = Kind(
    "dispatches",
    fields={
        "dispatch_id": lambda one: one.id,
        "course_title": lambda one: one.title,
        "destination_id": lambda one: one.destination,
    },
    stamps={"updated": lambda one: one.updated, "created": lambda one: one.created},
    exact={"courseId": lambda one: one.course_id, "isEnabled": lambda one: one.enabled},
    tags=lambda one: one.tags,
)
_MEMBERS = {
    "allowNewRegistrations": "allow_new",
    "instanced": "instanced",
    "registrationCap": "cap",
    "registrationCount": "counted",
    "expirationDate": "expires",
    "enabled": "enabled",
    "email": "email",
    "notes": "notes",
}
_OLD = {"SCORM11", "SCORM12", "AICC"}


def rows() -> tuple[Row, ...]:
    """All operations of dispatches but tags and LTI."""
    base = "/dispatch/dispatches"
    one = base + "/{dispatchId}"
    return (
        Row("GET", base, lambda call: _page(call, call.app.books.dispatches())),
        Row("POST", base, _create),
        Row("PUT", base, _update_many),
        Row("DELETE", base, _delete_many),
        Row("GET", "/dispatch/destinations/{destinationId}/dispatches", lambda call: _page(call, below(call))),
        Row("GET", one, lambda call: _shown(call.app, call.dispatch())),
        Row("PUT", one, lambda call: write(call.dispatch(), call.body, call.now)),
        Row("DELETE", one, _delete),
        Row("GET", one + "/enabled", lambda call: {"enabled": call.dispatch().enabled}),
        Row("PUT", one + "/enabled", lambda call: write(call.dispatch(), {"enabled": call.need("enabled")}, call.now)),
        Row("GET", one + "/hashUserInfo", lambda call: {"enabled": call.dispatch().hash_names}),
        Row("PUT", one + "/hashUserInfo", _hash),
        Row("DELETE", one + "/postback", lambda call: call.dispatch().settings.clear()),
        Row("GET", one + "/registrationCount", _count),
        Row("DELETE", one + "/registrationCount", _reset),
        Row("GET", one + "/zip", _zip),
    )


def _shown(app: App, one: Dispatch) -> dict[str, Any]:
    destination = app.destinations.get(one.destination)
    made: dict[str, Any] = {
        "destinationId": one.destination,
        "destinationName": destination.data.get("name", "") if destination else "",
        "courseId": one.course_id,
        "courseTitle": one.title,
        "updated": iso(one.updated),
        "created": iso(one.created),
        "allowNewRegistrations": one.allow_new,
        "enabled": one.enabled,
        "instanced": one.instanced,
        "registrationCap": one.cap,
        "registrationCount": one.counted,
        "tags": list(one.tags),
    }
    made |= {"expirationDate": one.expires} if one.expires else {}
    made |= {"registrationResetDate": iso(one.reset_at)} if one.reset_at else {}
    return made | {name: text for name, text in (("email", one.email), ("notes", one.notes)) if text}


def _page(call: Call, found: Sequence[Dispatch]) -> Answer:
    return page(call, KIND, found, lambda one: {"id": one.id, "data": _shown(call.app, one)})


def write(one: Dispatch, given: Mapping[str, Any], now: float) -> None:
    """Change what a body names. A `postBack` holds at once for all registrations of the dispatch."""
    for name, attribute in _MEMBERS.items():
        if given.get(name) is not None:
            setattr(one, attribute, given[name])
    merge(one.tags, given.get("tags") or [])
    one.settings |= settings.from_postback(given.get("postBack") or {})
    one.updated = now


def _create(call: Call) -> None:
    for given in call.need("dispatches"):
        data = given.get("data") or {}
        course = call.app.books.courses.latest(str(data.get("courseId")))
        if course is None:
            raise Refused(404, f"Course [{data.get('courseId')}] was not found.")
        if data.get("destinationId") not in call.app.destinations:
            raise Refused(404, f"Destination [{data.get('destinationId')}] was not found.")
        write(opened(call.app, course, data["destinationId"], given.get("id") or ""), data, call.now)


def opened(app: App, course: Course, destination: str, dispatch_id: str) -> Dispatch:
    """The dispatch of a course for a destination: there is one only. Refuses an id together with one that exists."""
    there = [one for one in app.books.dispatches() if (one.course_id, one.destination) == (course.id, destination)]
    if dispatch_id and (there or app.books.dispatch(dispatch_id)):
        raise Refused(400, f"Dispatch [{dispatch_id}] exists.")
    if there:
        return there[0]
    standard: Standard = "SCORM12" if course.standard in _OLD else "SCORM2004"
    made = app.books.open_dispatch(
        dispatch_id or str(uuid.uuid4()), generation="v2", standard=standard, title=course.title
    )
    made.course_id, made.destination = course.id, destination
    made.hash_names = app.destinations[destination].hashed
    return made


def _chosen(call: Call) -> list[Dispatch]:
    """What the filters leave; without any filter the call is refused."""
    if not filters(call, KIND):
        raise Refused(400, "One of the filters is required.")
    return matching(call, KIND, call.app.books.dispatches())


def _update_many(call: Call) -> Answer:
    found = _chosen(call)
    for one in found:
        write(one, call.body, call.now)
    return Answer(b"", status=204, headers={"X-Total-Count": str(len(found))})


def _delete_many(call: Call) -> Answer:
    found = _chosen(call)
    call.deletion()
    for one in found:
        call.app.books.forget_dispatch(one)
    return Answer(b"", status=204, headers={"X-Total-Count": str(len(found))})


def _delete(call: Call) -> None:
    dispatch = call.dispatch()
    call.deletion()
    call.app.books.forget_dispatch(dispatch)


def _hash(call: Call) -> None:
    call.dispatch().hash_names = bool(call.need("enabled"))


def _count(call: Call) -> dict[str, Any]:
    one = call.dispatch()
    return {"registrationCount": one.counted} | ({"lastResetDate": iso(one.reset_at)} if one.reset_at else {})


def _reset(call: Call) -> None:
    one = call.dispatch()
    one.counted, one.reset_at = 0, call.now


def _zip(call: Call) -> Answer:
    one = call.dispatch()
    headers = {"Content-Disposition": f'attachment; filename="lighthouses_dispatch_{_safe(one.id)}.zip"'}
    return Answer(dispatch_zip(call.site, one), media="application/zip", headers=headers)


def _safe(name: str) -> str:
    return "".join(one if one.isascii() and one.isalnum() else "_" for one in name)
