"""Commands that are killed at moments of their own work: what is counted is the processor's time, not the clock's.

However busy a machine is, half of what a whole run takes of it is in the middle of a run.
"""

import random
import signal
import time
from pathlib import Path

from proxy.store import copying, loading, snapshot
from tests.processes import begun, done, scormveil

EARLY = 0.2
"""The part of a run that is passed over: it reads the configuration and the keys."""
PAGE = 40
"""Rows that are written at once: a few people take as many steps as thousands do in pages of a thousand."""
KILLED = -signal.SIGPROF
"""Nothing handles this signal: like SIGKILL it ends a process where it stands, in the middle of a write if it is there."""


def mortal(seconds: float, took: Path, words: tuple[str, ...]) -> None:
    """The command line, for so many seconds of the processor; a run that ends writes down how many it took."""
    for module in (copying, loading, snapshot):
        module.PAGE = PAGE
    signal.setitimer(signal.ITIMER_PROF, seconds)
    began = time.process_time()
    try:
        scormveil(*words)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        took.write_text(str(time.process_time() - began), "utf-8")


class Deadly:
    """Runs a command of ours as a process, and kills it at moments chosen at random."""

    def __init__(self, one, seed):
        self.one = one
        self.dice = random.Random(seed)
        self.took = one.folder.with_name("took")
        self.kills = 0

    def whole(self, *words):
        """Let it run to its end, and remember how long that takes."""
        return done(mortal, 0, self.took, self._words(words))

    def killed(self, *words):
        """Kill it, somewhere between its start and its end; where a run is shorter than the last, it may end."""
        seconds = self.dice.uniform(EARLY, 1.0) * float(self.took.read_text("utf-8"))
        code = begun(mortal, seconds, self.took, self._words(words)).wait()
        assert code in {0, KILLED}
        self.kills += code == KILLED

    def _words(self, words):
        return (*words, "--config", str(self.one.config))
