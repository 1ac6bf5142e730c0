"""OAuth 1 as LTI 1.1 uses it: a form signed with HMAC-SHA1 over method, address and sorted parameters (RFC 5849)."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import parse_qsl, quote


def _escaped(text: str) -> str:
    return quote(text, safe="~")


def signature(address: str, fields: Sequence[tuple[str, str]], secret: str) -> str:
    """The signature of a POST; `address` without a query, `fields` without `oauth_signature`. There is no token."""
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in fields)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = f"POST&{_escaped(address)}&{_escaped(joined)}"
    return base64.b64encode(hmac.digest(f"{_escaped(secret)}&".encode(), base.encode(), "sha1")).decode()


def authorization(address: str, body: bytes, key: str, secret: str, *, now: float, nonce: str) -> str:
    """The `Authorization` header of a signed POST whose body is no form: it is covered by `oauth_body_hash`."""
    base, _, query = address.partition("?")
    oauth = {
        "oauth_body_hash": base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode(),
        "oauth_consumer_key": key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(now)),
        "oauth_version": "1.0",
    }
    fields = [*oauth.items(), *parse_qsl(query, keep_blank_values=True)]
    oauth["oauth_signature"] = signature(base, fields, secret)
    return "OAuth " + ", ".join(f'{name}="{_escaped(value)}"' for name, value in oauth.items())


def signed_rightly(address: str, fields: Sequence[tuple[str, str]], secret: str) -> bool:
    """Whether the form carries the right signature."""
    given = next((value for name, value in fields if name == "oauth_signature"), "")
    rest = [pair for pair in fields if pair[0] != "oauth_signature"]
    return hmac.compare_digest(signature(address, rest, secret).encode(), given.encode())
