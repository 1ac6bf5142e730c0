"""Roots and proofs of a log as the store has it: from the roots that are kept, and few leaves. Blocks."""

from proxy.store.log_port import SUBTREE_LEAVES, LogReader
from proxy.tlog.merkle import EMPTY_ROOT, Frontier, consistency_path, inclusion_path, root_of


class Tree:
    """The first `size` leaves of a log."""

    def __init__(self, reader: LogReader, log: int, size: int) -> None:
        """Read from `reader` whatever is asked for."""
        self._reader = reader
        self._log = log
        self._size = size

    def root(self) -> bytes:
        """The root over all of them. ValueError if some are not there."""
        return self._subtree(0, self._size) if self._size else EMPTY_ROOT

    def inclusion(self, index: int) -> list[bytes]:
        """The proof that a leaf is in it."""
        return inclusion_path(index, self._size, self._subtree)

    def consistency(self, old: int) -> list[bytes]:
        """The proof that it begins with `old` leaves."""
        return consistency_path(old, self._size, self._subtree)

    def _subtree(self, start: int, end: int) -> bytes:
        """The root over leaves from `start` to `end`; `start` is a multiple of the power of two that covers them."""
        first, last = -(-start // SUBTREE_LEAVES), end // SUBTREE_LEAVES
        if first >= last:
            return root_of(self._leaves(start, end))
        if start % SUBTREE_LEAVES:
            raise ValueError("no subtree begins here")
        tops = self._reader.subtrees(self._log, first, last)
        if len(tops) != last - first:
            raise ValueError("roots are missing")
        tree = Frontier()
        for top in tops:
            tree.append(top)
        tail = self._leaves(last * SUBTREE_LEAVES, end)
        if not tail:
            return tree.root()
        # Complete groups are the leaves of a tree of their own; what follows them hangs to its right.
        return tree.root_with(root_of(tail))

    def _leaves(self, start: int, end: int) -> list[bytes]:
        found = self._reader.hashes(self._log, start, end)
        if len(found) != end - start:
            raise ValueError("leaves are missing")
        return found
