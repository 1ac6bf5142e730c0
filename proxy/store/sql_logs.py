"""The logs of a mapping on SQLAlchemy Core. See `proxy.store.log_port`."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from sqlalchemy.engine import Connection

from proxy.store.chain import Chain
from proxy.store.database import Database
from proxy.store.log_port import CheckpointRecord, LeafRecord, LogReader, LogRecord, Mac
from proxy.store.statements import logs

T = TypeVar("T")


class SqlLogReader:
    """A `LogReader` in one connection."""

    def __init__(self, connection: Connection) -> None:
        """Read in `connection`."""
        self._connection = connection

    def logs(self) -> list[LogRecord]:
        """Every log."""
        return logs.all_logs(self._connection)

    def leaves(self, log: int, start: int = 0, end: int = 2**62) -> Iterator[LeafRecord]:
        """Rows by position."""
        return logs.leaves(self._connection, log, start, end)

    def count(self, log: int) -> int:
        """How many rows a log has."""
        return logs.count(self._connection, log)

    def hashes(self, log: int, start: int, end: int) -> list[bytes]:
        """Leaf hashes by position."""
        return logs.hashes(self._connection, log, start, end)

    def subtrees(self, log: int, start: int, end: int) -> list[bytes]:
        """Kept roots by number."""
        return logs.kept_roots(self._connection, log, start, end)

    def checkpoints(self, log: int) -> list[CheckpointRecord]:
        """Checkpoints by size."""
        return logs.checkpoints_of(self._connection, log)

    def strays(self) -> list[tuple[int, int]]:
        """Rows of no log, or at no position."""
        return logs.strays(self._connection)

    def leaf(self, seq: int) -> LeafRecord | None:
        """One row by its number."""
        return logs.leaf(self._connection, seq)


class SqlLogs:
    """A `Logs` on a database that its `SqlStore` opens and closes."""

    def __init__(self, database: Database) -> None:
        """Use `database`."""
        self._database = database
        self._chain: Chain = database.chain

    def use(self, mac: Mac) -> None:
        """Make the codes of rows with these keys from now on."""
        self._chain.mac = mac

    def wait_for(self, jobs: int) -> None:
        """Let so many writes wait at most; to be said before the store is opened."""
        self._database.waiting = jobs

    @property
    def ours(self) -> LogRecord | None:
        """The log of ours as far as it is committed; None if there is none."""
        return self._chain.held

    def stop(self, reason: str) -> None:
        """Write no entry any more: whoever asks hears `reason`."""
        self._chain.stopped = reason

    async def claim(self) -> LogRecord:
        """Take a log to write."""
        return await self._database.write(self._chain.claim)

    async def beat(self) -> None:
        """Renew the lease."""
        await self._database.write(self._chain.beat)

    async def release(self) -> None:
        """Let go."""
        await self._database.write(self._chain.release)

    async def all(self) -> list[LogRecord]:
        """Every log."""
        return await self._database.read(logs.all_logs)

    async def newest(self, log: int) -> CheckpointRecord | None:
        """The newest checkpoint of a log."""
        return await self._database.read(partial(logs.newest_checkpoint, log=log))

    async def note(self, record: CheckpointRecord) -> None:
        """Keep a checkpoint."""
        await self._database.write(partial(logs.note, record=record))

    async def close_log(self, log: int, reason: str) -> bool:
        """Let nobody write a log any more."""
        return await self._database.write(partial(logs.close, log=log, reason=reason))

    async def reading(self, work: Callable[[LogReader], T]) -> T:
        """Work on one moment of the store, in a thread."""
        return await self._database.read(lambda connection: work(SqlLogReader(connection)))

    async def erase_salts(self, tokens: Sequence[str]) -> int:
        """Blank whatever says whose an entry was."""
        return await self._database.write(partial(logs.erase_salts, tokens=tuple(tokens)))
