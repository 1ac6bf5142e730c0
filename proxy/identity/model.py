"""What the identity service is told: who was seen, and in which exchange."""

from dataclasses import dataclass

from proxy.people import Cleartext


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one message says of one human: the identifier that makes her one, and whatever else is said of her."""

    subject: Cleartext
    others: tuple[Cleartext, ...] = ()
    owner: str = ""
    """The row of the person to whom a registration belongs, so that it is forgotten with her."""


@dataclass(frozen=True, slots=True)
class Context:
    """Where people were seen, for the audit entry of a new one. Short words of our own, never a value."""

    tenant: str
    mount: str
    route: str
    exchange: str
    actor: str
    source: str = ""
    """Where the message came from: a digest of the rim's, "" if nobody asks."""
