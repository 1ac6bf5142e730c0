"""Answers cut down to what an allow-list of JSON pointers names."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from proxy.errors import UnreadableBody
from proxy.rewrite.carriers.base import splice
from proxy.rewrite.carriers.json_scan import Hit, Member, Scan, without_members
from proxy.rewrite.selectors import State, automaton, parse_pointer


class _Unnamed(Scan):
    """A walk whose hits are the members that no pointer names."""

    every = True

    def __init__(self, text: str, *, lenient: bool) -> None:
        """Prepare to walk `text`."""
        super().__init__(text, lenient=lenient)
        self._gone: Counter[int] = Counter()

    def below(self, state: State | None) -> State | None:
        """Inside a named value everything stays, and inside a removed one there is nothing left to remove."""
        return None if state is None or state.hits else state

    def note(self, state: State | None, member: Member, span: tuple[int, int], end: int, inner: int | None) -> None:
        """Keep named values and the shells around them."""
        if state is not None and (state.hits or (inner is not None and (state.firm or self._holds_something(inner)))):
            return
        self._gone[member.container] += 1
        self.hits.append(Hit(-1, *span, (), (member.nth,), member.container, (member.start, end)))

    def _holds_something(self, inner: int) -> bool:
        return inner >= 0 and self._gone[inner] < self.sizes[inner]


@lru_cache(maxsize=256)
def automaton_of(pointers: tuple[str, ...]) -> State:
    """Return the automaton of JSON pointers. Raises AdapterInvalid."""
    return automaton([parse_pointer(pointer) for pointer in pointers])


def text_of(body: bytes) -> str:
    """Decode a JSON text. Raises UnreadableBody."""
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        raise UnreadableBody("not-utf-8") from None


def texts_beside(body: bytes, pointers: Sequence[str]) -> str:
    """Return the members of the JSON text `body` that no pointer names, each with its key, one a line."""
    text = text_of(body)
    scan = _Unnamed(text, lenient=False)
    scan.run(automaton_of(tuple(pointers)))
    return "\n".join(text[slice(*hit.chunk)] for hit in scan.hits)


def keep_only(body: bytes, pointers: Sequence[str]) -> bytes:
    """Return the JSON text `body` without everything that no pointer names.

    A pointer that names an object or array keeps all of it. Containers on the way stay as shells; those that only a
    `**` leads through stay if they hold something. What stays keeps its bytes; a bare value that is not named becomes
    null. Raises UnreadableBody and AdapterInvalid.
    """
    text = text_of(body)
    first = automaton_of(tuple(pointers))
    scan = _Unnamed(text, lenient=True)
    scan.run(first)
    if not first.hits and text.strip()[0] not in "{[":
        return b"null"
    edits = without_members([hit for hit in scan.hits if hit.container >= 0], scan.sizes)
    return splice(text, edits).encode() if edits else body
