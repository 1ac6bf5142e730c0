"""A pseudonym as 40 hexadecimal digits, where a protocol wants those of a SHA-1 (xAPI 1.0.3 part 2, 2.4.2.3).

The 160 bits are key id (20), digest (130) and the ten highest bits of the CRC-32 of the token's body, in this order. So
the way back needs no table. By chance one SHA-1 in a thousand has a fitting check, and of those one in a million the id
of a key that exists; whoever reads one must ask for both. See docs/pseudonyms.md.
"""

import re
from typing import Final
from zlib import crc32

from keys.model import ALPHABET
from keys.pseudonym import CHECK_LENGTH, PREFIX, TOKEN_LENGTH, check_of

_LETTER_BITS: Final = 5
_CHECK_BITS: Final = 10
_BODY: Final = TOKEN_LENGTH - len(PREFIX) - CHECK_LENGTH
_HEX: Final = re.compile(r"[0-9a-fA-F]{40}")


def hex_form(token: str) -> str:
    """Return the 40 digits, in lower case, that stand for a valid token."""
    number = 0
    body = token.lower()[:-CHECK_LENGTH]
    for letter in body[len(PREFIX) :]:
        number = number << _LETTER_BITS | ALPHABET.index(letter)
    return f"{number << _CHECK_BITS | _check(body):040x}"


def from_hex_form(text: str) -> str:
    """Return the token that 40 digits (any case) stand for; "" if they stand for none."""
    if not _HEX.fullmatch(text):
        return ""
    number, check = divmod(int(text, 16), 1 << _CHECK_BITS)
    letters = [ALPHABET[number >> _LETTER_BITS * place & 31] for place in reversed(range(_BODY))]
    body = PREFIX + "".join(letters)
    return body + check_of(body) if _check(body) == check else ""


def _check(body: str) -> int:
    return crc32(body.encode("ascii")) >> 32 - _CHECK_BITS
