"""OAuth 1 as LTI 1.1 uses it: a form signed with HMAC-SHA1 over method, address and sorted parameters (RFC 5849)."""

import base64
import hmac
from collections.abc import Sequence
from urllib.parse import quote


def _escaped(text: str) -> str:
    return quote(text, safe="~")


def signature(address: str, fields: Sequence[tuple[str, str]], secret: str) -> str:
    """The signature of a POST; `address` without a query, `fields` without `oauth_signature`. There is no token."""
    pairs = sorted((_escaped(name), _escaped(value)) for name, value in fields)
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = f"POST&{_escaped(address)}&{_escaped(joined)}"
    return base64.b64encode(hmac.digest(f"{_escaped(secret)}&".encode(), base.encode(), "sha1")).decode()


def signed_rightly(address: str, fields: Sequence[tuple[str, str]], secret: str) -> bool:
    """Whether the form carries the right signature."""
    given = next((value for name, value in fields if name == "oauth_signature"), "")
    rest = [pair for pair in fields if pair[0] != "oauth_signature"]
    return hmac.compare_digest(signature(address, rest, secret).encode(), given.encode())
