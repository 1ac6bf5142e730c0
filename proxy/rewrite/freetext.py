"""Identities in running text, found whatever their case, normal form or spacing.

Texts are compared folded: compatibility-decomposed, case-folded, without invisible formatting characters, with one
blank for any white space. The search works on the folded text and remembers where each folded character came from.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from proxy.people import Cleartext
from proxy.rewrite.carriers.base import splice

_SHORT = 3
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_BLANKS = re.compile(r"\s+")


def replace_identities(text: str, pairs: Sequence[tuple[Cleartext, str]]) -> str:
    """Return `text` with every cleartext of `pairs` replaced, the longest first; the same object if none occurs.

    Cleartexts of fewer than three characters count only as whole words.
    """
    folded = _fold(text)
    needles = [(_needle(cleartext), new) for cleartext, new in pairs]
    needles = [(needle, new) for needle, new in needles if needle and needle in folded]
    if not needles:
        return text
    mapped, starts, ends = _mapped(text)
    spans: list[tuple[int, int, str]] = []
    taken = bytearray(len(text))
    for needle, new in sorted(needles, key=lambda pair: -len(pair[0])):
        for start in _places(mapped, needle):
            first, last = starts[start], ends[start + len(needle) - 1]
            if not any(taken[first:last]):
                taken[first:last] = b"\x01" * (last - first)
                spans.append((first, last, new))
    return splice(text, spans) if spans else text


def contains_identity(text: str, cleartexts: Iterable[Cleartext]) -> bool:
    """Whether `replace_identities` would find one of `cleartexts` in `text`."""
    folded = _fold(text)
    for cleartext in cleartexts:
        needle = _needle(cleartext)
        if needle and any(True for _ in _places(folded, needle)):
            return True
    return False


def _needle(cleartext: Cleartext) -> str:
    return _fold(cleartext.reveal()).strip()


def _fold(text: str) -> str:
    if text.isascii():
        return _BLANKS.sub(" ", text.lower())
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _BLANKS.sub(" ", _INVISIBLE.sub("", folded))


def _places(folded: str, needle: str) -> Iterable[int]:
    """Where `needle` stands; not where a combining mark after it makes its last letter another one."""
    start = folded.find(needle)
    while start >= 0:
        end = start + len(needle)
        behind = folded[end : end + 1]
        if not (behind and unicodedata.combining(behind)) and (len(needle) >= _SHORT or _is_word(folded, start, end)):
            yield start
        start = folded.find(needle, start + 1)


def _is_word(text: str, start: int, end: int) -> bool:
    around = text[start - 1 : start] if start else ""
    return not (around.isalnum() or text[end : end + 1].isalnum())


def _mapped(text: str) -> tuple[str, list[int], list[int]]:
    """Fold `text` cluster by cluster: the folded text, and for each of its characters the span it came from."""
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    while position < len(text):
        end = position + 1
        while end < len(text) and _joins(text[end]):
            end += 1
        char = text[position]
        if end == position + 1 and char.isascii():
            piece = " " if char.isspace() else char.lower()
        else:
            piece = _fold(text[position:end])
        if piece == " " and folded and folded[-1] == " ":
            ends[-1] = end
        else:
            for one in piece:
                folded.append(one)
                starts.append(position)
                ends.append(end)
        position = end
    return "".join(folded), starts, ends


def _joins(char: str) -> bool:
    """Whether `char` belongs to the one before it, so that both must be folded together."""
    return not char.isascii() and unicodedata.combining(unicodedata.normalize("NFKD", char)[0]) != 0
