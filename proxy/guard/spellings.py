"""The texts a person may appear as: parts and orders of her name, forms of her identifier and addresses.

Case, accents, separators and escapes are not spelled out here; folding and decoding meet them in the searched text.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import permutations

from proxy.guard.rules import Rule, rule_for
from proxy.people import Cleartext, Kind, account_parts, openid_name

_NAMES = frozenset({Kind.NAME, Kind.GIVEN, Kind.FAMILY})
_NOT_SEARCHED = frozenset({Kind.FREE_TEXT, Kind.REGISTRATION})
_MAX_PERMUTED = 3
_MAX_WORDS = 16
"""Words of one name that are looked for by themselves; nobody's message shall make a watch of a thousand needles."""
_MAX_PIECES = 4
_LONGEST = 128
"""Signs of a text that are looked for; who sees its beginning has seen it, and a needle costs memory by its length."""
_MAILTO = "mailto:"
_SPLIT = re.compile(r"[\s,]+")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_HYPHEN = re.compile(r"[-\u2010\u2011\u2013]")
_GERMANIC = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


@dataclass(frozen=True, slots=True, repr=False)
class Spelling:
    """One text to look for, of which kind of identity it tells, and where it counts."""

    kind: Kind
    text: str
    rule: Rule


def _orders(parts: list[str]) -> Iterator[str]:
    """Yield the orders in which the parts of a name are written; a comma only matters to hashes and short names."""
    if len(parts) <= _MAX_PERMUTED:
        for order in permutations(parts):
            yield " ".join(order)
    else:
        yield " ".join(parts)
        yield " ".join(reversed(parts))
    yield f"{parts[-1]}, {' '.join(parts[:-1])}"
    yield f"{' '.join(parts[1:])}, {parts[0]}"
    yield f"{parts[-1]} {' '.join(parts[:-1])}"


def _full_names(cleartexts: list[Cleartext]) -> Iterator[str]:
    for one in cleartexts:
        if one.kind is Kind.NAME:
            parts = [part for part in _SPLIT.split(one.reveal()) if part]
            yield one.reveal()
            if len(parts) > 1:
                yield from _orders(parts)
                yield f"{parts[0]} {parts[-1]}"
                yield f"{parts[-1]}, {parts[0]}"
    families = [one.reveal() for one in cleartexts if one.kind is Kind.FAMILY]
    for given in (one.reveal() for one in cleartexts if one.kind is Kind.GIVEN):
        for family in families:
            yield from (f"{given} {family}", f"{family} {given}", f"{family}, {given}")


def _parts(cleartexts: list[Cleartext]) -> Iterator[tuple[Kind, str]]:
    for one in cleartexts:
        if one.kind not in _NAMES:
            continue
        words = [word for word in _SPLIT.split(_apart(one.reveal())) if word][:_MAX_WORDS]
        if one.kind is not Kind.NAME:
            yield one.kind, one.reveal()
        if one.kind is not Kind.NAME or len(words) > 1:
            for word in words:
                yield one.kind, word
                yield from ((one.kind, piece) for piece in _HYPHEN.split(word)[:_MAX_PIECES] if piece != word)


def _apart(text: str) -> str:
    """Set blanks where a small letter meets a capital: the first dispatch clients send `ThịÁnh` for `Thị Ánh`."""
    return "".join(
        f" {char}" if char.isupper() and text[at - 1 : at].islower() else char for at, char in enumerate(text)
    )


def plain_values(one: Cleartext) -> Iterator[str]:
    """Yield what of an identifier tells who it is: not the institution's part of an account, nor `mailto:`."""
    text = one.reveal().strip()
    if one.kind is Kind.ACCOUNT:
        yield account_parts(text)[1]
        return
    yield text[len(_MAILTO) :] if text.lower().startswith(_MAILTO) else text
    if one.kind is Kind.OPENID and (name := openid_name(text)):
        yield name


def mbox_iri(address: str) -> str:
    """Return what xAPI makes the SHA-1 of (1.0.3 part 2, 2.4.2.3), as `proxy.identity` knows an address."""
    local, _, domain = address.rpartition("@")
    return f"{_MAILTO}{local}@{domain.lower()}"


def digest_in(text: str) -> bytes:
    """Return the bytes of a SHA-1 that is somebody's identifier; nothing if it is none."""
    return bytes.fromhex(text) if _SHA1.fullmatch(text) else b""


def spellings(cleartexts: Iterable[Cleartext], min_chars: int) -> list[Spelling]:
    """Return every spelling to be searched, once each, the strictest kind of text first."""
    known = [one for one in cleartexts if one.kind not in _NOT_SEARCHED]
    wanted: dict[tuple[Kind, str], Rule] = {}

    def add(kind: Kind, text: str, *, part: bool = False) -> None:
        if len(text) > _LONGEST:
            text = unicodedata.normalize("NFC", text)[:_LONGEST]
        for form in {text, text.translate(_GERMANIC)}:
            rule = rule_for(form, kind, min_chars, part=part)
            if rule is not None:
                wanted.setdefault((kind, form), rule)

    for one in known:
        if one.kind not in _NAMES:
            for text in plain_values(one):
                add(one.kind, text)
    for name in _full_names(known):
        add(Kind.NAME, name)
    for kind, part in _parts(known):
        add(kind, part, part=True)
    return [Spelling(kind, text, rule) for (kind, text), rule in wanted.items()]


def hashed_texts(cleartexts: Iterable[Cleartext]) -> dict[str, Kind]:
    """Return the texts whose unsalted hashes are looked for, with their kinds; short ones too, unlike in text."""
    known = [one for one in cleartexts if one.kind not in _NOT_SEARCHED]
    bare = [(one.kind, form) for one in known for form in (one.reveal(), *plain_values(one)) if form.strip()]
    bare += [(Kind.NAME, name) for name in _full_names(known)]
    bare += [(kind, part) for kind, part in _parts(known)]
    # The dispatch client writes an identifier's slashes as underscores before it sends or hashes it.
    bare += [(kind, re.sub(r"[/\\]", "_", text)) for kind, text in bare]
    texts: dict[str, Kind] = {}
    for kind, text in bare:
        for form in (text, text.strip(), text.lower(), text.strip().lower()):
            for normal in {form, unicodedata.normalize("NFC", form), unicodedata.normalize("NFD", form)}:
                texts.setdefault(normal, kind)
                if "@" in normal:
                    texts.setdefault(_MAILTO + normal, kind)
                    texts.setdefault(mbox_iri(normal), kind)
    return texts
