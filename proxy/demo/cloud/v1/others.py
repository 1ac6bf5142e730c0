"""The services around registrations, as far as the inventory of personal data names their methods."""

import uuid
from collections.abc import Mapping
from functools import partial

from aiohttp import web

from proxy.demo.cloud.invitations import invite, link, public_link
from proxy.demo.cloud.model import Dispatch
from proxy.demo.cloud.progress import iso_poll
from proxy.demo.cloud.realm import Destination, Guest, Invitation
from proxy.demo.cloud.v1.calling import UNKNOWN, Failed, Method, V1Call
from proxy.demo.cloud.v1.registrations import depth, postback
from proxy.demo.cloud.v2.dispatches import opened
from proxy.demo.cloud.v2.tags import merge
from proxy.demo.cloud.xmlreport import attributes, cdata, element, report

_OK = "<success/>"
_SECONDS = 3_600


def methods() -> Mapping[str, Mapping[str, Method]]:
    """Service by service."""
    tagging: dict[str, Method] = {}
    for kind in ("Learner", "Registration"):
        tagging |= {
            f"get{kind}Tags": partial(_get_tags, kind=kind),
            f"set{kind}Tags": partial(_set_tags, kind=kind),
            f"add{kind}Tag": partial(_add_tag, kind=kind),
            f"remove{kind}Tag": partial(_remove_tag, kind=kind),
        }
    return {
        "debug": {"ping": lambda _call: "<pong/>", "authPing": lambda _call: "<pong/>"},
        "tagging": tagging,
        "invitation": {
            "createInvitation": _create_invitation,
            "createInvitationAsync": _create_invitation,
            "getInvitationInfo": lambda call: _info(call, _invitation(call)),
            "getInvitationList": _invitations,
            "getInvitationStatus": _status,
            "changeStatus": _change_status,
        },
        "reporting": {"getAccountInfo": _account, "getReportageAuth": _reportage, "launchReport": _launch_report},
        "dispatch": {
            "createDestination": _create_destination,
            "getDestinationList": _destinations,
            "createDispatch": _create_dispatch,
            "updateDispatches": _update_dispatches,
        },
        "lrsaccount": {"createActivityProvider": _create_provider, "listActivityProviders": _providers},
        "course": {"preview": _preview, "deleteCourse": _delete_course, "getCourseList": _courses},
        "application": {"getAppInfo": _app_info},
    }


def _tags_of(call: V1Call, kind: str) -> list[str]:
    if kind == "Registration":
        return call.registration().tags
    return call.app.learner_tags.setdefault(call.need("learnerid"), [])


def _get_tags(call: V1Call, *, kind: str) -> str:
    return f"<tags>{''.join(element('tag', one) for one in _tags_of(call, kind))}</tags>"


def _set_tags(call: V1Call, *, kind: str) -> str:
    _tags_of(call, kind)[:] = [one for one in call.need("tags").split(",") if one]
    return _OK


def _add_tag(call: V1Call, *, kind: str) -> str:
    merge(_tags_of(call, kind), [call.need("tag")])
    return _OK


def _remove_tag(call: V1Call, *, kind: str) -> str:
    tags, gone = _tags_of(call, kind), call.need("tag")
    tags[:] = [one for one in tags if one != gone]
    return _OK


def _create_invitation(call: V1Call) -> str:
    course, staff = call.course(), call.need("creatingUserEmail")
    if staff.casefold() != call.site.realm.owner.casefold():
        raise Failed(UNKNOWN, f"{staff} is no user of this realm")
    public, now = call.given.get("public", "").casefold() == "true", call.site.clock()
    made = Invitation(str(uuid.uuid4()), course.id, public, now, now)
    made.mail = {"subject": call.given.get("emailSubject", ""), "body": call.given.get("emailBody", "")}
    made.settings = postback(call, "postbackurl", "urlname", "urlpass")
    call.app.invitations[made.id] = made
    addresses = [one.strip() for one in call.given.get("addresses", "").split(",") if one.strip()]
    invite(call.site, call.app, made, addresses, "SEND_EXISTING")
    return element("invitationId", made.id)


def _invitation(call: V1Call) -> Invitation:
    asked = call.need("invitationId")
    found = call.app.invitations.get(asked)
    if found is None:
        raise Failed(UNKNOWN, f"No invitation found for invitationId {asked}")
    return found


def _info(call: V1Call, one: Invitation) -> str:
    inside = element("id", one.id) + element("public", str(one.public).lower())
    inside += element("allowLaunch", str(one.allow_launch).lower()) + element("createdDate", iso_poll(one.created))
    inside += cdata("subject", one.mail.get("subject", "")) + cdata("body", one.mail.get("body", ""))
    if one.public:
        inside += element("url", public_link(call.site, one))
    guests = "".join(_guest(call, guest) for guest in one.guests)
    return f"<invitationInfo>{inside}<userInvitations>{guests}</userInvitations></invitationInfo>"


def _guest(call: V1Call, one: Guest) -> str:
    inside = cdata("email", one.email) + element("url", link(call.site, one))
    inside += element("isStarted", str(one.started).lower()) + element("registrationId", one.registration)
    registration = call.app.books.registration(one.registration)
    if call.given.get("detail", "").casefold() == "true" and registration is not None:
        inside += report(registration, depth(call))
    return f"<userInvitation>{inside}</userInvitation>"


def _invitations(call: V1Call) -> str:
    return f"<invitationlist>{''.join(_info(call, one) for one in call.app.invitations.values())}</invitationlist>"


