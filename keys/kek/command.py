"""A key-encryption key that another program keeps: KMS, Vault, a safe of your own. It speaks one line each way.

It is started for each use (no shell, its own session), gets one line of JSON on its standard input and answers one:

    {"op": "wrap", "data": "<base64, 32 bytes>", "bind": "<base64>"}  ->  {"data": "<base64, at most 16 KiB>"}
    {"op": "unwrap", "data": "<base64>", "bind": "<base64>"}          ->  {"data": "<base64, 32 bytes>"}
                                                            or either ->  {"error": "<code>"}

`data` to wrap is a data key of 32 bytes, never the keyring. `bind` should be authenticated with it where the keeper can
(AWS KMS `--encryption-context bind=…`; Vault transit `associated_data=…`, which wants base64, as it is). Codes:
`wrong-key`, `altered`, `unavailable`; any other is taken for a broken protocol. The exit status is 0 with `data`.
Standard error is thrown away, for it may quote what was given; the program logs by its own means. `deploy/kek-vault` is
a whole one, for Vault's transit engine. Shape of what is wrapped: `keys.kek.box`, under a data key.
"""

import base64
import json
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, ClassVar, Final

from keys.errors import KeyringError
from keys.kek.box import KEY_LENGTH, WRAPPED_LIMIT, close_under_data_key, open_under_data_key
from keys.secret import Secret

_REPLY_LIMIT: Final = 32 * 1024
_CODES: Final = MappingProxyType(
    {"wrong-key": "kek-wrong", "altered": "keyring-altered", "unavailable": "kek-unavailable"}
)


class CommandKek:
    """Asks the program `command` (absolute path and arguments, no secret among them: others can list them).

    `timeout` seconds pass at most for each use. Raises KeyringError `kek-command` if it cannot be run or breaks the
    protocol, `kek-unavailable` if it says so or does not answer in time, `kek-wrong`, `keyring-altered`.
    """

    name: ClassVar[str] = "command"

    def __init__(self, command: Sequence[str], *, timeout: float = 10.0) -> None:
        """Remember what to run; nothing is run yet. A name without a path is refused: anybody's might be found."""
        if not command or not Path(command[0]).is_absolute():
            raise KeyringError("kek-command")
        self._command = tuple(command)
        self._timeout = timeout

    def wrap(self, plain: Secret, bind: bytes) -> bytes:
        """Encrypt under a new data key, which the program wraps."""
        return close_under_data_key(plain, bind, lambda data_key: self._protect(data_key, bind))

    def unwrap(self, wrapped: bytes, bind: bytes) -> Secret:
        """Decrypt with the data key that the program unwraps."""
        return open_under_data_key(wrapped, bind, lambda protected: self._recover(protected, bind))

    def _protect(self, data_key: Secret, bind: bytes) -> bytes:
        protected = self._ask("wrap", data_key, bind)
        # A program that gives back what it got would put the key beside the lock.
        if not 0 < len(protected) <= WRAPPED_LIMIT or data_key.reveal() in protected.reveal():
            raise KeyringError("kek-command")
        return protected.reveal()

    def _recover(self, protected: bytes, bind: bytes) -> Secret:
        data_key = self._ask("unwrap", Secret(protected), bind)
        if len(data_key) != KEY_LENGTH:
            raise KeyringError("kek-command")
        return data_key

    def _ask(self, op: str, data: Secret, bind: bytes) -> Secret:
        return _answer(_talk(self._command, _request(op, data, bind), self._timeout))


def _request(op: str, data: Secret, bind: bytes) -> Secret:
    line = Secret(json.dumps({"op": op, "data": _text(data.reveal()), "bind": _text(bind)}).encode("ascii"))
    return Secret(line.reveal() + b"\n")


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _talk(command: tuple[str, ...], request: Secret, timeout: float) -> Secret:
    """The program's standard output, at most `_REPLY_LIMIT` and a byte; it is dead when this returns."""
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator's own program, from the configuration, without a shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError):
        raise KeyringError("kek-command") from None
    try:
        return _exchange(process, request, timeout)
    finally:
        if process.returncode is None:  # not reaped yet, so the number is still its own
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _exchange(process: subprocess.Popen[bytes], request: Secret, timeout: float) -> Secret:
    if process.stdin is None or process.stdout is None:
        raise KeyringError("kek-command")
    with suppress(OSError):  # it need not read to the end to answer; what it says counts
        process.stdin.write(request.reveal())  # fits into the pipe: it does not block
        process.stdin.close()
    reply = _read_within(process.stdout, timeout)
    if len(reply) > _REPLY_LIMIT:
        raise KeyringError("kek-command")
    try:
        status = process.wait(timeout)
    except subprocess.TimeoutExpired:
        raise KeyringError("kek-unavailable") from None
    if status and not reply.reveal().startswith(b'{"error"'):
        raise KeyringError("kek-command")
    return reply


def _read_within(stream: IO[bytes], timeout: float) -> Secret:
    """Up to the end or the limit. A thread reads, for a pipe has no timeout.

    It is left behind if a child of the program, in a session of its own, keeps the pipe open.
    """
    heard: list[Secret] = []

    def read() -> None:
        with stream:
            heard.append(Secret(stream.read(_REPLY_LIMIT + 1)))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(timeout)
    if not heard:
        raise KeyringError("kek-unavailable")
    return heard[0]


def _answer(reply: Secret) -> Secret:
    """The `data` of the reply. Raises KeyringError: the code of its `error`, `kek-command` for anything else."""
    said = _data_or_code(reply)
    if isinstance(said, str):
        raise KeyringError(said)
    return said


def _data_or_code(reply: Secret) -> Secret | str:
    """It does not raise, nor does what it calls hold on to what it read: a parser's exception quotes its input."""
    try:
        content = json.loads(reply.reveal())
        match content:
            case {"data": str(text)} if len(content) == 1:
                return Secret(base64.b64decode(text, validate=True))
            case {"error": str(code)} if len(content) == 1:
                return _CODES.get(code, "kek-command")
    except (ValueError, RecursionError):
        pass
    return "kek-command"
