"""Runs all tests in two processes side by side: `python -m tests.run [options of pytest]`.

Half of the tests wait most of their time, for disks, databases, programs that start and are killed; the other half
computes. One after the other they leave one of two processors idle. Which folders wait is said here; every other folder
and file belongs to the other half, so that nothing is forgotten.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
WAIT = ("backup", "contracts", "kill", "migrate", "rotation", "store", "upkeep")


def halves() -> tuple[list[str], list[str]]:
    """The folders that wait, and everything else that holds tests."""
    rest = [one for one in sorted(HERE.iterdir()) if one.is_dir() and one.name not in {*WAIT, "__pycache__"}]
    files = sorted(HERE.glob("test_*.py"))
    return [str(HERE / name) for name in WAIT], [str(one) for one in (*rest, *files)]


def main() -> int:
    """Run both; show the second's output as it comes and the first's after it. 0 if both are well."""
    waiting, computing = halves()
    command = [sys.executable, "-m", "pytest", *sys.argv[1:]]
    with tempfile.TemporaryFile("w+") as aside:
        other = subprocess.Popen([*command, *waiting], stdout=aside, stderr=subprocess.STDOUT)
        status = subprocess.run([*command, *computing], check=False).returncode
        other_status = other.wait()
        aside.seek(0)
        sys.stdout.write(aside.read())
    return status or other_status


if __name__ == "__main__":
    sys.exit(main())
