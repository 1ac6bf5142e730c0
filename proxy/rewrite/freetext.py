"""Identities in running text, found whatever their case, normal form or spacing.

Texts are compared folded: compatibility-decomposed, case-folded, without invisible formatting characters, with one
blank for any white space. The search works on the folded text and remembers where each folded character came from.

What is known of a learner is what a dispatch client made of her: one writes an identifier's slashes as underscores,
one takes the blanks out of names, one takes the middle name for a part of the last. People write themselves otherwise.
So slashes are folded too, longer texts are found across blanks, and the words of a name by themselves.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from proxy.people import Cleartext, Kind, account_parts, openid_name
from proxy.rewrite.carriers.base import splice

_SHORT = 3
_MAILTO = "mailto:"
_ACROSS_BLANKS = 6
"""Signs from which a needle is found whatever blanks stand in it; shorter ones would be found between any words."""
_NAMES = frozenset({Kind.NAME, Kind.GIVEN, Kind.FAMILY})
_SLASHES = str.maketrans("/\\", "__")
_WORDS = re.compile(r"[\s,]+")
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")
_BLANKS = re.compile(r"\s+")

_Mapped = tuple[str, list[int], list[int]]


class Replacing:
    """What stands for whom, read once for all the texts of a message."""

    __slots__ = ("_wanted",)

    def __init__(self, pairs: Sequence[tuple[Cleartext, str]]) -> None:
        """Read the cleartexts of `pairs`."""
        wanted: dict[str, tuple[bool, str]] = {}
        for read, whole in ((_needle_of, False), (_words_of, True)):  # a whole text goes before a part of one
            for known, new in pairs:
                for needle in read(known):
                    wanted.setdefault(needle, (whole, _bare(known.kind, new)))
        self._wanted = [(needle, _tight(needle), *how) for needle, how in wanted.items()]

    def clean(self, text: str) -> str:
        """Return `text` with every cleartext replaced, the longest first; the same object if none occurs."""
        tight = _tight(_fold(text))
        found = [one for one in self._wanted if one[1] in tight]
        if not found:
            return text
        loose = _mapped(text)
        close = _without_blanks(loose)
        spans: list[tuple[int, int, str]] = []
        taken = bytearray(len(text))
        for needle, _, whole, new in sorted(found, key=lambda one: -len(one[1])):
            for first, last in (*_spans(loose, needle, whole=whole), *_across(close, needle, whole=whole)):
                if not any(taken[first:last]):
                    taken[first:last] = b"\x01" * (last - first)
                    spans.append((first, last, new))
        return splice(text, spans) if spans else text


def replace_identities(text: str, pairs: Sequence[tuple[Cleartext, str]]) -> str:
    """Return `text` with every cleartext of `pairs` replaced, the longest first; the same object if none occurs.

    Cleartexts of fewer than three characters, and single words of a name, count only as whole words.
    """
    return Replacing(pairs).clean(text)


def contains_identity(text: str, cleartexts: Iterable[Cleartext]) -> bool:
    """Whether `replace_identities` would find one of `cleartexts` in `text`."""
    folded = _fold(text)
    return any(True for cleartext in cleartexts for needle in _needle_of(cleartext) for _ in _places(folded, needle))


def _needle(cleartext: Cleartext) -> str:
    text = _bare(cleartext.kind, cleartext.reveal())
    return _fold(account_parts(text)[1] if cleartext.kind is Kind.ACCOUNT else text).strip()


def _bare(kind: Kind, text: str) -> str:
    """An address without `mailto:`, which people do not write; where it is written it stays before what is new."""
    return text[len(_MAILTO) :] if kind is Kind.EMAIL and text[: len(_MAILTO)].lower() == _MAILTO else text


def _needle_of(cleartext: Cleartext) -> Sequence[str]:
    """The text itself, and a name that begins with the family's in the order in which people write their own."""
    needle = _needle(cleartext)
    last, comma, first = needle.partition(",")
    turned = [f"{first.strip()} {last.strip()}"] if cleartext.kind is Kind.NAME and comma and first.strip() else []
    if cleartext.kind is Kind.OPENID and (name := _fold(openid_name(cleartext.reveal()))):
        turned = [name]
    return [needle, *turned] if needle else []


def _words_of(cleartext: Cleartext) -> Sequence[str]:
    """The words of a name; one that a client wrote without blanks falls apart where a small letter meets a capital."""
    if cleartext.kind not in _NAMES:
        return []
    text = unicodedata.normalize("NFC", cleartext.reveal())
    apart = "".join(
        f" {char}" if char.isupper() and text[at - 1 : at].islower() else char for at, char in enumerate(text)
    )
    words = [_fold(word) for word in _WORDS.split(apart) if word]
    return [word for word in words if len(word) > 1] if len(words) > 1 else []


def _tight(needle: str) -> str:
    return needle.replace(" ", "")


def _spans(mapped: _Mapped, needle: str, *, whole: bool) -> Iterable[tuple[int, int]]:
    folded, starts, ends = mapped
    for start in _places(folded, needle):
        end = start + len(needle)
        if not whole or _is_word(folded, start, end):
            yield starts[start], ends[end - 1]


def _across(mapped: _Mapped, needle: str, *, whole: bool) -> Iterable[tuple[int, int]]:
    tight = _tight(needle)
    return () if whole or len(tight) < _ACROSS_BLANKS else _spans(mapped, tight, whole=False)


def _without_blanks(mapped: _Mapped) -> _Mapped:
    kept = [place for place, char in enumerate(mapped[0]) if char != " "]
    return (
        "".join(mapped[0][place] for place in kept),
        [mapped[1][place] for place in kept],
        [mapped[2][place] for place in kept],
    )


def _fold(text: str) -> str:
    if text.isascii():
        return _BLANKS.sub(" ", text.lower().translate(_SLASHES))
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_SLASHES)
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


def _mapped(text: str) -> _Mapped:
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
            piece = " " if char.isspace() else char.lower().translate(_SLASHES)
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
