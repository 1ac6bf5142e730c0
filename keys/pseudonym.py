"""Pseudonym scheme 1: a keyed digest as text. The grammar and its reasons are in docs/pseudonyms.md.

token  = "sv1" key-id digest check        ; 40 characters, canonical in lower case
key-id = 4 letters, digest = 26 letters (130 bits), check = 7 letters (CRC-32)
"""

import hmac
import re
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple
from zlib import crc32

from keys.derive import encode, pseudonym_key
from keys.errors import KeyringError
from keys.keyring import Keyring
from keys.model import ALPHABET, KEY_ID_LENGTH, Purpose

PREFIX: Final = "sv1"
DIGEST_LENGTH: Final = 26
CHECK_LENGTH: Final = 7
TOKEN_LENGTH: Final = len(PREFIX) + KEY_ID_LENGTH + DIGEST_LENGTH + CHECK_LENGTH
ALIAS_LETTERS: Final = "BCDFGHJKMNPQRSTVWXZ"
TURNS: Final = 8
"""How often one identifier can be forgotten and come back under one key."""
ALIAS_ALPHABET: Final = ALIAS_LETTERS + "23456789"

_KEY_END: Final = len(PREFIX) + KEY_ID_LENGTH
_DIGEST_END: Final = _KEY_END + DIGEST_LENGTH
_LETTERS: Final = bytes(ALPHABET[byte % 32].encode()[0] for byte in range(256))  # byte -> letter of its low five bits
_KEYED_LIMIT: Final = 1024

_LETTER: Final = rb"[0-9a-hjkmnp-tv-zA-HJKMNP-TV-Z]"
_GRAMMAR: Final = rb"[sS][vV]1%b{30}[0-3]%b{6}" % (_LETTER, _LETTER)
# The octets of %XX that are no letter or digit, so that `%7Csv1…` is a token after a bar and `%41sv1…` is none.
_OCTET: Final = rb"(?:[0-289a-fA-F][0-9a-fA-F]|3[a-fA-F]|40|5[b-fB-F]|60|7[b-fB-F])"
# What stands before is looked at after "sv1" was seen: so the search skips quickly to the next "s".
_LEFT: Final = b"|".join(
    (
        rb"(?<![0-9A-Za-z][sS][vV]1)",
        rb"(?<=%%%b[sS][vV]1)" % _OCTET,
        rb"(?<=%%25%b[sS][vV]1)" % _OCTET,
        rb"(?<=%%2525%b[sS][vV]1)" % _OCTET,
        rb"(?<=\\x%b[sS][vV]1)" % _OCTET,
        rb"(?<=\\[bfnrt][sS][vV]1)",
        rb"(?<=\\u[0-9a-fA-F]{4}[sS][vV]1)",
    )
)
_IN_TEXT: Final = rb"[sS][vV]1(?:%b)%b{30}[0-3]%b{6}(?![0-9A-Za-z])" % (_LEFT, _LETTER, _LETTER)


class Minted(NamedTuple):
    """A pseudonym and the id of the key it was minted under."""

    token: str
    key_id: str


