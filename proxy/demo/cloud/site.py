"""What every desk of the sandbox cloud shares, and small helpers for its answers."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web

from proxy.demo.cloud import settings, statements
from proxy.demo.cloud.books import Books
from proxy.demo.cloud.chores import Chores
from proxy.demo.cloud.habits import Habits
from proxy.demo.cloud.handles import Handles
from proxy.demo.cloud.learners import Renames
from proxy.demo.cloud.model import Registration
from proxy.demo.cloud.outcomes import outcome
from proxy.demo.cloud.pages import ENGINE, Pages
from proxy.demo.cloud.parcels import contents
from proxy.demo.cloud.postbacks import Postbacks
from proxy.demo.cloud.realm import App, Realm
from proxy.demo.cloud.seal import Seals

LAUNCH_PAGE_SECONDS = 60


@dataclass(frozen=True)
class Site:
    """One cloud: addresses (no trailing slash), credentials, books, reporting intervals, cookie policy."""

    origin: str
    content_origin: str
    app_id: str
    secret: str
    clock: Callable[[], float]
    realm: Realm
    habits: Habits
    renames: Renames
    chores: Chores
    handles: Handles
    seals: Seals
    pages: Pages
    postbacks: Postbacks
    commit_every_ms: int
    polling_ms: int
    partitioned: bool

    @property
    def app(self) -> App:
        """The application the sandbox was started with."""
        return self.realm.apps[self.app_id]

    @property
    def books(self) -> Books:
        """The books of that application."""
        return self.app.books

    def page_size(self) -> int:
        """Rows on a page of a list."""
        return self.renames.page_size

    def report(self, app: App, registration: Registration) -> None:
        """Tell about a new result: a statement, a postback if any level has an address for it, a grade after LTI."""
        dispatch = app.books.dispatch(registration.dispatch)
        if dispatch is None or dispatch.content not in {"cmi5", "tincan"}:
            statements.about_result(app, registration, self.clock())
        target = settings.target(app.levels(registration))
        if target is not None:
            self.postbacks.put(target, registration.id, contents(target, registration, self.habits))
        if registration.outcome[0] and dispatch is not None:
            told = outcome(app.id, dispatch, registration, self.clock())
            self.postbacks.put_request(registration.outcome[0], registration.id, told)

    def launch_page(self, app: App, registration: Registration, redirect: str, pipe: str = "") -> str:
        """The address of the page that opens the player; everything in it is encrypted and holds for a minute.

        Nobody in the middle can read or rewrite it.
        """
        configuration = {
            "app": app.id,
            "dispatch": registration.dispatch,
            "pipe": pipe,
            "redirect": redirect,
            "launch": registration.launches,
            "padding": self.seals.static(f"padding {registration.id}", 300),
        }
        course = {"course": registration.course.id, "version": registration.course.version}
        claims = {
            "configuration": self.seals.hide(configuration),
            "package": self.seals.hide(course),
            "registration": self.seals.hide({"registration": registration.id}),
            "redirectOnExitUrl": redirect,
        }
        jwt = self.seals.sign("launch page", claims, LAUNCH_PAGE_SECONDS)
        return f"{self.origin}{ENGINE}/defaultui/launch.jsp?jwt={jwt}"

    def opened(self, app: App, registration: Registration, browser: str, redirect: str, pipe: str = "") -> str:
        """Count a launch and give the address of its page."""
        app.books.begin(registration, browser)
        statements.write(app, registration, "launched", self.clock())
        return self.launch_page(app, registration, redirect, pipe)


def raw_pairs(request: web.Request) -> dict[str, str]:
    """The query as sent, decoded without turning `+` into a space: the client does not encode its dates."""
    pieces = (piece.partition("=") for piece in request.rel_url.raw_query_string.split("&") if piece)
    return {unquote(key): unquote(value) for key, _, value in pieces}


def page(text: str, media: str = "text/html", *, status: int = 200) -> web.Response:
    """A text answer in UTF-8."""
    return web.Response(text=text, content_type=media, charset="utf-8", status=status)


def denied(text: str = "Authorization Denied", status: int = 403) -> web.Response:
    """The page a learner sees when the cloud does not let her in."""
    return page(f"<!DOCTYPE html><title>{text}</title><p>{text}</p>", status=status)


def open_to_all(response: web.StreamResponse, request: web.Request) -> web.StreamResponse:
    """CORS without credentials, for calls from the LMS page."""
    response.headers["Access-Control-Allow-Origin"] = request.headers.get("Origin", "*")
    response.headers["Vary"] = "Origin"
    return response


async def preflight(request: web.Request) -> web.StreamResponse:
    """Allow the headers the dispatch client sends (`launchtoken`, `DispatchId`, `DispatchToken`)."""
    answer = web.Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "GET, OPTIONS"
    answer.headers["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers", "")
    answer.headers["Access-Control-Max-Age"] = "600"
    return open_to_all(answer, request)
