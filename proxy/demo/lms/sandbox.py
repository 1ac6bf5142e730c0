"""The sandbox LMS as one object: install packages, serve it, ask what it knows."""

import re
import secrets
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from proxy.demo.lms.durations import Standard
from proxy.demo.lms.pages import PageOptions, Pages
from proxy.demo.lms.people import DEFAULT_PEOPLE, LmsPerson, NameOrder
from proxy.demo.lms.records import Course, Records
from proxy.demo.lms.results import ResultsAnswer, ResultsDesk
from proxy.demo.lms.sessions import Sessions
from proxy.demo.lms.unpack import unpack
from proxy.demo.start import Shelf, StartPage

_COURSE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class SandboxLms:
    """A learning platform in memory that behaves like Moodle 4.5 where SCORM is concerned.

    `origin` is its own public origin (`http://lms.localhost:8080`), `clock` gives unix seconds, `name_order` is how
    learner names are written for a course. `scorm_again_dir` is an installed npm package `scorm-again` (or its `dist`
    folder), which `/player/{course_id}?runtime=scorm-again` then uses as run-time. `results_login` is the user and
    password of the results endpoint; without it a password is made up and can be read here.
    """

    def __init__(
        self,
        *,
        origin: str,
        people: Sequence[LmsPerson] = DEFAULT_PEOPLE,
        clock: Callable[[], float] = time.time,
        name_order: NameOrder = "First Last",
        scorm_again_dir: Path | None = None,
        results_login: tuple[str, str] | None = None,
    ) -> None:
        """Build an LMS without courses. Raises ValueError when `scorm_again_dir` does not hold scorm-again."""
        self.origin = origin.rstrip("/")
        self.results_login = results_login or ("scormveil", secrets.token_urlsafe(18))
        self._name_order: NameOrder = name_order
        self._scorm_again = _scorm_again_scripts(scorm_again_dir) if scorm_again_dir else None
        self._records = Records()
        self._sessions = Sessions(people)
        user, password = self.results_login
        self._desk = ResultsDesk(user=user, password=password, clock=clock)
        self._shelf = Shelf("proxy.demo.lms.assets")

    def install(self, course_id: str, title: str, standard: Standard, package: bytes, note: str = "") -> None:
        """Install a (rewritten) dispatch zip, or replace it; its files are at `/pluginfile/{course_id}/…`.

        Raises PackageRefused for a package that cannot be unpacked, ValueError for an unusable course id.
        """
        if not _COURSE_ID.fullmatch(course_id):
            raise ValueError("course ids are letters, digits, hyphens and underscores")
        unpacked = unpack(package)
        course = Course(course_id, title, standard, note, unpacked.launch_href, unpacked.files)
        self._records.courses[course_id] = course

    def application(self, start: StartPage | None = None) -> web.Application:
        """The web application; `start`, if given, is the page at `/`, else `/` leads to the courses."""
        options = PageOptions(self._name_order, self._scorm_again is not None, start is not None)
        application = web.Application(client_max_size=1024 * 1024)
        application.add_routes(Pages(self._records, self._sessions, self._shelf, options).routes())
        application.add_routes([web.post("/results/{course_id}", self._desk.handle)])
        if self._scorm_again is not None:
            application.add_routes([web.static("/static/scorm-again", self._scorm_again)])
        if start is None:
            application.add_routes([web.get("/", _to_courses)])
        else:
            start.mount(application)
        return application

    def state(self) -> dict[str, Any]:
        """What the LMS knows: `people`, `courses`, `attempts` (seconds in `total_time`) and received `results`."""
        records, people = self._records, self._sessions.people.values()
        return {
            "people": [
                {"id": person.id, "name": person.display_name(), "initials": person.initials, "email": person.email}
                for person in people
            ],
            "courses": [
                {"id": course.id, "title": course.title, "standard": course.standard, "note": course.note}
                for course in records.courses.values()
            ],
            "attempts": [attempt.summary() for attempt in records.attempts()],
            "results": list(self._desk.received),
            "results_refused": self._desk.refused,
        }

    def attempt(self, person_id: str, course_id: str) -> dict[str, Any]:
        """The latest attempt, `not attempted` if there is none. Raises KeyError for an unknown person or course."""
        person = self._sessions.people[person_id]
        return self._records.latest(person.id, self._records.courses[course_id]).summary()

    def results_address(self, course_id: str) -> str:
        """Where a result of this course is to be posted."""
        return f"{self.origin}/results/{course_id}"

    def answer_results(self, status: int = 200, *, location: str = "", delay: float = 0.0) -> None:
        """Switch how the results endpoint answers from now on; `delay` in seconds. Only a 2xx keeps the result."""
        self._desk.answer = ResultsAnswer(status, location, delay)

    def session_secrets(self) -> tuple[str, ...]:
        """Cookie values and session keys of all open sessions: tests look for them where they must not be."""
        return self._sessions.secrets()


async def _to_courses(_request: web.Request) -> web.Response:
    raise web.HTTPSeeOther("/courses")


def _scorm_again_scripts(folder: Path) -> Path:
    for candidate in (folder / "dist", folder):
        if (candidate / "scorm12.min.js").is_file() and (candidate / "scorm2004.min.js").is_file():
            return candidate
    raise ValueError("no scorm-again in that folder")
