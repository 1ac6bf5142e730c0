"""What is asked of every contestant: the learners, the requests, the answers of the upstream."""

import json
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlencode, urlsplit

LEARNERS = 50
FILE_BYTES = 64 * 1024 * 1024
SMALL_BYTES = 1024
LAUNCH_PATH = "/dispatch/DispatchRequest.jsp"
SMALL_PATH = "/content/course-7/icon.png"
FILE_PATH = "/content/course-7/film.mp4"
REGISTRATION_PATH = "/api/v2/registrations/reg-{}"

GIVEN = ("Zoë", "Seán", "小龙", "Åsa", "Renée")
FAMILY = ("Müller-Østergård", "O'Brien", "李", "Nuñez", "d'Aubigné")


@dataclass(frozen=True)
class Case:
    """One column of the table. `targets` are asked in turn; `unit` is microseconds a request or seconds a gigabyte."""

    name: str
    title: str
    targets: tuple[str, ...]
    unit: str = "us"


def learner(number: int) -> tuple[str, str, str]:
    """Return id, given and family name of an invented learner."""
    return f"s{1000000 + number * 7919}", GIVEN[number % len(GIVEN)], FAMILY[number // len(GIVEN) % len(FAMILY)]


def launch_target(number: int, public: str) -> str:
    """Return what a dispatch package of the second generation, pointed at `public`, launches with."""
    subject, given, family = learner(number)
    pairs = {
        "methodName": "Launch",
        "tenant": "t1",
        "dispatchid": "D1",
        "launchsecret": "1f0c9e6a",
        "learnerid": subject,
        "fname": given,
        "lname": family,
        "pipeurl": f"https://lms.example.org/mod/scorm/pipe.html?user={subject}&attempt=1",
        "redirecturl": f"{public}/dispatch/Closer.v2.html",
        "regid": f"_new_{number}",
    }
    return f"{LAUNCH_PATH}?{urlencode(pairs, quote_via=quote)}"


def pseudonym_of(seen_target: str) -> str:
    """Return the learner id of a launch as the upstream saw it."""
    return parse_qs(urlsplit(seen_target).query)["learnerid"][0]


def registration(number: int, subject: str) -> bytes:
    """Return a result of some 2 kB as the cloud keeps it: the learner is `subject`, her name is not known there."""
    activity = {
        "id": "activity-1",
        "title": "The whole course",
        "attempts": 1,
        "activityCompletion": "COMPLETED",
        "activitySuccess": "PASSED",
        "score": {"scaled": 84.5},
        "timeTracked": "0000:23:17.44",
        "suspended": False,
        "children": [
            {"id": f"sco-{n}", "title": f"Chapter {n}", "activityCompletion": "COMPLETED", "timeTracked": "0000:04:01"}
            for n in range(12)
        ],
    }
    result = {
        "id": f"reg-{number}",
        "instance": 0,
        "updated": "2026-03-01T10:22:31.000Z",
        "registrationCompletion": "COMPLETED",
        "registrationSuccess": "PASSED",
        "score": {"scaled": 84.5},
        "totalSecondsTracked": 1397,
        "firstAccessDate": "2026-03-01T09:55:02.000Z",
        "lastAccessDate": "2026-03-01T10:22:31.000Z",
        "createdDate": "2026-03-01T09:55:00.000Z",
        "course": {"id": "course-7", "title": "Safe work at height", "version": 2},
        "learner": {"id": subject, "firstName": "Learner", "lastName": "K7QX-M2PA"},
        "activityDetails": activity,
    }
    return json.dumps(result).encode()


def cases(public: str = "") -> tuple[Case, ...]:
    """Return the columns of the table, for a contestant reached at `public`."""
    numbers = range(LEARNERS)
    return (
        Case("small", "small GET 1 kB", (SMALL_PATH,)),
        Case("launch", "launch URL", tuple(launch_target(n, public) for n in numbers)),
        Case("result", "one result 2 kB", tuple(REGISTRATION_PATH.format(n) for n in numbers)),
        Case("file", "64 MB file", (FILE_PATH,), unit="s/GB"),
    )
