"""The start page and its stream of Server-Sent Events (HTML Living Standard, section 9.2)."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from proxy.demo.start.shelf import Shelf
from proxy.demo.start.views import cloud_view, events_view, platform_view

State = Callable[[], dict[str, Any]]
# Everything comes from here; text from elsewhere reaches the page as text only, and nothing can run in it.
_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_KEEP_ALIVE = 15.0


class StartPage:
    """Shows both sandboxes side by side and the proxy's events between them.

    `lms_state` and `cloud_state` are what the sandboxes' `state()` returns, `events` the proxy's last events, oldest
    first: `{"at": ISO 8601, "exchange", "mount", "route", "direction": "outward" | "inward", "verdict": "passed" |
    "refused" | "reported", "code", "found": int, "ms": float}`. `info` is shown at the foot of the page, addresses as
    links. `interval` (seconds) is how often the states are looked at while somebody watches.
    """

    def __init__(
        self,
        lms_state: State,
        cloud_state: State,
        events: Callable[[], Sequence[Mapping[str, Any]]],
        info: Mapping[str, str],
        *,
        interval: float = 0.3,
    ) -> None:
        """Remember where to look."""
        self._columns: dict[str, Callable[[], dict[str, Any]]] = {
            "platform": lambda: platform_view(lms_state()),
            "proxy": lambda: events_view(events()),
            "cloud": lambda: cloud_view(cloud_state()),
        }
        self._info = dict(info)
        self._interval = interval
        self._shelf = Shelf("proxy.demo.start.assets")
        self._closing = asyncio.Event()

    def routes(self) -> Sequence[web.RouteDef]:
        """`/`, its stream and its files."""
        return (
            web.get("/", self.home),
            web.get("/start/events", self.stream),
            web.get("/static/start/{name}", self._shelf.static),
        )

    def mount(self, application: web.Application) -> None:
        """Serve the page in an application; streams end when the application shuts down."""
        application.add_routes(self.routes())
        application.on_shutdown.append(self._shut_down)

    async def _shut_down(self, _application: web.Application) -> None:
        self._closing.set()

    async def home(self, _request: web.Request) -> web.Response:
        """The page; its columns are filled by the stream."""
        people = self._columns["platform"]()["people"]
        return self._shelf.page("start.html", {"people": people, "info": self._info}, _HEADERS)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """One event per column, at once and whenever the column changes."""
        response = web.StreamResponse(headers=_HEADERS | {"Content-Type": "text/event-stream"})
        await response.prepare(request)
        told: dict[str, str] = {}
        silent = 0.0
        while not self._closing.is_set():
            changed = self._changes(told)
            silent = 0.0 if changed else silent + self._interval
            if silent >= _KEEP_ALIVE:
                changed, silent = ": still here\n\n", 0.0
            if changed and not await _still_there(response.write(changed.encode())):
                break
            await self._pause()
        return response

    def _changes(self, told: dict[str, str]) -> str:
        parts = []
        for name, look in self._columns.items():
            text = json.dumps(look(), default=str)
            if told.get(name) != text:
                told[name] = text
                parts.append(f"event: {name}\ndata: {text}\n\n")
        return "".join(parts)

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), self._interval)
        except TimeoutError:
            return


async def _still_there(writing: Awaitable[None]) -> bool:
    try:
        await writing
    except ConnectionError:
        return False
    return True
