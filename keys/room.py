"""The keys in force, for everybody who uses them while the program runs: exchanged as a whole when the ring changes."""

from keys.audit import AuditKeys
from keys.envelope import Envelope
from keys.index import BlindIndex
from keys.keyring import Keyring
from keys.pseudonym import PseudonymScheme


class KeyRoom:
    """A keyring with what is made of it. Take each part from here whenever it is needed; never keep one."""

    def __init__(self, ring: Keyring) -> None:
        """Use `ring` from now on."""
        self.install(ring)

    def install(self, ring: Keyring) -> None:
        """Use another ring from now on."""
        scheme, index, envelope = PseudonymScheme(ring), BlindIndex(ring), Envelope(ring)
        self.ring, self.scheme, self.index, self.envelope = ring, scheme, index, envelope
        self.audit = AuditKeys(ring)
        self._ids = frozenset(key.id for key in ring.keys)

    def knows(self, key_id: str) -> bool:
        """Whether the ring has an entry of this id, in whatever state. If not, a newer ring may have one."""
        return key_id in self._ids

    def __repr__(self) -> str:
        return f"<KeyRoom {self.ring!r}>"
