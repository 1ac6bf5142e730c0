"""What every desk of the sandbox cloud shares, and small helpers for its answers."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote

from aiohttp import web

from proxy.demo.cloud.books import Books
from proxy.demo.cloud.model import Dispatch, Registration
from proxy.demo.cloud.pages import Pages
from proxy.demo.cloud.postbacks import Postbacks, results_changed
from proxy.demo.cloud.progress import progress
from proxy.demo.cloud.seal import Seals


@dataclass(frozen=True)
class Site:
    """One cloud: addresses (no trailing slash), credentials, books, reporting intervals, cookie policy."""

    origin: str
    content_origin: str
    app_id: str
    secret: str
    clock: Callable[[], float]
    books: Books
    seals: Seals
    pages: Pages
    postbacks: Postbacks
    commit_every_ms: int
    polling_ms: int
    partitioned: bool

    def report(self, dispatch: Dispatch, registration: Registration) -> None:
        """Post the result back if the dispatch has an address for it."""
        if dispatch.postback is not None:
            results_changed(self.postbacks, dispatch.postback, partial(progress, registration, dispatch))


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
