"""Where results go: the addresses that stand for those of the LMS at the cloud, and which results were delivered.

The cloud is given an address of ours with a random token. Of the token the store has only the SHA-256, so that whoever
reads the store cannot post; where the address leads to, and with which password, is sealed.
"""

from dataclasses import dataclass, replace
from typing import Literal, Protocol

KEEP_MS = 48 * 60 * 60 * 1000
"""The cloud repeats a postback for up to 17.5 hours (70 times, at most 15 minutes apart). So long, and a day more, an
address that was replaced still leads on, and what is known of a delivery still keeps older results back."""

Turn = Literal["clear", "stale", "busy"]


@dataclass(frozen=True, slots=True)
class PostbackRecord:
    """An address that the cloud was given, by the SHA-256 of its token.

    `level` is a word (`registration`, `application`, …), `target` the SHA-256 of what it was set for at that level.
    `person` names the row of the learner whom it belongs to, "" if nobody is known. `sealed` is the envelope of where
    it leads, under the SEAL key `seal_key`. `replaced_at` is 0 for the address that counts for its target.
    """

    digest: bytes
    tenant: str
    mount: str
    level: str
    target: bytes
    person: str
    sealed: bytes
    seal_key: str
    created: int
    replaced_at: int = 0

    @property
    def binding(self) -> tuple[str, ...]:
        """Where `sealed` belongs: copied to another row, or to another mount, it does not open."""
        return ("postback", self.tenant, self.mount, self.level, self.digest.hex())

    def resealed(self, sealed: bytes, seal_key: str) -> "PostbackRecord":
        """The same address, sealed anew."""
        return replace(self, sealed=sealed, seal_key=seal_key)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A result about to be handed to the LMS: of which registration (a SHA-256), and how new (ms since 1970)."""

    mount: str
    registration: bytes
    stamp: int
    holder: str


class Postbacks(Protocol):
    """See the module. Every method raises `StoreFailed` only."""

    async def register(self, record: PostbackRecord, replacing: bytes = b"") -> bool:
        """Make `record` the one that counts for its target, in place of the one with the digest `replacing`.

        False if another one counts meanwhile: read again.
        """

    async def find(self, digest: bytes) -> PostbackRecord | None:
        """Return the address with this digest, replaced or not."""

    async def current(self, mount: str, target: bytes) -> PostbackRecord | None:
        """Return the address that counts for a target."""

    async def withdraw(self, mount: str, target: bytes, now: int) -> bool:
        """Let no address count for a target any more; the one that did leads on as a replaced one does."""

    async def reseal(self, record: PostbackRecord, *, replacing: bytes) -> bool:
        """Write new `sealed`, `seal_key` and `person` of an address if what is sealed now equals `replacing`."""

    async def under(self, seal_key: str, after: bytes, limit: int) -> list[PostbackRecord]:
        """Return addresses sealed under `seal_key`, by digest above `after`."""

    async def of_person(self, person: str) -> list[PostbackRecord]:
        """Return the addresses that belong to a person, the oldest first, replaced ones too."""

    async def take(self, delivery: Delivery, now: int, until: int) -> Turn:
        """Ask for the turn to deliver a result, so that an older one cannot overtake it on another node.

        `clear`: it is ours until then. `stale`: a newer one was accepted. `busy`: another one is being delivered.
        """

    async def settle(self, delivery: Delivery, now: int, *, accepted: bool) -> None:
        """Give the turn back; `accepted` results keep older ones back."""

    async def outdated(self, before: int) -> int:
        """Count addresses that were replaced, and deliveries that were settled, before then."""

    async def sweep(self, before: int, limit: int) -> int:
        """Remove up to `limit` of each; returns how many went."""
