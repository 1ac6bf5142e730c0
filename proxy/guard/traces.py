"""What is searched of one person among everybody, where a single false alarm in a thousand would stop an LMS.

Stricter than `spellings`, which knows one person only: never a part of a name, never an ordinary word, no short number.
docs/guard.md has the table. Every trace is written in the compact picture (letters and digits of the folded text), with
the places where separators may stand; `Trace.split` says whether they must.
"""

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from proxy.guard.folding import compact, fold_text, spaced
from proxy.guard.rules import ORDINARY, Rule
from proxy.guard.spellings import digest_in, mbox_iri, plain_values
from proxy.people import Cleartext, Kind

_NAMES = frozenset({Kind.NAME, Kind.GIVEN, Kind.FAMILY})
_NOT_SEARCHED = frozenset({Kind.FREE_TEXT, Kind.REGISTRATION, Kind.TAG})
_SPLIT = re.compile(r"[\s,]+")
_UNSPACED = re.compile(r"(?:CJK|HIRAGANA|KATAKANA|HANGUL|BOPOMOFO|THAI|LAO|KHMER|MYANMAR) ")
_GERMANIC = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_MAILTO = "mailto:"
_LONGEST = 255
_MOST_WORDS = 16
_MIN_IDENTIFIER = 4
_MIN_NUMBER = 6
"""Years, limits, seconds and sizes are numbers of up to five digits; with a thousand people somebody has each."""
_MIN_WORDLIKE = 12
"""An identifier of letters only may be a word or a name (`excel`, `christian`); below it must be a whole value."""
_CLEAR = 8
"""Signs from which an identifier may stand within a longer word."""
_MIN_NAME = 6
_MIN_GLUED = 10
"""Signs from which a full name counts without a sign between its words; `Dan Gerous` is no danger."""
_MIN_TOKEN = 6
"""Signs from which an identifier counts between hyphens and dots; a UUID has groups of four."""
_MIN_UNSPACED = 3
_HASHES = ("md5", "sha1", "sha256", "sha512")
DIGESTS = frozenset(hashlib.new(name, usedforsecurity=False).digest_size for name in _HASHES)
_WIDE = ("utf-16-le", "utf-16-be")
_LATIN = "\xff"
_MIN_RAW = 6
_SHORT = range(6, 9)
"""Bytes of an identifier whose base64 is no run of 12 signs that would be opened, and long enough to mean something."""
ANY_GAPS = 2**64 - 1
"""`Trace.gaps` of a text longer than 64 bytes: separators may stand anywhere."""

_FUNCTION_WORDS = """
a ai all am an and are as at be bin but by can day do down for from get go had has have he her here him his how i if in
into is it its just kim la le let li long man may me men mi mo must my need new no not now of off oh old on one or our
out over own per say see set she so some son sun than that the their them then there they this to too two un up us use
van von was way we well what when which who why with won yes yet you your
"""
COMMON = ORDINARY | frozenset(_FUNCTION_WORDS.split())


class Split(IntEnum):
    """How the words of a trace must be parted."""

    FREE = 0
    """By up to five signs, or not at all."""
    PARTED = 1
    """All of them, by up to five signs."""
    TIGHT = 2
    """All of them, by one sign each that is no blank."""


class Trace(NamedTuple):
    """A compact text, of which kind, where it counts; bit n of `gaps`: a separator may stand before byte n."""

    pattern: bytes
    kind: Kind
    rule: Rule
    split: Split
    gaps: int
    form: str = ""


class Raw(NamedTuple):
    """Bytes that no folding would find in noise, and in which form they write a person."""

    pattern: bytes
    kind: Kind
    form: str


class Traces(NamedTuple):
    """Everything that is searched of one person. `digests` are the first eight bytes of hashes, as numbers."""

    texts: tuple[Trace, ...]
    raw: tuple[Raw, ...]
    digests: tuple[tuple[int, Kind], ...]


def _weight(text: str) -> tuple[int, bool]:
    """Count letters and digits; whether some are of a script without blanks between words."""
    if text.isascii():
        return sum(map(str.isalnum, text)), False
    signs = [sign for sign in unicodedata.normalize("NFC", text) if sign.isalnum()]
    return len(signs), any(not sign.isascii() and _UNSPACED.match(unicodedata.name(sign, "")) for sign in signs)


def _trace(text: str, kind: Kind, rule: Rule, split: Split) -> Trace:
    folded = fold_text(text)
    pattern, gaps, at = compact(folded), 0, 0
    for word in spaced(folded).split():
        gaps |= 1 << at if at else 0
        at += len(word)
    return Trace(pattern, kind, rule, split, gaps if len(pattern) <= 64 else ANY_GAPS)  # noqa: PLR2004  bits of a word


def _rule_for_identifier(text: str, kind: Kind) -> tuple[Rule, Split] | None:
    count, unspaced = _weight(text)
    parted = len(spaced(fold_text(text)).split()) > 1
    if kind is Kind.EMAIL or "@" in text[1:-1]:
        return (Rule.LETTERS, Split.FREE) if count >= _CLEAR else (Rule.WORD, Split.TIGHT)
    if all(sign.isdigit() for sign in text if sign.isalnum()):
        return (Rule.NUMBER, Split.TIGHT) if count >= _MIN_NUMBER else None
    if count < (_MIN_UNSPACED if unspaced else _MIN_IDENTIFIER) or text.casefold() in COMMON:
        return None
    if any(sign.isdigit() for sign in text):
        rule = Rule.ANYWHERE if count >= _CLEAR else Rule.WORD if count >= _MIN_TOKEN else Rule.NUMBER
        return rule, Split.FREE
    if parted:
        return (Rule.LETTERS, Split.FREE) if count >= _MIN_WORDLIKE else (Rule.WORD, Split.TIGHT)
    return (Rule.ANYWHERE if unspaced else Rule.WORD) if count >= _MIN_WORDLIKE else Rule.VALUE, Split.FREE


