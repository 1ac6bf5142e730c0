"""Where a needle counts as found: the shorter and more ordinary it is, the clearer it must stand by itself."""

import re
import unicodedata
from enum import Enum

from proxy.people import Kind

_WORD_BELOW = 6
"""Fewer signs than this must stand as a whole word: random tokens and longer words contain them."""
_LETTERS_BELOW = 8
"""Fewer signs than this may touch digits, but no letter; from here on chance hits need 36^8 tries."""
_MIN_IDENTIFIER = 3
_MIN_NUMBER = 4
_IDENTIFIERS = frozenset({Kind.SUBJECT, Kind.ACCOUNT, Kind.OPENID, Kind.EMAIL_SHA1, Kind.URL})
_UNSPACED = re.compile(r"(?:CJK|HIRAGANA|KATAKANA|HANGUL|BOPOMOFO|THAI|LAO|KHMER|MYANMAR) ")

_WORDS = """
account active admin anonymous answer april august black body brown case cause chance close cloud code color content
cookie core correct course data date default demo done east english entry exit field form frank frame friend german
good grade grant grave green guest head home host html image index item john join june just king know lake last
launch learner lesson level light line link list location long mark math media mode moodle moon more name north null
open order page pass path player plain post price prince prior private public query rank real registration remote
result role root rose rule said scorm score season session short show single south start state status step stone
student style sugar summer teacher test text time token true type undefined user value version view walk west when
white will winter wise wood word work young
"""
ORDINARY = frozenset(_WORDS.split())
"""Single name parts that messages of our protocols hold anyway. They are searched in full names only."""


class Rule(Enum):
    """What may stand next to a needle. `value` orders them from loose to strict."""

    BYTES = -1
    """Anything: the needle is no text, its neighbours mean nothing."""
    ANYWHERE = 0
    """Anything, but a digit must not continue a digit."""
    LETTERS = 1
    """No letter beside a letter, no digit beside a digit."""
    WORD = 2
    """Neither letter nor digit."""
    NUMBER = 3
    """As WORD, and not a part of a decimal, a date, a version or a UUID."""
    VALUE = 4
    """A whole value between quotes, `=`, `&`, tags, commas or line ends."""


_LEFT_OF_VALUE = re.compile(rb"(?:^|[=\"'<>:\[(,;|&\r\n\0])[ \t]*\Z")
_RIGHT_OF_VALUE = re.compile(rb"[ \t]*(?:$|[&\"'<>;,\])}|\r\n\0])")
_CONTINUES_LEFT = re.compile(rb"[0-9A-Za-z][-+.,:]\Z")
_CONTINUES_RIGHT = re.compile(rb"[-+.,:][0-9A-Za-z]")
_REACH = 16


def _letters_of(text: str) -> tuple[int, int]:
    """Count letters and digits, and the same with signs of scripts without word spaces counted double."""
    signs = [sign for sign in unicodedata.normalize("NFC", text) if sign.isalnum()]
    double = sum(1 for sign in signs if _UNSPACED.match(unicodedata.name(sign, "")))
    return len(signs), len(signs) + double


def _rule_for_number(count: int) -> Rule | None:
    if count < _MIN_IDENTIFIER:
        return None
    return Rule.VALUE if count < _MIN_NUMBER else Rule.NUMBER


def rule_for(text: str, kind: Kind, min_chars: int, *, part: bool) -> Rule | None:
    """Choose the rule for the spelling `text`; None if it is not searched at all. `part`: one part of a name."""
    count, weight = _letters_of(text)
    digits_only = all(sign.isdigit() for sign in text if sign.isalnum())
    if count == 0 or weight < (_MIN_IDENTIFIER if kind in _IDENTIFIERS else 2):
        return None
    if digits_only:
        return _rule_for_number(count)
    if part and text.casefold() in ORDINARY:
        return None
    if weight < min_chars:
        return Rule.WORD if kind is Kind.EMAIL else Rule.VALUE
    if weight > count > 1:
        return Rule.ANYWHERE
    if weight < _WORD_BELOW:
        return Rule.WORD
    return Rule.LETTERS if weight < _LETTERS_BELOW else Rule.ANYWHERE


def _class_of(byte: bytes) -> str:
    """Say whether a neighbour is a letter ("a"), a digit ("0") or neither (""). High bytes are letters when folded."""
    if byte.isdigit():
        return "0"
    return "a" if byte.isalpha() or byte >= b"\x80" else ""


def allows(rule: Rule, text: bytes, start: int, end: int) -> bool:
    """Tell whether a needle at text[start:end] stands as `rule` wants it."""
    if rule is Rule.BYTES:
        return True
    if rule is Rule.VALUE:
        left, right = text[max(0, start - _REACH) : start], text[end : end + _REACH]
        return bool(_LEFT_OF_VALUE.search(left) and _RIGHT_OF_VALUE.match(right))
    before, after = _class_of(text[max(0, start - 1) : start]), _class_of(text[end : end + 1])
    if rule is Rule.ANYWHERE:
        return not (before == "0" and text[start : start + 1].isdigit()) and not (
            after == "0" and text[end - 1 : end].isdigit()
        )
    if rule is Rule.LETTERS:
        return before != _class_of(text[start : start + 1]) and after != _class_of(text[end - 1 : end])
    if before or after:
        return False
    if rule is Rule.WORD:
        return True
    return not _CONTINUES_LEFT.search(text[max(0, start - 2) : start]) and not _CONTINUES_RIGHT.match(
        text[end : end + 2]
    )