def _status(call: V1Call) -> str:
    one = _invitation(call)
    done = len(one.guests) + len(one.errors)
    inside = element("status", "complete") + element("total", done) + element("processed", done)
    return f"<invitationStatus>{inside}</invitationStatus>"


def _change_status(call: V1Call) -> str:
    one = _invitation(call)
    one.allow_launch = call.need("enable").casefold() == "true"
    one.allow_new = call.given.get("open", "true").casefold() == "true"
    return _OK


def _account(call: V1Call) -> str:
    inside = element("email", call.site.realm.owner) + element("firstname", "Sam") + element("lastname", "Owner")
    return f"<account>{inside}{element('company', 'Sandbox')}{element('accounttype', 'trial')}</account>"


def _reportage(call: V1Call) -> str:
    claims = {"app": call.app.id, "nav": call.given.get("navpermission", "NONAV")}
    return element("auth", call.site.seals.sign("reportage", claims, _SECONDS))


def _launch_report(call: V1Call) -> web.Response:
    """Not a call: a browser opens it."""
    if call.site.seals.check("reportage", call.need("auth")) is None:
        raise Failed(UNKNOWN, "The reportage session is not valid")
    call.need("reporturl")
    return web.Response(status=302, headers={"Location": f"{call.site.origin}/Reportage/reportage.php"})


def _create_destination(call: V1Call) -> str:
    now = call.site.clock()
    made = Destination(str(uuid.uuid4()), now, now, {"name": call.need("name")})
    made.data |= {"email": call.given["email"]} if call.given.get("email") else {}
    call.app.destinations[made.id] = made
    return element("destinationId", made.id)


def _destinations(call: V1Call) -> str:
    rows = (
        element("id", one.id) + cdata("name", one.data.get("name", "")) + cdata("createdBy", "Sam Owner")
        for one in call.app.destinations.values()
    )
    inside = "".join(f"<dispatchDestination>{row}</dispatchDestination>" for row in rows)
    return f"<dispatchDestinations>{inside}</dispatchDestinations>"


def _create_dispatch(call: V1Call) -> str:
    course, destination = call.course(), call.need("destinationid")
    if destination not in call.app.destinations:
        raise Failed(UNKNOWN, f"No destination found for destinationid {destination}")
    made = opened(call.app, course, destination, "")
    made.email = call.given.get("email", "")
    made.settings |= postback(call, "postbackurl", "urlname", "urlpass")
    return element("dispatchId", made.id)


def _update_dispatches(call: V1Call) -> str:
    for one in _chosen(call):
        one.settings |= postback(call, "postbackurl", "urlname", "urlpass")
        if "enabled" in call.given:
            one.enabled = call.given["enabled"].casefold() == "true"
    return _OK


def _chosen(call: V1Call) -> list[Dispatch]:
    asked, destination = call.given.get("dispatchid"), call.given.get("destinationid")
    found = call.app.books.dispatches()
    if not asked and not destination:
        raise Failed(UNKNOWN, "dispatchid or destinationid is required")
    return [one for one in found if one.id == asked or (destination and one.destination == destination)]


def _provider(one: Mapping[str, str]) -> str:
    inside = element("id", one["id"]) + element("accountKey", one["key"]) + element("accountSecret", one["secret"])
    return f"<activityProvider>{inside}</activityProvider>"


def _create_provider(call: V1Call) -> str:
    made = {"id": str(uuid.uuid4()), "key": uuid.uuid4().hex, "secret": uuid.uuid4().hex}
    kept = {"id": made["id"], "name": made["key"], "secret": made["secret"], "isEnabled": True, "info": ""}
    kept |= {"auth": {"xapiCredentialAuthType": "BASICAUTH"}}
    kept |= {"permissionsLevel": {"xapiCredentialPermissionsLevel": "DEFAULT"}}
    call.app.xapi_keys[made["id"]] = kept | {"_created": call.site.clock(), "_updated": call.site.clock()}
    return _provider(made)


def _providers(call: V1Call) -> str:
    rows = ({"id": one["id"], "key": one["name"], "secret": one["secret"]} for one in call.app.xapi_keys.values())
    return f"<activityProviderList>{''.join(map(_provider, rows))}</activityProviderList>"


def _preview(call: V1Call) -> web.Response:
    """Not a call: a browser opens it."""
    course = call.course()
    claims = {"app": call.app.id, "course": course.id, "version": course.version}
    token = call.site.seals.sign("preview", claims | {"redirect": call.given.get("redirecturl", "")}, _SECONDS)
    return web.Response(status=302, headers={"Location": f"{call.site.origin}/api/cloud/course/preview/{token}"})


def _delete_course(call: V1Call) -> str:
    call.app.books.courses.remove_all(call.course().id)
    return _OK


def _courses(call: V1Call) -> str:
    rows = (
        f"<course{attributes(id=one.id, title=one.title, versions=one.version + 1)}/>"
        for one in call.app.books.courses.all()
    )
    return f"<courselist>{''.join(rows)}</courselist>"


def _app_info(call: V1Call) -> str:
    rows = []
    for app in call.site.realm.children():
        keys = "".join(element("secretKey", one.secret) for one in app.keys.values())
        inside = element("appId", app.id) + cdata("name", app.name) + f"<secretKeys>{keys}</secretKeys>"
        rows.append(f"<application>{inside}</application>")
    return f"<appInfo>{''.join(rows)}</appInfo>"
