"""What the providers share: authenticated encryption under a key in memory, and under a data key that others wrap.

Shape of a box: check value of the key (8 bytes), nonce (12), AES-256-GCM ciphertext with its 16-byte tag (NIST SP
800-38D). Random nonces: a key-encryption key is used some thousands of times in its life, the bound is 2**32.

A keeper elsewhere (HSM, KMS) gets a data key of 32 bytes instead of the keyring: it never sees the keys, its limits of
size (4096 bytes with AWS KMS) do not matter, and what a keeper forgets to authenticate is authenticated here.
Shape: version (1 byte, 1), length of the wrapped data key (2 bytes, big-endian), wrapped data key, box under the data
key; all before the box is bound into it.
"""

import hmac
import secrets
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keys.derive import kek_check_value, kek_wrap_key
from keys.errors import KeyringError
from keys.secret import Secret

KEY_LENGTH: Final = 32
WRAPPED_LIMIT: Final = 16 * 1024
"""Bytes of a wrapped data key; keepers give some hundreds."""
_VERSION: Final = 1
_CHECK: Final = 8
_NONCE: Final = 12
_TAG: Final = 16
_HEADER: Final = 3


def close_box(key: Secret, plain: Secret, bind: bytes) -> bytes:
    """Encrypt under a key of 32 uniformly random bytes, with `bind` as associated data."""
    nonce = secrets.token_bytes(_NONCE)
    boxed = AESGCM(kek_wrap_key(key).reveal()).encrypt(nonce, plain.reveal(), bind)
    return kek_check_value(key).reveal() + nonce + boxed


def open_box(key: Secret, box: bytes, bind: bytes, wrong: str = "kek-wrong") -> Secret:
    """Decrypt. Raises KeyringError with the code `wrong` for another key, `keyring-altered` for other bytes or bind."""
    if len(box) < _CHECK + _NONCE + _TAG:
        raise KeyringError("keyring-altered")
    if not hmac.compare_digest(kek_check_value(key).reveal(), box[:_CHECK]):
        raise KeyringError(wrong)
    nonce, boxed = box[_CHECK : _CHECK + _NONCE], box[_CHECK + _NONCE :]
    try:
        return Secret(AESGCM(kek_wrap_key(key).reveal()).decrypt(nonce, boxed, bind))
    except InvalidTag:
        raise KeyringError("keyring-altered") from None


def close_under_data_key(plain: Secret, bind: bytes, protect: Callable[[Secret], bytes]) -> bytes:
    """Encrypt under a new data key, which `protect` wraps (at most `WRAPPED_LIMIT` bytes)."""
    data_key = Secret(secrets.token_bytes(KEY_LENGTH))
    wrapped = protect(data_key)
    header = bytes((_VERSION,)) + len(wrapped).to_bytes(2, "big") + wrapped
    return header + close_box(data_key, plain, header + bind)


def open_under_data_key(sealed: bytes, bind: bytes, recover: Callable[[bytes], Secret]) -> Secret:
    """Undo `close_under_data_key`; `recover` unwraps the data key. Raises KeyringError `keyring-altered`."""
    end = _HEADER + int.from_bytes(sealed[1:_HEADER], "big")
    if sealed[:1] != bytes((_VERSION,)) or not _HEADER < end < len(sealed) or end > _HEADER + WRAPPED_LIMIT:
        raise KeyringError("keyring-altered")
    data_key = recover(sealed[_HEADER:end])
    return open_box(data_key, sealed[end:], sealed[:end] + bind, "keyring-altered")
