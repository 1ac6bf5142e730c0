"""SCORM Cloud's V1 API: the one call in it that scormveil needs, the only documented rename of a learner."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from xml.parsers import expat

from proxy.cloud.calls import Call, Caller
from proxy.cloud.client import LearnerUpdate
from proxy.cloud.login import AppLogin
from proxy.cloud.ports import Outlet
from proxy.errors import UpstreamRefused
from proxy.guard import Watch

_METHOD = "rustici.registration.updateLearnerInfo"


class V1Client:
    """One application. `url` is the one address of the API, e.g. `https://cloud.scorm.com/api`."""

    def __init__(
        self,
        outlet: Outlet,
        url: str,
        login: AppLogin,
        *,
        user_agent: str = "scormveil",
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Remember where and as whom. `now` dates the calls: the cloud takes them for fifteen minutes."""
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._path = parts.path or "/"
        self._login = login
        self._headers = (("User-Agent", user_agent), ("Accept", "text/xml"))
        self._caller = Caller(outlet, sleep=sleep)
        self._now = now

    async def update_learner(self, learner: str, update: LearnerUpdate, watch: Watch) -> None:
        """Rename a learner in all her registrations. Raises like `CloudClient`; `v1-refused` for `stat="fail"`."""
        pairs = [
            ("method", _METHOD),
            ("appid", self._login.app_id),
            ("ts", self._now().astimezone(UTC).strftime("%Y%m%d%H%M%S")),
            ("learnerid", learner),
            ("newid", update.id),
            ("fname", update.given),
            ("lname", update.family),
            *([("email", "")] if update.without_email else []),
        ]
        query = urlencode([*pairs, ("sig", self._login.signature(pairs))], quote_via=quote)
        body = await self._caller.call(Call(self._origin, "GET", f"{self._path}?{query}", self._headers), watch)
        if _stat(body) != "ok":
            raise UpstreamRefused("v1-refused")


def _stat(body: bytes) -> str:
    """The `stat` of the root element `<rsp>`, "" if the body is no such document. No entity is ever declared."""
    found: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        if not found:
            found.append(given.get("stat", "") if name == "rsp" else "")

    def refuse(*_: Any) -> None:
        raise ValueError

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)  # noqa: FBT003 - expat takes the flag by position only
    except (expat.ExpatError, ValueError):
        return ""
    return found[0] if found else ""
