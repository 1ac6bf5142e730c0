"""Signatures of the V1 API: MD5 of the secret and of all parameters but `sig` and `filedata`, sorted by name.

Libraries sort differently: by code point, or as their platform pleases, which ignores case. Both are accepted.
"""

import hashlib
import hmac
import time
from calendar import timegm
from collections.abc import Callable, Mapping

_UNSIGNED = {"sig", "filedata"}
_SECONDS = 15 * 60


def signature(given: Mapping[str, str], secret: str, order: Callable[[str], str] = str) -> str:
    """The signature in lower-case hex; `order` is the sort key of a name."""
    names = sorted((name for name in given if name not in _UNSIGNED), key=order)
    text = secret + "".join(name + given[name] for name in names)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def signed(given: Mapping[str, str], secret: str) -> bool:
    """Whether a call carries the right signature, in either order and either case."""
    sig = given.get("sig", "").lower().encode()
    return any(hmac.compare_digest(signature(given, secret, order).encode(), sig) for order in (str, str.casefold))


def fresh(given: Mapping[str, str], now: float) -> bool:
    """Whether `ts` (UTC, `yyyyMMddHHmmss`) is at most a quarter of an hour away."""
    try:
        return abs(now - timegm(time.strptime(given.get("ts", ""), "%Y%m%d%H%M%S"))) <= _SECONDS
    except ValueError:
        return False
