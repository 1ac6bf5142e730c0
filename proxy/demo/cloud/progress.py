"""A registration as JSON: the v2 answer and postback body, the poll answer, and the start page's view.

Field names of the published v2 client; dates as `2026-05-04T10:15:30.123Z` there, with `+0000` in the poll answer.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from proxy.demo.cloud.details import activity, trimmed
from proxy.demo.cloud.model import Registration


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def iso(seconds: float) -> str:
    """`2026-05-04T10:15:30.123Z`."""
    return _moment(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_poll(seconds: float) -> str:
    """`2026-01-05T10:11:12.000+0000`: the plus travels raw in the next poll's query."""
    return iso(seconds).replace("Z", "+0000")


def learner_of(registration: Registration) -> dict[str, Any] | None:
    """The learner object; None where her data was deleted (an inference: null is what the client takes best)."""
    learner = registration.learner
    if not learner.id:
        return None
    made = {"id": learner.id, "firstName": learner.first, "lastName": learner.last}
    return made | ({"email": learner.email} if learner.email else {})


def progress(
    registration: Registration, *, children: bool = False, interactions: bool = False, runtime: bool = False
) -> dict[str, Any]:
    """What `GET /registrations/{id}` answers and a postback carries; the flags ask for details."""
    state, course = registration.runtime, registration.course
    answer: dict[str, Any] = {
        "id": registration.id,
        "instance": registration.instance,
        "xapiRegistrationId": registration.xapi_id,
        "updated": iso(registration.updated),
        "registrationCompletion": state.completion.upper(),
        "registrationSuccess": state.success.upper(),
        "totalSecondsTracked": registration.hundredths / 100,
        "firstAccessDate": iso(registration.created),
        "lastAccessDate": iso(registration.updated),
        "createdDate": iso(registration.created),
        "course": {"id": course.id, "title": course.title, "version": course.version},
        "learner": learner_of(registration),
    }
    if not registration.dispatch.startswith("course "):
        answer["dispatchId"] = registration.dispatch
    if registration.tags:
        answer["tags"] = list(registration.tags)
    if state.score is not None:
        answer["score"] = {"scaled": state.score}
    if state.completion == "completed":
        answer["registrationCompletionAmount"] = 1.0
        answer["completedDate"] = iso(registration.updated)
    if children or interactions or runtime:
        answer |= _shared(registration.shared, interactions=interactions, runtime=runtime)
        whole = registration.imported or activity(registration)
        answer["activityDetails"] = trimmed(whole, children=children, interactions=interactions, runtime=runtime)
    return answer


def _shared(shared: Mapping[str, Any], *, interactions: bool, runtime: bool) -> dict[str, Any]:
    """What is global to the registration: objectives with the objectives, buckets with the run-time (inferences)."""
    asked = (["globalObjectives"] if interactions else []) + (["sharedData", "suspendedActivityId"] if runtime else [])
    return {name: shared[name] for name in asked if name in shared}


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
