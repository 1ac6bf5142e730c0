"""The other side of a trace: the recorded answers, and invented ones to what the proxy itself would ask the cloud."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

import orjson

from proxy.passage import Mount
from proxy.trace.har import Recorded

_NO_CONTENT = 204
_QUESTION = "method=rustici.registration.getRegistrationDetail"
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"})
"""Fields that speak of how the answer travelled; in the file it lies opened."""
_OUR_COOKIES = ("__Host-scormveil=",)
_OUR_MARK = "sv~"
_COURSE_KEY, _THEIR_KEY = b'"svl1.', b'"svl0.'
"""How a key begins that the recording proxy gave to a course; here it stands for the cloud's own."""
_REFUSED_HERE = "x-scormveil-code"


@dataclass(slots=True, repr=False)
class Replayed:
    """An answer from the file; see `proxy.passage.Answer`."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    async def read(self, limit: int) -> bytes:
        """Its whole body; the limit counts for what comes over a wire."""
        del limit
        return self.body

    async def chunks(self) -> AsyncIterator[bytes]:
        """Its body, in pieces as they might come."""
        for at in range(0, len(self.body), 65_536):
            yield self.body[at : at + 65_536]

    def close(self) -> None:
        """There is no connection."""


@dataclass(slots=True, repr=False)
class Expected:
    """What the next request is: the recorded one."""

    entry: Recorded
    mount: Mount
    through: bool
    """It was recorded behind a proxy of ours: the answer is not the cloud's, but what such a proxy made of it."""
    reads: Callable[[], bool]
    """Whether the answer is read by its declaration, so that an absent body cannot stand for an empty one."""


class Replay:
    """Stands where the way upstream is (`proxy.passage.Outlet`). Nothing is sent anywhere."""

    def __init__(self) -> None:
        """Expect nothing yet."""
        self.asked = 0
        """How often the expected request has come so far as to leave."""
        self.learner = ""
        """The pseudonym that questions of the proxy's own are answered with."""
        self._expected: Expected | None = None

    def expect(self, expected: Expected) -> None:
        """Answer the next request with what was recorded."""
        self._expected = expected
        self.asked = 0

    async def send(
        self, origin: str, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b""
    ) -> Replayed:
        """Answer; what was not recorded is a question of the proxy's own."""
        del origin, headers, body
        expected = self._expected
        if expected is None or self._is_question(method, target, expected):
            return self._told(target)
        self.asked += 1
        return _answer(expected)

    @staticmethod
    def _is_question(method: str, target: str, expected: Expected) -> bool:
        if _QUESTION in target:
            return _QUESTION not in expected.entry.url
        return method != expected.entry.method

    def _told(self, target: str) -> Replayed:
        """Whose registration it is, in the form of the API that was asked (docs/protocol/scorm-cloud-api.md)."""
        if _QUESTION in target:
            text = f'<rsp stat="ok"><registration><learnerId>{self.learner}</learnerId></registration></rsp>'
            return Replayed(200, (("Content-Type", "text/xml; charset=utf-8"),), text.encode())
        return Replayed(200, (("Content-Type", "application/json"),), orjson.dumps({"learner": {"id": self.learner}}))


def was_refused(entry: Recorded) -> bool:
    """Whether a proxy of ours refused it when it was recorded, so that the cloud's answer is not known."""
    return _REFUSED_HERE in entry.answer_headers


def lacks_answer(entry: Recorded) -> bool:
    """Whether the cloud's answer is not, or not wholly, in the file."""
    return not entry.status or entry.answer is None or was_refused(entry)


def _answer(expected: Expected) -> Replayed:
    entry = expected.entry
    if not entry.status or was_refused(entry):
        return Replayed(_NO_CONTENT, ())
    pairs = [pair for pair in entry.answer_headers if pair[0].lower() not in _OF_THE_WIRE]
    status, body = entry.status, entry.answer or b""
    if entry.answer is None and expected.reads():
        status = _NO_CONTENT
    if expected.through:
        book = expected.mount.book
        pairs = [(name, _turned(name, value, expected.mount)) for name, value in pairs if not _is_ours(name, value)]
        body = book.turn_out(body).replace(_COURSE_KEY, _THEIR_KEY)
    return Replayed(status, tuple(pairs), body)


def _is_ours(name: str, value: str) -> bool:
    return name.lower() == "set-cookie" and value.startswith(_OUR_COOKIES)


def _turned(name: str, value: str, mount: Mount) -> str:
    """A field as the cloud sent it: its cookies under their own names, its addresses its own."""
    lower = name.lower()
    if lower == "set-cookie" and value.startswith(_OUR_MARK):
        return value.split("~", 2)[-1].partition(";")[0]
    if lower == "location":
        return mount.book.turn_out(value.encode("utf-8", "replace")).decode("utf-8", "replace")
    return value
