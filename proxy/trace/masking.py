"""Names of query keys, members and paths, for a report without values: shown where they are structure, else hidden.

Software names its keys in plain words; people's data comes as keys, too (a mark of each classmate, a path with an id).
What is not made of plain words is not shown, nor what the guard finds anybody of the recording in.
"""

import re
from collections.abc import Iterable, Sequence

from proxy.guard import Watch, inspect
from proxy.people import Kind, Person

HIDDEN = "‹hidden›"
_PIECES = re.compile(r"[_\-.:$@#\[\]]+")
_WORD = re.compile(r"[A-Za-z]{1,24}[0-9]{0,3}|[0-9]{1,3}")
_LETTERS = re.compile(r"[^\W_]+")
_LONGEST = 64
_MOST_DIGITS = 4
_DOTTED = frozenset({"cmi", "adl", "xapi"})
"""First words of names with dots: the SCORM data model (`cmi.suspend_data`)."""
_ENDINGS = frozenset(
    [
        "asp",
        "aspx",
        "css",
        "csv",
        "cgi",
        "do",
        "eot",
        "gif",
        "htm",
        "html",
        "ico",
        "jpeg",
        "jpg",
        "js",
        "json",
        "jsp",
        "m3u8",
        "map",
        "mjs",
        "mp3",
        "mp4",
        "pdf",
        "php",
        "png",
        "svg",
        "ttf",
        "txt",
        "vtt",
        "wav",
        "webm",
        "webp",
        "woff",
        "woff2",
        "xhtml",
        "xml",
        "xsd",
        "zip",
    ]
)
_NAMING = frozenset({Kind.SUBJECT, Kind.NAME, Kind.GIVEN, Kind.FAMILY, Kind.REGISTRATION, Kind.TAG})
_HOST = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*(?::[0-9]{1,5})?|\[[0-9a-f:.]{2,45}\](?::[0-9]{1,5})?")
_IRI = re.compile(r"(https?)://([^/?#\s]+)([^?#\s]*)")


class Mask:
    """Shows names and paths without giving `people` away. With `bare` it hides nothing."""

    def __init__(self, people: Iterable[Person] = (), *, bare: bool = False) -> None:
        """Prepare to look for everybody of the recording."""
        known = tuple(people)
        self._bare = bare
        self._watches = [Watch(person.cleartexts) for person in known]
        self._words = {word for person in known for word in _words(person)}

    def name(self, text: str) -> str:
        """A key, a member, the name of a header field."""
        if self._bare:
            return text
        address = _IRI.fullmatch(text)
        if address:
            path = self.path(address[3]) if address[3] else ""
            return f"{address[1]}://{self.host(address[2])}{path}"
        pieces = [piece for piece in _PIECES.split(text) if piece]
        plain = bool(pieces) and len(text) <= _LONGEST and all(map(_WORD.fullmatch, pieces))
        if not plain or _digits(text) > _MOST_DIGITS or ("." in text and pieces[0] not in _DOTTED):
            return HIDDEN
        return HIDDEN if self._tells(text) else text

    def names(self, parts: Sequence[str]) -> str:
        """The way to a value through objects and elements, as a pointer."""
        return "".join(f"/{part if part in {'', '*', '@'} else self._part(part)}" for part in parts)

    def _part(self, part: str) -> str:
        return f"@{self.name(part[1:])}" if part.startswith("@") else self.name(part)

    def path(self, path: str) -> str:
        """A path as a template: `/Engine/{a}/results.jsp`."""
        if self._bare:
            return path
        shown: list[str] = []
        hidden = 0
        for segment in path.split("/"):
            if not segment or self._is_plain(segment):
                shown.append(segment)
                continue
            shown.append(f"{{{chr(ord('a') + hidden % 26)}}}")
            hidden += 1
        return "/".join(shown)

    def host(self, host: str) -> str:
        """The name of a host that is nobody's."""
        if self._bare or not host:
            return host
        return host if _HOST.fullmatch(host) and not self._tells(host) else HIDDEN

    def _is_plain(self, segment: str) -> bool:
        """Whether a segment is words, and perhaps the ending of a file. With more dots it may be somebody's id."""
        bare = segment.removeprefix("~")
        stem, dot, ending = bare.rpartition(".")
        stem = stem if dot and ending.lower() in _ENDINGS else bare
        pieces = [piece for piece in _PIECES.split(stem) if piece]
        plain = bool(pieces) and "." not in stem and len(segment) <= _LONGEST and all(map(_WORD.fullmatch, pieces))
        return plain and _digits(stem) <= _MOST_DIGITS and not self._tells(segment)

    def _tells(self, text: str) -> bool:
        if any(word in self._words for word in _LETTERS.findall(text.casefold())):
            return True
        piece = (("name", text.encode("utf-8", "surrogatepass")),)
        return any(inspect(piece, watch) for watch in self._watches)


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def _words(person: Person) -> Iterable[str]:
    for known in person.cleartexts:
        if known.kind in _NAMING:
            yield from (word for word in _LETTERS.findall(known.reveal().casefold()) if len(word) > 1)
