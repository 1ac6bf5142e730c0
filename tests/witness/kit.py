"""A log that can be bent, and a witness on loopback."""

from proxy.tlog.checkpoint import Checkpoint
from proxy.tlog.merkle import consistency_path, inclusion_path, leaf_hash, root_of
from proxy.tlog.note import LOG_KEY, NoteSigner, signed

ORIGIN = "scormveil/aaaa/0"
LOG = NoteSigner(ORIGIN, bytes(range(32)), LOG_KEY)
OTHER = NoteSigner(ORIGIN, bytes(range(32, 64)), LOG_KEY)
NOW = 1_790_000_000


class Tree:
    """A log of invented entries; `bent` entries differ from those of the straight one."""

    def __init__(self, size, bent=(), signer=LOG):
        self.leaves = [leaf_hash(b"%d%s" % (number, b"!" if number in bent else b"")) for number in range(size)]
        self.signer = signer

    def root(self, start, end):
        return root_of(self.leaves[start:end])

    def text(self, size=None):
        size = len(self.leaves) if size is None else size
        return Checkpoint(self.signer.name, size, root_of(self.leaves[:size])).text

    def note(self, size=None, signers=None):
        return str(signed(self.text(size), signers or (self.signer,)))

    def proof(self, old, size=None):
        return consistency_path(old, len(self.leaves) if size is None else size, self.root)

    def inclusion(self, index, size=None):
        return inclusion_path(index, len(self.leaves) if size is None else size, self.root)

    def since(self, size=None):
        """What a post asks for the proof."""

        async def consistency(old):
            return self.proof(old, size)

        return consistency
