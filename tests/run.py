"""Runs all tests in a few processes side by side: `python -m tests.run [options of pytest]`.

Half of the tests wait most of their time, for disks, databases, programs that start and are killed; the other half
computes. So there is one process more than processors; `tests/handing.py` says which gets what.
"""

import os
import sys

import pytest


def main() -> int:
    """Run the tests that are named, or all; 0 if all are well."""
    # Every process would compile the program anew where the machine says not to keep what was compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    processes = len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1
    return int(pytest.main(["-n", str(processes), "-p", "tests.handing", *sys.argv[1:]]))


if __name__ == "__main__":
    sys.exit(main())
