"""Signs the logs of a mapping, from time to time, and hands what was signed to whoever keeps it elsewhere.

A checkpoint is made of a log of ours, and of logs that nobody writes just now, after a look at everything that came
since the last one: what is there must be what was written. It goes to the notebook first, which is outside the
database, then into the database, then to witnesses.

While the key that signed last is still here, the first checkpoint of another key is signed by both: so who trusts
the one learns the other.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial

from keys import KeyRoom
from proxy.audit.notebook import Notebook, checkpoint_of
from proxy.audit.posting import Behind, Posting
from proxy.audit.posts import Post
from proxy.audit.tree import Tree
from proxy.errors import AuditFailed, StoreFailed
from proxy.store.log_port import (
    ACCEPTED,
    RESTORED,
    CheckpointRecord,
    LogReader,
    LogRecord,
    Logs,
    Mac,
    before_the_log,
    grew_to,
)
from proxy.store.port import Clock
from proxy.tlog import Checkpoint, Frontier, Note, NoteInvalid, NoteKey, NoteSigner, parse_checkpoint
from proxy.tlog.note import parse_note, signed
from proxy.tlog.rotation import hand_over

KNOWN_LOSSES = frozenset((RESTORED, ACCEPTED))
"""Why a log may be shorter than what was signed of it: an officer knows."""

UNWATCHED = "log-unwatched"
_UNREADABLE = "statement"
"""What a store says of rows that scormveil would never write; then nobody can sign, and nobody may write."""

Tell = Callable[[str, dict[str, str | int]], None]


class RoomMac:
    """The codes of rows, under whatever AUDIT keys are in force when they are asked for."""

    def __init__(self, keys: KeyRoom) -> None:
        """Use the keys of a room."""
        self._keys = keys

    def of(self, data: bytes) -> bytes:
        """The code under the active key."""
        return self._keys.audit.of(data)

    def fits(self, data: bytes, code: bytes) -> bool:
        """Whether it is a code of ours."""
        return self._keys.audit.fits(data, code)

    @property
    def complete(self) -> bool:
        """Whether every AUDIT key that ever was is here."""
        return self._keys.audit.complete


class Checkpoints:
    """See the module. `tell` hears what an operator should know: `post-failed`, `log-broken`."""

    def __init__(
        self,
        logs: Logs,
        keys: KeyRoom,
        lineage: Callable[[], Awaitable[str]],
        notebook: Notebook,
        clock: Clock,
        *,
        posts: Sequence[Post] = (),
        tell: Tell = lambda _event, _facts: None,
    ) -> None:
        """Remember the means."""
        self._logs = logs
        self._keys = keys
        self._lineage = lineage
        self.notebook = notebook
        self._clock = clock
        self._posts = posts
        self._tell = tell
        self._mac = RoomMac(keys)
        self._postings: dict[str, Posting] = {}
        self._begin: Callable[[Coroutine[None, None, None]], object] | None = None

    async def inspect(self) -> None:
        """Compare every log with the newest note outside the database.

        `AuditFailed`: `log-missing`, `log-truncated`, `log-replaced`, `log-broken`, with the log as place.
        """
        prefix = prefix_of(await self._lineage())
        logs = {prefix + name_of(one): one for one in await self._logs.all()}
        for origin in await asyncio.to_thread(self.notebook.origins, prefix):
            # A backup does not know of logs that were begun after it; whoever verifies counts what was lost with them.
            if origin not in logs and not any(one.closed == RESTORED for one in logs.values()):
                raise AuditFailed("log-missing", place=origin.rpartition("/")[2])
        for origin, record in logs.items():
            note = await asyncio.to_thread(self.notebook.last, origin)
            if note is not None and record.closed not in KNOWN_LOSSES and self._ours(note, origin):
                await self._logs.reading(partial(_agrees, record=record, signed=checkpoint_of(note)))

    async def make(self) -> int:
        """Sign what has grown; returns how many checkpoints were made. `AuditFailed`, `StoreFailed`.

        A log that is not whole is not signed, and nothing is written into ours any more if it is that one.
        """
        made, failure = 0, None
        ours, now, logs = self._logs.ours, self._clock(), await self._logs.all()
        for record in logs:
            mine = ours is not None and record.log == ours.log
            if not mine and (record.until > now or (record.closed and not before_the_log(record))):
                continue
            try:
                made += await self._sign(record, logs)
            except AuditFailed as broken:
                self._tell("log-broken", {"log": record.log})
                if mine:
                    self._logs.stop(broken.reason)
                failure = broken
        if failure is not None:
            raise failure
        return made

    async def run(self, entries: int, seconds: float, look: float = 1.0) -> None:
        """Make checkpoints for ever: after so many entries of ours, or so many seconds; and serve the posts."""
        loop = asyncio.get_running_loop()
        size, since = 0, loop.time()
        async with asyncio.TaskGroup() as group:
            self._begin = group.create_task
            while True:
                await asyncio.sleep(look)
                ours = self._logs.ours
                grown = 0 if ours is None else ours.size - size
                if grown < entries and loop.time() - since < seconds:
                    continue
                size, since = (0 if ours is None else ours.size), loop.time()
                await self._make_if_possible()

    async def _make_if_possible(self) -> None:
        """What the database refuses for now, whoever appends hears, too; of what was altered `make` has told."""
        try:
            await self._logs.beat()
            await self.make()
        except AuditFailed:
            return
        except StoreFailed as failure:
            if failure.reason == _UNREADABLE:
                self._tell(UNWATCHED, {})
                self._logs.stop(UNWATCHED)

    async def settle(self, seconds: float) -> None:
        """Make what is to be signed, then wait until the posts have it, at most so long."""
        await self.make()
        await asyncio.gather(*(one.settle(seconds) for one in self._postings.values()))

    def behind(self) -> list[Behind]:
        """Posts that lack a checkpoint, the longest first."""
        late = [one for posting in self._postings.values() for one in posting.behind()]
        return sorted(late, key=lambda one: -one.seconds)

    async def _sign(self, record: LogRecord, logs: Sequence[LogRecord]) -> int:
        newest = await self._logs.newest(record.log)
        active = self._keys.audit.active
        if not record.size or (newest and newest.size == record.size and newest.key_id == active):
            return 0
        if newest is None and await self._too_late(record, logs):
            raise AuditFailed("log-broken", place=str(record.log))
        await self._logs.reading(partial(_grew_well, record=record, newest=newest, mac=self._mac))
        origin = prefix_of(await self._lineage()) + name_of(record)
        tree = Frontier.unpack(record.size, record.frontier)
        text = Checkpoint(origin, record.size, tree.root()).text
        note = self._signed(origin, text, active if newest is None else newest.key_id)
        await asyncio.to_thread(self.notebook.add, note)
        await self._logs.note(
            CheckpointRecord(record.log, record.size, self._clock(), record.frontier, active, str(note))
        )
        self._offer(origin, record, note)
        return 1

    async def _too_late(self, record: LogRecord, logs: Sequence[LogRecord]) -> bool:
        """What was written before the log was one is signed before any other log: what comes later is something else.

        Unless a backup from then was restored.
        """
        if not before_the_log(record) or any(one.closed == RESTORED for one in logs):
            return False
        prefix = prefix_of(await self._lineage())
        known = await asyncio.to_thread(self.notebook.origins, prefix)
        return bool(set(known) - {prefix + name_of(record)})

    def _signed(self, origin: str, text: str, before: str) -> Note:
        """Signed by the active key, and by the one before if that is another and still here."""
        active = _signer(self._keys, origin, self._keys.audit.active)
        old = None if before == self._keys.audit.active else signer(self._keys, origin, before)
        return signed(text, [active]) if old is None else hand_over(text, old, active)

    def _offer(self, origin: str, record: LogRecord, note: Note) -> None:
        if not self._posts or self._begin is None:
            return
        if origin not in self._postings:

            async def keep(witnessed: str) -> None:
                await asyncio.to_thread(self.notebook.add, parse_note(witnessed))

            def told(post: str, reason: str) -> None:
                self._tell(
                    "post-failed" if reason else "post-works", {"post": post, "log": record.log, "reason": reason}
                )

            posting = Posting(self._posts, clock=time.monotonic, signed=keep, told=told)
            self._postings[origin] = posting
            self._begin(posting.run())

        async def proof(old: int) -> Sequence[bytes]:
            return await self._logs.reading(lambda reader: Tree(reader, record.log, record.size).consistency(old))

        self._postings[origin].offer(str(note), proof)

    def _ours(self, note: Note, origin: str) -> bool:
        """A note that no key of ours signed says nothing of the log."""
        return any(note.signed_by(one) for one in verifiers(self._keys, origin))


def prefix_of(lineage: str) -> str:
    """How the origins of all logs of a mapping begin."""
    return f"scormveil/{lineage}/"


def name_of(record: LogRecord) -> str:
    """How the origin of a log ends."""
    return f"{record.log}-{record.tag}"


def _signer(keys: KeyRoom, origin: str, key_id: str) -> NoteSigner:
    found = signer(keys, origin, key_id)
    if found is None:
        raise AuditFailed("no-key")
    return found


def verifiers(keys: KeyRoom, origin: str) -> list[NoteKey]:
    """The public keys of all AUDIT keys that may have signed a log, the active one first; also of destroyed ones."""
    return [NoteKey(origin, public) for public in keys.audit.public.values()]


def signer(keys: KeyRoom, origin: str, key_id: str) -> NoteSigner | None:
    """The key that signs a log under an AUDIT key; None if that is gone."""
    private = keys.audit.private(key_id)
    return None if private is None else NoteSigner(origin, private.private_bytes_raw())


def _agrees(reader: LogReader, record: LogRecord, signed: Checkpoint) -> None:
    if signed.size > record.size:
        raise AuditFailed("log-truncated", place=str(record.log))
    try:
        root = Tree(reader, record.log, signed.size).root()
    except ValueError:
        raise AuditFailed("log-broken", place=str(record.log)) from None
    if root != signed.root:
        raise AuditFailed("log-replaced", place=str(record.log))


def _grew_well(reader: LogReader, record: LogRecord, newest: CheckpointRecord | None, mac: Mac) -> None:
    """Whether the rows since the last checkpoint are what was written, and that checkpoint is what was signed."""
    rows = reader.leaves(record.log, newest.size if newest else 0, record.size)
    if grew_to(record, newest, reader.count(record.log), rows, mac) is None or not _sound(newest):
        raise AuditFailed("log-broken", place=str(record.log))


def _sound(newest: CheckpointRecord | None) -> bool:
    if newest is None:
        return True
    try:
        return parse_checkpoint(parse_note(newest.note)).root == Frontier.unpack(newest.size, newest.frontier).root()
    except (NoteInvalid, ValueError):
        return False
