"""JSON texts inside messages (RFC 8259): found with spans, so that what is not changed keeps its characters."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proxy.errors import FieldInvalid
from proxy.rewrite.carriers.base import Change, Form, Raw, Slot, splice
from proxy.rewrite.carriers.json_scan import Hit, Scan, without_members
from proxy.rewrite.selectors import Parts, State, wildcard_positions

_FORMS = {
    '"': Form.TEXT,
    "{": Form.CONTAINER,
    "[": Form.CONTAINER,
    "n": Form.NULL,
    "t": Form.WORD,
    "f": Form.WORD,
    "N": Form.WORD,
    "I": Form.WORD,
}


@dataclass(slots=True)
class OpenedJson:
    """A JSON text and the values that the pointers name."""

    text: str
    hits: list[Hit]
    sizes: list[int]
    slots: list[Slot]

    def literal(self, number: int) -> str:
        """Return a value as it is written: of an object or a list the whole of it."""
        return self.text[self.hits[number].start : self.hits[number].end]

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the text with `changes`. New values are strings, written in ASCII if the whole text was.

        An emptied value that was no string becomes null. Raises FieldInvalid if the whole text is to be removed.
        """
        ascii_only = self.text.isascii()
        edits: list[tuple[int, int, str]] = []
        gone: list[Hit] = []
        for number, change in changes.items():
            hit, form = self.hits[number], self.slots[number].form
            if change is None:
                gone.append(hit)
            elif isinstance(change, Raw):
                edits.append((hit.start, hit.end, change))
            elif not change and form is not Form.TEXT:
                edits.append((hit.start, hit.end, "null"))
            else:
                edits.append((hit.start, hit.end, json.dumps(change, ensure_ascii=ascii_only)))
        if any(hit.container < 0 for hit in gone):
            raise FieldInvalid("not-removable")
        return splice(self.text, edits + without_members(gone, self.sizes))


def open_json(
    text: str, pointers: Sequence[Parts], first: State, *, lenient: bool = False, place: str = ""
) -> OpenedJson:
    """Read `text` and find what `pointers` name (`first` is their automaton); the first declared one counts.

    `lenient` allows the words NaN and Infinity. Raises UnreadableBody.
    """
    scan = Scan(text, lenient=lenient, place=place)
    scan.run(first)
    hits = sorted(scan.hits, key=lambda hit: (hit.start, -hit.end))
    return OpenedJson(text, hits, scan.sizes, [_slot(text, hit, pointers) for hit in hits])


def form_of(literal: str) -> Form:
    """Say what a value is by how it is written."""
    return _FORMS.get(literal[0], Form.WORD if literal == "-Infinity" else Form.NUMBER)


def _slot(text: str, hit: Hit, pointers: Sequence[Parts]) -> Slot:
    literal = text[hit.start : hit.end]
    form = form_of(literal)
    group = wildcard_positions(pointers[hit.which], hit.keys, hit.positions)
    if form is Form.TEXT:
        value = json.loads(literal) if "\\" in literal else literal[1:-1]
        return Slot(hit.which, value, form, group)
    return Slot(hit.which, "" if form is Form.CONTAINER else literal, form, group)
