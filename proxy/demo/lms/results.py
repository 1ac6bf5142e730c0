"""Where the platform receives results (postbacks), with answers that tests can switch."""

import asyncio
import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any

from aiohttp import web


@dataclass(frozen=True, slots=True)
class ResultsAnswer:
    """How the desk answers a well-formed result; only a 2xx answer keeps it. `delay` in seconds."""

    status: int = 200
    location: str = ""
    delay: float = 0.0


class ResultsDesk:
    """Takes `POST /results/{course_id}` with Basic authentication and keeps the JSON object it gets."""

    def __init__(self, *, user: str, password: str, clock: Callable[[], float]) -> None:
        """Remember the credentials; `clock` gives unix seconds."""
        self._expected = b"Basic " + b64encode(f"{user}:{password}".encode())
        self._clock = clock
        self.answer = ResultsAnswer()
        self.received: list[dict[str, Any]] = []
        self.refused = 0

    async def handle(self, request: web.Request) -> web.Response:
        """401 without the credentials, 400 for what is no JSON object, else the answer that is switched on."""
        if not compare_digest(request.headers.get("Authorization", "").encode(), self._expected):
            self.refused += 1
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="results"'})
        try:
            body = await request.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            body = None
        if not isinstance(body, dict):
            self.refused += 1
            return web.Response(status=400)
        answer = self.answer
        if answer.delay:
            await asyncio.sleep(answer.delay)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - the 2xx family
            self.refused += 1
            headers = {"Location": answer.location} if answer.location else {}
            return web.Response(status=answer.status, headers=headers)
        at = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        self.received.append({"at": at, "course": request.match_info["course_id"], "body": body})
        return web.Response(status=answer.status)
