"""The detailed part of a registration: `activityDetails`, from an attempt or from what was imported.

`includeChildResults`, `includeInteractionsAndObjectives` and `includeRuntime` decide how much of it is told; which flag
governs which field is an inference from their names and from the published samples.
"""

from collections.abc import Mapping
from typing import Any

from proxy.demo.cloud.model import Comment, Interaction, Registration, Runtime

_HUNDREDTHS_PER_HOUR = 360_000
_WITH_OBJECTIVES = {"runtimeInteractions", "runtimeObjectives"}
_ALWAYS = {"completionStatus", "successStatus", "runtimeSuccessStatus"}
_COMPLETIONS = {"COMPLETED": "completed", "INCOMPLETE": "incomplete"}
_SUCCESSES = {"PASSED": "passed", "FAILED": "failed"}


def time_tracked(hundredths: int) -> str:
    """`0000:12:34.00`."""
    hours, rest = divmod(hundredths, _HUNDREDTHS_PER_HOUR)
    minutes, rest = divmod(rest, 6_000)
    return f"{hours:04d}:{minutes:02d}:{rest / 100:05.2f}"


def activity(registration: Registration) -> dict[str, Any]:
    """The whole `activityDetails` of an attempt in this cloud's player: one activity without children."""
    state = registration.runtime
    made: dict[str, Any] = {
        "id": "item_1",
        "title": registration.course.title,
        "attempts": registration.launches,
        "activityCompletion": state.completion.upper(),
        "activitySuccess": state.success.upper(),
        "timeTracked": time_tracked(registration.hundredths),
        "suspended": state.exit == "suspend",
        "children": [],
        "runtime": {
            "completionStatus": state.completion,
            "successStatus": state.success,
            "suspendData": state.suspend_data,
            "location": state.location,
            "learnerComments": [
                {"value": one.text, "location": one.location, "dateTime": one.at} for one in state.comments
            ],
            "runtimeInteractions": [
                {
                    "id": one.id,
                    "type": one.type,
                    "description": one.description,
                    "learnerResponse": one.response,
                    "correctResponses": one.correct,
                    "result": one.result,
                }
                for one in state.interactions
            ],
        },
    }
    if state.score is not None:
        made["score"] = {"scaled": state.score}
    return made


def trimmed(whole: Mapping[str, Any], *, children: bool, interactions: bool, runtime: bool) -> dict[str, Any]:
    """As much of an activity as was asked for."""
    made = dict(whole)
    below = whole.get("children") or []
    flags = {"children": children, "interactions": interactions, "runtime": runtime}
    made["children"] = [trimmed(one, **flags) for one in below] if children else []
    if not interactions:
        made.pop("objectives", None)
    found = made.pop("runtime", None)
    if found is not None and (runtime or interactions):
        made["runtime"] = {
            name: value
            for name, value in found.items()
            if name in _ALWAYS or (interactions if name in _WITH_OBJECTIVES else runtime)
        }
    return made


def imported(given: Mapping[str, Any], registration: Registration) -> None:
    """Take over an `initialRegistrationState`: a migrating platform brings progress, answers and comments along."""
    state = Runtime(
        completion=_COMPLETIONS.get(given.get("registrationCompletion", ""), "unknown"),
        success=_SUCCESSES.get(given.get("registrationSuccess", ""), "unknown"),
        score=(given.get("score") or {}).get("scaled"),
    )
    registration.earlier = round(float(given.get("totalSecondsTracked") or 0) * 100)
    registration.tags.extend(one for one in given.get("tags") or [] if one not in registration.tags)
    kept = ("globalObjectives", "sharedData", "suspendedActivityId")
    registration.shared = {name: given[name] for name in kept if given.get(name) is not None}
    details = given.get("activityDetails")
    if details is not None:
        registration.imported = dict(details)
        _into(details.get("runtime") or {}, state)
    registration.runtime = state


def _into(found: Mapping[str, Any], state: Runtime) -> None:
    """The run-time data of the first activity, so that a launch goes on where the other platform stopped."""
    state.location = found.get("location") or ""
    state.suspend_data = found.get("suspendData") or ""
    state.exit = "suspend" if state.suspend_data else ""
    state.comments = [
        Comment(one.get("value") or "", one.get("location") or "", one.get("dateTime") or "")
        for one in found.get("learnerComments") or []
    ]
    state.interactions = [
        Interaction(
            id=one.get("id") or "",
            type=one.get("type") or "",
            description=one.get("description") or "",
            response=one.get("learnerResponse") or "",
            result=one.get("result") or "",
            correct=list(one.get("correctResponses") or []),
        )
        for one in found.get("runtimeInteractions") or []
    ]
