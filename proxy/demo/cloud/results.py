"""From statements of a course to the result of its registration: cmi5 section 9, and the older Tin Can launch.

Of cmi5's own statements only those count that are marked as cmi5-defined and name the session and the learner of the
launch, as the specification demands; others are stored and mean nothing here.
"""

import re
from collections.abc import Mapping
from typing import Any

from proxy.demo.cloud.lrs.calls import identifier
from proxy.demo.cloud.lrs.holders import Holder
from proxy.demo.cloud.model import Registration
from proxy.demo.cloud.realm import App
from proxy.demo.cloud.site import Site
from proxy.demo.cloud.statements import agent, write_cmi5

CMI5 = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
SESSION = "https://w3id.org/xapi/cmi5/context/extensions/sessionid"
_VERBS = ("http://adlnet.gov/expapi/verbs/", "https://w3id.org/xapi/adl/verbs/")
_PERIOD = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


def take(site: Site, app: App, statement: Mapping[str, Any]) -> None:
    """Let a new statement change the result it speaks of, and tell about that."""
    context = statement.get("context", {})
    asked = context.get("registration", "").lower()
    found = next((one for one in app.books.registrations() if asked and one.xapi_id == asked), None)
    dispatch = None if found is None else app.books.dispatch(found.dispatch)
    if found is None or dispatch is None or dispatch.content not in {"cmi5", "tincan"}:
        return
    holder = _holder(app, context, found) if dispatch.content == "cmi5" else None
    if dispatch.content == "cmi5" and (holder is None or not _is_learner(app, statement, found)):
        return
    before = found.result()
    verb = _verb(statement)
    _apply(verb, statement.get("result", {}), found)
    if verb == "terminated":
        found.finished = True
    app.books.touch(found)
    if holder is not None and found.result() != before and found.runtime.completion == "completed":
        write_cmi5(app, found, "satisfied", site.clock(), holder)
    if found.result() != before or verb == "terminated":
        site.report(app, found)


def _holder(app: App, context: Mapping[str, Any], registration: Registration) -> Holder | None:
    """The launch a cmi5-defined statement belongs to (9.6.2, 9.6.3.1)."""
    categories = context.get("contextActivities", {}).get("category", [])
    session = context.get("extensions", {}).get(SESSION)
    holder = app.holders.get(session) if isinstance(session, str) else None
    is_defined = any(one["id"] == CMI5 for one in (categories if isinstance(categories, list) else [categories]))
    return holder if is_defined and holder is not None and holder.registration == registration.id else None


def _is_learner(app: App, statement: Mapping[str, Any], registration: Registration) -> bool:
    """The actor must be the one of the launch (9.2)."""
    return identifier(statement["actor"]) == identifier(agent(app.id, registration))


def _verb(statement: Mapping[str, Any]) -> str:
    found: str = statement["verb"]["id"]
    return next((found.removeprefix(base) for base in _VERBS if found.startswith(base)), "")


def _apply(verb: str, result: Mapping[str, Any], registration: Registration) -> None:
    runtime = registration.runtime
    if verb in {"initialized", "attempted"} and runtime.completion == "unknown":
        runtime.completion = "incomplete"
    if verb in {"completed", "passed"}:
        runtime.completion = "completed"
    if verb in {"passed", "failed"}:
        runtime.success = verb
    scaled = result.get("score", {}).get("scaled")
    if verb in {"passed", "failed", "completed"} and scaled is not None:
        runtime.score = round(scaled * 100, 4)
    if result.get("duration"):
        registration.session = max(registration.session, _hundredths(result["duration"]))


def _hundredths(text: str) -> int:
    found = _PERIOD.fullmatch(text)
    days, hours, minutes, seconds = (float(one or 0) for one in found.groups()) if found else (0.0,) * 4
    return round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 100)
