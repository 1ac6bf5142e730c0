"""From aiohttp's request to ours. The raw target and headers are kept; the body is read later, up to a limit."""

import asyncio

from aiohttp.web import BaseRequest

from proxy.edge.sources import Sources
from proxy.errors import BodyTooLarge, UnreadableBody
from proxy.message import Headers
from proxy.passage import Request


def request_of(request: BaseRequest, idle_seconds: float, sources: Sources) -> Request:
    """Wrap a received request; nothing is decoded and nothing is read. A silent sender is given up in the end."""
    pairs = [
        (name.decode("ascii", "replace"), value.decode("utf-8", "surrogateescape"))
        for name, value in request.raw_headers
    ]

    async def read(limit: int) -> bytes:
        return await _read(request, limit, idle_seconds)

    source = sources.of(request.remote or "", request.headers.getall(sources.field, []) if sources.field else [])
    return Request(request.headers.get("Host", ""), request.method, request.raw_path, Headers(pairs), read, source)


async def _read(request: BaseRequest, limit: int, idle_seconds: float) -> bytes:
    """Read the body; `BodyTooLarge` over `limit` bytes, `UnreadableBody` if the sender breaks off."""
    declared = request.content_length
    if declared is not None and declared > limit:
        raise BodyTooLarge
    if not request.body_exists:
        return b""
    parts: list[bytes] = []
    size = 0
    try:
        while size <= limit:
            async with asyncio.timeout(idle_seconds):
                chunk = await request.content.readany()
            if not chunk:
                break
            size += len(chunk)
            parts.append(chunk)
    except Exception:  # noqa: BLE001  aiohttp's payload errors have no common root, and none may carry its text on
        raise UnreadableBody("broken-off") from None
    if size > limit:
        raise BodyTooLarge
    return b"".join(parts)
