"""What the sandbox LMS remembers: courses, attempts, launches, and the rules that turn elements into a result.

The rules follow what was observed of Moodle 4.5: an unfinished attempt is continued, a finished one opens in review
mode, a new one is started on request only.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.demo.lms.durations import Standard, format_duration, parse_duration

MAX_ELEMENTS = 2_000
MAX_VALUE = 64_000
_ELEMENT = re.compile(r"(?:cmi|adl)(?:\.[A-Za-z0-9_-]+){1,8}")
# The LMS fills these itself; a page that sends them (scorm-again does) is not asked who the learner is.
_OWN = frozenset({
    "cmi.core.student_id", "cmi.core.student_name", "cmi.core.entry", "cmi.core.credit", "cmi.core.lesson_mode",
    "cmi.core.total_time", "cmi.learner_id", "cmi.learner_name", "cmi.entry", "cmi.credit", "cmi.mode",
    "cmi.total_time",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Course:
    """One installed package; `launch_href` is relative to its files."""

    id: str
    title: str
    standard: Standard
    note: str
    launch_href: str
    files: Mapping[str, bytes]


@dataclass(slots=True)
class Attempt:
    """One attempt of one person at one course: the stored elements, and the time in hundredths of a second."""

    course: Course
    person_id: str
    number: int
    elements: dict[str, str] = field(default_factory=dict)
    total: int = 0
    launches: int = 0

    @property
    def prefix(self) -> str:
        """SCORM 1.2 keeps in `cmi.core` what SCORM 2004 keeps in `cmi`."""
        return "cmi.core" if self.course.standard == "SCORM12" else "cmi"

    @property
    def completion(self) -> str:
        """`completed`, `incomplete`, `unknown` or `not attempted`; 1.2's passed and failed are completed attempts."""
        if self.course.standard == "SCORM2004":
            return self.elements.get("cmi.completion_status", "unknown" if self.elements else "not attempted")
        status = self.elements.get("cmi.core.lesson_status", "not attempted")
        return {"passed": "completed", "failed": "completed", "browsed": "incomplete"}.get(status, status)

    @property
    def success(self) -> str:
        """`passed`, `failed` or `unknown`."""
        if self.course.standard == "SCORM2004":
            return self.elements.get("cmi.success_status", "unknown")
        status = self.elements.get("cmi.core.lesson_status", "")
        return status if status in {"passed", "failed"} else "unknown"

    @property
    def score(self) -> float | None:
        """The grade: `score.raw` (Moodle's rule), else the scaled score as percent, else None."""
        raw = _number(self.elements.get(f"{self.prefix}.score.raw"))
        scaled = _number(self.elements.get("cmi.score.scaled"))
        return raw if raw is not None or scaled is None else round(scaled * 100, 4)

    @property
    def finished(self) -> bool:
        """A finished attempt opens in review mode."""
        return self.completion == "completed"

    def summary(self) -> dict[str, Any]:
        """What the LMS shows of it; `total_time` in seconds."""
        return {
            "course": self.course.id,
            "person": self.person_id,
            "number": self.number,
            "launches": self.launches,
            "completion": self.completion,
            "success": self.success,
            "score": self.score,
            "total_time": self.total / 100,
            "suspend_data": self.elements.get("cmi.suspend_data", ""),
            "finished": self.finished,
        }


@dataclass(frozen=True, slots=True)
class Launch:
    """One opening of the player; the page proves with `id` which attempt its commits belong to."""

    id: str
    attempt: Attempt
    base_total: int
    mode: str
    entry: str

    def opening_elements(self, learner_name: str) -> dict[str, str]:
        """The data model as the run-time finds it: what was stored, and what only the LMS may say."""
        attempt, prefix = self.attempt, self.attempt.prefix
        who = "student" if attempt.course.standard == "SCORM12" else "learner"
        mode = "lesson_mode" if attempt.course.standard == "SCORM12" else "mode"
        kept = {name: value for name, value in attempt.elements.items() if name != f"{prefix}.exit"}
        return kept | {
            f"{prefix}.{who}_id": attempt.person_id,
            f"{prefix}.{who}_name": learner_name,
            f"{prefix}.{mode}": self.mode,
            f"{prefix}.credit": "no-credit" if self.mode == "review" else "credit",
            f"{prefix}.entry": self.entry,
            f"{prefix}.total_time": format_duration(attempt.total, attempt.course.standard),
        }

    def store(self, elements: Mapping[str, str]) -> None:
        """Keep changed elements; a review is acknowledged and changes nothing. Raises ValueError on foreign names."""
        if len(elements) > MAX_ELEMENTS or any(
            not _ELEMENT.fullmatch(name) or len(value) > MAX_VALUE for name, value in elements.items()
        ):
            raise ValueError("not a set of data model elements")
        if self.mode == "review":
            return
        attempt = self.attempt
        spent = f"{attempt.prefix}.session_time"
        session = parse_duration(elements.get(spent, ""), attempt.course.standard)
        if session is not None:
            attempt.total = self.base_total + session
        attempt.elements.update({
            name: value for name, value in elements.items() if name not in _OWN and name != spent
        })  # fmt: skip


class Records:
    """Courses, attempts and launches, in memory."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.courses: dict[str, Course] = {}
        self._attempts: dict[tuple[str, str], list[Attempt]] = {}
        self._launches: dict[str, Launch] = {}

    def attempts(self) -> list[Attempt]:
        """All attempts, in the order in which people began with the courses."""
        return [attempt for attempts in self._attempts.values() for attempt in attempts]

    def latest(self, person_id: str, course: Course) -> Attempt:
        """The attempt that counts; one that holds nothing when the course was never opened."""
        attempts = self._attempts.get((person_id, course.id))
        return attempts[-1] if attempts else Attempt(course, person_id, 0)

    def launch(self, person_id: str, course: Course, *, new_attempt: bool) -> Launch:
        """Open the player: continue the unfinished attempt, review a finished one, or begin a new one."""
        attempts = self._attempts.setdefault((person_id, course.id), [])
        if not attempts or (new_attempt and attempts[-1].finished):
            attempts.append(Attempt(course, person_id, len(attempts) + 1))
        attempt = attempts[-1]
        attempt.course = course  # the package may have been replaced since
        mode = "review" if attempt.finished else "normal"
        launch = Launch(secrets.token_urlsafe(16), attempt, attempt.total, mode, _entry(attempt))
        attempt.launches += 1
        self._launches[launch.id] = launch
        return launch

    def launch_of(self, launch_id: str, person_id: str) -> Launch | None:
        """The launch a page names, if it is this person's."""
        launch = self._launches.get(launch_id)
        return launch if launch and launch.attempt.person_id == person_id else None


def _entry(attempt: Attempt) -> str:
    if not attempt.elements:
        return "ab-initio"
    suspended = attempt.elements.get(f"{attempt.prefix}.exit") == "suspend"
    return "resume" if suspended or attempt.finished else ""


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None
