"""The signature of SCORM Cloud's V1 API: MD5 over the secret and all parameters.

Source: the vendor's V1 documentation and three client libraries, docs/protocol/scorm-cloud-api.md section 2. All
parameters but `sig` and `filedata`, sorted by name, name and raw value joined without separator, behind the secret;
in hexadecimal. Python and npm libraries sort in ordinal order and write lower case, .NET sorts without regard to case,
one library writes upper case. MD5 is the vendor's choice: whoever holds a signed call can neither alter it nor make
another without the secret, but a strong hash it is not; and without separators a text may be moved from a value into
the name beside it. So undeclared names are refused, and a call without a sound `ts` is stale.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_UNSIGNED = frozenset({"sig", "filedata"})
_HEX = re.compile(r"[0-9a-f]{32}|[0-9A-F]{32}")
_STAMP = re.compile(r"[0-9]{14}")
WINDOW_SECONDS = 900
"""A call is good for fifteen minutes before and after its `ts`."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a library signs: which order, which letters."""

    folded: bool = False
    """Names sorted without regard to case; False: in ordinal order."""
    upper: bool = False


def signature(pairs: Iterable[tuple[str, str]], secret: str, manner: Manner) -> str:
    """Return the `sig` of the decoded parameters `pairs`."""
    kept = [(name, value) for name, value in pairs if name not in _UNSIGNED]
    kept.sort(key=lambda pair: pair[0].casefold() if manner.folded else pair[0])
    text = secret + "".join(name + value for name, value in kept)
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return digest.upper() if manner.upper else digest


def manner_of(pairs: Iterable[tuple[str, str]], secret: str, given: str) -> Manner | None:
    """Return the manner in which `given` is the signature of `pairs`; None if in no manner it is."""
    if not _HEX.fullmatch(given):
        return None
    known = tuple(pairs)
    for folded in (False, True):
        manner = Manner(folded, upper=given != given.lower())
        if hmac.compare_digest(signature(known, secret, manner).encode(), given.encode()):
            return manner
    return None


def seconds_of(stamp: str) -> float | None:
    """Return the unix seconds of a `ts` (UTC, yyyyMMddHHmmss); None if it is none."""
    if not _STAMP.fullmatch(stamp):
        return None
    try:
        return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
