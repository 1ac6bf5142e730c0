"""What the passage needs of the rim, and what it hands back: the only shapes that cross between the two."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from proxy.message import Headers


class Answer(Protocol):
    """The upstream's answer, its body still on the way."""

    @property
    def status(self) -> int:
        """HTTP status code."""

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Header fields as received, in order."""

    async def read(self, limit: int) -> bytes:
        """Read the whole body; `BodyTooLarge` over `limit` bytes, `UpstreamFailed` if it breaks off."""

    def chunks(self) -> AsyncIterator[bytes]:
        """Iterate over the body as it comes; `UpstreamFailed` if it breaks off."""

    def close(self) -> None:
        """Give the connection back, or up if the body was not read to its end."""


class Outlet(Protocol):
    """The way to the other side."""

    async def send(
        self, origin: str, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b""
    ) -> Answer:
        """Send a request exactly as given; `UpstreamFailed` if nobody answers."""


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A request as the rim received it; the body is not read before the route is known. It never prints."""

    host: str
    method: str
    target: str
    headers: Headers
    read: Callable[[int], Awaitable[bytes]]
    """Reads the body; `BodyTooLarge` over so many bytes."""
    source: str = ""
    """Where it came from: a digest that says it to nobody."""


@dataclass(slots=True)
class Exchange:
    """What may be told about one exchange: names of ours and counts, no values. Logged as it is."""

    id: str
    mount: str = ""
    adapter: str = ""
    route: str = ""
    direction: str = ""
    verdict: str = "passed"
    code: str = ""
    reason: str = ""
    status: int = 0
    found: int = 0
    """Values at declared places."""
    veiled: int = 0
    """Identities that were replaced by a pseudonym or alias."""
    reidentified: int = 0


@dataclass(slots=True)
class Reply:
    """What goes back to the caller: a body at hand, or one that is still streaming."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None
    filtered: bool = False
    """The stream is still being read and re-identified; how that ends belongs to the exchange."""
