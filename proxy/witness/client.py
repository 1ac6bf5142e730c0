"""The way to a witness: submits checkpoints and brings its signature back (C2SP tlog-witness, "add-checkpoint")."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import urlsplit

from proxy.errors import BodyTooLarge, PostFailed, UpstreamFailed
from proxy.tlog.checkpoint import Checkpoint, parse_checkpoint
from proxy.tlog.note import Note, NoteInvalid, NoteKey, parse_note
from proxy.witness.wire import MOST_BYTES, PATH, read_signatures, read_size, write_submission

Consistency = Callable[[int], Awaitable[Sequence[bytes]]]
"""Gives the proof from a tree of so many leaves to that of the checkpoint."""

_ROUNDS: Final = 3
_SECONDS: Final = 60.0
_REFUSALS: Final[dict[int, str]] = {
    HTTPStatus.BAD_REQUEST: "witness-malformed",
    HTTPStatus.FORBIDDEN: "witness-knows-no-such-key",
    HTTPStatus.NOT_FOUND: "witness-knows-no-such-log",
    HTTPStatus.UNPROCESSABLE_ENTITY: "witness-saw-another-past",
}


class Answer(Protocol):
    """An answer, its body still on the way."""

    @property
    def status(self) -> int:
        """HTTP status code."""

    async def read(self, limit: int) -> bytes:
        """Read the whole body; `BodyTooLarge` over `limit` bytes, `UpstreamFailed` if it breaks off."""


class Outlet(Protocol):
    """The way out; `proxy.edge.upstream.Upstream` has it."""

    async def send(
        self, origin: str, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes = b""
    ) -> Answer:
        """Send a request; `UpstreamFailed` if nobody answers."""


class WitnessPost:
    """Has checkpoints signed by one witness. A `Post` (proxy.audit.posts)."""

    def __init__(self, outlet: Outlet, url: str, key: NoteKey) -> None:
        """`url` is the witness's submission prefix (`https://host[:port][/path]`), `key` its public key."""
        parts = urlsplit(url)
        self._outlet = outlet
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._target = f"{parts.path.rstrip('/')}{PATH}"
        self._key = key
        self._sizes: dict[str, int] = {}
        self.name = f"witness:{key.name}"

    async def deliver(self, note: str, consistency: Consistency) -> str:
        """The same note with the witness's signature, which was verified. PostFailed.

        A witness that has another size than we thought says so, and is asked again from there. One that has more than
        we do has seen entries that we have lost (`witness-saw-more`); one that refuses our proof has seen another past.
        """
        parsed = parse_note(note)
        if parsed.signed_by(self._key):
            return note
        checkpoint = parse_checkpoint(parsed)
        try:
            async with asyncio.timeout(_SECONDS):
                return str(await self._submit(parsed, checkpoint, consistency))
        except TimeoutError:
            raise PostFailed("witness-too-slow") from None
        except (UpstreamFailed, BodyTooLarge) as failed:
            raise PostFailed(failed.reason) from None

    async def _submit(self, note: Note, checkpoint: Checkpoint, consistency: Consistency) -> Note:
        old = self._sizes.get(checkpoint.origin, 0)
        for _ in range(_ROUNDS):
            if old > checkpoint.size:
                raise PostFailed("witness-saw-more")
            proof = await consistency(old) if old else ()
            answer = await self._outlet.send(
                self._origin,
                "POST",
                self._target,
                [("Content-Type", "text/plain; charset=utf-8")],
                write_submission(old, proof, str(note)),
            )
            body = await answer.read(MOST_BYTES)
            if answer.status == HTTPStatus.OK:
                cosigned = self._verified(note, body)
                self._sizes[checkpoint.origin] = checkpoint.size
                return cosigned
            size = read_size(body)
            if answer.status != HTTPStatus.CONFLICT or size is None:
                raise PostFailed(_REFUSALS.get(answer.status, f"witness-status-{answer.status}"))
            if size == old:
                # It has our size, and still a conflict: another root for as many leaves.
                raise PostFailed("witness-saw-another-past")
            old = self._sizes[checkpoint.origin] = size
        raise PostFailed("witness-changes-its-mind")

    def _verified(self, note: Note, body: bytes) -> Note:
        """The note with the signature of the witness; all others in the answer mean nothing to us."""
        try:
            valid = [one for one in read_signatures(note.text, body) if self._key.verifies(note.text, one)]
        except NoteInvalid:
            valid = []
        if not valid:
            raise PostFailed("witness-signed-wrongly")
        return note.with_signature(valid[-1])