class PseudonymScheme:
    r"""Mints and reads pseudonyms.

    `pattern` finds candidates in running bytes, in any case, with nothing alphanumeric on either side (an escape
    such as `%7C`, `%257C`, `\n`, `\u007c` counts as what it stands for); confirm each with `valid`.
    """

    def __init__(self, keyring: Keyring) -> None:
        """Bind the keys; a ring with other keys needs a new scheme."""
        active = [key.id for key in keyring.processing(Purpose.PSEUDONYM) if key.protects]
        self._key_id = active[0] if active else ""
        self._usable = frozenset(key.id for key in keyring.processing(Purpose.PSEUDONYM))
        self._grammar = re.compile(_GRAMMAR)
        self.pattern: re.Pattern[bytes] = re.compile(_IN_TEXT)

        @lru_cache(maxsize=_KEYED_LIMIT)
        def keyed(key_id: str, tenant: str, kind: str, turn: int) -> hmac.HMAC:
            secret = keyring.get(key_id).secret
            return hmac.new(pseudonym_key(secret, tenant, kind, turn).reveal(), digestmod="sha256")

        self._keyed = keyed

    def mint(self, tenant: str, kind: str, parts: tuple[str, ...], turn: int = 0) -> Minted:
        """Derive the pseudonym of normalised `parts` under the active key; the same input gives the same token.

        `turn` counts the times that a person with this identifier was forgotten: who comes back after that is somebody
        new. Raises KeyringError `no-key` if the ring has no active PSEUDONYM key, `no-input` if there is no part or
        only empty ones.
        """
        if not self._key_id:
            raise KeyringError("no-key")
        return Minted(self._token(self._key_id, tenant, kind, parts, turn), self._key_id)

    def former(self, tenant: str, kind: str, parts: tuple[str, ...]) -> tuple[str, ...]:
        """Every token that these parts gave under the keys that are here and mint no more, in `TURNS` turns each."""
        keys = sorted(self._usable - {self._key_id})
        return tuple(self._token(key_id, tenant, kind, parts, turn) for key_id in keys for turn in range(TURNS))

    def mints(self, token: str, tenant: str, kind: str, parts: tuple[str, ...]) -> bool:
        """Whether `token` is what these parts give under its own key, in one of the first `TURNS` turns.

        False also if the ring cannot tell, because that key is gone. Raises KeyringError `not-a-pseudonym`.
        """
        key_id = self.key_id_of(token)
        if key_id not in self._usable:
            return False
        turns = (self._token(key_id, tenant, kind, parts, turn) for turn in range(TURNS))
        return any(hmac.compare_digest(one, token.lower()) for one in turns)

    def _token(self, key_id: str, tenant: str, kind: str, parts: tuple[str, ...], turn: int) -> str:
        if not any(parts):
            raise KeyringError("no-input")
        mac = self._keyed(key_id, tenant, kind, turn).copy()
        mac.update(encode(parts))
        body = PREFIX + key_id + mac.digest()[:DIGEST_LENGTH].translate(_LETTERS).decode("ascii")
        return body + check_of(body)

    def valid(self, token: str) -> bool:
        """Whether `token` has the grammar and the check characters of scheme 1, in any case of its letters."""
        if len(token) != TOKEN_LENGTH or not token.isascii() or not self._grammar.fullmatch(token.encode("ascii")):
            return False
        text = token.lower()
        return check_of(text[:_DIGEST_END]) == text[_DIGEST_END:]

    def key_id_of(self, token: str) -> str:
        """The id of the key it was minted under; the ring need not have it. KeyringError `not-a-pseudonym`."""
        return self._canonical(token)[len(PREFIX) : _KEY_END]

    def alias(self, token: str) -> str:
        """A short readable family name such as `K7Q-XM2-P4R`: 42 bits, from the token's digest and nothing else.

        Neither vowels nor Y: no words. It begins with a letter. Raises KeyringError `not-a-pseudonym`.
        """
        digest = self._canonical(token)[_KEY_END:_DIGEST_END]
        number = int.from_bytes(sha256(b"scormveil alias 1\0" + digest.encode("ascii")).digest()[:8], "big")
        number, first = divmod(number, len(ALIAS_LETTERS))
        code = ALIAS_LETTERS[first]
        for _ in range(8):
            number, at = divmod(number, len(ALIAS_ALPHABET))
            code += ALIAS_ALPHABET[at]
        return f"{code[:3]}-{code[3:6]}-{code[6:]}"

    def _canonical(self, token: str) -> str:
        if not self.valid(token):
            raise KeyringError("not-a-pseudonym")
        return token.lower()


def check_of(body: str) -> str:
    """CRC-32 of the canonical text as seven letters, most significant first: every burst up to 32 bits is seen."""
    crc = crc32(body.encode("ascii"))
    return "".join([ALPHABET[crc >> shift & 31] for shift in (30, 25, 20, 15, 10, 5, 0)])
