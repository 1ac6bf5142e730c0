"""Log-in of the sandbox LMS: a click, a cookie, a session key for the forms and the data model."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from proxy.demo.lms.people import LmsPerson

COOKIE = "LmsSession"


@dataclass(frozen=True, slots=True)
class Session:
    """One logged-in browser; `key` is what Moodle calls sesskey."""

    token: str
    key: str
    person: LmsPerson


class Sessions:
    """The open sessions, in memory."""

    def __init__(self, people: Iterable[LmsPerson]) -> None:
        """Remember who may log in."""
        self.people = {person.id: person for person in people}
        self._open: dict[str, Session] = {}

    def log_in(self, person_id: str, response: web.StreamResponse) -> None:
        """Open a session and set its cookie.

        The cookie is host-only on purpose: a browser still sends it to every port of the host, which is why the
        sandbox gives the LMS and the proxy two names, and why the tests look for it in what the cloud received.
        """
        session = Session(secrets.token_urlsafe(24), secrets.token_urlsafe(12), self.people[person_id])
        self._open[session.token] = session
        response.set_cookie(COOKIE, session.token, httponly=True, samesite="Lax", path="/")

    def log_out(self, request: web.Request, response: web.StreamResponse) -> None:
        """Close the session of a request."""
        self._open.pop(request.cookies.get(COOKIE, ""), None)
        response.del_cookie(COOKIE, path="/")

    def of(self, request: web.Request) -> Session | None:
        """The session of a request, if there is one."""
        return self._open.get(request.cookies.get(COOKIE, ""))

    def required(self, request: web.Request) -> Session:
        """The session of a request; a page without one goes to the log-in."""
        session = self.of(request)
        if session is None:
            raise web.HTTPSeeOther("/login")
        return session

    def secrets(self) -> tuple[str, ...]:
        """Every cookie value and session key handed out: what no other party may ever see."""
        return tuple(text for session in self._open.values() for text in (session.token, session.key))
