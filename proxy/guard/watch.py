"""Needles of one person, prepared once: four automata over four pictures of the searched bytes."""

import base64
import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, NoReturn

from ahocorasick_rs import BytesAhoCorasick, Implementation

from proxy.guard.folding import compact, fold_text, spaced
from proxy.guard.rules import Rule, allows
from proxy.guard.spellings import Spelling, digest_in, hashed_texts, spellings
from proxy.people import Cleartext, Kind

_HASHES = ("md5", "sha1", "sha256", "sha512")
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
_MIN_COMPACT = 8
_MAX_GAP = 5
"""Signs between the words of a name too short for the compact picture: a comma, a line end, some indent."""
_MIN_NOISE = 6
"""Signs a needle needs to mean something in noise (a run decoded at the wrong alignment)."""
_SHORT = 9
"""Bytes below which an encoded value is no base64 run of 12 signs, so its encodings are needles themselves."""
_MIN_ENCODED = 6
_DIGEST = 8
"""Bytes of a digest that are looked for; hexadecimal and base64 ones are decoded before."""
_LATIN = "\xff"


class Mark(NamedTuple):
    """What a needle tells: the kind of identity, the form it was found in ("" for its letters), where it counts."""

    kind: Kind
    form: str
    rule: Rule
    strong: bool = True


class Needles:
    """Byte strings with their marks, and the automaton that finds them."""

    __slots__ = ("_automaton", "_marks", "_patterns")

    def __init__(self) -> None:
        """Begin empty."""
        self._patterns: dict[bytes, list[Mark]] = {}
        self._marks: list[tuple[Mark, ...]] = []
        self._automaton: BytesAhoCorasick | None = None

    def add(self, pattern: bytes, mark: Mark) -> None:
        """Look for `pattern` too."""
        if pattern.strip():
            marks = self._patterns.setdefault(pattern, [])
            if mark not in marks:
                marks.append(mark)

    def close(self) -> "Needles":
        """Build the automaton; nothing is added afterwards."""
        self._marks = [tuple(marks) for marks in self._patterns.values()]
        if self._patterns:
            self._automaton = BytesAhoCorasick(list(self._patterns), implementation=Implementation.ContiguousNFA)
        self._patterns = {}
        return self

    def __bool__(self) -> bool:
        return self._automaton is not None

    def find(self, haystack: bytes, text: bytes, *, trusted: bool = True) -> Iterator[Mark]:
        """Yield the marks found in `haystack` whose rule the same place of `text` allows; in noise only strong ones."""
        if self._automaton is None:
            return
        for number, start, end in self._automaton.find_matches_as_indexes(haystack, overlapping=True):
            for mark in self._marks[number]:
                if (trusted or mark.strong) and allows(mark.rule, text, start, end):
                    yield mark


