"""Learners of the sandbox cloud: listing their registrations and renaming them, in both generations of the API.

A learner is no object of her own, only three fields on each registration; so renaming changes registrations. The cloud
answers at once and does it a little later. Whether an id in the body of `updateInfo` that differs from the address
renames is documented nowhere: `Renames.by_v2` chooses which cloud this is. V1's `newid` always renames.
"""

import asyncio
import base64
import hashlib
import hmac
import time
from calendar import timegm
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from proxy.demo.cloud.model import Registration
from proxy.demo.cloud.progress import progress
from proxy.demo.cloud.site import Site, page

_SLASHES = "{slashes:/+}"
_V1_SECONDS = 15 * 60
_V1_UPDATE = "rustici.registration.updateLearnerInfo"


@dataclass
class Renames:
    """How this cloud renames; may be changed while it runs.

    `seconds` pass between the answer and the deed. `by_v2`: `renames`, `ignores-id` (only the names change) or
    `forbidden` (403). `page_size` registrations are on a page of a list. `busy` so many calls are answered 429 first.
    """

    seconds: float = 0.2
    by_v2: str = "renames"
    page_size: int = 100
    busy: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    """(old id, new id) of every rename that was asked for, in order."""


def locked(site: Site, request: web.Request) -> web.Response | None:
    """None for the application's own credentials, else the 401."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except ValueError:
        given = b""
    right = hmac.compare_digest(given, f"{site.app_id}:{site.secret}".encode())
    if scheme.casefold() == "basic" and right:
        return None
    return web.json_response({"error": "Authorization Required."}, status=401)


class LearnerDesk:
    """Handlers for lists of registrations and for `updateInfo`, below `/api/v2` and at `/api`."""

    def __init__(self, site: Site, renames: Renames) -> None:
        """Serve this site."""
        self._site = site
        self._renames = renames
        self._coming: set[asyncio.TimerHandle] = set()

    def routes(self) -> list[web.RouteDef]:
        """All routes about learners."""
        return [
            web.get(f"/api/v2{_SLASHES}registrations", self._list),
            web.post(f"/api/v2{_SLASHES}learner/{{learner}}/updateInfo", self._update),
            web.get("/api", self._v1),
            web.post("/api", self._v1),
        ]

    def close(self) -> None:
        """Forget what was asked for and not done yet."""
        for one in self._coming:
            one.cancel()

    def _refused(self, request: web.Request) -> web.Response | None:
        if self._renames.busy > 0:
            self._renames.busy -= 1
            return web.json_response({"message": "Too many requests."}, status=429, headers={"Retry-After": "0"})
        return locked(self._site, request)

    async def _list(self, request: web.Request) -> web.StreamResponse:
        refused = self._refused(request)
        if refused is not None:
            return refused
        more = self._site.seals.reveal(request.query.get("more", "")) if "more" in request.query else None
        if "more" in request.query and more is None:
            return web.json_response({"message": "The more token is not valid."}, status=400)
        learner = more["learner"] if more else request.query.get("learnerId", "")
        begin = more["begin"] if more else 0
        rows = [one for one in self._site.books.registrations() if learner in {"", one.learner.id}]
        end = begin + self._renames.page_size
        answer: dict[str, Any] = {"registrations": [self._row(one) for one in rows[begin:end]]}
        if end < len(rows):
            answer["more"] = self._site.seals.hide({"learner": learner, "begin": end})
        return web.json_response(answer)

    def _row(self, registration: Registration) -> dict[str, Any]:
        dispatch = self._site.books.dispatch(registration.dispatch)
        return progress(registration, dispatch) if dispatch is not None else {"id": registration.id}

    async def _update(self, request: web.Request) -> web.StreamResponse:
        refused = self._refused(request)
        if refused is not None:
            return refused
        if self._renames.by_v2 == "forbidden":
            return web.json_response({"message": "The scope write:learner is missing."}, status=403)
        body = await request.json()
        if not isinstance(body.get("id"), str):
            return web.json_response({"message": "id is required."}, status=400)
        learner = request.match_info["learner"]
        self._renames.asked.append((learner, body["id"]))
        given = dict(body)
        if self._renames.by_v2 != "renames":
            given["id"] = learner
        self._later(learner, given)
        return web.Response(status=204)

    async def _v1(self, request: web.Request) -> web.StreamResponse:
        given = dict(request.query)
        trouble = self._v1_trouble(given)
        if trouble:
            return page(
                f'<?xml version="1.0"?><rsp stat="fail"><err code="{trouble}" msg="refused"/></rsp>', "text/xml"
            )
        self._renames.asked.append((given["learnerid"], given.get("newid", "")))
        names = {"firstName": given["fname"], "lastName": given["lname"]}
        self._later(given["learnerid"], {"id": given.get("newid", given["learnerid"]), **names})
        return page('<?xml version="1.0"?><rsp stat="ok"><success/></rsp>', "text/xml")

    def _v1_trouble(self, given: Mapping[str, str]) -> int:
        """The code of what is wrong with a V1 call, 0 if nothing is."""
        signed = "".join(name + given[name] for name in sorted(given) if name not in {"sig", "filedata"})
        sig = hashlib.md5((self._site.secret + signed).encode(), usedforsecurity=False).hexdigest()
        if given.get("appid") != self._site.app_id or not hmac.compare_digest(sig, given.get("sig", "").lower()):
            return 102
        try:
            age = self._site.clock() - timegm(time.strptime(given.get("ts", ""), "%Y%m%d%H%M%S"))
        except ValueError:
            return 103
        if abs(age) > _V1_SECONDS:
            return 103
        needed = {"learnerid", "fname", "lname"}
        return 0 if given.get("method") == _V1_UPDATE and needed <= given.keys() else 201

    def _later(self, learner: str, given: Mapping[str, str]) -> None:
        """Change every registration of a learner when the time has come; an absent name stays."""

        def change() -> None:
            self._coming.discard(handle)
            for one in self._site.books.registrations():
                if one.learner.id == learner:
                    first, last = given.get("firstName", one.learner.first), given.get("lastName", one.learner.last)
                    one.learner = replace(one.learner, id=given["id"], first=first, last=last)

        handle = asyncio.get_running_loop().call_later(self._renames.seconds, change)
        self._coming.add(handle)
