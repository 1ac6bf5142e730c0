"""What the program knows about people, as values that refuse to be printed.

`Cleartext` is the only type in which an identity travels through the house. Its text leaves it in one way only,
`reveal()`, so every use can be found with grep. It refuses `str`, `format`, pickling and copying into JSON.
"""

import hmac
import re
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import NoReturn


class Direction(Enum):
    """Which way a message walks. OUTWARD leaves the trusted side, INWARD enters it."""

    OUTWARD = "outward"
    INWARD = "inward"

    @property
    def back(self) -> "Direction":
        """The direction of the answer to a message of this direction."""
        return Direction.INWARD if self is Direction.OUTWARD else Direction.OUTWARD


class Kind(StrEnum):
    """What sort of identity a place holds."""

    SUBJECT = "subject"
    NAME = "name"
    GIVEN = "given"
    FAMILY = "family"
    EMAIL = "email"
    EMAIL_SHA1 = "email-sha1"
    OPENID = "openid"
    ACCOUNT = "account"
    URL = "url"
    FREE_TEXT = "free-text"
    REGISTRATION = "registration"
    TAG = "tag"


class Cleartext:
    """An identity in clear. `repr` shows its kind; only `reveal` gives the text."""

    __slots__ = ("_value", "kind")

    def __init__(self, kind: Kind, value: str) -> None:
        """Wrap `value`."""
        self.kind = kind
        self._value = value

    def reveal(self) -> str:
        """Give the text: the single, grep-able way to it."""
        return self._value

    def __repr__(self) -> str:
        return f"<Cleartext {self.kind}>"

    def __str__(self) -> NoReturn:
        raise TypeError("a Cleartext does not print")

    def __format__(self, _spec: str) -> NoReturn:
        raise TypeError("a Cleartext does not print")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Cleartext is not pickled")

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cleartext):
            return NotImplemented
        same = hmac.compare_digest(
            self._value.encode("utf-8", "surrogatepass"), other._value.encode("utf-8", "surrogatepass")
        )
        return same and self.kind == other.kind

    def __hash__(self) -> int:
        return hash((self.kind, self._value))


def account(home_page: str, name: str) -> Cleartext:
    """An account as one text: an IRI has no blank (RFC 3987 section 2.2), so home page and name can be told apart."""
    return Cleartext(Kind.ACCOUNT, f"{home_page} {name}")


def account_parts(text: str) -> tuple[str, str]:
    """Return (home page, name) of an account's text."""
    home_page, blank, name = text.partition(" ")
    return (home_page, name) if blank else ("", text)


_SEGMENT = re.compile(r"[^/?#]/([^/?#]+)/?\Z")
_SIGNS = 6
"""Letters and digits from which the end of an OpenID tells of somebody."""
_PAGES = frozenset(
    {"account", "home", "id", "identity", "me", "my", "openid", "page", "people", "person", "profile", "public", "user"}
)


def openid_name(uri: str) -> str:
    """Return the last segment of an OpenID's path if it tells of somebody (`anna.schmidt`, `s4711042`), else "".

    One word of letters may be the page's (`profile`), and that is the name of resources as well.
    """
    found = _SEGMENT.search(uri)
    words = re.findall(r"[^\W_]+", found[1]) if found else []
    if found is None or len("".join(words)) < _SIGNS or _PAGES.issuperset(word.lower() for word in words):
        return ""
    return found[1] if len(words) > 1 or not words[0].isalpha() else ""


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """What leaves instead of a subject: the token's text and the key it was minted under."""

    token: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Person:
    """One human as the mapping knows her: the subject's pseudonym and her cleartexts, whatever was seen of her.

    `others` are pseudonyms that lead to her as well: one she had before her last change, or one she is about to get.
    """

    pseudonym: Pseudonym
    cleartexts: tuple[Cleartext, ...]
    others: tuple[str, ...] = ()
    row: str = ""
    """The name of her row in the mapping."""
    restricted: bool = False
    """What is held on her is kept and not used: only the guard may look at it."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every pseudonym that leads to her, the one that leaves first."""
        return (self.pseudonym.token, *self.others)

    def text(self, kind: Kind) -> Cleartext | None:
        """Return the first cleartext of `kind`, or None."""
        return next((text for text in self.cleartexts if text.kind is kind), None)


@dataclass(frozen=True, slots=True)
class Finding:
    """One identity found in a message.

    `person` groups the fields of one human within one message (`learner`, `learner#2`); `spot` is the engine's
    handle of the place and means nothing to anyone else; `place` is the declaration's text, for audit and errors.
    """

    person: str
    kind: Kind
    value: Cleartext
    spot: int
    place: str


@dataclass(frozen=True, slots=True)
class Substitution:
    """What shall stand at a finding's spot; None removes the field where its carrier allows that."""

    finding: Finding
    text: str | None
