"""Checkpoints in a folder of another place: on disk before `deliver` returns.

A file is a small witness of its own: before it takes a checkpoint it demands the proof that the log has only grown
since the last one. Put it where the owner of the database cannot write: another disk, a mount, an append-only file
(`chattr +a`).
"""

import asyncio
from pathlib import Path

from proxy.audit.notebook import NoteFiles
from proxy.audit.posts import Consistency
from proxy.errors import PostFailed
from proxy.tlog import Checkpoint, parse_checkpoint, parse_note
from proxy.tlog.merkle import consistent


class FilePost(NoteFiles):
    """The files of one folder. A `Post`. Reading raises PostFailed `file-unreadable`."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        """Say where; the folder must be there, so that a mount that is missing is noticed."""
        super().__init__(folder, PostFailed, "file-unreadable", "file-not-written")

    async def deliver(self, note: str, consistency: Consistency) -> str:
        """Append. PostFailed `file-forked`, `file-ahead` (it has a checkpoint of more entries), `file-not-written`.

        Delivering the last note again changes nothing, unless it has signatures that the file does not have.
        """
        parsed = parse_note(note)
        checkpoint = parse_checkpoint(parsed)
        last = await asyncio.to_thread(self.last, checkpoint.origin)
        if last is not None:
            if str(last) == note:
                return note
            await self._compare(parse_checkpoint(last), checkpoint, consistency)
        await asyncio.to_thread(self.append, parsed)
        return note

    @staticmethod
    async def _compare(last: Checkpoint, new: Checkpoint, consistency: Consistency) -> None:
        if last.size > new.size:
            raise PostFailed("file-ahead")
        proof = await consistency(last.size) if 0 < last.size < new.size else ()
        if not consistent(last.size, last.root, new.size, new.root, proof):
            raise PostFailed("file-forked")
