"""The command `scormveil`: one command group a file."""

from proxy.cli.main import main

__all__ = ["main"]
