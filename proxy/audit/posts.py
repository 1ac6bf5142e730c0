"""Where checkpoints go, so that whoever owns the database does not own the past: witnesses, syslog."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

Consistency = Callable[[int], Awaitable[Sequence[bytes]]]
"""Gives the proof (RFC 6962, section 2.1.2) from a tree of so many leaves to that of the checkpoint."""


class Post(Protocol):
    """A place outside the database that is given every checkpoint, or the newest of them after a failure."""

    @property
    def name(self) -> str:
        """A short word for logs and metrics: `syslog`, `witness:<name>`."""

    async def deliver(self, note: str, consistency: Consistency) -> str:
        """Hand over a signed checkpoint; returns it, with the signatures that were added. Raises `PostFailed`."""
