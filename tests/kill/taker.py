"""A learning platform that takes results, or does not, as the moment has it; and the results that the cloud has for it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from tests.passage.wire import Received, http, read_message

Mood = Callable[[], str]
FIRST = datetime(2026, 5, 4, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Result:
    """One result of a learner's registration; `number` tells it from its others, the newest is the highest."""

    registration: str
    learner: str
    number: int

    def text(self, pseudonym: str) -> str:
        updated = FIRST + timedelta(seconds=self.number)
        return json.dumps(
            {
                "id": self.registration,
                "instance": 0,
                "updated": updated.isoformat().replace("+00:00", "Z"),
                "registrationCompletion": "INCOMPLETE",
                "score": {"scaled": float(self.number)},
                "learner": {"id": pseudonym, "firstName": "Learner", "lastName": "x"},
                "activityDetails": {"runtime": {"suspendData": "bm"}},
            }
        )


def result_of(message: Received) -> Result:
    """Read what came, out of its form if it stands in one."""
    text = message.body.decode()
    if "form" in message.header("Content-Type"):
        text = parse_qs(text, strict_parsing=True)["data"][0]
    told = json.loads(text)
    return Result(told["id"], told["learner"]["id"], int(told["score"]["scaled"]))


@dataclass
class Platform:
    """`mood` says what happens to a request: `takes` it, answers with a status, is `silent`, or breaks off (`half`).

    Half an answer comes of a platform that has worked: what it was handed is in its books, and it will get it again.
    """

    mood: Mood = lambda: "takes"
    name: str = "cloud.localhost"
    port: int = 0
    accepted: list[Result] = field(default_factory=list)
    """In the order in which they were written into its books, and answered."""
    booked: list[Result] = field(default_factory=list)
    """Also those that were not answered."""
    received: Callable[[], Awaitable[None]] | None = None
    requests: int = 0
    _server: asyncio.Server | None = None
    _talks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def origin(self) -> str:
        return f"http://{self.name}:{self.port}"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._talks):
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with suppress(ConnectionError, asyncio.CancelledError):
                while (message := await read_message(reader, answer=False)) is not None and message.whole:
                    if not await self._answer(message, writer):
                        return
        finally:
            self._talks.discard(task)
            writer.close()

    async def _answer(self, message: Received, writer: asyncio.StreamWriter) -> bool:
        """Whether more may come on this connection."""
        self.requests += 1
        if self.received is not None:
            await self.received()
        mood = self.mood()
        if mood == "down":
            return False
        if mood == "silent":
            await asyncio.Event().wait()
        if mood in {"takes", "half"}:
            self.booked.append(result_of(message))
        if mood == "half":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthank y")
            await writer.drain()
            return False
        if mood == "takes":
            self.accepted.append(result_of(message))
        status = 200 if mood == "takes" else int(mood)
        writer.write(http(status, {"Location": "https://lms.example.edu/login"} if status == 301 else {}, b"thank you"))
        await writer.drain()
        return True
