"""Addresses that are nothing but a random id: what they mean stays in the cloud."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any


class Handles:
    """What each id means and how long it holds. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """None yet."""
        self._clock = clock
        self._meant: dict[str, tuple[str, Mapping[str, Any], float]] = {}

    def new(self, purpose: str, meaning: Mapping[str, Any], seconds: float) -> str:
        """A new id for a purpose."""
        handle = str(uuid.uuid4())
        self._meant[handle] = (purpose, meaning, self._clock() + seconds)
        return handle

    def read(self, purpose: str, handle: str) -> Mapping[str, Any] | None:
        """What an id means, if it is for that purpose and still holds."""
        found = self._meant.get(handle)
        return None if found is None or found[0] != purpose or found[2] < self._clock() else found[1]
