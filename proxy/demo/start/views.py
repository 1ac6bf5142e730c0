"""What the three columns show, cut from the states of the two sandboxes and from the proxy's events. Pure.

Lists may be absent: a column then stays empty, because the page also has to stand while its sources are starting.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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
            "initials": person["initials"],
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
    results = [_result(entry, titles) for entry in state.get("results", ())[-MAX_ROWS:]]
    return {"people": people, "results": results[::-1]}


def cloud_view(state: Mapping[str, Any]) -> dict[str, Any]:
    """Registrations as the cloud holds them, and the requests it received last; both newest first."""
    titles = {dispatch["id"]: dispatch["title"] for dispatch in state.get("dispatches", ())}
    registrations = [
        {
            "id": entry["id"],
            "learner": entry["learner_id"],
            "name": f"{entry['first_name']} {entry['last_name']}".strip(),
            "course": titles.get(entry["dispatch"]) or entry["dispatch"],
            "completion": entry["completion"],
            "success": entry["success"],
            "score": entry["score"],
            "seconds": entry["seconds"],
            "answers": [_answer(answer) for answer in entry["answers"]],
            "comments": list(entry["comments"]),
        }
        for entry in state.get("registrations", ())[-MAX_ROWS:]
    ]
    requests = [
        {
            "at": datetime.fromtimestamp(entry["at"], UTC).isoformat(timespec="milliseconds"),
            "method": entry["method"],
            "path": entry["target"],
        }
        for entry in state.get("requests", ())[:MAX_ROWS]
    ]
    return {"registrations": registrations[::-1], "requests": requests}


def events_view(events: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The last events, newest first, and what all of them together did; what was refused replaced nobody."""
    verdicts = [event["verdict"] for event in events]
    passed = [event for event in events if event["verdict"] != "refused"]
    totals = {
        "messages": len(events),
        "refused": verdicts.count("refused"),
        "reported": verdicts.count("reported"),
        "pseudonymised": sum(event["found"] for event in passed if event["direction"] == "outward"),
        "reidentified": sum(event["found"] for event in passed if event["direction"] == "inward"),
    }
    return {"recent": [dict(event) for event in events[-MAX_EVENTS:]][::-1], "totals": totals}


def _result(entry: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """A received postback: the JSON of SCORM Cloud's RegistrationSchema, of which any part may have been cut off."""
    body = entry["body"]
    learner, score = _mapping(body.get("learner")), _mapping(body.get("score"))
    names = [str(learner[part]) for part in ("firstName", "lastName") if learner.get(part)]
    return {
        "id": str(body.get("id", "")),
        "at": entry["at"],
        "course": titles.get(entry["course"]) or _mapping(body.get("course")).get("title") or entry["course"],
        "learner": str(learner.get("id", "")),
        "name": " ".join(names),
        "completion": str(body.get("registrationCompletion", "")).lower(),
        "success": str(body.get("registrationSuccess", "")).lower(),
        "score": score.get("scaled"),
        "seconds": body.get("totalSecondsTracked", 0),
    }


def _answer(answer: Mapping[str, Any]) -> str:
    question = answer["description"] or answer["id"]
    return f"{question}{'' if question.endswith('?') else ':'} {answer['response']}"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
