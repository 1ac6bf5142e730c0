"""Parts that tests need from the machine: Chromium, npm packages, servers. What is missing is never passed over quietly.

On a user's machine a missing part skips the test and is listed, with what to do about it, after the run's result.
Where SCORMVEIL_NO_SKIPS=1 is set (our own runs) it is a failure.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

NO_SKIPS = "SCORMVEIL_NO_SKIPS"
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ROOT = Path(__file__).parents[1]
_MARK = "needs "
_CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_NPM_SECONDS = 180
_PIP_SECONDS = 300


def need(part: str, reason: str) -> NoReturn:
    """End the running test because `part` is missing: a failure with SCORMVEIL_NO_SKIPS=1, else a skip."""
    text = f"{_MARK}{part}: {reason}"
    if os.environ.get(NO_SKIPS) == "1":
        pytest.fail(f"{text} ({NO_SKIPS}=1 forbids to skip)", pytrace=False)
    pytest.skip(text)


def chromium() -> str:
    """The path of a Chromium; `SCORMVEIL_CHROMIUM` names one that is not on the path."""
    named = os.environ.get("SCORMVEIL_CHROMIUM", "")
    found = named or next((path for name in _CHROMIUMS if (path := shutil.which(name))), None)
    if not found or not Path(found).is_file():
        need("chromium", "install Chromium, or set SCORMVEIL_CHROMIUM to where it is")
    return found


def npm_package(folder: Path, name: str) -> Path:
    """The npm package `name` of the lockfile in `folder`, installed from it (`npm ci`) where it is not yet."""
    package = folder / "node_modules" / name
    if (package / "package.json").is_file():
        return package
    npm = shutil.which("npm")
    if npm is None:
        need("npm", f"install Node.js with npm; the tests fetch {name} with it")
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=_NPM_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        need(name, f"`npm ci` in {folder.name} took more than {_NPM_SECONDS} seconds")
    if done.returncode or not (package / "package.json").is_file():
        need(name, f"`npm ci` in {folder.name} failed")
    return package


def packages(folder: Path) -> Path:
    """The Python of an environment of its own with what `requirements.txt` in `folder` pins, made where it is not yet."""
    wanted = (folder / "requirements.txt").read_bytes()
    home = ROOT / f".venv-{folder.name}"
    python, mark = home / "bin" / "python", home / "installed.txt"
    if mark.is_file() and mark.read_bytes() == wanted and python.exists():
        return python
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "-r", str(folder / "requirements.txt")]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(home)], capture_output=True, timeout=_PIP_SECONDS, check=True)
        subprocess.run([python, "-m", "pip", "install", *quiet], capture_output=True, timeout=_PIP_SECONDS, check=True)
    except subprocess.SubprocessError:
        need(folder.name, f"`pip install -r requirements.txt` for {folder.name} failed")
    mark.write_bytes(wanted)
    return python


def tell_missing(terminalreporter) -> None:
    """List what was missing; for `pytest_terminal_summary` of a conftest."""
    reasons = {
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple) and _MARK in report.longrepr[2]
    }
    if reasons:
        terminalreporter.section("PARTS ARE MISSING: these tests did not run", sep="!", red=True, bold=True)
        for reason in sorted(reasons):
            terminalreporter.write_line(reason, red=True)
