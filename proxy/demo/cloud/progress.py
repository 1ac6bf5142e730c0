"""A registration as JSON: the v2 answer and postback body, the poll answer, and the start page's view.

Field names of the published v2 client; dates as `2026-05-04T10:15:30.123Z` there, with `+0000` in the poll answer.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from proxy.demo.cloud.model import Dispatch, Registration

_HUNDREDTHS_PER_HOUR = 360_000


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def iso(seconds: float) -> str:
    """`2026-05-04T10:15:30.123Z`."""
    return _moment(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_poll(seconds: float) -> str:
    """`2026-01-05T10:11:12.000+0000`: the plus travels raw in the next poll's query."""
    return iso(seconds).replace("Z", "+0000")


def _time_tracked(hundredths: int) -> str:
    hours, rest = divmod(hundredths, _HUNDREDTHS_PER_HOUR)
    minutes, rest = divmod(rest, 6_000)
    return f"{hours:04d}:{minutes:02d}:{rest / 100:05.2f}"


def progress(
    registration: Registration,
    dispatch: Dispatch,
    *,
    children: bool = False,
    interactions: bool = False,
    runtime: bool = False,
) -> dict[str, Any]:
    """What `GET /registrations/{id}` answers and a postback carries; the flags ask for details."""
    state = registration.runtime
    answer: dict[str, Any] = {
        "id": registration.id,
        "instance": 0,
        "xapiRegistrationId": registration.xapi_id,
        "updated": iso(registration.updated),
        "registrationCompletion": state.completion.upper(),
        "registrationSuccess": state.success.upper(),
        "totalSecondsTracked": registration.hundredths / 100,
        "firstAccessDate": iso(registration.created),
        "lastAccessDate": iso(registration.updated),
        "createdDate": iso(registration.created),
        "course": {"id": dispatch.course_id, "title": dispatch.title, "version": 0},
        "learner": {
            "id": registration.learner.id,
            "firstName": registration.learner.first,
            "lastName": registration.learner.last,
        },
    }
    if state.score is not None:
        answer["score"] = {"scaled": state.score}
    if state.completion == "completed":
        answer["registrationCompletionAmount"] = 1.0
        answer["completedDate"] = iso(registration.updated)
    if children or interactions or runtime:
        answer["activityDetails"] = _activity(registration, dispatch, interactions=interactions, runtime=runtime)
    return answer


def _activity(registration: Registration, dispatch: Dispatch, *, interactions: bool, runtime: bool) -> dict[str, Any]:
    state = registration.runtime
    activity: dict[str, Any] = {
        "id": "item_1",
        "title": dispatch.title,
        "attempts": registration.launches,
        "activityCompletion": state.completion.upper(),
        "activitySuccess": state.success.upper(),
        "timeTracked": _time_tracked(registration.hundredths),
        "suspended": state.exit == "suspend",
        "children": [],
    }
    if state.score is not None:
        activity["score"] = {"scaled": state.score}
    if not (runtime or interactions):
        return activity
    details: dict[str, Any] = {"completionStatus": state.completion, "successStatus": state.success}
    if runtime:
        details["suspendData"] = state.suspend_data
        details["location"] = state.location
        details["learnerComments"] = [
            {"value": comment.text, "location": comment.location, "dateTime": comment.at} for comment in state.comments
        ]
    if interactions:
        details["runtimeInteractions"] = [
            {
                "id": one.id,
                "type": one.type,
                "description": one.description,
                "learnerResponse": one.response,
                "correctResponses": one.correct,
                "result": one.result,
            }
            for one in state.interactions
        ]
    activity["runtime"] = details
    return activity


def poll_answer(registration: Registration) -> dict[str, Any]:
    """What `methodName=GetRegistration` answers; it names no learner."""
    state = registration.runtime
    return {
        "totalSecondsTracked": registration.hundredths / 100,
        "successStatus": state.success.upper(),
        "completionStatus": "COMPLETE" if state.completion == "completed" else "INCOMPLETE",
        "scoreIsKnown": state.score is not None,
        "score": state.score if state.score is not None else 0.0,
        "updated": iso_poll(registration.updated),
        "xapiregistrationId": registration.xapi_id,
        "lastAccessDateUTC": {"Value": iso_poll(registration.updated)},
        "creationDateUTC": {"Value": iso_poll(registration.created)},
        "activities": [],
    }


def known(registration: Registration) -> dict[str, Any]:
    """Everything the cloud knows of one registration, for the start page."""
    state = registration.runtime
    return {
        "id": registration.id,
        "dispatch": registration.dispatch,
        "learner_id": registration.learner.id,
        "first_name": registration.learner.first,
        "last_name": registration.learner.last,
        "completion": state.completion,
        "success": state.success,
        "score": state.score,
        "seconds": registration.hundredths / 100,
        "location": state.location,
        "suspend_data": state.suspend_data,
        "answers": [asdict(one) for one in state.interactions],
        "comments": [comment.text for comment in state.comments],
        "launches": registration.launches,
        "finished": registration.finished,
        "browser": list(registration.history),
        "created": iso(registration.created),
        "updated": iso(registration.updated),
    }