def _rule_for_name(words: tuple[str, ...]) -> tuple[Rule, Split] | None:
    count, unspaced = _weight("".join(words))
    if unspaced:
        return Rule.ANYWHERE if count >= _MIN_UNSPACED else Rule.VALUE, Split.FREE
    if len(words) < 2 or all(word.casefold() in COMMON for word in words):  # noqa: PLR2004  one word is no full name
        return None
    if count >= _CLEAR:
        return Rule.LETTERS, Split.FREE if count >= _MIN_GLUED else Split.PARTED
    return Rule.WORD if count >= _MIN_NAME else Rule.VALUE, Split.PARTED


def _orders(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the orders in which a full name is written: as it is, last word first, first word last, without middle."""
    yield words
    if len(words) > 1:
        yield (words[-1], *words[:-1])
        yield (*words[1:], words[0])
        yield (words[0], words[-1])
        yield (words[-1], words[0])


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in _SPLIT.split(text[:_LONGEST]) if word)[:_MOST_WORDS]


def _full_names(known: list[Cleartext]) -> dict[tuple[str, ...], Kind]:
    """Return full names as they were written, "Given Family" where the parts came apart."""
    names = [one.reveal() for one in known if one.kind is Kind.NAME]
    families = [one.reveal() for one in known if one.kind is Kind.FAMILY]
    names += [f"{given.reveal()} {family}" for given in known if given.kind is Kind.GIVEN for family in families]
    return {words: Kind.NAME for name in names if (words := _words(name))}


def _identifiers(known: list[Cleartext]) -> Iterator[tuple[Kind, str]]:
    for one in known:
        if one.kind not in _NAMES:
            for text in plain_values(one):
                yield one.kind, text[:_LONGEST]


def _short_encoding(text: str, kind: Kind) -> Trace | None:
    data = text.encode()
    if len(data) not in _SHORT:
        return None
    pattern = compact(base64.b64encode(data))
    return Trace(pattern, kind, Rule.WORD, Split.FREE, 0, "base64") if len(pattern) >= _CLEAR else None


def _raw(text: str, kind: Kind) -> Iterator[Raw]:
    """Yield the byte forms of a text that is not ASCII: noise around a text and wide characters are not folded."""
    if text.isascii():
        return
    for form in {text, unicodedata.normalize("NFC", text)}:
        if len(form.encode()) >= _MIN_RAW:
            yield Raw(form.encode().lower(), kind, "")
        if max(form) > _LATIN:
            yield from (Raw(form.encode(codec).lower(), kind, codec) for codec in _WIDE)
        else:
            single = form.encode("cp1252", "ignore")
            if len(single) == len(form) >= _MIN_RAW:
                yield Raw(single.lower(), kind, "latin-1")


def _digests(text: str, kind: Kind) -> Iterator[tuple[int, Kind]]:
    forms = {text, text.lower()}
    forms |= {iri for form in forms if "@" in form for iri in (_MAILTO + form, mbox_iri(form))}
    for data in (form.encode() for form in forms):
        for name in _HASHES:
            digest = hashlib.new(name, data, usedforsecurity=False).digest()
            yield int.from_bytes(digest[:8]), kind
    if kind is Kind.EMAIL_SHA1 and (known := digest_in(text)):
        yield int.from_bytes(known[:8]), kind


def traces_of(cleartexts: Iterable[Cleartext]) -> Traces:
    """Return what is searched so that nobody's message gives this person away."""
    # A lone surrogate has no encoding; in the searched bytes it is a question mark too.
    known = [
        Cleartext(one.kind, one.reveal().encode("utf-8", "replace").decode())
        for one in cleartexts
        if one.kind not in _NOT_SEARCHED
    ]
    texts: dict[Trace, None] = {}
    raw: dict[Raw, None] = {}
    digests: dict[tuple[int, Kind], None] = {}

    def add(kind: Kind, text: str, rule: Rule, split: Split) -> None:
        for form in (text,) if text.isascii() else {text, text.translate(_GERMANIC)}:
            trace = _trace(form, kind, rule, split)
            if trace.pattern:
                texts[trace] = None

    for kind, text in _identifiers(known):
        chosen = _rule_for_identifier(text, kind)
        if chosen is not None:
            add(kind, text, *chosen)
            encoded = _short_encoding(text, kind)
            if encoded is not None:
                texts[encoded] = None
            raw.update(dict.fromkeys(_raw(text, kind)))
            digests.update(dict.fromkeys(_digests(text, kind)))
    for words in _full_names(known):
        digests.update(dict.fromkeys(_digests(" ".join(words), Kind.NAME)))
        chosen = _rule_for_name(words)
        if chosen is None:
            continue
        for order in dict.fromkeys(_orders(words)):
            add(Kind.NAME, " ".join(order), *chosen)
        if chosen[0] is not Rule.VALUE:
            blank = "" if _weight(words[0])[1] else " "
            for order in {words, words[::-1]}:
                raw.update(dict.fromkeys(_raw(blank.join(order), Kind.NAME)))
    return Traces(tuple(texts), tuple(raw), tuple(digests))
