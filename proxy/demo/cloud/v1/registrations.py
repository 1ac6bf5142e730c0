"""`rustici.registration.*`: everything about learners and their results."""

import re
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

from aiohttp import web

from proxy.demo.cloud import settings, statements
from proxy.demo.cloud.learners import rename
from proxy.demo.cloud.model import Learner, PostbackTarget, Registration
from proxy.demo.cloud.parcels import contents
from proxy.demo.cloud.progress import iso_poll
from proxy.demo.cloud.v1.calling import UNKNOWN, Failed, Method, V1Call
from proxy.demo.cloud.v2.registrations import dummy, history_log
from proxy.demo.cloud.v2.tags import merge
from proxy.demo.cloud.xmlreport import attributes, cdata, element, report

_OK = "<success/>"
_DEPTHS = {"course", "activity", "full"}
_REFUSED = 400


def methods() -> Mapping[str, Method]:
    """All methods of the service."""
    return {
        "createRegistration": _create,
        "exists": lambda call: element(
            "result", str(call.app.books.registration(call.need("regid")) is not None).lower()
        ),
        "deleteRegistration": _delete,
        "resetRegistration": _reset,
        "resetGlobalObjectives": _reset_global,
        "getRegistrationList": partial(_list, results=False),
        "getRegistrationListResults": partial(_list, results=True),
        "getRegistrationDetail": lambda call: _detail(call.registration(), whole=True),
        "getRegistrationResult": lambda call: report(call.registration(), depth(call)),
        "launch": _launch,
        "getLaunchHistory": _history,
        "getLaunchInfo": _launch_info,
        "updateLearnerInfo": _update_learner,
        "getPostbackInfo": _postback,
        "updatePostbackInfo": _update_postback,
        "deletePostbackInfo": _delete_postback,
        "testRegistrationPostUrl": _test,
    }


def depth(call: V1Call) -> str:
    """The report format that was asked for; `course` unless told otherwise."""
    asked = call.given.get("resultsformat", "course").casefold()
    if asked not in _DEPTHS:
        raise Failed(UNKNOWN, f"resultsformat {asked} is not known")
    return asked


def postback(call: V1Call, url: str, user: str, password: str) -> dict[str, str]:
    """Postback settings from parameters, whose names differ from method to method. V1 always gets XML."""
    if not call.given.get(url):
        return {}
    given = {"url": call.given[url], "userName": call.given.get(user, ""), "password": call.given.get(password, "")}
    given["authType"] = call.given.get("authtype") or "form"
    given["resultsFormat"] = call.given.get("resultsformat") or "course"
    return settings.from_postback(given | {"legacy": True})


def _create(call: V1Call) -> str:
    course, asked = call.course(), call.need("regid")
    if call.app.books.registration(asked) is not None:
        raise Failed(UNKNOWN, f"Registration {asked} exists")
    learner = Learner(call.need("learnerid"), call.need("fname"), call.need("lname"), call.given.get("email", ""))
    registration = call.app.books.register(asked, course, learner)
    registration.settings |= postback(call, "postbackurl", "urlname", "urlpass")
    if learner.email:
        call.site.realm.users.add(learner.email)
    statements.write(call.app, registration, "registered", call.site.clock())
    return _OK


def _delete(call: V1Call) -> str:
    call.app.books.forget(call.registration())
    return _OK


def _reset(call: V1Call) -> str:
    call.app.books.reset(call.registration())
    return _OK


def _reset_global(call: V1Call) -> str:
    call.registration().shared.clear()
    return _OK


def _detail(one: Registration, *, whole: bool, inside: str = "") -> str:
    made = cdata("appId", "") + cdata("registrationId", one.id) + cdata("courseId", one.course.id)
    made += cdata("courseTitle", one.course.title) + cdata("learnerId", one.learner.id)
    made += cdata("learnerFirstName", one.learner.first) + cdata("learnerLastName", one.learner.last)
    made += cdata("email", one.learner.email) + cdata("createDate", iso_poll(one.created))
    if whole:
        made += cdata("tinCanRegistrationId", one.xapi_id)
    return f"<registration{attributes(id=one.id, courseid=one.course.id)}>{made}{inside}</registration>"


