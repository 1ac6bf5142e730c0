"""The pages of the sandbox LMS: log-in, course list, course, player, package files, commits."""

import hmac
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from proxy.demo.lms.datamodel import read_commit
from proxy.demo.lms.people import NameOrder
from proxy.demo.lms.records import Course, Launch, Records
from proxy.demo.lms.sessions import Session, Sessions
from proxy.demo.start import Shelf

# What Moodle sends with its own pages; package files carry neither this nor a content security policy.
_OWN_PAGE = {"X-Frame-Options": "sameorigin", "Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class PageOptions:
    """How names are ordered, and whether scorm-again can stand in as run-time."""

    name_order: NameOrder
    scorm_again: bool
    has_start: bool


class Pages:
    """Handlers over the records; every page but the log-in and the package files asks for a session."""

    def __init__(self, records: Records, sessions: Sessions, shelf: Shelf, options: PageOptions) -> None:
        """Remember the parts."""
        self._records = records
        self._sessions = sessions
        self._shelf = shelf
        self._options = options

    def routes(self) -> Sequence[web.RouteDef]:
        """All routes of the LMS but `/` and the results desk."""
        return (
            web.get("/login", self.login),
            web.post("/login", self.log_in),
            web.post("/logout", self.log_out),
            web.get("/courses", self.courses),
            web.get("/course/{course_id}", self.course),
            web.get("/player/{course_id}", self.player),
            web.get("/attempt/{course_id}", self.attempt),
            web.post("/datamodel", self.datamodel),
            web.get("/pluginfile/{course_id}/{path:.+}", self.package_file),
            web.get("/static/lms/{name}", self._shelf.static),
        )

    async def login(self, _request: web.Request) -> web.Response:
        """Everybody who may log in, as buttons."""
        return self._page("login.html", None, people=list(self._sessions.people.values()))

    async def log_in(self, request: web.Request) -> web.Response:
        """Log in by a click."""
        form = await request.post()
        person_id = str(form.get("person", ""))
        if person_id not in self._sessions.people:
            raise web.HTTPBadRequest
        response = web.HTTPSeeOther("/courses")
        self._sessions.log_in(person_id, response)
        raise response

    async def log_out(self, request: web.Request) -> web.Response:
        """Close the session."""
        response = web.HTTPSeeOther("/login")
        self._sessions.log_out(request, response)
        raise response

    async def courses(self, request: web.Request) -> web.Response:
        """The course list with this learner's results."""
        session = self._sessions.required(request)
        rows = [
            (course, self._records.latest(session.person.id, course).summary())
            for course in self._records.courses.values()
        ]
        return self._page("courses.html", session, rows=rows)

    async def course(self, request: web.Request) -> web.Response:
        """One course: its result and the button that opens the player."""
        session = self._sessions.required(request)
        course = self._course(request)
        attempt = self._records.latest(session.person.id, course).summary()
        return self._page("course.html", session, course=course, attempt=attempt)

    async def player(self, request: web.Request) -> web.Response:
        """The page that offers the SCORM run-time to the package in its frame.

        Query: `newattempt=on` begins a new attempt when the last one is finished; `runtime=scorm-again` loads that
        library instead of our own run-time.
        """
        session = self._sessions.required(request)
        course = self._course(request)
        runtime = request.query.get("runtime", "own")
        if runtime not in ({"own", "scorm-again"} if self._options.scorm_again else {"own"}):
            raise web.HTTPBadRequest
        new_attempt = request.query.get("newattempt") == "on"
        launch = self._records.launch(session.person.id, course, new_attempt=new_attempt)
        boot = self._boot(session, launch)
        return self._page("player.html", session, course=course, boot=boot, runtime=runtime)

    async def attempt(self, request: web.Request) -> web.Response:
        """What the LMS recorded for the learner's latest attempt, as JSON."""
        session = self._sessions.of(request)
        if session is None:
            raise web.HTTPForbidden
        summary = self._records.latest(session.person.id, self._course(request)).summary()
        return web.json_response(summary, headers=_OWN_PAGE)

    async def datamodel(self, request: web.Request) -> web.Response:
        """A commit; by XHR or, while the page is being left, by sendBeacon (whose content type may be text/plain)."""
        session = self._sessions.of(request)
        try:
            commit = read_commit(await request.read())
        except ValueError:
            raise web.HTTPBadRequest from None
        if session is None or not hmac.compare_digest(commit.sesskey.encode(), session.key.encode()):
            raise web.HTTPForbidden
        launch = self._records.launch_of(commit.launch, session.person.id)
        if launch is None:
            raise web.HTTPForbidden
        try:
            launch.store(commit.elements)
        except ValueError:
            raise web.HTTPBadRequest from None
        return web.json_response({"result": True, "errorCode": 0, "attempt": launch.attempt.summary()})

    async def package_file(self, request: web.Request) -> web.Response:
        """A file of the package, in the LMS's own origin and without headers that would protect it, as in Moodle.

        Unlike Moodle, without a log-in: packages of the first dispatch generation open one of their own files inside
        the cloud's frame, where browsers no longer send the LMS's cookie. They work only on platforms that do this.
        """
        body = self._course(request).files.get(request.match_info["path"])
        if body is None:
            raise web.HTTPNotFound
        media = mimetypes.guess_type(request.match_info["path"])[0] or "application/octet-stream"
        charset = "utf-8" if media.startswith("text/") or media.endswith("javascript") else None
        return web.Response(body=body, content_type=media, charset=charset)

    def _course(self, request: web.Request) -> Course:
        course = self._records.courses.get(request.match_info["course_id"])
        if course is None:
            raise web.HTTPNotFound
        return course

    def _boot(self, session: Session, launch: Launch) -> Mapping[str, Any]:
        course = launch.attempt.course
        return {
            "standard": course.standard,
            "course": course.id,
            "content": f"/pluginfile/{course.id}/{course.launch_href}",
            "sesskey": session.key,
            "launch": launch.id,
            "elements": launch.opening_elements(session.person.display_name(self._options.name_order)),
        }

    def _page(self, template: str, session: Session | None, **values: object) -> web.Response:
        common = {"session": session, "has_start": self._options.has_start}
        return self._shelf.page(template, common | values, _OWN_PAGE)
