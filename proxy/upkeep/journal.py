"""The journal of erasures as a file of each node: the copy that no restored database can be older than.

One JSON object a line: `{"at": 1760000000000, "chain": "…", "person": "…", "pseudonym": "sv1…", "tenant": "uni"}`.
`chain` is the SHA-256 of the line before and this one, so that a lost or altered line is noticed (not one that somebody
put in on purpose: who can write here can destroy more). A last line that a crash cut off is left out and written again.
It names nobody: pseudonyms of people whose mapping is destroyed.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from proxy.errors import StoreFailed
from proxy.store.port import Erasure
from proxy.upkeep.restriction_file import RestrictionFile

_MODE = 0o600


class Journal:
    """See the module. Every method blocks; every one raises `StoreFailed`."""

    def __init__(self, path: Path) -> None:
        """Use the file at `path`, made when it is first written."""
        self._path = path

    @property
    def restrictions(self) -> RestrictionFile:
        """The file beside it that remembers restrictions."""
        return RestrictionFile(self._path.with_name(self._path.name + ".restricted"))

    def read(self) -> list[Erasure]:
        """Return every entry, in order. `journal-altered` if a line does not follow from the one before."""
        try:
            content = self._path.read_bytes() if self._path.exists() else b""
        except OSError:
            raise StoreFailed("journal-unreadable") from None
        entries, _, _ = _parse(content)
        return entries

    def append(self, erasures: Sequence[Erasure]) -> int:
        """Write entries that are not there yet, on disk when this returns; returns how many there were to write."""
        if not erasures:
            return 0
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _MODE)
            with os.fdopen(handle, "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # workers of one node share the file
                entries, chain, end = _parse(file.read())
                there = {(one.tenant, one.pseudonym) for one in entries}
                new = [one for one in erasures if (one.tenant, one.pseudonym) not in there]
                file.seek(end)
                file.truncate()
                file.write(_rendered(new, chain))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            raise StoreFailed("journal-not-written") from None
        return len(new)


def _parse(content: bytes) -> tuple[list[Erasure], str, int]:
    """The entries, the chain value of the last one, and where the next line belongs."""
    entries: list[Erasure] = []
    chain, end = "", 0
    for line in content.splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        try:
            row = json.loads(line)
            one = Erasure(str(row["tenant"]), str(row["pseudonym"]), str(row["person"]), int(row["at"]))
            wanted = _link(chain, one)
            sound = row["chain"] == wanted
        except (ValueError, TypeError, LookupError):
            sound = False
        if not sound:
            raise StoreFailed("journal-altered")
        entries.append(one)
        chain, end = wanted, end + len(line)
    return entries, chain, end


def _rendered(erasures: Iterable[Erasure], chain: str) -> bytes:
    lines = []
    for one in erasures:
        chain = _link(chain, one)
        lines.append(json.dumps({**_row(one), "chain": chain}, sort_keys=True) + "\n")
    return "".join(lines).encode("ascii")


def _link(chain: str, one: Erasure) -> str:
    return hashlib.sha256(f"{chain}\n{json.dumps(_row(one), sort_keys=True)}".encode("ascii")).hexdigest()


def _row(one: Erasure) -> dict[str, str | int]:
    return {"at": one.at, "person": one.person, "pseudonym": one.pseudonym, "tenant": one.tenant}
