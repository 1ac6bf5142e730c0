"""Public and private invitations."""

import uuid
from collections.abc import Mapping
from typing import Any

from proxy.demo.cloud import settings
from proxy.demo.cloud.invitations import invite, link, public_link
from proxy.demo.cloud.progress import iso
from proxy.demo.cloud.realm import Guest, Invitation
from proxy.demo.cloud.v2.calling import Answer, Call, Refused, Row
from proxy.demo.cloud.v2.lists import Kind, page

_KIND = Kind(
    "invitations",
    fields={"invitation_id": lambda one: one.id, "course_id": lambda one: one.course},
    stamps={"created": lambda one: one.created, "updated": lambda one: one.updated},
    exact={"courseId": lambda one: one.course},
    tags=lambda one: one.tags,
)
_GUESTS = Kind(
    "userInvitations",
    fields={"registration_id": lambda one: one.registration, "email": lambda one: one.email},
    stamps={"updated": lambda one: one.updated},
)
_MEMBERS = {
    "allowLaunch": "allow_launch",
    "allowNewRegistrations": "allow_new",
    "expirationDate": "expires",
    "registrationCap": "cap",
}


def rows() -> tuple[Row, ...]:
    """All operations of invitations but tags."""
    one, both = "/invitations/{}/{{invitationId}}", (("private", False), ("public", True))
    return (
        Row("GET", "/invitations", lambda call: page(call, _KIND, list(call.app.invitations.values()), _summary)),
        Row("GET", "/invitations/private", lambda call: _list(call, public=False)),
        Row("GET", "/invitations/public", lambda call: _list(call, public=True)),
        Row("POST", "/invitations/private", _create_private),
        Row("POST", "/invitations/public", _create_public),
        Row("GET", one.format("private"), lambda call: _shown(call, call.invitation(public=False))),
        Row("GET", one.format("public"), lambda call: _shown(call, call.invitation(public=True))),
        Row("PUT", one.format("private"), lambda call: _update(call, call.invitation(public=False))),
        Row("PUT", one.format("public"), lambda call: _update(call, call.invitation(public=True))),
        Row("GET", one.format("private") + "/jobStatus", _job),
        *(Row("GET", one.format(word) + "/userInvitations", _guests(public=public)) for word, public in both),
    )


def _summary(one: Invitation) -> dict[str, Any]:
    made = {"id": one.id, "courseId": one.course, "isPublic": one.public}
    return made | {"createDate": iso(one.created), "updated": iso(one.updated)}


def _shown(call: Call, one: Invitation) -> dict[str, Any]:
    course = call.app.books.courses.latest(one.course)
    made = _summary(one) | {"courseTitle": course.title if course else "", "allowLaunch": one.allow_launch}
    del made["isPublic"]
    if one.settings:
        made["postBack"] = settings.as_postback(one.settings)
    if one.expires:
        made["expirationDate"] = one.expires
    if one.public:
        made |= {"allowNewRegistrations": one.allow_new, "registrationCap": one.cap, "url": public_link(call.site, one)}
    else:
        made |= {"invitationEmail": one.mail}
        made["launchedRegistrationCount"] = sum(guest.started for guest in one.guests)
    return made | ({"registrationCount": len(one.guests)} if call.flag("includeRegistrationCount") else {})


def _list(call: Call, *, public: bool) -> Answer:
    found = [one for one in call.app.invitations.values() if one.public is public]
    return page(call, _KIND, found, lambda one: _shown(call, one))


def _create(call: Call, *, public: bool) -> Invitation:
    course, staff = str(call.need("courseId")), str(call.need("creatingUserEmail"))
    if call.app.books.courses.latest(course) is None:
        raise Refused(404, f"Course [{course}] was not found.")
    if staff.casefold() != call.realm.owner.casefold():
        raise Refused(400, f"[{staff}] is no user of this realm.")
    made = Invitation(str(uuid.uuid4()), course, public, call.now, call.now)
    made.tags = list(call.body.get("tags") or [])
    _write(call, made, call.body)
    call.app.invitations[made.id] = made
    return made


def _write(call: Call, one: Invitation, given: Mapping[str, Any]) -> None:
    for name, attribute in _MEMBERS.items():
        if given.get(name) is not None:
            setattr(one, attribute, given[name])
    one.mail |= {name: value for name, value in (given.get("invitationEmail") or {}).items() if value is not None}
    one.settings |= settings.from_postback(given.get("postBack") or {})
    one.updated = call.now


def _create_private(call: Call) -> dict[str, Any]:
    addresses = call.need("invitationEmail").get("addresses")
    if not addresses:
        raise Refused(400, "invitationEmail.addresses is required.")
    made = _create(call, public=False)
    invite(call.site, call.app, made, addresses, call.body.get("duplicateRegistrationOption") or "SEND_EXISTING")
    return _summary(made)


def _create_public(call: Call) -> dict[str, Any]:
    return _shown(call, _create(call, public=True))


def _update(call: Call, one: Invitation) -> dict[str, Any]:
    _write(call, one, call.body)
    return _shown(call, one)


def _job(call: Call) -> dict[str, Any]:
    one = call.invitation(public=False)
    done = len(one.guests) + len(one.errors)
    return {"status": "COMPLETE", "errors": list(one.errors), "total": done, "processed": done}


def _guests(*, public: bool) -> Any:
    def answer(call: Call) -> Answer:
        return page(call, _GUESTS, call.invitation(public=public).guests, lambda one: _guest(call, one))

    return answer


def _guest(call: Call, one: Guest) -> dict[str, Any]:
    made: dict[str, Any] = {"email": one.email, "url": link(call.site, one), "isStarted": one.started}
    made |= {"updated": iso(one.updated), "registrationId": one.registration}
    registration = call.app.books.registration(one.registration)
    if call.flag("includeRegistrationReport") and registration is not None:
        state = registration.runtime
        report: dict[str, Any] = {"complete": state.completion.upper(), "success": state.success.upper()}
        report |= {"totalSecondsTracked": registration.hundredths / 100}
        made["registrationReport"] = report | ({} if state.score is None else {"score": {"scaled": state.score}})
    return made
