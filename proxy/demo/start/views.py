"""What the three columns show, cut from the states of the two sandboxes and from the proxy's events. Pure.

Parts may be absent: a column then stays empty, because a start page must not fail on what it does not know.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MAX_EVENTS = 60
MAX_ROWS = 30


def platform_view(state: Mapping[str, Any]) -> dict[str, Any]:
    """People with their attempts, and the results received from outside, newest first."""
    titles = {course["id"]: course["title"] for course in state.get("courses", ())}
    attempts = list(state.get("attempts", ()))
    people = [
        {
            "id": person["id"],
            "name": person["name"],
            "initials": person.get("initials", ""),
            "email": person["email"],
            "attempts": [
                {
                    "course": titles.get(attempt["course"], attempt["course"]),
                    "number": attempt["number"],
                    "completion": attempt["completion"],
                    "success": attempt["success"],
                    "score": attempt["score"],
                    "seconds": attempt["total_time"],
                }
                for attempt in attempts
                if attempt["person"] == person["id"]
            ],
        }
        for person in state.get("people", ())
    ]
    received = [_result(entry, titles) for entry in state.get("results", ())]
    return {"people": people, "results": received[::-1][:MAX_ROWS]}


def cloud_view(state: Mapping[str, Any]) -> dict[str, Any]:
    """Registrations as the cloud holds them, and the last requests it received, newest first."""
    registrations = [_registration(entry) for entry in state.get("registrations", ())]
    requests = [
        {
            "at": str(_first(entry, "at", "time")),
            "method": str(_first(entry, "method")),
            "path": str(_first(entry, "path", "target", "url")),
            "status": str(_first(entry, "status")),
        }
        for entry in state.get("requests", ())
    ]
    return {"registrations": registrations[::-1][:MAX_ROWS], "requests": requests[::-1][:MAX_ROWS]}


def events_view(events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The last events, newest first, and what all of them together did."""
    verdicts = [event["verdict"] for event in events]
    found = {
        direction: sum(event["found"] for event in events if event["direction"] == direction and _went(event))
        for direction in ("outward", "inward")
    }
    totals = {
        "messages": len(events),
        "refused": verdicts.count("refused"),
        "reported": verdicts.count("reported"),
        "pseudonymised": found["outward"],
        "reidentified": found["inward"],
    }
    return {"recent": [dict(event) for event in events[-MAX_EVENTS:]][::-1], "totals": totals}


def _went(event: Mapping[str, Any]) -> bool:
    return bool(event["verdict"] != "refused")


def _result(entry: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    body = entry.get("body", {})
    seen = _registration(body)
    return seen | {"at": entry.get("at", ""), "course": titles.get(entry.get("course", ""), entry.get("course", ""))}


def _registration(entry: Mapping[str, Any]) -> dict[str, Any]:
    """One shape for the cloud's own registrations and for the JSON of API reads and postbacks."""
    learner = _mapping(entry.get("learner")) or entry
    first = _first(learner, "firstName", "first", "learner_first", "fname")
    last = _first(learner, "lastName", "last", "learner_last", "lname")
    name = " ".join(str(part) for part in (first, last) if part)
    course = entry.get("course", "")
    score = entry.get("score")
    return {
        "id": str(_first(entry, "id", "registration", "registration_id")),
        "learner": str(_first(entry if learner is entry else learner, *_learner_keys(learner is entry))),
        "name": name or str(_first(entry, "learner_name", "name")),
        "course": str(_first(course, "title", "id") if isinstance(course, Mapping) else course)
        or str(_first(entry, "title", "dispatch", "dispatchId")),
        "completion": str(_first(entry, "registrationCompletion", "completion")).lower(),
        "success": str(_first(entry, "registrationSuccess", "success")).lower(),
        "score": _first(score, "scaled", "raw") if isinstance(score, Mapping) else score,
        "seconds": _first(entry, "totalSecondsTracked", "seconds", "total_time") or 0,
    }


def _learner_keys(flat: bool) -> tuple[str, ...]:
    return ("learner_id", "learnerId", "learner") if flat else ("id", "learnerId")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _first(entry: Mapping[str, Any], *names: str) -> Any:
    found: Iterable[Any] = (entry[name] for name in names if entry.get(name) is not None)
    return next(iter(found), "")
