"""Reads one application of the cloud, page by page and at a pace, and asks for nothing that changes anything."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from proxy.cloud.calls import Call, Caller
from proxy.cloud.login import AppLogin
from proxy.cloud.ports import Outlet
from proxy.errors import UpstreamRefused
from proxy.guard import Watch

_PAGES = 1000
PACE = 10.0
"""Calls a second. No limit of the REST API is documented (docs/protocol/scorm-cloud-api.md)."""


@dataclass(frozen=True, slots=True, repr=False)
class Rows:
    """Rows of a list; `whole` is False if there are more than were asked for."""

    rows: tuple[Mapping[str, Any], ...]
    whole: bool


class Reader:
    """One application. `base` is the address of its API. `asked` counts calls, `date` is the last `Date` it gave.

    Every method raises `UpstreamFailed`, `UpstreamRefused` (`status-…`, `unreadable`), `BodyTooLarge`.
    """

    def __init__(
        self,
        outlet: Outlet,
        base: str,
        login: AppLogin,
        *,
        user_agent: str = "scormveil",
        pace: float = PACE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Remember where, as whom, and how fast."""
        parts = urlsplit(base)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/")
        self._headers = (
            ("User-Agent", user_agent),
            ("Accept", "application/json"),
            ("Authorization", login.basic()),
        )
        self._caller = Caller(outlet, sleep=sleep)
        self._rest = 1 / pace
        self._sleep = sleep
        self._now = now
        self._next = 0.0
        self.asked = 0
        self.date = ""

    async def one(self, path: str, **query: str) -> Mapping[str, Any]:
        """Return the object at a path. `path` is ours but for ids, which `part` has encoded."""
        shown = f"?{urlencode(query, quote_via=quote)}" if query else ""
        await self._paced()
        self.asked += 1
        heard = await self._caller.heard(
            Call(self._origin, "GET", f"{self._path}{path}{shown}", self._headers), Watch(())
        )
        self.date = heard.header("Date") or self.date
        page: Any = None
        try:
            page = orjson.loads(heard.body)
        except orjson.JSONDecodeError:
            page = None  # its text would quote the answer
        if not isinstance(page, dict):
            raise UpstreamRefused("unreadable")
        return page

    async def rows(self, path: str, key: str, *, limit: int = 0, query: Mapping[str, str] | None = None) -> Rows:
        """Return the rows of a list in the member `key`, page after page (`more`), at most `limit` if it is not 0."""
        found: list[Mapping[str, Any]] = []
        asked = dict(query or {})
        for _ in range(_PAGES):
            page = await self.one(path, **asked)
            found += _rows(page, key)
            more = page.get("more")
            if limit and (len(found) > limit or (more and len(found) == limit)):
                return Rows(tuple(found[:limit]), whole=False)
            if not more:
                return Rows(tuple(found), whole=True)
            asked = {"more": str(more)}  # no other filter is allowed beside it
        return Rows(tuple(found), whole=False)

    async def pages(self, path: str, key: str) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
        """Give the rows of a list page by page, to whoever needs no more than one of them at a time."""
        asked: dict[str, str] = {}
        while True:
            page = await self.one(path, **asked)
            yield _rows(page, key)
            if not (more := page.get("more")):
                return
            if asked == {"more": str(more)}:
                raise UpstreamRefused("unreadable")  # it would go round for ever
            asked = {"more": str(more)}  # no other filter is allowed beside it

    async def _paced(self) -> None:
        pause = self._next - self._now()
        if pause > 0:
            await self._sleep(pause)
        self._next = max(self._now(), self._next) + self._rest


def _rows(page: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    rows = page.get(key)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UpstreamRefused("unreadable")
    return rows


def part(name: object) -> str:
    """An id as a segment of a path: every reserved character is encoded once."""
    return quote(str(name), safe="")
