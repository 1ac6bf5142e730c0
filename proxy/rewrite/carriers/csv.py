"""Values joined by commas in one text, as the official client of SCORM Cloud joins tags (`a,b,c`).

A comma inside a value cannot be told from one between two; that is the client's ambiguity, and each part is read alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from proxy.rewrite.carriers.base import Change, Slot


@dataclass(slots=True)
class OpenedCsv:
    """One slot for each part that is not empty; `places` says which part a slot is."""

    parts: list[str]
    places: list[int]
    slots: list[Slot]

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the list with `changes`; a removed part takes its comma along."""
        parts: list[str | None] = list(self.parts)
        for number, change in changes.items():
            parts[self.places[number]] = change
        return ",".join(part for part in parts if part is not None)


def open_csv(value: str) -> OpenedCsv:
    """Split `value` at its commas."""
    parts = value.split(",")
    places = [place for place, part in enumerate(parts) if part.strip()]
    return OpenedCsv(parts, places, [Slot(0, parts[place], group=(place,)) for place in places])
