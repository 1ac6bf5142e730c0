"""SCORM Cloud API v2, as far as scormveil itself uses it. Facts: docs/protocol/scorm-cloud-api.md, section 5."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from proxy.cloud.calls import Call, Caller
from proxy.cloud.login import AppLogin
from proxy.cloud.ports import Outlet
from proxy.errors import UpstreamRefused
from proxy.guard import Watch

_PAGES = 200


@dataclass(frozen=True, slots=True)
class Registration:
    """One registration: the id that the cloud or the LMS chose, and its course. It names nobody."""

    id: str
    course: str


@dataclass(frozen=True, slots=True)
class LearnerUpdate:
    """What the cloud is to call a learner: a pseudonym and the two names that stand for hers.

    `without_email`: an address that it has of her is emptied, where it was never ours to give.
    """

    id: str
    given: str
    family: str
    without_email: bool = False


class CloudClient:
    """One application of SCORM Cloud. `base` is the address of the API, e.g. `https://cloud.scorm.com/api/v2`.

    `watch` says whose identity must not leave with a call. Every method raises what `Caller.call` raises, and
    `UpstreamRefused` (`unreadable`, `filter-ignored`, `too-many`) for an answer that is not what was asked for.
    """

    def __init__(
        self,
        outlet: Outlet,
        base: str,
        login: AppLogin,
        *,
        user_agent: str = "scormveil",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tries: int = 0,
    ) -> None:
        """Remember where and as whom. `tries` as for `Caller`."""
        parts = urlsplit(base)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path.rstrip("/")
        self._headers = (
            ("User-Agent", user_agent),
            ("Accept", "application/json"),
            ("Authorization", login.basic()),
        )
        self._caller = Caller(outlet, sleep=sleep, tries=tries)

    async def registrations(self, learner: str, watch: Watch) -> tuple[Registration, ...]:
        """Return every registration of a learner id, page by page (`more`)."""
        found: dict[str, Registration] = {}
        query = f"learnerId={quote(learner, safe='')}"
        for _ in range(_PAGES):
            page = await self._get(f"/registrations?{query}", watch)
            rows = page.get("registrations")
            if not isinstance(rows, list):
                raise UpstreamRefused("unreadable")
            found |= {one.id: one for one in (_registration(row, learner) for row in rows)}
            more = page.get("more")
            if not more:
                return tuple(found.values())
            query = f"more={quote(str(more), safe='')}"  # no other filter is allowed beside it
        raise UpstreamRefused("too-many")

    async def update_learner(self, learner: str, update: LearnerUpdate, watch: Watch) -> None:
        """Ask for a learner's id and names to be changed in all her registrations. The cloud does so later.

        That a body id which differs from the address renames is not documented: whoever asks must look. An e-mail
        address is never sent: the cloud would make a website user of it that cannot be removed.
        """
        changed = {"id": update.id, "firstName": update.given, "lastName": update.family}
        body = orjson.dumps({**changed, "email": ""} if update.without_email else changed)
        await self._caller.call(
            Call(
                self._origin,
                "POST",
                f"{self._path}/learner/{quote(learner, safe='')}/updateInfo",
                (*self._headers, ("Content-Type", "application/json")),
                body,
            ),
            watch,
        )

    async def delete_information(self, learner: str, user_email: str) -> None:
        """Start deleting everything of a learner. `user_email` is staff's, and is told by the cloud when it is done."""
        target = f"{self._path}/learner/{quote(learner, safe='')}/delete-information"
        await self._caller.call(
            Call(
                self._origin,
                "POST",
                f"{target}?userEmail={quote(user_email, safe='')}",
                (*self._headers, ("Content-Type", "application/json")),
                b"{}",  # as the official client does where there is no body
            ),
            Watch(()),
        )

    async def _get(self, target: str, watch: Watch) -> dict[str, Any]:
        body = await self._caller.call(Call(self._origin, "GET", self._path + target, self._headers), watch)
        page: Any = None
        try:
            page = orjson.loads(body)
        except orjson.JSONDecodeError:
            page = None  # its text would quote the answer
        if not isinstance(page, dict):
            raise UpstreamRefused("unreadable")
        return page


def _registration(row: Any, learner: str) -> Registration:
    """Read a row. One of another learner means that the filter was not understood: then nothing it says counts."""
    whose = row.get("learner") if isinstance(row, dict) else None
    if not isinstance(whose, dict) or not isinstance(row.get("id"), str):
        raise UpstreamRefused("unreadable")
    if whose.get("id") != learner:
        raise UpstreamRefused("filter-ignored")
    course = row.get("course")
    return Registration(row["id"], str(course.get("id", "")) if isinstance(course, dict) else "")
