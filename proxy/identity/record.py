"""What is sealed of a person: every spelling of her that was seen, a few of each kind, the newest first.

Format 2: the JSON object `{"v": 2, "texts": {kind: [newest, …]}, "tokens": [pseudonym, …]}` in UTF-8, filled with
spaces to a multiple of 64 bytes, so that the length of the sealed value tells little of the length of a name. The
tokens are her pseudonyms: rows of the database that were exchanged cannot give one person the pseudonym of another.
Format 1 (before 0.2) has no tokens; there the envelope is bound to the pseudonym.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from proxy.errors import SealFailed
from proxy.people import Cleartext, Kind

KEPT_PER_KIND = 5
"""A name changes a few times in a life; what a client sends in ever new forms must not grow without end."""

_VERSION = 2
_BLOCK = 64


@dataclass(frozen=True, slots=True)
class Contents:
    """What a record holds; `tokens` is empty in format 1."""

    texts: tuple[Cleartext, ...]
    tokens: tuple[str, ...] = ()


def encode(texts: Iterable[Cleartext], tokens: Sequence[str]) -> bytes:
    """Write down `texts` and pseudonyms, to be sealed at once."""
    by_kind: dict[str, list[str]] = {}
    for text in texts:
        by_kind.setdefault(text.kind.value, []).append(text.reveal())
    content = {"v": _VERSION, "texts": by_kind, "tokens": list(tokens)}
    whole = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return whole.ljust(-(-len(whole) // _BLOCK) * _BLOCK)


def decode(plain: bytes) -> Contents:
    """Read what `encode` wrote; `SealFailed` for anything else, also for a newer format."""
    contents: Contents | None = None
    version = None
    try:
        whole = json.loads(plain)
        version = whole["v"]
        texts = tuple(Cleartext(Kind(kind), value) for kind, values in whole["texts"].items() for value in values)
        contents = Contents(texts, tuple(str(token) for token in whole["tokens"]) if version == _VERSION else ())
    except (ValueError, KeyError, TypeError, AttributeError):
        pass  # the error's text could quote the record; ours is raised below, outside of its reach
    if version not in {1, _VERSION}:
        raise SealFailed("record-version")
    if contents is None:
        raise SealFailed("record-unreadable")
    return contents


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
