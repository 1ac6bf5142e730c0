"""The Merkle tree of RFC 6962, section 2.1: hashes are 32 bytes of SHA-256, leaves are counted from 0.

The tree over n leaves splits at the largest power of two below n, so its left edge consists of complete subtrees that
never change again. `Frontier` keeps the roots of just these, which is all that appending needs.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
"""The root of a tree without leaves (RFC 6962, section 2.1)."""

Subtree = Callable[[int, int], bytes]
"""Gives the root over the leaves from `start` up to, not including, `end`; `end` > `start`."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that only grows: its size, and the roots of its complete subtrees from the largest to the smallest."""

    __slots__ = ("_lately", "_roots", "size")

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        """Go on from a tree of `size` leaves. ValueError unless each bit of `size` that is set has a root."""
        self.size = size
        self._roots = list(roots)
        self._lately: list[bytes] = []
        if size < 0 or len(self._roots) != size.bit_count() or any(len(one) != HASH_BYTES for one in self._roots):
            raise ValueError("no frontier of this size")

    @classmethod
    def unpack(cls, size: int, packed: bytes) -> "Frontier":
        """The opposite of `packed`; ValueError."""
        return cls(size, [packed[at : at + HASH_BYTES] for at in range(0, len(packed), HASH_BYTES)])

    @property
    def packed(self) -> bytes:
        """The roots one after the other."""
        return b"".join(self._roots)

    def copy(self) -> "Frontier":
        """A tree of its own, equal up to here."""
        return Frontier(self.size, self._roots)

    def append(self, leaf: bytes) -> None:
        """Add the hash of a leaf. A new leaf completes as many subtrees as its number ends with ones in binary."""
        number, top = self.size, leaf
        self._lately = [top]
        while number & 1:
            top = node_hash(self._roots.pop(), top)
            self._lately.append(top)
            number >>= 1
        self._roots.append(top)
        self.size += 1

    def last_root(self, leaves: int) -> bytes:
        """The root over the last so many leaves, a power of two: if the last leaf completed that. ValueError."""
        if leaves & (leaves - 1) or len(self._lately) < leaves.bit_length():
            raise ValueError("no complete subtree was just finished")
        return self._lately[leaves.bit_length() - 1]

    def root(self) -> bytes:
        """The root over all leaves."""
        if not self._roots:
            return EMPTY_ROOT
        return _fold(self._roots[:-1], self._roots[-1])

    def root_with(self, tail: bytes) -> bytes:
        """The root over these leaves and the root of a smaller tree to their right."""
        return _fold(self._roots, tail)


def _fold(roots: Sequence[bytes], top: bytes) -> bytes:
    for left in reversed(roots):
        top = node_hash(left, top)
    return top


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over hashes of leaves."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def split(count: int) -> int:
    """The largest power of two below `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """PATH(m, D[n]) of RFC 6962, section 2.1.1, from the leaf upward. ValueError unless 0 <= index < size."""
    if not 0 <= index < size:
        raise ValueError("no such leaf")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_path(old: int, size: int, subtree: Subtree) -> list[bytes]:
    """PROOF(m, D[n]) of RFC 6962, section 2.1.2. ValueError unless 0 <= old <= size."""
    if not 0 <= old <= size:
        raise ValueError("a tree does not shrink")
    if old in {0, size}:
        return []
    path: list[bytes] = []
    start, end, whole = 0, size, True
    while end != old or not whole:
        if end == old:
            path.append(subtree(start, end))
            break
        middle = start + split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    return path[::-1]


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether `path` proves that `leaf` is number `index` of the tree of `size` under `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, top = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            top = node_hash(step, top)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            top = node_hash(top, step)
        number, last = number >> 1, last >> 1
    return last == 0 and top == root


def consistent(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether `path` proves that the tree of `size` begins with that of `old` leaves (RFC 9162, section 2.1.4.2)."""
    if not 0 <= old <= size:
        return False
    if old == size:
        return not path and old_root == root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    steps = list(path) if old & (old - 1) else [old_root, *path]
    if not steps:
        return False
    number, last = old - 1, size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    before = after = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            after = node_hash(after, step)
        number, last = number >> 1, last >> 1
    return last == 0 and before == old_root and after == root
