"""E-mail addresses of people nobody has told us of, by their form alone."""

import re

from proxy.guard.escapes import applicable
from proxy.guard.folding import readings

_MAX_DECODED = 4
_ADDRESS = re.compile(
    rb"[^\s@/\\?#&=,;:<>\"'()\[\]{}|\x00-\x20\x7f]@((?:[0-9A-Za-z\x80-\xff](?:[-0-9A-Za-z\x80-\xff]*)\.)+[A-Za-z\x80-\xff]{2,})"
)
_WRITTEN = re.compile(r"[^\s@/\\?#&=,;:<>\"'()\[\]{}|]+@((?:[^\W_](?:[-\w]*[^\W_])?\.)+[^\W\d_]{2,})")
"""The same in running text, all of the local part with it."""
_NOBODYS = b"pseudonym.invalid"
"""The domain of addresses that stand for people (RFC 2606 section 2: it can belong to nobody), if no other is set."""
_PSEUDONYM = re.compile(rb"(?<![0-9a-zA-Z])sv1[0-9a-z]{37}\Z", re.IGNORECASE)
"""What stands before the sign at whatever domain (docs/pseudonyms.md)."""
_PSEUDONYM_LENGTH = 40
_FILE = re.compile(
    rb"[0-9]+(?:\.[0-9]+)*x?(?:\.min)?\.(?:avif|css|gif|html?|ico|jpe?g|js|json|png|svg|txt|webp|woff2?|xml)",
    re.IGNORECASE,
)
"""What follows the sign in `logo@2x.png` and `player@3.6.min.js`, files whose names hold a size or a version."""


def looks_like_address(text: str) -> bool:
    """Tell whether `text` holds something of the form of an e-mail address (RFC 5321 section 2.3.11: local@domain.tld).

    It may be escaped a few times (percent, JSON, character references) and written in full-width letters. Addresses
    at `pseudonym.invalid`, and those of pseudonyms anywhere, are ours. For places where an address has no business:
    ids, path segments, query values.
    """
    seen = {text.encode("utf-8", "replace")}
    queue = list(seen)
    for _ in range(_MAX_DECODED):
        if any(_holds_address(folded) for data in queue for _, folded in readings(data)):
            return True
        queue = [decoded for data in queue for _, decode in applicable(data) if (decoded := decode(data)) not in seen]
        seen.update(queue)
    return False


def without_addresses(text: str, instead: str) -> str:
    """Return `text` with `instead` in place of each address; of one that is hidden in an escape, all of the text.

    The same object comes back if there is none.
    """
    if not looks_like_address(text):
        return text
    clean = _WRITTEN.sub(
        lambda found: instead if _is_somebodys(found[0].encode(), found[1].encode()) else found[0], text
    )
    return instead if looks_like_address(clean) else clean


def _holds_address(folded: bytes) -> bool:
    for found in _ADDRESS.finditer(folded):
        start = max(0, found.start() - _PSEUDONYM_LENGTH)
        if _is_somebodys(folded[start : found.end()], found[1]):
            return True
    return False


def _is_somebodys(written: bytes, domain: bytes) -> bool:
    """Tell whether an address is neither ours nor the name of a file; `written` may begin before it."""
    if domain.lower() == _NOBODYS or _FILE.fullmatch(domain):
        return False
    return _PSEUDONYM.search(written[: -len(domain) - 1]) is None
