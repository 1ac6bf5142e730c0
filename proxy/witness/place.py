"""The folder of a witness: witness.toml, witness.key, and one file for each log in `logs/`. Blocking.

A file is written whole or not at all, durable before anything is answered, and open to its owner only. What is
remembered of a log is its last checkpoint under our own signature, so that what others wrote there is not believed.
"""

import fcntl
import hashlib
import json
import os
import re
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from keys import KeyringError
from keys.files import create_private, locked, place, read_own_text
from keys.secret import Secret
from proxy.errors import WitnessFailed
from proxy.tlog.note import COSIGNER_KEY, Note, NoteInvalid, NoteKey, NoteSigner, parse_key, parse_note, sound_name
from proxy.witness.judging import Seen

SETTINGS: Final = "witness.toml"
KEY: Final = "witness.key"
LOGS: Final = "logs"
LISTEN: Final = "127.0.0.1:8466"
_SEED_BYTES: Final = 32
_LISTEN: Final = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}")
_MOST_PORT: Final = 65535
_WHAT: Final = "kek"
"""What `keys.files` calls a file of ours in its own errors, none of which leaves this module."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What witness.toml says: the witness's name, where it listens, and the keys of the logs it knows."""

    name: str
    listen: str
    logs: tuple[NoteKey, ...]

    def keys_of(self, origin: str) -> tuple[NoteKey, ...]:
        """The keys of one log. A key counts for all logs of its installation: their names differ after the last /."""
        known = [one for one in self.logs if one.name == origin or house_of(one.name) == house_of(origin)]
        return tuple(dict.fromkeys(replace(one, name=origin) for one in known))


