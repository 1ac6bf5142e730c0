"""A request or an answer as the house sees it: no framework type, no socket, immutable."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from proxy.people import Direction as Direction


class Headers:
    """Header fields in order, with names compared case-insensitively (RFC 9110 section 5.1)."""

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """Keep `pairs` as they are, in order."""
        self.pairs = tuple(pairs)
        # Every exchange asks a dozen times; one pass serves them all.
        self._first = {key.lower(): value for key, value in reversed(self.pairs)}

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of `name` (any case), or `default`."""
        return self._first.get(name.lower(), default)

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of `name` in order."""
        wanted = name.lower()
        if wanted not in self._first:
            return ()
        return tuple(value for key, value in self.pairs if key.lower() == wanted)

    def without(self, *names: str) -> "Headers":
        """Return a copy that lacks the fields called `names`."""
        gone = {name.lower() for name in names}
        return Headers(pair for pair in self.pairs if pair[0].lower() not in gone)

    def having(self, *pairs: tuple[str, str]) -> "Headers":
        """Return a copy in which `pairs` replace every field of the same names."""
        return Headers((*self.without(*(name for name, _ in pairs)).pairs, *pairs))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._first

    def __repr__(self) -> str:
        return f"<Headers {len(self.pairs)}>"


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """One HTTP message with its body opened (content encoding removed).

    `target` is the raw origin-form of the request line (`/a%2Fb?c=d`, RFC 9112 section 3.2.1), ASCII, as received;
    answers have an empty `target` and `method` and a non-zero `status`. `media` is the media type in lower case
    without parameters, `charset` the declared charset in lower case or "". It never prints.
    """

    direction: Direction
    method: str = ""
    status: int = 0
    target: str = ""
    headers: Headers = Headers()  # noqa: RUF009  immutable, so sharing one is safe
    media: str = ""
    charset: str = ""
    body: bytes = b""

    @property
    def path(self) -> str:
        """The raw path of the target, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query of the target, without the question mark."""
        return self.target.partition("?")[2]

    def __repr__(self) -> str:
        return f"<Message {self.direction.value} {len(self.body)} bytes>"


def media_of(content_type: str) -> tuple[str, str]:
    """Split a Content-Type value into (media type, charset), both lower case, "" where absent (RFC 9110 8.3)."""
    media, *params = content_type.split(";")
    charset = ""
    for param in params:
        name, _, value = param.partition("=")
        if name.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return media.strip().lower(), charset
