"""What a node remembers of restrictions outside of both databases: so no restored one is older than all that is known.

One JSON object a line, one a pseudonym: `{"at": 1760000000000, "case": "case-4711", "person": "…", "pseudonym":
"sv1…", "state": "restricted", "tenant": "uni"}`; the last line is the SHA-256 of those before it. It names nobody, and
unlike the journal of erasures it is written anew as a whole: who was forgotten is not in it any more.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from proxy.errors import StoreFailed
from proxy.store.port import Erasure, RestrictionNote

_MODE = 0o600
_Place = tuple[str, str]
_Notes = dict[_Place, RestrictionNote]


class RestrictionFile:
    """See the module. Every method blocks; every one raises `StoreFailed`."""

    def __init__(self, path: Path) -> None:
        """Use the file at `path`, made when it is first written."""
        self._path = path

    def read(self) -> list[RestrictionNote]:
        """Return every note. `journal-altered` if the last line does not agree with the others."""
        try:
            content = self._path.read_bytes() if self._path.exists() else b""
        except OSError:
            raise StoreFailed("journal-unreadable") from None
        return list(_parse(content).values())

    def keep(self, notes: Sequence[RestrictionNote]) -> None:
        """Remember notes that are later than those that are here, on disk when this returns."""

        def kept(there: _Notes) -> None:
            for one in notes:
                if one.outdates(there.get((one.tenant, one.pseudonym))):
                    there[one.tenant, one.pseudonym] = one

        if notes:
            self._change(kept)

    def drop(self, erasures: Sequence[Erasure]) -> None:
        """Remember nothing any more of who was forgotten, on disk when this returns."""
        gone, people = {(one.tenant, one.pseudonym) for one in erasures}, {one.person for one in erasures}

        def dropped(there: _Notes) -> None:
            names = people | {one.person for place, one in there.items() if place in gone}
            for place in [place for place, one in there.items() if one.person in names]:
                del there[place]

        if erasures and self._path.exists():
            self._change(dropped)

    def _change(self, act: Callable[[_Notes], None]) -> None:
        try:
            with self._locked() as content:
                before = _parse(content)
                after = dict(before)
                act(after)
                if after != before:
                    self._write(_rendered(after.values()))
        except OSError:
            raise StoreFailed("journal-not-written") from None

    @contextmanager
    def _locked(self) -> Iterator[bytes]:
        """The content, while nobody else writes: workers of one node share the file, and each puts a new one there."""
        while True:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
            with os.fdopen(handle, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                if os.path.samestat(os.fstat(file.fileno()), self._path.stat()):
                    yield file.read()
                    return

    def _write(self, content: bytes) -> None:
        """The whole file or the one before: a crash leaves nothing in between."""
        new = self._path.with_name(self._path.name + ".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _MODE), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _parse(content: bytes) -> _Notes:
    if not content:
        return {}
    *lines, last = content.splitlines(keepends=True)
    try:
        notes = [_note(json.loads(line)) for line in lines]
        sound = json.loads(last) == {"sha256": hashlib.sha256(b"".join(lines)).hexdigest()}
    except (ValueError, TypeError, LookupError):
        sound = False
    if not sound:
        raise StoreFailed("journal-altered")
    return {(one.tenant, one.pseudonym): one for one in notes}


def _note(row: dict[str, Any]) -> RestrictionNote:
    state = row["state"]
    if state not in {"restricted", "released"}:
        raise ValueError
    whose = str(row["tenant"]), str(row["pseudonym"]), str(row["person"])
    return RestrictionNote(*whose, state, int(row["at"]), str(row["case"]))


def _rendered(notes: Iterable[RestrictionNote]) -> bytes:
    ordered = sorted(notes, key=lambda one: (one.at, one.tenant, one.pseudonym))
    lines = b"".join((json.dumps(asdict(one), sort_keys=True) + "\n").encode("ascii") for one in ordered)
    return lines + (json.dumps({"sha256": hashlib.sha256(lines).hexdigest()}) + "\n").encode("ascii")
