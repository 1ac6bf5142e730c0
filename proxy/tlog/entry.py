"""How an entry of the audit log becomes a leaf.

The leaf's data is a commitment: SHA-256 of a random salt followed by the entry's bytes. Who sees hashes alone cannot
guess what they stand for, and an entry whose salt is gone can be proved no more, while the tree over it still stands.
The bytes are one JSON object in UTF-8 without spaces, its members in the order of `MEMBERS`.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Final

from proxy.tlog.merkle import leaf_hash

SALT_BYTES: Final = 16
MAC_BYTES: Final = 16
MEMBERS: Final = (
    "at",
    "event",
    "actor",
    "tenant",
    "mount",
    "route",
    "kind",
    "pseudonym",
    "key_id",
    "exchange",
    "reason",
    "count",
)
"""`at` (milliseconds since 1970, UTC) and `count` are numbers, the others texts."""


def entry_bytes(values: Sequence[str | int]) -> bytes:
    """The bytes of an entry, whose values stand in the order of `MEMBERS`."""
    whole = dict(zip(MEMBERS, values, strict=True))
    return json.dumps(whole, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def entry_leaf(salt: bytes, values: Sequence[str | int]) -> bytes:
    """The hash of the leaf that commits to an entry."""
    return leaf_hash(hashlib.sha256(salt + entry_bytes(values)).digest())


def place_bytes(log: int, tag: str, pos: int, leaf: bytes) -> bytes:
    """What the keyed code of a row is computed over: a leaf that was moved or made anew does not fit its place.

    `tag` tells a log from another one of the same number, which a restored database begins.
    """
    return log.to_bytes(8, "big") + pos.to_bytes(8, "big") + leaf + tag.encode()
