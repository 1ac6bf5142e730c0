"""Dictionary and brute force: candidates, hashed as an unsalted option would, against what somebody holds."""

import hashlib
import re
import unicodedata
from array import array
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from keys import from_hex_form
from keys.model import ALPHABET
from proxy.attack.compact import Pairs, printed

_ALGORITHMS = MappingProxyType({16: hashlib.md5, 20: hashlib.sha1, 32: hashlib.sha256, 64: hashlib.sha512})
"""By the length of the digest in bytes."""
_LENGTHS = frozenset(_ALGORITHMS)
_DIGITS = frozenset(2 * length for length in _LENGTHS)
_SHORTEST, _LONGEST = 22, 88
"""Signs of 16 bytes in base64 without padding, and of 64 bytes with it."""
_SEPARATORS = re.compile(r"[\s,;|\"'<>{}\[\]]+")
_HEX = re.compile(r"[0-9a-fA-F]+")


def forms(candidate: str, domains: Sequence[str] = ()) -> tuple[str, ...]:
    """The spellings of a candidate that an option would hash: as it is, in either case, with a domain, as an IRI."""
    one = unicodedata.normalize("NFC", candidate)
    spelled = dict.fromkeys((candidate, one, one.lower(), one.upper()))
    spelled |= dict.fromkeys(f"{form}@{domain}" for form in (one, one.lower()) for domain in domains)
    return (*spelled, *(f"mailto:{form}" for form in spelled))


def raw(text: str) -> bytes:
    """A text as bytes, also one that JSON smuggled half a sign into."""
    return text.encode("utf-8", "surrogatepass")


class Words:
    """What somebody holds: every word of it, and the bytes of every word that reads as a hash."""

    __slots__ = ("_lengths", "_words")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Begin with the words of `texts`."""
        self._words = Pairs()
        self._lengths: set[int] = set()
        for text in texts:
            self.add(text)

    def add(self, text: str) -> None:
        """Add the words of a text, and it as a whole. A digest may be hexadecimal of any case, base64 or base64url."""
        whole = text.strip()
        parts = _SEPARATORS.split(whole)
        for word in (whole,) if parts == [whole] else {whole, *parts}:
            if word:
                self._words.add(printed("=" + unicodedata.normalize("NFC", word)))
                for digest in _digests(word):
                    self._lengths.add(len(digest))
                    self._words.add(printed(digest))

    def seen(self, spelled: Iterable[str]) -> set[int]:
        """The prints of what of it these spellings explain, in clear or hashed.

        A hash of a length that nobody holds cannot hit: such are not made.
        """
        used = [make for length, make in _ALGORITHMS.items() if length in self._lengths]
        found = set()
        for one in spelled:
            if (word := printed("=" + one)) in self._words:
                found.add(word)
            if not used:
                continue
            data = raw(one)
            for make in used:
                if (digest := printed(make(data, usedforsecurity=False).digest())) in self._words:
                    found.add(digest)
        return found

    def __len__(self) -> int:
        """How many words and digests there are."""
        return len(self._words)


def _digests(word: str) -> Iterator[bytes]:
    if len(word) in _DIGITS and _HEX.fullmatch(word):
        yield bytes.fromhex(word)
    elif _SHORTEST <= len(word) <= _LONGEST and word.isascii():
        plain = word.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            found = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        except (Error, ValueError):
            return
        if len(found) in _LENGTHS:
            yield found


class Heap(Protocol):
    """What somebody holds, as a search asks for it."""

    def seen(self, spelled: Iterable[str]) -> set[int]:
        """The prints of what of it these spellings explain."""


class Ours:
    """Pseudonyms and aliases as a heap: of these, hexadecimal forms have the length of a SHA-1, and of no other."""

    def __init__(self, tokens: Pairs, aliases: Pairs, key_ids: Iterable[str]) -> None:
        """Their prints, and the ids of the keys that made them: a hexadecimal form begins with one."""
        self._tokens = tokens
        self._aliases = aliases
        self._begin = frozenset(
            sum(ALPHABET.index(letter) << 5 * (3 - at) for at, letter in enumerate(key_id)) for key_id in key_ids
        )

    def seen(self, spelled: Iterable[str]) -> set[int]:
        """See `Heap`."""
        found = set()
        for one in spelled:
            if (token := printed(one.lower())) in self._tokens:
                found.add(token)
            if (alias := printed(one.upper())) in self._aliases:
                found.add(alias)
            digest = hashlib.sha1(raw(one), usedforsecurity=False).digest()
            if int.from_bytes(digest[:3]) >> 4 not in self._begin:
                continue
            if (named := from_hex_form(digest.hex())) and (token := printed(named)) in self._tokens:
                found.add(token)
        return found


class Instead:
    """The unsalted SHA-1 of everybody's identifier: a candidate's hash is one of them if it is spelled the same."""

    def __init__(self, identifiers: Pairs) -> None:
        """Their prints."""
        self._identifiers = identifiers

    def seen(self, spelled: Iterable[str]) -> set[int]:
        """See `Heap`."""
        return {key for one in spelled if (key := printed(one)) in self._identifiers}


@dataclass(slots=True)
class Search:
    """Tries candidates against several heaps at once. Counts; keeps ordinal numbers."""

    heaps: Mapping[str, Heap]
    domains: Sequence[str] = ()
    tried: int = 0
    hits: "dict[str, array[int]]" = field(default_factory=dict)
    values: dict[str, Pairs] = field(default_factory=dict)

    def run(self, candidates: Iterable[str]) -> None:
        """Try them all; ordinal numbers begin with 1."""
        for self.tried, candidate in enumerate(candidates, 1):
            spelled = forms(candidate, self.domains)
            for name, heap in self.heaps.items():
                if mine := heap.seen(spelled):
                    self.hits.setdefault(name, array("Q")).append(self.tried)
                    values = self.values.setdefault(name, Pairs())
                    for one in mine:
                        values.add(one)

    def found(self, name: str) -> int:
        """How many values of a heap were explained."""
        return len(self.values[name]) if name in self.values else 0
