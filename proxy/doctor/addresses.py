"""Whose an address is: this installation's, and then whether results are taken there, or somebody else's. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from urllib.parse import urlsplit

BELOW = "/.scormveil/postback/"
"""Where an API mount takes postbacks, below its public path; a token follows."""
_UNREADABLE = "(no address)"


class Whose(Enum):
    """Where an address leads."""

    NOWHERE = auto()
    """It is empty."""
    OURS = auto()
    """To a place where this installation takes results."""
    LOST = auto()
    """To a host of this installation, but nothing takes results there."""
    FOREIGN = auto()
    """Around this installation."""


@dataclass(frozen=True, slots=True)
class Ours:
    """The public addresses of this installation: those of API mounts, of `postback` mounts, and of all."""

    apis: Sequence[str]
    postbacks: Sequence[str]
    all: Sequence[str]

    def whose(self, address: str) -> Whose:
        """Say where `address` leads."""
        if not address.strip():
            return Whose.NOWHERE
        given = _place(address)
        if given is None:
            return Whose.FOREIGN
        takes = [f"{one.rstrip('/')}{BELOW}" for one in self.apis]
        if any(_below(given, one) for one in takes) or any(given == _place(one) for one in self.postbacks):
            return Whose.OURS
        hosts = {place[0] for one in self.all if (place := _place(one))}
        return Whose.LOST if given[0] in hosts else Whose.FOREIGN


def is_address(value: str) -> bool:
    """Whether a text is an http or https address."""
    return value.strip().lower().startswith(("http://", "https://"))


def host_of(address: str) -> str:
    """Host and port of an address: no user, no path, no query, for these may hold secrets."""
    try:
        parts = urlsplit(address.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return _UNREADABLE
    return f"{parts.hostname}{port}" if parts.hostname else _UNREADABLE


def _place(address: str) -> tuple[tuple[str, str, int], str] | None:
    """Origin and path; None for what is no address."""
    try:
        parts = urlsplit(address.strip())
        scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
        port = parts.port or {"http": 80, "https": 443}.get(scheme, 0)
    except ValueError:
        return None
    if scheme not in {"http", "https"} or not host:
        return None
    return (scheme, host, port), parts.path.rstrip("/")


def _below(given: tuple[tuple[str, str, int], str], base: str) -> bool:
    place = _place(base)
    return place is not None and given[0] == place[0] and given[1].startswith(f"{place[1]}/")
