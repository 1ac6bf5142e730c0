"""Puts a restored SQLite file where the store belongs; the one that was there is moved aside, not deleted."""

import itertools
import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from proxy.backup.files import sync_folder, told
from proxy.backup.survivors import ASIDE

_SUFFIXES: Final = ("", "-wal", "-shm")


def staging(path: Path) -> Path:
    """Where the new file is filled: beside its place, under a name of its own. What an earlier attempt left goes."""
    staged = path.with_name(f".{path.name}.restoring")
    with told():
        for suffix in (*_SUFFIXES, "-journal"):
            staged.with_name(staged.name + suffix).unlink(missing_ok=True)
    return staged


def put(staged: Path, path: Path, now: int, *, keep: bool) -> Path | None:
    """Move the files there aside (`keep`) or away, and the new one in place; where to they were moved.

    Killed in between, there is no store at all until the restore is repeated: never half of one. Raises `BackupFailed`.
    """
    _settle(staged)
    aside = None
    with told():
        if os.path.lexists(path):
            _settle(path)
            aside = _free(path, datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%dT%H%M%SZ"))
            _move(path, aside if keep else None)
        staged.rename(path)
        sync_folder(path)
    return aside if keep else None


def _free(path: Path, moment: str) -> Path:
    """A name that nothing has yet: what an earlier restore put aside in the same second must not be written over.

    The names of one second sort in the order in which they were given.
    """
    first = f"{path.name}{ASIDE}{moment}"
    names = itertools.chain((first,), (f"{first}-{number:02d}" for number in itertools.count(2)))
    return path.with_name(
        next(name for name in names if not any(os.path.lexists(path.with_name(name + one)) for one in _SUFFIXES))
    )


def _settle(path: Path) -> None:
    """Bring what stands in the write-ahead log into the file itself; a damaged one stays as it is."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


def _move(path: Path, aside: Path | None) -> None:
    """The log first: a database without its log is an older one, a log without its database is nothing."""
    for suffix in reversed(_SUFFIXES):
        one = path.with_name(path.name + suffix)
        if aside is None:
            one.unlink(missing_ok=True)
        elif one.exists():
            one.rename(aside.with_name(aside.name + suffix))
