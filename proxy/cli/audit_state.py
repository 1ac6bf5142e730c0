"""How far an export came: a file beside it, so that the next one goes on there, without a gap and without repeating.

The file names the mapping, what is exported, and for each log the position to go on at with the hash of the leaf
before it. So it also notices that what was exported is not in the database any more as it was.
"""

import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from proxy.store import Ledger, LogPlace

_MODE = 0o600
_VERSION = 1


class StateUnusable(Exception):
    """The state does not fit; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a log is to be gone on with, and the leaf hash before that, in hexadecimal digits."""

    pos: int
    leaf: str


@dataclass(frozen=True, slots=True)
class State:
    """How far we came: `lineage` of the mapping, `what` was exported, the logs, and bytes in the file that is written.

    `written` is below 0 before the first export.
    """

    lineage: str
    what: str
    logs: Mapping[int, Reached] = field(default_factory=dict)
    written: int = -1


def read(path: Path, lineage: str, what: str) -> State:
    """The state in a file; a new one if there is none. `StateUnusable` if it is of something else."""
    try:
        told = json.loads(path.read_text("ascii"))
    except FileNotFoundError:
        return State(lineage, what)
    except (OSError, ValueError):
        raise StateUnusable(
            f"{path} is no state of an export, or cannot be read. Name another file with --state."
        ) from None
    try:
        logs = {int(log): Reached(int(pos), str(leaf)) for log, (pos, leaf) in told["logs"].items()}
        state = State(str(told["lineage"]), str(told["what"]), logs, int(told["written"]))
        known = told["version"] == _VERSION
    except (KeyError, TypeError, ValueError, AttributeError):
        known, state = False, State("", "")
    if not known:
        raise StateUnusable(f"{path} is no state of an export. Name another file with --state.")
    if state.lineage != lineage:
        raise StateUnusable(f"{path} belongs to another installation. Begin with another state file.")
    if state.what != what:
        raise StateUnusable(
            f"{path} belongs to an export of something else ({state.what}). Begin with another state file."
        )
    return state


async def refuse_another_past(state: State, ledger: Ledger) -> None:
    """`StateUnusable` if what was exported is not there as it was: altered, or from before the export."""
    for log, reached in state.logs.items():
        leaf = await ledger.leaf(LogPlace(log, reached.pos - 1)) if reached.pos else b""
        if leaf is None or leaf.hex() != reached.leaf:
            raise StateUnusable(
                f"Log {log} is not as it was when entry {reached.pos - 1} of it was exported: a backup was "
                "restored, or somebody altered it. Run `scormveil audit verify`; then begin with another state file."
            )


def probe(path: Path) -> None:
    """Make sure that a state can be written there, before anything is exported. `StateUnusable`."""
    passing = _passing(path)
    try:
        os.close(_begun(passing))
        passing.unlink()
    except OSError as trouble:
        raise _unwritten(path, trouble) from None


def _passing(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")


def _begun(passing: Path) -> int:
    return os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, _MODE)


def _unwritten(path: Path, trouble: OSError) -> StateUnusable:
    why = os.strerror(trouble.errno or 0)
    return StateUnusable(f"{path} cannot be written: {why}. Name a file in a folder that you may write to, with room.")


def write(path: Path, state: State) -> None:
    """Put the state in place in one step, on disk when this returns. `StateUnusable`."""
    told = {
        "version": _VERSION,
        "lineage": state.lineage,
        "what": state.what,
        "logs": {str(log): [one.pos, one.leaf] for log, one in state.logs.items()},
        "written": state.written,
    }
    passing = _passing(path)
    try:
        with os.fdopen(_begun(passing), "w", encoding="ascii") as file:
            json.dump(told, file)
            file.flush()
            os.fsync(file.fileno())
        passing.replace(path)
    except OSError as trouble:
        raise _unwritten(path, trouble) from None
    finally:
        with suppress(OSError):
            passing.unlink(missing_ok=True)
