"""Several workers on one port: real processes of the same command, each replaced when it dies."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

TOO_SOON_SECONDS = 3.0
"""A worker that ends sooner than this after its start will not do better the next time."""


class Crew:
    """The workers of one `scormveil serve`."""

    def __init__(self, count: int, config_file: Path) -> None:
        """Start them all."""
        self._command = [sys.executable, "-m", "proxy.cli", "serve", "--config", str(config_file), "--worker"]
        self._running: dict[int, tuple[int, float]] = {}
        self._stopping = False
        for number in range(count):
            self._start(number)

    def _start(self, number: int) -> None:
        process = subprocess.Popen([*self._command, str(number)])  # noqa: S603  our own program and arguments
        process.returncode = 0  # reaped below by os.wait, for all workers in one place
        self._running[process.pid] = (number, time.monotonic())

    def stop(self, _signal: int = 0, _frame: FrameType | None = None) -> None:
        """Ask all workers to finish; harmless when repeated."""
        self._stopping = True
        for pid in tuple(self._running):
            os.kill(pid, signal.SIGTERM)

    def watch(self) -> int:
        """Wait for workers and replace those that die; return the exit code when all have ended."""
        code = 0
        while self._running:
            pid, status = os.wait()
            if pid not in self._running:
                continue
            number, started = self._running.pop(pid)
            if self._stopping:
                continue
            if time.monotonic() - started < TOO_SOON_SECONDS:
                code = os.waitstatus_to_exitcode(status) or 1
                self.stop()
            else:
                self._start(number)
        return code


def supervise(count: int, config_file: Path) -> int:
    """Keep `count` workers alive until SIGTERM or SIGINT; the exit code is not 0 if they could not be started."""
    crew = Crew(count, config_file)
    signal.signal(signal.SIGTERM, crew.stop)
    signal.signal(signal.SIGINT, crew.stop)
    return crew.watch()
