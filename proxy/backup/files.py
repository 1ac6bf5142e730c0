"""Files of backups: whole under their name or not there at all; and what is taken away when its time is over."""

import errno
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from keys import KeyringError, Title, read_title
from proxy.backup.contents import KEYS_KIND
from proxy.errors import BackupFailed

_MODE: Final = 0o600
_BLOCK: Final = 1 << 20
_REASONS: Final = (
    (frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG)), "disk-full"),
    (frozenset((errno.EACCES, errno.EPERM, errno.EROFS)), "no-rights"),
    (frozenset((errno.ENOENT, errno.ENOTDIR)), "no-folder"),
)


class NewFile:
    """A context: a file that is being written beside its place, open to us only, and gone unless it is `place`d.

    It is locked as long as it is written, so that what a killed program left can be told from what another one writes.
    Raises `BackupFailed`.
    """

    def __init__(self, path: Path) -> None:
        """Write for `path`, where nothing may be yet."""
        self._path = path
        self._passing = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Begin; what earlier attempts under this name left is removed."""
        if os.path.lexists(self._path):
            raise BackupFailed("exists")
        with told():
            remove_leftovers(self._path.parent, self._path.name)
            handle = os.open(self._passing, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE)
            self._file = os.fdopen(handle, "r+b", buffering=_BLOCK)
            os.fchmod(handle, _MODE)
            fcntl.flock(handle, fcntl.LOCK_EX)
        return self

    def __exit__(self, _kind: type[BaseException] | None, _value: object, _trace: TracebackType | None) -> None:
        """Close; take away what was not placed."""
        with suppress(OSError):  # a buffer that could not be written cannot be written now either
            self._opened.close()
        with suppress(OSError):
            self._passing.unlink(missing_ok=True)

    def write(self, data: bytes, /) -> None:
        """Append."""
        with told():
            self._opened.write(data)

    def place(self, check: Callable[[BinaryIO], None], last: Callable[[], None]) -> None:
        """Make it durable, read it back with `check`, do what is to be done `last`, and give it its name."""
        file = self._opened
        with told():
            file.flush()
            os.fsync(file.fileno())
            # What is read back should come from the disk, not from the memory of what was written.
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            file.seek(0)
        check(file)
        last()
        if os.path.lexists(self._path):
            raise BackupFailed("exists")
        with told():
            self._passing.rename(self._path)
            sync_folder(self._path)

    @property
    def _opened(self) -> BinaryIO:
        if self._file is None:
            raise BackupFailed("not-written")
        return self._file


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A backup to read. Raises `BackupFailed`: `no-file`, `no-rights`."""
    if not path.is_file():
        raise BackupFailed("no-file")
    with told(), path.open("rb") as file:
        yield file


@dataclass(frozen=True, slots=True)
class Pruned:
    """A file that prune looked at: what it says of itself, and whether its time is over."""

    path: Path
    title: Title
    expired: bool


def expired_in(folder: Path, now: int) -> list[Pruned]:
    """The backups of key stores in a folder, not below it, by name."""
    with told():
        paths = sorted(one for one in folder.iterdir() if one.is_file() and not one.is_symlink())
    found: list[Pruned] = []
    for path in paths:
        with suppress(KeyringError, OSError), path.open("rb") as file:
            title = read_title(file)
            if title.kind == KEYS_KIND and not path.name.startswith("."):
                found.append(Pruned(path, title, expired=0 < title.expires <= now))
    return found


def destroy(path: Path) -> None:
    """Overwrite a file once, make that durable, and take it away. Raises `BackupFailed`.

    Reaches the blocks that the file has now: not snapshots, not copies, not what a copy-on-write file system or a
    solid-state disk keeps elsewhere.
    """
    with told():
        with path.open("r+b", buffering=0) as file:
            for start in range(0, path.stat().st_size, _BLOCK):
                file.write(bytes(min(_BLOCK, path.stat().st_size - start)))
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path)


def remove_leftovers(folder: Path, name: str = "") -> int:
    """Destroy what killed programs left of backups under way, under this name or any; returns how many there were."""
    gone = 0
    for path in folder.glob(f".{escape(name) or '*'}.{'?' * 16}.tmp"):
        with suppress(OSError, KeyringError, BackupFailed), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # whoever still writes it holds it
            if not name and path.stat().st_size:
                read_title(file)
            destroy(path)
            gone += 1
    return gone


def sync_folder(path: Path) -> None:
    """Make a change of the folder in which `path` stands durable."""
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def told() -> Iterator[None]:
    """Say what the system refused in a word of ours."""
    reason = ""
    try:
        yield
    except OSError as failure:
        reason = next((word for codes, word in _REASONS if failure.errno in codes), "not-written")
    if reason:
        raise BackupFailed(reason) from None
