"""Fold text until spellings that a human reads as the same name are the same bytes.

A folded text is UTF-8 in which case, accents, compatibility forms (full-width letters, ligatures), invisible
characters and non-ASCII punctuation are gone (Unicode 15, UAX 15 NFKD and default case folding). ASCII punctuation
stays, because boundary rules look at it; `spaced` and `compact` then make two searchable pictures of it:

* `spaced`: ASCII letters lower, every other ASCII character but digits a space. Same length, so offsets agree.
* `compact`: the same with the spaces removed, so that any separator between the parts of a name is found.
"""

import re
import unicodedata

_ASCII = bytes(range(128))
_ALNUM = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_OTHERS = bytes(set(_ASCII) - set(_ALNUM))
_SPACED = bytes.maketrans(_OTHERS + _ALNUM, b" " * len(_OTHERS) + _ALNUM.lower())
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")

# Letters that Unicode does not decompose although people drop their strokes when they type.
_STROKES = {
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "ł": "l",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ŋ": "n",
    "ƶ": "z",
    "ـ": "",  # Arabic tatweel only stretches a word
}
_INVISIBLE = frozenset({"Mn", "Mc", "Me", "Cf"})


def _fold_character(character: str) -> str:
    if character in _STROKES:
        return _STROKES[character]
    if character.isascii() or character.isalnum():
        return character
    return "" if unicodedata.category(character) in _INVISIBLE else " "


def _fold_run(run: str) -> str:
    plain = unicodedata.normalize("NFKD", run.casefold()).casefold()
    return "".join([_fold_character(character) for character in plain])


def fold_text(text: str) -> bytes:
    """Fold `text`; only its non-ASCII runs cost anything, and each different one once."""
    known: dict[str, str] = {}

    def fold(match: re.Match[str]) -> str:
        run = match[0]
        if run not in known:
            known[run] = _fold_run(run)
        return known[run]

    return _NON_ASCII.sub(fold, text).encode("utf-8", "replace")


def readings(data: bytes) -> list[tuple[str, bytes]]:
    """Return the folded texts that `data` can mean, each with the name of the character set if it is not UTF-8."""
    if data.isascii():
        return [("", data)]
    try:
        return [("", fold_text(data.decode("utf-8")))]
    except UnicodeDecodeError:
        return [
            ("", fold_text(data.decode("utf-8", "replace"))),
            ("latin-1", fold_text(data.decode("cp1252", "replace"))),
        ]


def spaced(folded: bytes) -> bytes:
    """Lower ASCII letters and turn every other ASCII character but digits into a space."""
    return folded.translate(_SPACED)


def compact(folded: bytes) -> bytes:
    """Lower ASCII letters and leave out every ASCII character that is neither letter nor digit."""
    return folded.translate(_SPACED, _OTHERS)
