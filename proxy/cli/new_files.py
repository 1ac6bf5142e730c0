"""Files for their owner's eyes: new, mode 0600, with their name only once they are whole and on disk. Blocking.

Whoever writes one begins it before anything else is done: what cannot be written is refused while nothing was done yet.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from proxy.cli.talk import refuse

_MODE = 0o600


class Draft:
    """A file that is being written, beside the place where it is to stand."""

    def __init__(self, to: Path) -> None:
        """Begin it. FileExistsError if `to` is there already; OSError."""
        self.to = to
        if os.path.lexists(to):
            raise FileExistsError
        self._passing = to.with_name(f".{to.name[:100]}.{secrets.token_hex(8)}.tmp")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._file = os.fdopen(os.open(self._passing, flags, _MODE), "wb")

    def write(self, content: bytes) -> None:
        """Append. OSError."""
        self._file.write(content)

    def keep(self) -> None:
        """Make it durable and give it its name. FileExistsError if somebody was faster; OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        os.link(self._passing, self.to)  # unlike a rename, this never replaces a file
        self._passing.unlink()
        folder = os.open(self.to.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def drop(self) -> None:
        """Let go; what was not kept is not there."""
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._passing.unlink(missing_ok=True)


def unwritten(to: Path, trouble: OSError) -> str:
    """The sentence for a file that could not be begun or kept."""
    if isinstance(trouble, FileExistsError):
        return f"{to} is there already; nothing is written over. Name another file."
    why = os.strerror(trouble.errno) if trouble.errno else "no answer"
    return f"{to} cannot be written: {why}. Name a file in a folder that is there, that you may write to, with room."


@contextmanager
def new_file(to: Path) -> Iterator[Draft]:
    """Begin a file; it is dropped at the end unless it was written by `put`. Refuses in a sentence."""
    try:
        draft = Draft(to)
    except OSError as trouble:
        refuse(unwritten(to, trouble))
    try:
        yield draft
    finally:
        draft.drop()


def put(*files: tuple[Draft, bytes], recorded: bool = False) -> None:
    """Write files that were begun: all of them whole, or none. Refuses; `recorded` if the audit log has it already."""
    kept: list[Path] = []
    for draft, content in files:
        try:
            draft.write(content)
            draft.keep()
        except OSError as trouble:
            for one in kept:
                one.unlink(missing_ok=True)
            also = " The audit log says already that it was made." if recorded else ""
            refuse(unwritten(draft.to, trouble) + also)
        kept.append(draft.to)


@contextmanager
def folder_for(to: Path) -> Iterator[None]:
    """A folder for files, made (0700) unless it is there, and taken away again if nothing came into it. Refuses."""
    made = not to.exists()
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as trouble:
        why = "it is a file" if isinstance(trouble, FileExistsError) else os.strerror(trouble.errno or 0)
        refuse(f"{to} is no folder for it: {why}. Name one that is there, or that you may make.")
    try:
        yield
    finally:
        if made:
            with suppress(OSError):  # something came into it
                to.rmdir()
