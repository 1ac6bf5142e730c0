"""Notices that the database file at our path is no longer the one we opened.

SQLite keeps writing to a file that was deleted or replaced under it: every commit would succeed and be gone with the
last descriptor. The write-ahead log is watched too, because the latest commits live in it. No descriptor of our own
is opened: closing one would drop the POSIX locks that SQLite holds in this process (sqlite.org/howtocorrupt, 2.2).
"""

import os
from pathlib import Path

from proxy.errors import StoreFailed


class FileWatch:
    """Remembers device and inode of a SQLite database and of its write-ahead log."""

    def __init__(self, path: Path) -> None:
        """Watch `path`, once `remember` was called."""
        self._paths = (str(path), f"{path}-wal")
        self._known: tuple[tuple[int, int], ...] = ()

    def remember(self) -> None:
        """Take what is there now as ours. To be called while a connection is open, so that the log exists."""
        self._known = self._look()

    def verify(self) -> None:
        """Raise `StoreFailed` unless both files are the remembered ones. Two calls of stat, some 3 µs."""
        if self._look() != self._known:
            raise StoreFailed("replaced")

    def _look(self) -> tuple[tuple[int, int], ...]:
        gone = False
        seen: list[tuple[int, int]] = []
        try:
            for path in self._paths:
                found = os.stat(path)  # noqa: PTH116  a Path object would cost as much again, on every exchange
                seen.append((found.st_dev, found.st_ino))
        except OSError:
            gone = True
        if gone:
            raise StoreFailed("gone")
        return tuple(seen)
