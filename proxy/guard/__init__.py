"""The guard: the last look at the final bytes of an outward message. docs/guard.md says what it sees and what not."""

from proxy.guard.verdict import Hit as Hit
from proxy.guard.verdict import inspect as inspect
from proxy.guard.watch import Watch as Watch
