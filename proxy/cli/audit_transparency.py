"""Whole logs as an independent verifier reads them: every leaf, and every checkpoint (`tools/verify_audit.py`).

A line of the first file is `{"log", "pos", "salt", "leaf", "entry"}`: the last part of the log's origin, the position,
salt and leaf hash in hexadecimal digits (the salt null once it was erased), and the members that were hashed. The
second file holds signed notes, parted by blank lines.
"""

import json
from collections.abc import Iterator, Mapping

from proxy.audit.checkpoints import name_of
from proxy.cli.audit_sinks import Sink
from proxy.store.log_port import LeafRecord, LogReader
from proxy.tlog.entry import MEMBERS

_BATCH = 2000


def shipped(reader: LogReader, *, heads: Mapping[int, int], entries: Sink, notes: Sink) -> int:
    """Write what stands below `heads`, log by log; gives how many entries. Blocks. Raises `StoreFailed`, `SinkFailed`.

    Only checkpoints over what is written: a log that grows meanwhile must not look as if its end were missing.
    """
    count = 0
    for log in (one for one in reader.logs() if one.log in heads):
        batch: list[bytes] = []
        for leaf in reader.leaves(log.log, 0, heads[log.log]):
            batch.append(_line(name_of(log), leaf))
            count += 1
            if len(batch) == _BATCH:
                entries.write(batch)
                batch = []
        entries.write(batch)
        signed = [one.note for one in reader.checkpoints(log.log) if one.size <= heads[log.log]]
        notes.write(list(_parted(signed)))
    return count


def _line(log: str, leaf: LeafRecord) -> bytes:
    told = {
        "log": log,
        "pos": leaf.pos,
        "salt": leaf.salt.hex() or None,
        "leaf": leaf.leaf.hex(),
        "entry": dict(zip(MEMBERS, leaf.values, strict=True)),
    }
    return json.dumps(told, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def _parted(signed: list[str]) -> Iterator[bytes]:
    """Each note, which ends a line itself, and a blank line; the sink ends lines."""
    for note in signed:
        yield note.encode()
