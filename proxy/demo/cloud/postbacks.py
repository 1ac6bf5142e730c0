"""Postbacks: a queue that repeats every result until the platform takes it.

As documented for the real service: HTTP Basic, JSON body, success is any status that is not 4xx or 5xx, a 3xx counts as
success and is not followed, everything else is repeated with exponential backoff. One result is one POST, in order per
dispatch; here the waits are short and the queue lives in memory.
"""

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from proxy.demo.cloud.model import PostbackTarget

_ANSWER_LIMIT = 65_536
_REFUSED = 400


@dataclass(frozen=True)
class Backoff:
    """Waits between attempts in seconds, doubling from `first` to `longest`; `patience` is for one answer."""

    first: float = 0.1
    longest: float = 2.0
    attempts: int = 70
    patience: float = 10.0


@dataclass
class Delivery:
    """What became of one postback, for the start page and for tests. `status` is the last answer's, 0 for none."""

    registration: str
    attempts: int = 0
    status: int = 0
    delivered: bool = False
    given_up: bool = False


class Postbacks:
    """The queue and its one worker task, which starts with the first postback."""

    def __init__(self, backoff: Backoff) -> None:
        """Nothing is started yet."""
        self.deliveries: list[Delivery] = []
        self._backoff = backoff
        self._queue: asyncio.Queue[tuple[PostbackTarget, Mapping[str, Any], Delivery]] = asyncio.Queue()
        self._group: set[asyncio.Task[None]] = set()

    def put(self, target: PostbackTarget, answer: Mapping[str, Any]) -> None:
        """Queue one result. Must be called on the loop."""
        delivery = Delivery(registration=str(answer["id"]))
        self.deliveries.append(delivery)
        self._queue.put_nowait((target, answer, delivery))
        if not self._group:
            task = asyncio.get_running_loop().create_task(self._work(), name="sandbox postbacks")
            self._group.add(task)
            task.add_done_callback(self._group.discard)

    async def settle(self) -> None:
        """Wait until everything queued is delivered or given up."""
        await self._queue.join()

    async def close(self) -> None:
        """Stop the worker; what is still queued stays undelivered."""
        for task in tuple(self._group):
            task.cancel()
        await asyncio.gather(*self._group, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            target, answer, delivery = await self._queue.get()
            try:
                await self._deliver(target, answer, delivery)
            finally:
                self._queue.task_done()

    async def _deliver(self, target: PostbackTarget, answer: Mapping[str, Any], delivery: Delivery) -> None:
        wait = self._backoff.first
        while delivery.attempts < self._backoff.attempts:
            delivery.attempts += 1
            delivery.status = await self._attempt(target, answer)
            if 0 < delivery.status < _REFUSED:
                delivery.delivered = True
                return
            await asyncio.sleep(wait)
            wait = min(wait * 2, self._backoff.longest)
        delivery.given_up = True

    async def _attempt(self, target: PostbackTarget, answer: Mapping[str, Any]) -> int:
        """The status of one POST, or 0 when there was no answer."""
        try:
            async with asyncio.timeout(self._backoff.patience):
                return await _post(urlsplit(target.url), _request(target, answer))
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            return 0


def _request(target: PostbackTarget, answer: Mapping[str, Any]) -> bytes:
    url = urlsplit(target.url)
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    credentials = base64.b64encode(f"{target.user}:{target.password}".encode()).decode()
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    head = (
        f"POST {path} HTTP/1.1\r\n"
        f"Host: {url.netloc}\r\n"
        "Content-Type: application/json; charset=UTF-8\r\n"
        f"Authorization: Basic {credentials}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "User-Agent: sandbox-cloud\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _address_of(host: str) -> str:
    """Names below `localhost` are this machine (RFC 6761 section 6.3); not every resolver knows that."""
    return "127.0.0.1" if host.endswith(".localhost") else host


async def _post(url: SplitResult, request: bytes) -> int:
    secure = url.scheme == "https"
    reader, writer = await asyncio.open_connection(
        _address_of(url.hostname or ""), url.port or (443 if secure else 80), ssl=secure or None, limit=_ANSWER_LIMIT
    )
    try:
        writer.write(request)
        await writer.drain()
        line = await reader.readline()
        return int(line.split(b" ", 2)[1]) if line.startswith(b"HTTP/1.") else 0
    except IndexError:
        return 0
    finally:
        writer.close()


def results_changed(queue: Postbacks, target: PostbackTarget, progress: Callable[..., dict[str, Any]]) -> None:
    """Queue a result at the depth the target asks for. `progress` takes the detail flags of `progress.progress`."""
    full = target.results_format == "FULL"
    deep = full or target.results_format == "ACTIVITY"
    queue.put(target, progress(children=deep, interactions=full, runtime=full))
