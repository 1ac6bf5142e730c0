"""Who sees that a log only grows: a witness to run elsewhere, and the way to one (C2SP tlog-witness)."""

from proxy.witness.client import WitnessPost as WitnessPost
from proxy.witness.place import WitnessPlace as WitnessPlace
from proxy.witness.reasons import REASONS as REASONS
from proxy.witness.server import serving as serving
from proxy.witness.witness import Witness as Witness
