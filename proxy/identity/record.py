"""What is sealed of a person: every spelling of her that was seen, a few of each kind, the newest first.

Format 1: the JSON object `{"v": 1, "texts": {kind: [newest, …]}}` in UTF-8, filled with spaces to a multiple of 64
bytes, so that the length of the sealed value tells little of the length of a name.
"""

import json
from collections.abc import Iterable, Sequence

from proxy.errors import SealFailed
from proxy.people import Cleartext, Kind

KEPT_PER_KIND = 5
"""A name changes a few times in a life; what a client sends in ever new forms must not grow without end."""

_VERSION = 1
_BLOCK = 64


def encode(texts: Iterable[Cleartext]) -> bytes:
    """Write down `texts`, to be sealed at once."""
    by_kind: dict[str, list[str]] = {}
    for text in texts:
        by_kind.setdefault(text.kind.value, []).append(text.reveal())
    whole = json.dumps({"v": _VERSION, "texts": by_kind}, ensure_ascii=False, separators=(",", ":")).encode()
    return whole.ljust(-(-len(whole) // _BLOCK) * _BLOCK)


def decode(plain: bytes) -> tuple[Cleartext, ...]:
    """Read what `encode` wrote; `SealFailed` for anything else, also for a newer format."""
    texts: tuple[Cleartext, ...] | None = None
    version = None
    try:
        whole = json.loads(plain)
        version = whole["v"]
        texts = tuple(Cleartext(Kind(kind), value) for kind, values in whole["texts"].items() for value in values)
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # the error's text could quote the record; ours is raised below, outside of its reach
    if version != _VERSION:
        raise SealFailed("record-version")
    if texts is None:
        raise SealFailed("record-unreadable")
    return texts


def merge(known: tuple[Cleartext, ...], sighted: Sequence[Cleartext]) -> tuple[Cleartext, ...]:
    """Add what was sighted to what is known; the very same tuple comes back if that changes nothing.

    Nothing changes while the texts sighted of each kind are the newest known ones already, in whatever order: so a
    message that says a name in two ways does not cause a write each time.
    """
    merged = known
    for kind in dict.fromkeys(text.kind for text in sighted):
        new = list(dict.fromkeys(text for text in sighted if text.kind is kind))[:KEPT_PER_KIND]
        old = [text for text in known if text.kind is kind]
        if set(new) != set(old[: len(new)]):
            ordered = [*new, *(text for text in old if text not in new)][:KEPT_PER_KIND]
            merged = (*(text for text in merged if text.kind is not kind), *ordered)
    return merged