class Watch:
    """What to look for so that one person stays unseen. Immutable; prepare once and keep it with the session.

    `min_chars` is the number of letters from which a single name part or identifier is searched in running text;
    shorter ones count only as a whole value (see docs/guard.md). It prints no value and cannot be pickled.
    """

    __slots__ = ("_compact", "_digests", "_raw", "_spaced")

    def __init__(self, cleartexts: Iterable[Cleartext], *, min_chars: int = 4) -> None:
        """Prepare the needles of `cleartexts`."""
        # A lone surrogate has no encoding; in the searched bytes it is a question mark too.
        known = [Cleartext(one.kind, one.reveal().encode("utf-8", "replace").decode()) for one in cleartexts]
        self._spaced, self._compact, self._raw, self._digests = Needles(), Needles(), Needles(), Needles()
        for spelling in spellings(known, min_chars):
            self._add_folded(spelling)
            self._add_raw(spelling)
            self._add_short_encodings(spelling)
        for text, kind in hashed_texts(known).items():
            self._add_hashes(text, kind)
        for one in known:
            if one.kind is Kind.EMAIL_SHA1 and (digest := digest_in(one.reveal())):
                self._digests.add(digest[:_DIGEST].hex().encode(), Mark(one.kind, "sha1", Rule.BYTES))
        for needles in (self._spaced, self._compact, self._raw, self._digests):
            needles.close()

    def _add_folded(self, spelling: Spelling) -> None:
        folded = fold_text(spelling.text)
        words = spaced(folded).split()
        length = len(b"".join(words).decode())
        mark = Mark(spelling.kind, "", spelling.rule, length >= _MIN_NOISE)
        self._spaced.add(spaced(folded).strip(), mark)
        self._spaced.add(b"".join(words), mark)
        if spelling.rule is Rule.ANYWHERE and length >= _MIN_COMPACT:
            self._compact.add(compact(folded), mark)
        else:
            for gap in range(1, _MAX_GAP + 1):
                self._spaced.add((b" " * gap).join(words), mark)

    def _add_raw(self, spelling: Spelling) -> None:
        if spelling.rule in {Rule.VALUE, Rule.NUMBER}:
            return
        for text in _cased(spelling.text):
            if len(text.encode()) >= _MIN_NOISE:
                self._raw.add(text.encode().lower(), Mark(spelling.kind, "", spelling.rule))
            if not text.isascii() and max(text) > _LATIN:  # others show when the zero bytes are taken away
                for codec in _WIDE:
                    self._raw.add(text.encode(codec).lower(), Mark(spelling.kind, codec, Rule.BYTES))
            single = text.encode("cp1252", "ignore")
            if len(single) == len(text) >= _MIN_NOISE and not text.isascii():
                self._raw.add(single.lower(), Mark(spelling.kind, "latin-1", spelling.rule))

    def _add_short_encodings(self, spelling: Spelling) -> None:
        if spelling.rule is Rule.NUMBER or spelling.text.isdigit():
            return
        if len(spelling.text) >= _SHORT:
            return
        for text in _cased(spelling.text):
            for codec in ("utf-8", "cp1252", "utf-16-le", "utf-16-be"):
                data = text.encode(codec, "ignore")
                if not _MIN_ENCODED // 2 <= len(data) < _SHORT:
                    continue
                encodings: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
                    ("base64", base64.standard_b64encode),
                    ("hex", lambda data: data.hex().encode()),
                )
                for form, encode in encodings:
                    pattern = encode(data).rstrip(b"=")
                    if len(pattern) >= _MIN_ENCODED and not pattern.isdigit():
                        strong = len(pattern) >= _MIN_COMPACT
                        self._spaced.add(spaced(pattern), Mark(spelling.kind, form, Rule.WORD, strong))

    def _add_hashes(self, text: str, kind: Kind) -> None:
        for name in _HASHES:
            digest = hashlib.new(name, text.encode("utf-8", "replace"), usedforsecurity=False).digest()
            # Written as digits, because an automaton over 256 random byte values takes ten times the memory.
            self._digests.add(digest[:_DIGEST].hex().encode(), Mark(kind, name, Rule.BYTES))

    def in_text(self, folded: bytes, *, trusted: bool = True) -> set[Mark]:
        """Return what a folded text (`folding.readings`) gives away."""
        found = set(self._spaced.find(spaced(folded), folded, trusted=trusted))
        if self._compact:
            flat = compact(folded)
            found.update(self._compact.find(flat, flat, trusted=trusted))
        return found

    def in_bytes(self, data: bytes) -> set[Mark]:
        """Return what bytes that are no clean ASCII text give away."""
        lowered = data.lower()
        found = set(self._raw.find(lowered, lowered))
        digits = data.hex().encode()
        found.update(self._digests.find(digits, digits))
        return found

    def in_runs(self, runs: Iterable[bytes]) -> set[Mark]:  # noqa: ARG002  `in_bytes` finds hashes at any place
        """Return nothing more."""
        return set()

    def __bool__(self) -> bool:
        return bool(self._spaced or self._digests)

    def __repr__(self) -> str:
        return "<Watch>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Watch is not pickled")


class Watches:
    """Several people, each with her own `Watch`, looked for at once: most of a search is to unfold what is searched."""

    __slots__ = ("_all",)

    def __init__(self, watches: Iterable[Watch]) -> None:
        """Take together what knows one person each."""
        self._all = tuple(one for one in watches if one)

    def in_text(self, folded: bytes, *, trusted: bool = True) -> set[Mark]:
        """Return what a folded text gives away of anybody."""
        words, flat = spaced(folded), compact(folded)
        found: set[Mark] = set()
        for one in self._all:
            found.update(one._spaced.find(words, folded, trusted=trusted))  # noqa: SLF001  they are made here
            found.update(one._compact.find(flat, flat, trusted=trusted))  # noqa: SLF001
        return found

    def in_bytes(self, data: bytes) -> set[Mark]:
        """Return what bytes that are no clean ASCII text give away of anybody."""
        lowered, digits = data.lower(), data.hex().encode()
        found: set[Mark] = set()
        for one in self._all:
            found.update(one._raw.find(lowered, lowered))  # noqa: SLF001
            found.update(one._digests.find(digits, digits))  # noqa: SLF001
        return found

    def in_runs(self, runs: Iterable[bytes]) -> set[Mark]:  # noqa: ARG002  `in_bytes` finds hashes at any place
        """Return nothing more."""
        return set()

    def __bool__(self) -> bool:
        return bool(self._all)

    def __repr__(self) -> str:
        return f"<Watches {len(self._all)}>"


def _cased(text: str) -> set[str]:
    """Return the spellings of `text` worth a needle of their own where nothing can be folded."""
    bare = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    normal = {text, bare, *(unicodedata.normalize(form, text) for form in ("NFC", "NFD"))}
    return {change for form in normal for change in (form, form.lower(), form.upper())}
