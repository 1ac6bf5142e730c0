"""What this room needs of the way to the cloud. `proxy.edge.upstream.Upstream` has it."""

from collections.abc import Sequence
from typing import Protocol


class Answer(Protocol):
    """An answer, its body still on the way."""

    @property
    def status(self) -> int:
        """HTTP status code."""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Header fields as received, in order."""

    async def read(self, limit: int) -> bytes:
        """Read the whole body; `BodyTooLarge` over `limit` bytes, `UpstreamFailed` if it breaks off."""


class Outlet(Protocol):
    """The way to the cloud."""

    async def send(
        self, origin: str, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b""
    ) -> Answer:
        """Send a request exactly as given; `UpstreamFailed` if nobody answers."""
