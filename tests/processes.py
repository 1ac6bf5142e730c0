"""`scormveil` as processes, without two seconds of imports for each: forked from a process that has imported it all.

They are processes like any other, each in a session of its own, and SIGKILL takes them in the middle of anything.
That the program starts from nothing, too, is shown wherever `sys.executable` is called.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.reduction import DupFd
from pathlib import Path

from proxy.cli.main import main

ROOT = Path(__file__).parents[1]
PATIENCE = 120


def scormveil(*words: str) -> None:
    """The command line; it ends the process."""
    sys.argv = ["scormveil", *words]
    main()


def forking() -> ForkServerContext:
    """How processes are forked. There is one to fork from, so everybody here must want the same one."""
    context = get_context("forkserver")
    with _environment({"PYTHONPATH": str(ROOT)}):
        context.set_forkserver_preload(["pytest", __name__])
        forkserver.ensure_running()
    return context


class Forked:
    """A process that was begun; its outputs go to two file descriptors. `returncode` is None while it runs."""

    def __init__(
        self, work: Callable[..., None], given: tuple, *, out: int, err: int, folder: Path, env: Mapping[str, str]
    ) -> None:
        context = forking()
        heard, told = os.pipe()
        files = (_File(told), _File(out), _File(err))
        self._process = context.Process(target=_child, args=(work, given, files, folder, dict(env)), daemon=True)
        self._process.start()
        os.close(told)
        with os.fdopen(heard, "rb") as begun:
            begun.read()  # from here on it is the first of its own session, so that a signal reaches all of it
        self.pid = self._process.pid
        self.sentinel = self._process.sentinel

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, seconds: float = PATIENCE) -> int:
        self._process.join(seconds)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("scormveil", seconds)
        return self.returncode

    def send_signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class Attended:
    """The same for a coroutine: its outputs are streams, and waiting for its end holds up nobody."""

    def __init__(self, process: Forked, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader) -> None:
        self.stdout, self.stderr, self.pid = stdout, stderr, process.pid
        self._process = process
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self._look)

    def _look(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._ended.set()

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    def send_signal(self, number: int) -> None:
        self._process.send_signal(number)

    async def wait(self) -> int:
        await self._ended.wait()
        return self._process.wait()

    async def communicate(self) -> tuple[bytes, bytes]:
        out, err, _ = await asyncio.gather(self.stdout.read(), self.stderr.read(), self.wait())
        return out, err


async def attended(work: Callable[..., None], *given: str, **changes: str) -> Attended:
    """A process that a coroutine looks after; `changes` are variables of its environment."""
    loop = asyncio.get_running_loop()
    readers, ends = [], []
    for _ in range(2):
        read, write = os.pipe()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda one=reader: asyncio.StreamReaderProtocol(one), os.fdopen(read, "rb"))
        readers.append(reader)
        ends.append(write)
    env = os.environ | {"PYTHONPATH": str(ROOT)} | changes
    try:
        process = await asyncio.to_thread(Forked, work, given, out=ends[0], err=ends[1], folder=ROOT, env=env)
    finally:
        for end in ends:
            os.close(end)
    return Attended(process, *readers)


def begun(work: Callable[..., None], *given: object, folder: Path = ROOT) -> Forked:
    """A process that nobody listens to."""
    with Path(os.devnull).open("wb") as nowhere:
        number = nowhere.fileno()
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        return Forked(work, given, out=number, err=number, folder=folder, env=env)


def done(work: Callable[..., None], *given: object) -> str:
    """What a process said that must succeed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        code = Forked(work, given, out=out.fileno(), err=err.fileno(), folder=ROOT, env=env).wait()
        out.seek(0)
        err.seek(0)
        assert code == 0, err.read().decode()
        return out.read().decode()


class _File:
    """A file descriptor that is given to the child."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self):
        return _received, (DupFd(self._number),)


def _received(handle) -> int:
    return handle.detach()


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Ours, for a moment: the process that all others are forked from inherits it."""
    before = dict(os.environ)
    os.environ.update(wanted)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _child(work, given, files, folder, env) -> None:
    told, *outputs = files
    os.setsid()
    # A shell starts what it runs in the background with Ctrl-C ignored, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    for number, file in enumerate(outputs, 1):
        os.dup2(file, number)
        os.close(file)
    os.close(told)
    work(*given)
