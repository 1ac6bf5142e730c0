"""The command `scormveil`: one command group a file."""

import gc

__all__ = ["main"]


def main() -> None:
    """Run the command.

    A third of a short command's time went into looking for garbage among the hundred thousands of objects that modules
    are made of, while they are made and once more at the end. None of it is garbage: nobody looks at it.
    """
    gc.disable()
    from proxy.cli.main import main as run

    gc.freeze()
    gc.enable()
    run()
