"""One call to the cloud: looked at by the guard, sent, and repeated where that can help."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from proxy.cloud.ports import Answer, Outlet
from proxy.errors import LeakSuspected, UpstreamFailed, UpstreamRefused
from proxy.guard import Watch, inspect

_LIMIT = 8 * 1024 * 1024
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
_TRIES = 6
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """A call as it will stand on the wire. `headers` are the same for everybody; target and body are looked at."""

    origin: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True, repr=False)
class Heard:
    """What came back: header fields in their order, and the body."""

    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """The first field of that name, "" if there is none."""
        return next((text for one, text in self.headers if one.lower() == name.lower()), "")


class Caller:
    """Sends the calls of one application. All of them are repeatable: asked twice, the cloud does the same once."""

    def __init__(
        self, outlet: Outlet, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, tries: int = 0
    ) -> None:
        """Remember the way. `tries`: how often a call is made at most, where somebody else repeats it (0: as usual)."""
        self._outlet = outlet
        self._tries = tries or _TRIES
        self._sleep = sleep
        self._not_before = 0.0

    async def call(self, call: Call, watch: Watch) -> bytes:
        """Return the body of a 2xx answer. Raises like `heard`."""
        return (await self.heard(call, watch)).body

    async def heard(self, call: Call, watch: Watch) -> Heard:
        """Return a 2xx answer.

        429, 5xx and silence are repeated, with growing pauses or as `Retry-After` says. Raises `LeakSuspected` before
        anything is sent; `UpstreamFailed` when the cloud is busy or silent for too long: then nobody knows what it did;
        `UpstreamRefused` for any other answer, with its status as the reason.
        """
        hits = inspect([("request-line", f"{call.method} {call.target}".encode()), ("body", call.body)], watch)
        if hits:
            raise LeakSuspected(hits[0].disguise, place=hits[0].piece, kind=hits[0].kind)
        trouble = ""
        for attempt in range(self._tries):
            await self._rest()
            try:
                answer = await self._outlet.send(call.origin, call.method, call.target, call.headers, call.body)
                body = await answer.read(_LIMIT)
            except UpstreamFailed as failed:
                trouble = failed.reason
                self._pause(attempt, None)
                continue
            if answer.status // 100 == 2:  # noqa: PLR2004  a success, RFC 9110 section 15.3
                return Heard(tuple(answer.headers), body)
            if answer.status not in _BUSY:
                raise UpstreamRefused(f"status-{answer.status}")
            trouble = f"status-{answer.status}"
            self._pause(attempt, answer)
        raise UpstreamFailed(trouble)

    async def _rest(self) -> None:
        """Wait as long as the cloud asked any of our calls to."""
        while (left := self._not_before - time.monotonic()) > 0:
            await self._sleep(left)

    def _pause(self, attempt: int, answer: Answer | None) -> None:
        seconds = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE) * random.uniform(0.7, 1.0)  # noqa: S311  no secret
        asked = _retry_after(answer) if answer is not None else 0.0
        self._not_before = max(self._not_before, time.monotonic() + max(seconds, asked))


def _retry_after(answer: Answer) -> float:
    """Seconds that the cloud wants us to wait (RFC 9110 section 10.2.3); 0 without, or for a date."""
    value = Heard(tuple(answer.headers), b"").header("Retry-After")
    return min(float(value), _LONGEST_PAUSE) if value.isascii() and value.isdigit() else 0.0
