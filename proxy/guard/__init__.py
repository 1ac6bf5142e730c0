"""The guard: the last look at the final bytes of an outward message. docs/guard.md says what it sees and what not."""

from proxy.guard.address import looks_like_address as looks_like_address
from proxy.guard.address import without_addresses as without_addresses
from proxy.guard.crowd import Crowd as Crowd
from proxy.guard.crowd import Throng as Throng
from proxy.guard.traces import Traces as Traces
from proxy.guard.traces import traces_of as traces_of
from proxy.guard.verdict import Hit as Hit
from proxy.guard.verdict import inspect as inspect
from proxy.guard.watch import Watch as Watch
from proxy.guard.watch import Watches as Watches
