"""Courses and their versions."""

import uuid
from typing import Any

from proxy.demo.cloud import settings
from proxy.demo.cloud.catalogue import zipped
from proxy.demo.cloud.model import Course
from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.configuration import change, forget
from proxy.demo.cloud.v2.lists import Kind, page

KIND = Kind(
    "courses",
    fields={"course_id": lambda one: one.id, "title": lambda one: one.title},
    stamps={"updated": lambda one: one.updated, "created": lambda one: one.created},
    tags=lambda one: one.tags,
)
_LONGEST = 300
_SHORTEST = 10
_USUAL = 120


def rows() -> tuple[Row, ...]:
    """All operations of courses but imports, assets and tags; each of them with and without a version."""
    both = [
        row
        for base in ("/courses/{courseId}", "/courses/{courseId}/versions/{versionId}")
        for row in (
            Row("GET", base, lambda call: shown(call, call.course())),
            Row("GET", base + "/zip", _zip),
            Row("POST", base + "/preview", _preview, scope="read:course"),
            Row("GET", base + "/configuration", _configuration),
            Row("POST", base + "/configuration", lambda call: change(call, call.course().settings)),
            Row("DELETE", base + "/configuration/{settingId}", lambda call: forget(call, call.course().settings)),
        )
    ]
    return (
        Row("GET", "/courses", _list),
        Row("DELETE", "/courses/{courseId}", _delete),
        Row("PUT", "/courses/{courseId}/title", _retitle),
        Row("GET", "/courses/{courseId}/versions", _versions),
        Row("DELETE", "/courses/{courseId}/versions/{versionId}", _delete_version),
        *both,
    )


def described(course: Course, *, metadata: bool = True, registrations: int | None = None) -> dict[str, Any]:
    """A course as the client's CourseSchema."""
    made: dict[str, Any] = {
        "id": course.id,
        "title": course.title,
        "xapiActivityId": course.activity_id,
        "created": iso(course.created),
        "updated": iso(course.updated),
        "version": course.version,
        "activityId": str(uuid.uuid5(uuid.NAMESPACE_URL, course.activity_id)),
        "courseLearningStandard": course.standard,
        "tags": list(course.tags),
        "dispatched": False,
        "rootActivity": {
            "externalIdentifier": "item_1",
            "itemIdentifier": "item_1",
            "resourceIdentifier": "resource_1",
            "activityType": "SCO",
            "href": "index.html",
            "scaledPassingScore": "0.8",
            "title": course.title,
            "children": [],
        },
    }
    if metadata:
        made["metadata"] = {"title": course.title, "titleLanguage": "en", "keywords": [], **course.metadata}
    return made if registrations is None else made | {"registrationCount": registrations}


def shown(call: Call, course: Course) -> dict[str, Any]:
    """A course with as much as the flags of the call ask for."""
    registrations = call.app.books.registrations()
    count = sum(one.course.id == course.id for one in registrations) if call.flag("includeRegistrationCount") else None
    made = described(course, metadata=call.flag("includeCourseMetadata"), registrations=count)
    dispatches = call.app.books.dispatches()
    return made | {"dispatched": any(one.course_id == course.id for one in dispatches)}


def _list(call: Call) -> Answer:
    return page(call, KIND, call.app.books.courses.all(), lambda one: shown(call, one))


def _versions(call: Call) -> dict[str, Any]:
    course = call.course()
    found = page(call, KIND, call.app.books.courses.versions(course.id), lambda one: shown(call, one))
    return {"courses": found.body["courses"]}


def _zip(call: Call) -> Answer:
    course = call.course()
    headers = {"Content-Disposition": f'attachment; filename="course_{course.version}.zip"'}
    return Answer(course.package or zipped(course), media="application/zip", headers=headers)


def _retitle(call: Call) -> None:
    course = call.course()
    course.title, course.updated = str(call.need("title")), call.now


def _delete(call: Call) -> None:
    course = call.course()
    call.deletion()
    call.app.books.courses.remove_all(course.id)
    for one in call.app.books.registrations():
        if one.course.id == course.id:
            call.app.books.forget(one)


def _delete_version(call: Call) -> None:
    course = call.course()
    call.deletion()
    call.app.books.courses.remove(course)


def expiry(call: Call) -> int:
    """Seconds a launch link holds: 120 unless told otherwise, from 10 to 300; refuses with 400."""
    seconds = call.body.get("expiry", _USUAL)
    if not isinstance(seconds, int) or not _SHORTEST <= seconds <= _LONGEST:
        raise Refused(400, "The expiry is out of range.")
    return seconds


def _preview(call: Call) -> dict[str, Any]:
    course = call.course()
    claims = {"app": call.app.id, "course": course.id, "version": course.version}
    claims["redirect"] = str(call.body.get("redirectOnExitUrl") or "")
    token = call.site.seals.sign("preview", claims, expiry(call))
    return {"launchLink": f"{call.site.origin}/api/cloud/course/preview/{token}"}


def _configuration(call: Call) -> dict[str, Any]:
    return settings.shown(call.app.course_levels(call.course()), metadata=call.flag("includeMetadata"))
