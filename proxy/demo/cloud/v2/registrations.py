"""Registrations: creating, reading, launching, resetting, deleting."""

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from proxy.demo.cloud import settings, statements
from proxy.demo.cloud.details import imported
from proxy.demo.cloud.model import Course, Learner, Registration
from proxy.demo.cloud.parcels import contents
from proxy.demo.cloud.progress import iso, progress
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.configuration import change, forget
from proxy.demo.cloud.v2.courses import expiry
from proxy.demo.cloud.v2.lists import Kind, page
from proxy.demo.cloud.v2.tags import merge

_LONGEST_ID = 255
_REFUSED = 400
_KEYWORDS = {"closer", "blank", "message"}
KIND = Kind(
    "registrations",
    fields={
        "registration_id": lambda one: one.id,
        "course_id": lambda one: one.course.id,
        "learner_id": lambda one: one.learner.id,
        "learner_first_name": lambda one: one.learner.first,
        "learner_last_name": lambda one: one.learner.last,
        "learner_email": lambda one: one.learner.email,
    },
    stamps={"updated": lambda one: one.updated, "created": lambda one: one.created},
    exact={"learnerId": lambda one: one.learner.id, "courseId": lambda one: one.course.id},
    tags=lambda one: one.tags,
)


def rows() -> tuple[Row, ...]:
    """All operations of registrations but instances, tags and statements."""
    one = "/registrations/{registrationId}"
    return (
        Row("GET", "/registrations", _list),
        Row("POST", "/registrations", _create),
        Row("POST", "/registrations/postBackTest", _test_postback),
        Row("GET", one, lambda call: told(call, call.registration())),
        Row("HEAD", one, lambda call: Answer(b"", media="application/json") if call.registration() else None),
        Row("DELETE", one, _delete),
        Row("DELETE", one + "/progress", lambda call: call.app.books.reset(call.registration())),
        Row("DELETE", one + "/globalData", lambda call: call.registration().shared.clear()),
        Row("GET", one + "/configuration", _configuration),
        Row("POST", one + "/configuration", lambda call: change(call, call.registration().settings)),
        Row("DELETE", one + "/configuration/{settingId}", lambda call: forget(call, call.registration().settings)),
        Row("GET", one + "/launchHistory", lambda call: launches(call, call.registration())),
        Row("POST", one + "/launchLink", _launch_link, scope="read:registration"),
    )


def told(call: Call, registration: Registration) -> dict[str, Any]:
    """A registration with the details that the flags of the call ask for."""
    answer = progress(
        registration,
        children=call.flag("includeChildResults"),
        interactions=call.flag("includeInteractionsAndObjectives"),
        runtime=call.flag("includeRuntime"),
    )
    return call.site.habits.told(answer)


def _list(call: Call) -> Answer:
    return page(call, KIND, call.app.books.registrations(), lambda one: told(call, one))


def _create(call: Call) -> None:
    asked, learner = str(call.need("registrationId")), call.need("learner")
    if not 0 < len(asked) <= _LONGEST_ID:
        raise Refused(400, "registrationId must have 1 to 255 characters.")
    if call.app.books.registration(asked) is not None:
        raise Refused(400, f"Registration [{asked}] exists.")
    registration = call.app.books.register(
        asked, _course(call), read_learner(learner), str(call.body.get("xapiRegistrationId") or "")
    )
    if registration.learner.email:
        call.realm.users.add(registration.learner.email)
    if call.body.get("initialRegistrationState"):
        imported(call.body["initialRegistrationState"], registration)
    registration.settings |= settings.from_postback(call.body.get("postBack") or {})
    initial = (call.body.get("initialSettings") or {}).get("settings") or []
    registration.settings |= {one["settingId"]: str(one.get("value") or "") for one in initial}
    tag(call, registration, call.body)
    statements.write(call.app, registration, "registered", call.now)


