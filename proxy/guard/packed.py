"""Texts that LZString packed in the browser, as authoring tools do with suspend data: found in runs, bytes, wide signs.

Nothing marks such a text. But of two runs that nobody packed one falls at its first sign, and most of the others within
a few codes, so that trying costs some microseconds.
"""

import re
from binascii import a2b_base64
from collections.abc import Iterable, Iterator

from proxy.guard.members import Budget, OverBudget
from proxy.guard.runs import is_text
from proxy.lzstring import TooLong, glimpse

_MIN_SAID = 4
_CANDIDATE_COST = 32
_BYTE, _WIDE, _FIRST_WIDE = 8, 15, 32
_BEGINS = frozenset(b"ABCDEFGHIJKLMNOPghijklmnopqrstuv")
"""Signs of base64 whose first two bits say that a character follows."""
_BEGINS_BITS = frozenset({0b00, 0b10})
_SAFE = bytes.maketrans(b"-", b"/")
# What is packed in 15 bits a sign is spread over half of the plane; it stands behind a quote, or begins the text.
_WIDE_START = re.compile("(?:^|(?<=[\"'=>\\[(:,;&\\s]))(?=[\x20-\u801f]{0,2}[\u0250-\u801f]{3})")


def packed_runs(runs: Iterable[bytes], budget: Budget) -> Iterator[bytes]:
    """Yield what base64 runs say that may be packed (compressToBase64, compressToEncodedURIComponent)."""
    for run in runs:
        if run[0] not in _BEGINS or b"_" in run or (b"-" in run and b"/" in run):
            continue
        plain = run.translate(_SAFE) if b"-" in run else run
        cut = plain[: len(plain) - (len(plain) % 4 == 1)]
        yield from _said(a2b_base64(cut + b"=="), _BYTE, budget)


def packed_bytes(data: bytes, budget: Budget) -> Iterator[bytes]:
    """Yield what `data` says if it is one packed text (compressToUint8Array)."""
    if data and data[0] >> 6 in _BEGINS_BITS:
        yield from _said(data, _BYTE, budget)


def packed_wide(data: bytes, budget: Budget) -> Iterator[bytes]:
    """Yield what is packed in wide signs (compressToUTF16) somewhere in a text that is UTF-8."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return
    for start in _WIDE_START.finditer(text):
        budget.spend(_CANDIDATE_COST)
        yield from _said(_wide_signs(text, start.start()), _WIDE, budget)


def _wide_signs(text: str, at: int) -> Iterator[int]:
    for place in range(at, len(text)):
        sign = ord(text[place]) - _FIRST_WIDE
        if not 0 <= sign < 1 << _WIDE:
            return
        yield sign


def _said(signs: Iterable[int], width: int, budget: Budget) -> Iterator[bytes]:
    try:
        text = glimpse(signs, width, budget.left)
    except TooLong:
        raise OverBudget from None
    if len(text) >= _MIN_SAID and is_text(data := text.encode("utf-8", "replace")):
        yield data
