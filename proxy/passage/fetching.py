"""The one request for a course's key that goes to the LMS: cmi5 section 8.2.

It is sent once, with nothing of the browser's, and of the answer's header nothing goes on but what says how to read the
body: a cookie of the LMS would otherwise be kept for the course's host, and be sent there.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy.errors import UpstreamRefused
from proxy.passage.destinations import Destination
from proxy.passage.learner_tokens import Fetch
from proxy.passage.ports import Answer, Outlet

_OK = 200
_OF_THE_BODY = frozenset({"content-type", "content-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class _Bare:
    """An answer without the fields that speak of the LMS."""

    answer: Answer
    headers: tuple[tuple[str, str], ...]
    status: int = _OK

    async def read(self, limit: int) -> bytes:
        return await self.answer.read(limit)

    def chunks(self) -> AsyncIterator[bytes]:
        return self.answer.chunks()

    def close(self) -> None:
        self.answer.close()


def where(fetch: Fetch) -> Destination:
    """Return where a course's key is to be had."""
    whole = urlsplit(fetch.address)
    target = (whole.path or "/") + (f"?{whole.query}" if whole.query else "")
    return Destination("", f"{whole.scheme}://{whole.netloc}", "", target)


async def ask(outlet: Outlet, to: Destination, user_agent: str) -> Answer:
    """Ask for the key, once. `UpstreamRefused` for any answer but 200, which errors have, too (8.2.3)."""
    fields = [("Accept", "application/json"), ("User-Agent", user_agent)]
    answer = await outlet.send(to.origin, "POST", to.path, fields)
    if answer.status != _OK:
        answer.close()
        raise UpstreamRefused("fetch")
    return _Bare(answer, tuple(pair for pair in answer.headers if pair[0].lower() in _OF_THE_BODY))
