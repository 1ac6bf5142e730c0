"""JSON Lines: an entry is one line, its moment in RFC 3339 (UTC), every other field as it stands."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final

from proxy.store.port import AuditRecord, AuditRow

WORDS: Final = (
    "event",
    "actor",
    "tenant",
    "mount",
    "route",
    "kind",
    "pseudonym",
    "key_id",
    "exchange",
    "reason",
)
"""The fields of an entry that are words, in the order of `AuditRecord`."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LAST_MS = 253_402_300_799_999


def moment(at: int) -> str:
    """Milliseconds since 1970 as RFC 3339 in UTC; the bare number where no calendar reaches."""
    if not 0 <= at <= _LAST_MS:
        return str(at)
    return (_EPOCH + at * _MILLISECOND).isoformat(timespec="milliseconds")


def from_moment(text: str) -> int:
    """The opposite of `moment`. ValueError."""
    if text.removeprefix("-").isdecimal():
        return int(text)
    return (datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND


def json_line(row: AuditRow) -> str:
    """One line, without its end."""
    entry = row.entry
    told = {"seq": row.number, "log": row.log, "pos": row.pos, "at": moment(entry.at)}
    told |= {name: getattr(entry, name) for name in WORDS}
    # ASCII only: the escapes of JSON stand for control characters and for scripts that run from right to left.
    return json.dumps(told | {"count": entry.count}, separators=(",", ":"), ensure_ascii=True)


def parse_json(line: str) -> AuditRow:
    """The opposite of `json_line`. ValueError, KeyError."""
    told = json.loads(line)
    words = {name: told[name] for name in WORDS}
    entry = AuditRecord(at=from_moment(told["at"]), count=told["count"], **words)
    return AuditRow(told["seq"], told["log"], told["pos"], entry)
