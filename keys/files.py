"""Private files: read only if nobody else can, written so that a crash leaves the old or the new one, whole.

`what` is "keyring" or "kek" and makes the codes of the errors: `keyring-missing`, `kek-exposed` and so on.
"""

import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from errno import ELOOP, ENOENT, ENOTDIR
from pathlib import Path
from typing import Final

from keys.errors import KeyringError
from keys.secret import Secret

SIZE_LIMIT: Final = 1 << 20
_MODE: Final = 0o600


def read_private(path: Path, what: str) -> Secret:
    """The bytes of a regular file (no link) that belongs to us and is open to us only, at most 1 MiB.

    Raises KeyringError `…-missing`, `…-not-a-file`, `…-foreign`, `…-exposed`, `…-unreadable`.
    """
    try:
        # NONBLOCK: a pipe in the file's place must not hang the start.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as problem:
        raise KeyringError(f"{what}-{_why_closed(problem)}") from None
    try:
        # Checked is what was opened: another file at the same path meanwhile makes no difference.
        _refuse_public(os.fstat(handle), what)
        with open(handle, "rb", closefd=False) as file:
            content = Secret(file.read(SIZE_LIMIT + 1))
    except OSError:
        raise KeyringError(f"{what}-unreadable") from None
    finally:
        os.close(handle)
    if len(content) > SIZE_LIMIT:
        raise KeyringError(f"{what}-unreadable")
    return content


def read_own_text(path: Path, what: str) -> str:
    """The text of such a file that is no part of a keyring. Raises KeyringError like `read_private`."""
    try:
        return read_private(path, what).reveal().decode()
    except UnicodeDecodeError:
        raise KeyringError(f"{what}-unreadable") from None


def _why_closed(problem: OSError) -> str:
    if problem.errno in {ENOENT, ENOTDIR}:
        return "missing"
    return "not-a-file" if problem.errno == ELOOP else "unreadable"


def _refuse_public(status: os.stat_result, what: str) -> None:
    """Ownership and mode of the opened file: ours, and nothing beyond reading and writing by us."""
    if not stat.S_ISREG(status.st_mode):
        raise KeyringError(f"{what}-not-a-file")
    if status.st_uid != os.geteuid():
        raise KeyringError(f"{what}-foreign")
    if stat.S_IMODE(status.st_mode) & ~_MODE:
        raise KeyringError(f"{what}-exposed")


def create_private(path: Path, content: Secret, what: str, check: Callable[[Path], None]) -> None:
    """Write a file that is not there yet. Raises KeyringError `…-exists`, `…-not-written`, or what `check` raises."""
    with locked(path, what):
        if os.path.lexists(path):
            raise KeyringError(f"{what}-exists")
        place(path, content, what, check)


def place(path: Path, content: Secret, what: str, check: Callable[[Path], None]) -> None:
    """Put `content` at `path` in one step: temporary file, fsync, read back, `check`, rename, fsync of the folder.

    `check` gets the temporary file's path and raises to keep the old file. To be called within `locked`.
    """
    passing = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        try:
            _write(passing, content)
            if read_private(passing, what) != content:
                raise KeyringError(f"{what}-not-written")
            check(passing)
            passing.rename(path)
            _sync_folder(path.parent)
        except OSError:
            raise KeyringError(f"{what}-not-written") from None
    finally:
        with suppress(OSError):
            passing.unlink(missing_ok=True)


def remove(path: Path, what: str) -> None:
    """Take a file away for good; none is none. To be called within `locked`. Raises KeyringError `…-not-written`."""
    try:
        path.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError:
        raise KeyringError(f"{what}-not-written") from None


def _write(path: Path, content: Secret) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)
    with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, created with its final mode
        os.fchmod(handle, _MODE)  # whatever the umask took away
        file.write(content.reveal())
        file.flush()
        os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Keep other processes of ours from writing beside `path` meanwhile. Raises KeyringError `…-not-written`."""
    try:
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        raise KeyringError(f"{what}-not-written") from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError:
            raise KeyringError(f"{what}-not-written") from None
        yield
    finally:
        os.close(handle)
