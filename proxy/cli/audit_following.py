"""Going on with an export where the last one ended, log by log; once, or for as long as nobody says stop."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from proxy.cli.audit_reading import PAGE
from proxy.cli.audit_state import Reached, State, StateUnusable, write
from proxy.store import AuditQuery, AuditRow, Ledger, LogPlace

Ship = Callable[[Sequence[AuditRow]], int]
"""Writes entries so that they are out of our hands; gives how many bytes the file has then. Blocks."""


class Follower:
    """Ships what was not shipped yet. After each page the state is on disk, and never before the page is."""

    def __init__(self, ledger: Ledger, query: AuditQuery, state: State, file: Path, ship: Ship) -> None:
        """Read from `ledger`; `state` stands, or will stand, in `file`."""
        self._ledger = ledger
        self._query = query
        self._state = state
        self._file = file
        self._ship = ship

    async def waiting(self) -> int:
        """How many entries are to be shipped by now. Raises `StoreFailed`."""
        heads = (await self._ledger.heads()).items()
        return sum([await self._ledger.count_from(self._query, self._place(log), head) for log, head in heads])

    async def catch_up(self) -> int:
        """Ship everything that is there by now; gives how many entries. Raises `StoreFailed`, `StateUnusable`."""
        return sum([await self._catch_up(log, head) for log, head in (await self._ledger.heads()).items()])

    async def _catch_up(self, log: int, head: int) -> int:
        count = 0
        while self._place(log).pos < head:
            page = await self._ledger.stretch(self._query, self._place(log), head, PAGE)
            to = page[-1].pos + 1 if len(page) == PAGE else head
            leaf = await self._ledger.leaf(LogPlace(log, to - 1))
            if leaf is None:
                raise StateUnusable(f"Log {log} has no entry {to - 1}, though it had: run `scormveil audit verify`.")
            written = await asyncio.to_thread(self._ship, page) if page else self._state.written
            logs = {**self._state.logs, log: Reached(to, leaf.hex())}
            self._state = replace(self._state, logs=logs, written=written)
            await asyncio.to_thread(write, self._file, self._state)
            count += len(page)
        return count

    def _place(self, log: int) -> LogPlace:
        reached = self._state.logs.get(log)
        return LogPlace(log, reached.pos if reached else 0)


async def until_stopped(follower: Follower, seconds: float) -> int:
    """Catch up every so many seconds until the process is asked to end; a page that was begun is finished."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for one in signals:
        loop.add_signal_handler(one, stopped.set)
    try:
        count = 0
        while not stopped.is_set():
            count += await follower.catch_up()
            try:
                await asyncio.wait_for(stopped.wait(), seconds)
            except TimeoutError:
                continue
        return count
    finally:
        for one in signals:
            loop.remove_signal_handler(one)