def _list(call: V1Call, *, results: bool) -> str:
    found = call.app.books.registrations()
    if call.given.get("courseid"):
        found = [one for one in found if one.course.id == call.given["courseid"]]
    if call.given.get("learnerid"):
        found = [one for one in found if one.learner.id == call.given["learnerid"]]
    if call.given.get("filter"):
        try:
            pattern = re.compile(call.given["filter"])
        except re.error:
            raise Failed(UNKNOWN, "filter is no regular expression") from None
        found = [one for one in found if pattern.fullmatch(one.id)]
    wanted = depth(call) if results else ""
    rows = (_detail(one, whole=False, inside=report(one, wanted) if results else "") for one in found)
    return f"<registrationlist>{''.join(rows)}</registrationlist>"


def _launch(call: V1Call) -> web.Response:
    """Not a call: the learner's browser opens it."""
    registration = call.registration()
    merge(registration.tags, _tags(call.given.get("registrationTags", "")))
    merge(registration.course.tags, _tags(call.given.get("courseTags", "")))
    learner_tags = _tags(call.either("learnerTags", "learnertags"))
    if learner_tags:
        merge(call.app.learner_tags.setdefault(registration.learner.id, []), learner_tags)
    address = call.site.opened(call.app, registration, call.browser, call.given.get("redirecturl", ""))
    return web.Response(status=302, headers={"Location": address})


def _tags(text: str) -> list[str]:
    return [one for one in text.split(",") if one]


def _history(call: V1Call) -> str:
    registration = call.registration()
    rows = []
    for one in registration.log:
        completion, success, score = one.result
        inside = element("completion", completion) + element("satisfaction", success)
        inside += element("measure_status", str(score is not None).lower()) + element("normalized_measure", score or 0)
        inside += element("experienced_duration_tracked", one.hundredths) + element(
            "launch_time", iso_poll(one.started)
        )
        inside += element("exit_time", iso_poll(one.ended) if one.ended else "")
        rows.append(f"<launch{attributes(id=one.id)}>{inside}</launch>")
    return f"<launchhistory{attributes(regid=registration.id)}>{''.join(rows)}</launchhistory>"


def _launch_info(call: V1Call) -> str:
    asked = call.need("launchid")
    found = next((one for reg in call.app.books.registrations() for one in reg.log if one.id == asked), None)
    if found is None:
        raise Failed(UNKNOWN, f"No launch found for launchid {asked}")
    return f"<launch{attributes(id=found.id)}><log>{history_log(found.browser)}</log></launch>"


def _update_learner(call: V1Call) -> str:
    """Names are required even when only the id changes; an absent e-mail stays."""
    learner, first, last = call.need("learnerid"), call.need("fname"), call.need("lname")
    fresh = call.given.get("newid", learner)
    call.site.renames.asked.append((learner, call.given.get("newid", "")))
    given = {"id": fresh, "firstName": first, "lastName": last}
    given |= {"email": call.given["email"]} if "email" in call.given else {}
    call.site.chores.later(call.site.renames.seconds, partial(rename, call.app, learner, given))
    return _OK


def _postback(call: V1Call) -> str:
    """The settings in clear, the password too."""
    registration = call.registration()
    target = settings.target(call.app.levels(registration))
    inside = element("url", target.url if target else "") + element("login", target.user if target else "")
    inside += element("password", target.password if target else "")
    inside += element("authtype", target.auth_type.lower() if target else "form")
    inside += element("resultsformat", target.results_format.lower() if target else "course")
    return f"<postbackinfo{attributes(regid=registration.id)}>{inside}</postbackinfo>"


def _update_postback(call: V1Call) -> str:
    registration = call.registration()
    call.need("url")
    registration.settings |= postback(call, "url", "name", "password")
    return _OK


def _delete_postback(call: V1Call) -> str:
    values = call.registration().settings
    for name in settings.from_postback({"url": "", "userName": "", "password": "", "legacy": True}):
        values.pop(name, None)
    return _OK


async def _test(call: V1Call) -> str:
    url = call.need("postbackurl")
    if not urlsplit(url).hostname:
        raise Failed(UNKNOWN, f"{url} is no address")
    target = PostbackTarget(
        url,
        call.given.get("urlname", ""),
        call.given.get("urlpass", ""),
        depth(call).upper(),
        (call.given.get("authtype") or "form").upper(),
        legacy=True,
    )
    status = await call.site.postbacks.once(target, contents(target, dummy(call.site.clock()), call.site.habits))
    if not 0 < status < _REFUSED:
        raise Failed(UNKNOWN, f"The postback to {url} was not accepted ({status})")
    return _OK
