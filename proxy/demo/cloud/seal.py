"""Tokens and opaque strings of the sandbox cloud.

Three kinds, as seen on the wire: static secrets inside packages (40 alphanumerics), short-lived signed tokens (launch
token, launch page's `jwt`, run-time token), and encrypted identifiers in player addresses that a middle-man can neither
read nor change. The cipher is a hash in counter mode: good enough to be opaque in a sandbox, and nothing else.
"""

import base64
import hashlib
import hmac
import json
import secrets
import string
from collections.abc import Callable, Mapping
from typing import Any

_ALPHABET = string.ascii_letters + string.digits


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Seals:
    """Mints and checks everything the cloud signs. `clock` gives seconds since the epoch."""

    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        """Derive the one key from the application's secret, so that packages survive a restart of the sandbox."""
        self._key = hashlib.sha256(b"sandbox cloud\0" + secret.encode()).digest()
        self._clock = clock

    def static(self, label: str, length: int = 40) -> str:
        """The same alphanumerics for the same label, always: what a package carries."""
        digest = hashlib.shake_256(self._key + label.encode()).digest(length)
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)

    def sign(self, purpose: str, claims: Mapping[str, Any], seconds: int) -> str:
        """A compact JWS (HS256) with an expiry."""
        header = _encode(b'{"typ":"JWT","alg":"HS256"}')
        body = {**claims, "use": purpose, "exp": int(self._clock()) + seconds, "jti": secrets.token_hex(8)}
        signed = f"{header}.{_encode(json.dumps(body, separators=(',', ':')).encode())}"
        return f"{signed}.{_encode(self._mac(signed))}"

    def check(self, purpose: str, token: str) -> dict[str, Any] | None:
        """The claims of a token of ours that is still valid, else None."""
        signed, _, mac = token.rpartition(".")
        try:
            if not hmac.compare_digest(_decode(mac), self._mac(signed)):
                return None
            claims: dict[str, Any] = json.loads(_decode(signed.partition(".")[2]))
        except ValueError:
            return None
        return claims if claims["use"] == purpose and claims["exp"] >= self._clock() else None

    def hide(self, data: Mapping[str, Any]) -> str:
        """An opaque, authenticated string; two calls never give the same one."""
        nonce = secrets.token_bytes(12)
        body = self._mask(nonce, json.dumps(data, separators=(",", ":")).encode())
        return _encode(nonce + body + hmac.digest(self._key, nonce + body, "sha256")[:16])

    def reveal(self, text: str) -> dict[str, Any] | None:
        """What `hide` hid, or None for a string that is not ours or was changed."""
        try:
            raw = _decode(text)
        except ValueError:
            return None
        nonce, body, mac = raw[:12], raw[12:-16], raw[-16:]
        if not hmac.compare_digest(mac, hmac.digest(self._key, nonce + body, "sha256")[:16]):
            return None
        found: dict[str, Any] = json.loads(self._mask(nonce, body))
        return found

    def signature(self, text: str) -> str:
        """A keyed signature in base64url (the cookie policy's)."""
        return _encode(self._mac(text))

    def _mac(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), "sha256")

    def _mask(self, nonce: bytes, data: bytes) -> bytes:
        stream = hashlib.shake_256(self._key + nonce).digest(len(data))
        return bytes(a ^ b for a, b in zip(data, stream, strict=True))
