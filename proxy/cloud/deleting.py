"""Having one application of the cloud forget a learner, and looking whether it has.

`POST /learner/{learnerId}/delete-information?userEmail=` (docs/protocol/scorm-cloud-api.md, section 5): 204 when it has
been started, and it is done later; 403 if the address is no owner's or administrator's of the account, 404 if nobody
has the id. The cloud tells the person with that address when it is done, so what it did is seen by us in its
registrations only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from proxy.cloud.client import Registration
from proxy.errors import BodyTooLarge, UpstreamFailed, UpstreamRefused
from proxy.guard import Watch

_NOBODY = "status-404"
_FORBIDDEN = frozenset({"status-403", "status-405"})


class Asked(StrEnum):
    """What an application said when it was asked."""

    STARTED = "started"
    """It will do it."""
    NOBODY = "nobody"
    """It knows nobody by that id."""
    FORBIDDEN = "forbidden"
    """It will not do it for us; a human has to."""
    FAILED = "failed"
    """Nobody knows: it is busy, silent, or does not accept the credential. Ask again later."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a question; `reason` is a word, "" if there is nothing to be said."""

    asked: Asked
    reason: str = ""


class Client(Protocol):
    """What is needed of `CloudClient`."""

    async def registrations(self, learner: str, watch: Watch) -> tuple[Registration, ...]:
        """Every registration of a learner id."""

    async def delete_information(self, learner: str, user_email: str) -> None:
        """Start deleting."""


class Deleter:
    """One application. `name` is that of its mount; `allowed` says whether it may be asked to delete."""

    def __init__(self, name: str, client: Client, *, user_email: str, allowed: bool, settle_seconds: float) -> None:
        """Remember the means. Nothing may be seen for `settle_seconds` until that counts."""
        self.name = name
        self.allowed = allowed
        self.settle_ms = int(settle_seconds * 1000)
        self._client = client
        self._user_email = user_email

    async def ask(self, learner: str) -> Said:
        """Have everything under a learner id deleted. Asking twice does no harm."""
        try:
            await self._client.delete_information(learner, self._user_email)
        except UpstreamRefused as refused:
            if refused.reason == _NOBODY:
                return Said(Asked.NOBODY, refused.reason)
            forbidden = refused.reason in _FORBIDDEN
            return Said(Asked.FORBIDDEN if forbidden else Asked.FAILED, refused.reason)
        except (UpstreamFailed, BodyTooLarge) as failed:
            return Said(Asked.FAILED, failed.reason)
        return Said(Asked.STARTED)

    async def look(self, learner: str) -> Sequence[Registration] | str:
        """The registrations under a learner id; a word for why they cannot be seen."""
        try:
            return await self._client.registrations(learner, Watch(()))
        except (UpstreamFailed, UpstreamRefused, BodyTooLarge) as failed:
            return failed.reason
