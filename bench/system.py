"""Processes: start them pinned, measure their processor time and memory, end them."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Unavailable(Exception):
    """A contestant cannot take part; the text says why."""


@dataclass
class Cores:
    """Where the proxy runs, and where everything else does."""

    proxy: int
    rest: int

    @classmethod
    def choose(cls) -> "Cores":
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) < 2:
            print("WARNING: one core only; the proxy competes with its load, compare ratios with care")
        return cls(cores[0], cores[-1])


@dataclass
class Process:
    """A program on one core, its output in a file, ended with everything it started."""

    command: list[str]
    core: int
    log: Path
    env: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        with self.log.open("wb") as out:
            self.child = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.env},
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {self.core}),  # noqa: PLW1509  no threads here
            )

    def wait_for(self, port: int, seconds: float = 20) -> None:
        """Wait until something listens on `port`; `Unavailable` with the last words of the program otherwise."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        words = self.log.read_text(errors="replace").strip().splitlines()[-1:] or ["no output"]
        raise Unavailable(f"{Path(self.command[0]).name} does not listen: {words[0][:200]}")

    def stop(self) -> None:
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGTERM)
            try:
                self.child.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(self.child.pid, signal.SIGKILL)
                self.child.wait()

    def cpu_seconds(self) -> float:
        """Return user and system time of the program and all its descendants, in steps of a clock tick."""
        total = 0
        for pid in self._tree():
            try:
                fields = _stat(pid)
            except OSError:
                continue
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def resident_bytes(self) -> int:
        """Return the resident memory of the whole tree, shared pages counted once per process."""
        total = 0
        for pid in self._tree():
            try:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
            except OSError:
                continue
        return total

    def _tree(self) -> list[int]:
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
                except OSError:
                    continue
        tree = [self.child.pid]
        for pid in tree:
            tree.extend(parents.get(pid, ()))
        return tree


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the state on (field 3 of proc(5))."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