def tag(call: Call, registration: Registration, given: Mapping[str, Any]) -> None:
    """The three lists of tags that come with a registration or a launch."""
    merge(registration.tags, given.get("registrationTags") or [])
    merge(registration.course.tags, given.get("courseTags") or [])
    if given.get("learnerTags"):
        merge(call.app.learner_tags.setdefault(registration.learner.id, []), given["learnerTags"])


def _course(call: Call) -> Course:
    asked, version = str(call.need("courseId")), call.query.get("courseVersion", "")
    courses = call.app.books.courses
    found = courses.version(asked, int(version)) if version.isdecimal() else courses.latest(asked)
    if found is None:
        raise Refused(404, f"Course [{asked}] was not found.")
    return found


def read_learner(given: object) -> Learner:
    """The learner of a body; refuses with 400 without an id."""
    if not isinstance(given, dict) or not isinstance(given.get("id"), str) or not given["id"]:
        raise Refused(400, "learner.id is required.")
    return Learner(given["id"], given.get("firstName") or "", given.get("lastName") or "", given.get("email") or "")


def _delete(call: Call) -> None:
    registration = call.registration()
    call.deletion()
    call.app.books.forget(registration)


def _configuration(call: Call) -> dict[str, Any]:
    return settings.shown(call.app.levels(call.registration()), metadata=call.flag("includeMetadata"))


def launches(call: Call, registration: Registration) -> dict[str, Any]:
    """The launch history of one attempt. It has no address and no User-Agent but in `historyLog`."""
    found = []
    for one in registration.log:
        completion, success, score = one.result
        entry: dict[str, Any] = {
            "id": registration.id,
            "instance": registration.instance,
            "completionStatus": completion.upper(),
            "successStatus": success.upper(),
            "totalSecondsTracked": one.hundredths / 100,
            "launchTime": iso(one.started),
            "launchHistoryId": one.id,
        }
        entry |= {} if score is None else {"score": {"scaled": score}}
        entry |= {} if one.ended is None else {"exitTime": iso(one.ended)}
        entry |= {} if one.updated is None else {"lastRuntimeUpdate": iso(one.updated)}
        if call.flag("includeHistoryLog"):
            entry["historyLog"] = history_log(one.browser)
        found.append(entry)
    return {"launchHistory": found}


def history_log(browser: str) -> str:
    """The log of a launch; its form is that of the V1 answer, an inference."""
    quoted = browser.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'<RuntimeLog browser="{quoted}" trackingEnabled="true" version="1"/>'


def _launch_link(call: Call) -> dict[str, Any]:
    registration, redirect = call.registration(), str(call.need("redirectOnExitUrl"))
    if urlsplit(redirect).scheme not in {"http", "https"} and redirect.casefold() not in _KEYWORDS:
        raise Refused(400, f"redirectOnExitUrl [{redirect}] is not a valid url.")
    tag(call, registration, call.body)
    claims = {"app": call.app.id, "registration": registration.id, "redirect": redirect}
    guid = call.site.handles.new("launch", claims, expiry(call))
    return {"launchLink": f"{call.site.origin}/api/cloud/registration/launch/{guid}"}


async def _test_postback(call: Call) -> None:
    """One attempt with dummy ids, neither queued nor repeated. That a refusal is answered 400 is an inference."""
    values = settings.from_postback(call.body)
    target = settings.target([settings.Level("registration", values)])
    if target is None:
        raise Refused(400, "url is required.")
    status = await call.site.postbacks.once(target, contents(target, dummy(call.now), call.site.habits))
    if not 0 < status < _REFUSED:
        raise Refused(400, f"The postback to [{target.url}] was not accepted ({status}).")


def dummy(now: float) -> Registration:
    """What a test postback tells: nobody's result, under ids that nobody has."""
    course = Course("testCourseId", "Test course")
    learner = Learner("testLearnerId", "Test", "Learner")
    return Registration(f"test-{uuid.uuid4()}", "course test", learner, now, now, str(uuid.uuid4()), course=course)
