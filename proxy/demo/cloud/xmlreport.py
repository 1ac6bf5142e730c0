"""Results as XML: the three report formats of the V1 API, also sent by postbacks with `legacy`.

Shapes from the vendor's V1 pages and public fixtures. Only the full format names the learner, once an activity.
"""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from proxy.demo.cloud.details import activity
from proxy.demo.cloud.model import Learner, Registration

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_WORDS = {"completed": "complete"}


def element(name: str, text: object = "") -> str:
    """An element with text."""
    shown = escape(str(text))
    return f"<{name}>{shown}</{name}>" if shown else f"<{name}/>"


def cdata(name: str, text: object) -> str:
    """An element whose text stands in a CDATA section."""
    return f"<{name}><![CDATA[{str(text).replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"


def attributes(**given: object) -> str:
    """Attributes, each with a blank before it."""
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in given.items())


def wrapped(inside: str) -> str:
    """A good answer."""
    return f'{DECLARATION}<rsp stat="ok">{inside}</rsp>'


def report(registration: Registration, depth: str) -> str:
    """`<registrationreport>`; `depth` is course, activity or full."""
    head = attributes(format=depth, regid=registration.id, instanceid=registration.instance)
    if depth == "course":
        state = registration.runtime
        inside = element("complete", _WORDS.get(state.completion, state.completion))
        inside += element("success", state.success)
        inside += element("totaltime", registration.hundredths // 100)
        inside += element("score", _score(state.score))
    else:
        whole = registration.imported or activity(registration)
        inside = _full(whole, registration.learner) if depth == "full" else _summary(whole, registration)
    return f"<registrationreport{head}>{inside}</registrationreport>"


def _score(score: float | None) -> str:
    return "unknown" if score is None else f"{score:g}"


def _scaled(found: Mapping[str, Any]) -> str:
    return _score((found.get("score") or {}).get("scaled"))


def _summary(found: Mapping[str, Any], registration: Registration) -> str:
    below = "".join(_summary(one, registration) for one in found.get("children") or [])
    completion, success = (str(found.get(name, "UNKNOWN")) for name in ("activityCompletion", "activitySuccess"))
    inside = element("title", found.get("title", "")) + element("attempts", found.get("attempts", 0))
    inside += element("complete", _WORDS.get(completion.lower(), completion.lower()))
    inside += element("success", success.lower()) + element("time", registration.hundredths // 100)
    inside += element("score", _scaled(found)) + (f"<children>{below}</children>" if below else "<children/>")
    return f"<activity{attributes(id=found.get('id', ''))}>{inside}</activity>"


def _full(found: Mapping[str, Any], learner: Learner) -> str:
    below = "".join(_full(one, learner) for one in found.get("children") or [])
    inside = element("title", found.get("title", "")) + element("attempts", found.get("attempts", 0))
    inside += element("suspended", str(bool(found.get("suspended"))).lower())
    inside += element("completed", str(found.get("activityCompletion") == "COMPLETED").lower())
    inside += element("satisfied", str(found.get("activitySuccess") == "PASSED").lower())
    inside += _runtime(found.get("runtime") or {}, learner, found.get("staticProperties") or {})
    inside += f"<children>{below}</children>" if below else "<children/>"
    return f"<activity{attributes(id=found.get('id', ''))}>{inside}</activity>"


def _runtime(found: Mapping[str, Any], learner: Learner, static: Mapping[str, Any]) -> str:
    inside = element("completion_status", found.get("completionStatus") or "unknown")
    inside += element("success_status", str(found.get("runtimeSuccessStatus") or "unknown").lower())
    inside += element("location", found.get("location") or "") + cdata("suspend_data", found.get("suspendData") or "")
    preference = found.get("learnerPreference") or {}
    inside += f"<learnerpreference>{element('language', preference.get('language') or '')}</learnerpreference>"
    inside += _comments("comments_from_learner", found.get("learnerComments") or [])
    inside += _comments("comments_from_lms", found.get("lmsComments") or [])
    inside += "<interactions>" + "".join(map(_interaction, found.get("runtimeInteractions") or [])) + "</interactions>"
    inside += "<objectives>" + "".join(map(_objective, found.get("runtimeObjectives") or [])) + "</objectives>"
    name = " ".join(one for one in (learner.first, learner.last) if one)
    known = element("launch_data", static.get("launchData") or "") + element("learner_id", learner.id)
    return f"<runtime>{inside}<static>{known}{element('learner_name', name)}</static></runtime>"


def _comments(name: str, found: list[Mapping[str, Any]]) -> str:
    inside = "".join(
        f"<comment>{element('value', one.get('value') or '')}{element('location', one.get('location') or '')}"
        f"{element('date_time', one.get('dateTime') or '')}</comment>"
        for one in found
    )
    return f"<{name}>{inside}</{name}>"


def _interaction(found: Mapping[str, Any]) -> str:
    right = "".join(f"<response{attributes(id=one)}/>" for one in found.get("correctResponses") or [])
    inside = element("type", found.get("type") or "") + element("learner_response", found.get("learnerResponse") or "")
    inside += f"<correct_responses>{right}</correct_responses>" + element("result", found.get("result") or "")
    inside += element("description", found.get("description") or "")
    return f"<interaction{attributes(id=found.get('id') or '')}>{inside}</interaction>"


def _objective(found: Mapping[str, Any]) -> str:
    about = element("description", found.get("description") or "")
    return f"<objective{attributes(id=found.get('id') or '')}>{about}</objective>"
