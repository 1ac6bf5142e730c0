"""The parts of a message that are no text with an inside of its own: header fields and path segments."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from proxy.errors import FieldInvalid, UnreadableBody
from proxy.message import Headers
from proxy.rewrite.carriers.base import Change, Slot, splice
from proxy.rewrite.carriers.percent import check_percent, decode_percent, encode_percent


@dataclass(slots=True)
class OpenedHeaders:
    """The declared header fields of a message, in its order."""

    slots: list[Slot]
    found: list[tuple[str, str]]

    def close(self, changes: Mapping[int, Change]) -> str:
        """Not a text: `apply` is for headers."""
        raise NotImplementedError

    def apply(self, headers: Headers, changes: Mapping[int, Change]) -> Headers:
        """Return `headers` with `changes`. Raises FieldInvalid for a value that would end the line."""
        wanted = {self.found[number]: change for number, change in changes.items()}
        pairs: list[tuple[str, str]] = []
        for name, value in headers:
            change = wanted.get((name, value), value)
            if change is None:
                continue
            if any(ord(char) < 0x20 or ord(char) == 0x7F for char in change):  # noqa: PLR2004  RFC 9110 section 5.5
                raise FieldInvalid("header-characters")
            pairs.append((name, change))
        return Headers(pairs)


def open_headers(headers: Headers, names: Mapping[str, int], place: str = "") -> OpenedHeaders:
    """Find the values of `names` (lower case -> step number). Raises UnreadableBody for control characters."""
    opened = OpenedHeaders([], [])
    for name, value in headers:
        which = names.get(name.lower())
        if which is None:
            continue
        if any(ord(char) < 0x20 or ord(char) == 0x7F for char in value):  # noqa: PLR2004
            raise UnreadableBody("control-character", place=place)
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise UnreadableBody("not-utf-8", place=place) from None
        opened.slots.append(Slot(which, value))
        opened.found.append((name, value))
    return opened


@dataclass(slots=True)
class OpenedPath:
    """A path and where the declared template variables stand in it."""

    path: str
    spans: list[tuple[int, int]]
    slots: list[Slot]

    def close(self, changes: Mapping[int, Change]) -> str:
        """Return the path with other segments. Raises FieldInvalid for one that cannot stand there."""
        edits: list[tuple[int, int, str]] = []
        for number, change in changes.items():
            if not change or change in {".", ".."}:
                raise FieldInvalid("path-segment")
            edits.append((*self.spans[number], encode_percent(change)))
        return splice(self.path, edits)


def open_path(path: str, captures: Mapping[str, str], names: Sequence[str], place: str = "") -> OpenedPath:
    """Find the template variables `names` in the raw `path`; `captures` are all raw ones in template order.

    A variable's text may occur in the path more than once. If the order of the variables does not settle which
    occurrence is meant, the message is refused rather than the wrong segment changed. Raises UnreadableBody.
    """
    check_percent(path, lines=False, place=place)
    filled = [(name, raw) for name, raw in captures.items() if raw]
    ways = list(_two(_assignments(path, [raw for _, raw in filled], 0)))
    if len(ways) != 1:
        raise UnreadableBody("ambiguous-path", place=place)
    spans = dict(zip((name for name, _ in filled), ways[0], strict=True))
    opened = OpenedPath(path, [], [])
    for which, name in enumerate(names):
        if name in spans:
            start, end = spans[name]
            opened.spans.append((start, end))
            opened.slots.append(Slot(which, decode_percent(path[start:end])))
    return opened


def _two(ways: Iterator[list[tuple[int, int]]]) -> Iterator[list[tuple[int, int]]]:
    for _, way in zip(range(2), ways, strict=False):
        yield way


def _assignments(path: str, raws: Sequence[str], start: int) -> Iterator[list[tuple[int, int]]]:
    """Every way in which `raws` can follow each other in `path`."""
    if not raws:
        yield []
        return
    for span in _occurrences(path, raws[0], start):
        for rest in _assignments(path, raws[1:], span[1]):
            yield [span, *rest]


def _occurrences(path: str, raw: str, start: int) -> Sequence[tuple[int, int]]:
    """Whole segments that read `raw`; if there is none, parts of segments."""
    whole: list[tuple[int, int]] = []
    parts: list[tuple[int, int]] = []
    position = path.find(raw, start)
    while position >= 0:
        end = position + len(raw)
        is_whole = path[position - 1 : position] == "/" and (end == len(path) or path[end] == "/")
        (whole if is_whole else parts).append((position, end))
        position = path.find(raw, position + 1)
    return whole or parts
