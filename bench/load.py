"""Puts load on a port, with `wrk` where it is installed and with the bundled generator else."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.plan import Case

GENERATOR = Path(__file__).with_name("generator.py")
SCRIPT = """
wrk.headers["Authorization"] = "Basic bG1zOmxtcw=="
local targets = { %s }
local requests = {}
init = function(args) for i, t in ipairs(targets) do requests[i] = wrk.format("GET", t) end end
local i = 0
request = function() i = i %% #requests + 1; return requests[i] end
"""
REQUESTS = re.compile(r"(\d+) requests in ([\d.]+)(ms|s|m),")
P50 = re.compile(r"50%\s+([\d.]+)(us|ms|s)")
FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)")
SOCKETS = re.compile(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Outcome:
    """What one run of load did."""

    requests: int
    seconds: float
    bytes: int
    failures: int
    p50_ms: float


@dataclass(frozen=True)
class Load:
    """The load generator, on a core of its own."""

    core: int
    folder: Path
    connections: int = 32

    @property
    def name(self) -> str:
        return "wrk" if shutil.which("wrk") else "the bundled generator"

    def put(self, case: Case, port: int, seconds: float, files: int) -> Outcome:
        """Run `case` against `port` for `seconds`, or for `files` downloads."""
        if case.unit == "s/GB":
            return self._bundled({"kind": "files", "port": port, "targets": case.targets, "count": files})
        if shutil.which("wrk"):
            return self._wrk(case, port, seconds)
        order = {"kind": "many", "port": port, "targets": case.targets, "seconds": seconds}
        return self._bundled({**order, "connections": self.connections})

    def _wrk(self, case: Case, port: int, seconds: float) -> Outcome:
        script = self.folder / f"{case.name}.lua"
        script.write_text(SCRIPT % ", ".join(json.dumps(target) for target in case.targets))
        # wrk knows whole seconds only
        command = [
            "wrk",
            "-t1",
            f"-c{self.connections}",
            f"-d{max(1, round(seconds))}s",
            "--latency",
            "-s",
            str(script),
        ]
        text = self._run([*command, f"http://127.0.0.1:{port}"], None)
        count, length, unit = REQUESTS.search(text).groups()
        middle = P50.search(text)
        failed, sockets = FAILED.search(text), SOCKETS.search(text)
        failures = (int(failed[1]) if failed else 0) + (sum(map(int, sockets.groups())) if sockets else 0)
        return Outcome(
            requests=int(count),
            seconds=float(length) * MILLISECONDS[unit] / 1000,
            bytes=0,
            failures=failures,
            p50_ms=float(middle[1]) * MILLISECONDS[middle[2]] if middle else 0.0,
        )

    def _bundled(self, order: dict) -> Outcome:
        return Outcome(**json.loads(self._run([sys.executable, str(GENERATOR)], json.dumps(order))))

    def _run(self, command: list[str], text: str | None) -> str:
        done = subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
            preexec_fn=lambda: os.sched_setaffinity(0, {self.core}),
        )
        if done.returncode:
            raise RuntimeError(f"the load generator failed: {done.stderr.strip().splitlines()[-1:]}")
        return done.stdout