class WitnessPlace:
    """A folder that is open to one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Say which folder; nothing is read yet."""
        self._folder = folder
        self._lock = -1

    def create(self, name: str, listen: str, logs: tuple[str, ...]) -> NoteKey:
        """Make a witness: its folder, its key and its settings. WitnessFailed `exists`, `name`, `listen`, …."""
        if not sound_name(name) or '"' in name or "\\" in name:
            raise WitnessFailed("name")
        _check_listen(listen)
        keys = [str(_log_key(one)) for one in logs]
        signer = NoteSigner(name, os.urandom(_SEED_BYTES), COSIGNER_KEY)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self._folder / LOGS).mkdir(mode=0o700, exist_ok=True)
            if (self._folder / SETTINGS).exists():
                raise WitnessFailed("exists")
            create_private(self._folder / KEY, Secret(f"{signer.seed.hex()}\n".encode()), _WHAT, _as_it_is)
            rows = "".join(f'    "{one}",\n' for one in keys)
            text = (
                f'name = "{name}"\nlisten = "{listen}"\n# The keys of the logs, as `scormveil audit key` says them.\n'
            )
            self._place(self._folder / SETTINGS, f"{text}logs = [\n{rows}]\n")
        except KeyringError as trouble:
            raise WitnessFailed("exists" if trouble.code == f"{_WHAT}-exists" else "not-written") from None
        except OSError:
            raise WitnessFailed("not-written") from None
        return signer.key

    def hold(self) -> None:
        """Keep every other process out until `release`. WitnessFailed `in-use`, `no-folder`."""
        try:
            self._lock = os.open(self._folder / KEY, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            raise WitnessFailed("no-folder") from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.release()
            raise WitnessFailed("in-use") from None

    def release(self) -> None:
        """Let others in."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def settings(self) -> Settings:
        """Read witness.toml. WitnessFailed `no-folder`, `settings`, `name`, `listen`, `log-key`."""
        try:
            table = tomllib.loads((self._folder / SETTINGS).read_text("utf-8"))
        except OSError:
            raise WitnessFailed("no-folder") from None
        except ValueError:
            raise WitnessFailed("settings") from None
        name, listen, logs = table.get("name"), table.get("listen", LISTEN), table.get("logs", [])
        if not isinstance(name, str) or not isinstance(listen, str) or not isinstance(logs, list):
            raise WitnessFailed("settings")
        if not all(isinstance(one, str) for one in logs) or not table.keys() <= {"name", "listen", "logs"}:
            raise WitnessFailed("settings")
        if not sound_name(name):
            raise WitnessFailed("name")
        _check_listen(listen)
        return Settings(name, listen, tuple(_log_key(one) for one in logs))

    def signer(self, name: str) -> NoteSigner:
        """Read the key. WitnessFailed `key`."""
        try:
            seed = bytes.fromhex(read_own_text(self._folder / KEY, _WHAT).strip())
        except (KeyringError, ValueError):
            raise WitnessFailed("key") from None
        if len(seed) != _SEED_BYTES:
            raise WitnessFailed("key")
        return NoteSigner(name, seed, COSIGNER_KEY)

    def seen(self, witness: NoteKey) -> dict[str, Seen]:
        """What is remembered of each log. WitnessFailed `state`: a file is not ours, or not whole."""
        found: dict[str, Seen] = {}
        if not (self._folder / LOGS).is_dir():  # it was made with the key: all that was remembered is gone
            raise WitnessFailed("state")
        for path in sorted((self._folder / LOGS).glob("*.json")):
            try:
                row: dict[str, Any] = json.loads(read_own_text(path, _WHAT))
                origin, note = str(row["origin"]), parse_note(row["note"])
                seen = Seen(note, tuple(map(parse_key, row["learned"])), tuple(map(parse_key, row["retired"])))
                sound = note.signed_by(witness) and note.text.startswith(f"{origin}\n") and seen.size >= 0
            except (KeyringError, NoteInvalid, ValueError, KeyError, TypeError, AttributeError):
                raise WitnessFailed("state") from None
            if not sound or path.name != _file_of(origin):
                raise WitnessFailed("state")
            found[origin] = seen
        return found

    def remember(self, origin: str, seen: Seen) -> None:
        """Make durable what is known of a log. WitnessFailed `not-written`: then what was there still is."""
        row = {
            "origin": origin,
            "note": str(seen.note),
            "learned": [str(one) for one in seen.learned],
            "retired": [str(one) for one in seen.retired],
        }
        self._place(self._folder / LOGS / _file_of(origin), json.dumps(row, ensure_ascii=False, indent=1) + "\n")

    def keep_refused(self, origin: str, note: Note) -> None:
        """Put away the last checkpoint that contradicts what was signed: with it, two pasts under one key are shown."""
        self._place(self._folder / LOGS / _file_of(origin, ".refused"), str(note))

    def refused(self, origin: str) -> Note | None:
        """That checkpoint; None if there was none. WitnessFailed `state`: it cannot be read."""
        path = self._folder / LOGS / _file_of(origin, ".refused")
        try:
            return parse_note(read_own_text(path, _WHAT)) if path.exists() else None
        except (KeyringError, NoteInvalid):
            raise WitnessFailed("state") from None

    def _place(self, path: Path, text: str) -> None:
        try:
            with locked(path, _WHAT):
                place(path, Secret(text.encode()), _WHAT, _as_it_is)
        except KeyringError:
            raise WitnessFailed("not-written") from None


def house_of(origin: str) -> str:
    """The installation whose log this is: the name up to its last /."""
    return origin.rpartition("/")[0] or origin


def _file_of(origin: str, ending: str = ".json") -> str:
    """A name that no origin can lead out of the folder with."""
    return f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}{ending}"


def _check_listen(listen: str) -> None:
    """Nothing but an address and a port; it is written into a file, too."""
    if not _LISTEN.fullmatch(listen) or int(listen.rpartition(":")[2]) > _MOST_PORT:
        raise WitnessFailed("listen")


def _log_key(written: str) -> NoteKey:
    try:
        key = parse_key(written)
    except NoteInvalid:
        raise WitnessFailed("log-key") from None
    if key.kind == COSIGNER_KEY:
        raise WitnessFailed("log-key")
    return key


def _as_it_is(_path: Path) -> None:
    """Nothing more to check of a file that was read back."""
