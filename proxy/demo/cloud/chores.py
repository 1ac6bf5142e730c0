"""What the cloud does a little later: renames, deletions. Answers come at once, deeds when their time has come."""

import asyncio
from collections.abc import Callable


class Chores:
    """Deeds that wait. `hurry` does all of them now."""

    def __init__(self) -> None:
        """Nothing to do."""
        self._waiting: dict[asyncio.TimerHandle, Callable[[], None]] = {}

    def later(self, seconds: float, deed: Callable[[], None]) -> None:
        """Do something after so many seconds. Must be called on the loop."""

        def do() -> None:
            self._waiting.pop(handle, None)
            deed()

        handle = asyncio.get_running_loop().call_later(seconds, do)
        self._waiting[handle] = deed

    def hurry(self) -> None:
        """Do now what is waiting, in the order in which it was asked for."""
        waiting, self._waiting = self._waiting, {}
        for handle, deed in waiting.items():
            handle.cancel()
            deed()

    def close(self) -> None:
        """Forget what was asked for and not done yet."""
        for handle in self._waiting:
            handle.cancel()
        self._waiting = {}
