"""How many people a mount may show, and how many new ones may be brought to it, in a while; one process's count."""

from proxy.budget.buckets import NEVER as NEVER
from proxy.budget.buckets import Allowance as Allowance
from proxy.budget.minting import MintingGate as MintingGate
from proxy.budget.minting import MintingLimits as MintingLimits
from proxy.budget.showing import Naming as Naming
from proxy.budget.showing import NoBudget as NoBudget
from proxy.budget.showing import Showing as Showing
from proxy.budget.showing import ShowingGate as ShowingGate
from proxy.budget.windows import Bounds as Bounds
