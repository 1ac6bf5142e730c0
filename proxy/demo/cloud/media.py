"""The second host: pictures, a style sheet and a long recording that the course names by absolute address.

A course's media often live on another host than the player, so a proxy has to carry several upstream origins. The
recording is one megabyte of generated surf (a WAV file), with Range support as browsers expect it.
"""

import hashlib
import math
import re
import struct
from functools import cached_property

from aiohttp import web

from proxy.demo.cloud.pages import Pages
from proxy.demo.cloud.site import denied, page

_RATE = 8_000
_SAMPLES = 1024 * 1024 - 44
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class MediaDesk:
    """Handlers of the content host."""

    def __init__(self, pages: Pages) -> None:
        """Serve these files."""
        self._pages = pages

    def routes(self) -> list[web.RouteDef]:
        """All routes of the content host."""
        return [web.get("/media/lesson.wav", self._recording), web.get("/media/{file}", self._file)]

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["file"]
        types = {"cover.svg": "image/svg+xml", "course.css": "text/css"}
        if name not in types:
            return denied("Not Found", 404)
        answer = page(self._pages.text(f"media/{name}"), types[name])
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer

    async def _recording(self, request: web.Request) -> web.StreamResponse:
        whole = self._sound
        asked = _RANGE.fullmatch(request.headers.get("Range", ""))
        headers = {"Accept-Ranges": "bytes", "ETag": f'"lesson-{len(whole)}"', "Access-Control-Allow-Origin": "*"}
        if asked is None or asked.groups() == ("", ""):
            return web.Response(body=whole, content_type="audio/wav", headers=headers)
        first, last = _span(*asked.groups(), size=len(whole))
        if first > last:
            headers["Content-Range"] = f"bytes */{len(whole)}"
            return web.Response(status=416, headers=headers)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(whole)}"
        return web.Response(status=206, body=whole[first : last + 1], content_type="audio/wav", headers=headers)

    @cached_property
    def _sound(self) -> bytes:
        """Surf: noise that swells every eight seconds; made on first use, the same every time."""
        swell = 8 * _RATE
        noise = hashlib.shake_256(b"surf").digest(swell + 2)
        wave = bytes(
            128
            + round((sum(noise[step : step + 3]) / 3 - 127.5) * (0.08 + 0.3 * math.sin(math.pi * step / swell) ** 2))
            for step in range(swell)
        )
        body = (wave * (_SAMPLES // swell + 1))[:_SAMPLES]
        return _wav_header(len(body)) + body


def _span(start: str, end: str, *, size: int) -> tuple[int, int]:
    """First and last byte; `-500` means the last 500 (RFC 9110 section 14.1.2)."""
    if not start:
        return max(0, size - int(end)), size - 1
    return int(start), min(int(end) if end else size - 1, size - 1)


def _wav_header(size: int) -> bytes:
    """RIFF header of 8-bit mono PCM."""
    return (
        b"RIFF"
        + struct.pack("<I", 36 + size)
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, _RATE, _RATE, 1, 8)
        + b"data"
        + struct.pack("<I", size)
    )
