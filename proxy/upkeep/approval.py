"""The two-person rule: what one officer asks for waits in the mapping until another approves it, once.

The mapping is only where requests lie. What counts are two signatures over the whole statement (`keys.officers`) by two
keys that the configuration lists; so whoever can write to the mapping can neither ask nor approve, nor change what was
asked. The reason is sealed: an officer may have put a name into it.
"""

import secrets
from collections.abc import Mapping
from contextlib import suppress

from keys import KeyringError, KeyRoom, Officer, officers
from keys.model import ALPHABET
from keys.officers import VALID_MS, Proposal
from proxy.store.port import AuditRecord, Clock, RequestRecord
from proxy.store.upkeep_port import Upkeep

DESTRUCTIVE = frozenset({"destroy", "deactivate", "import"})
"""The acts that need a second officer where `[keys] two_officers` is set."""

DISCLOSE = "disclose"
"""Looking a person up by hand; its subject is her pseudonym (`proxy.disclosure`)."""

_ID_LENGTH = 8
_DIGEST_SHOWN = 16


class Approvals:
    """Requests of one installation. `listed` are names and public keys, `lineage` is the mapping's."""

    def __init__(self, upkeep: Upkeep, clock: Clock, listed: Mapping[str, str], lineage: str) -> None:
        """Remember the means."""
        self._upkeep = upkeep
        self._clock = clock
        self._listed = listed
        self._lineage = lineage

    async def ask(
        self,
        officer: Officer,
        act: str,
        subject: str,
        *,
        generation: int,
        keys: KeyRoom | None = None,
        option: str = "",
        reason: str = "",
        named: bool = True,
        valid_ms: int = VALID_MS,
    ) -> RequestRecord:
        """Sign and keep a request. `keys` seal the reason; it may be approved for `valid_ms`, a day at most.

        Not `named`: the entry about it does not say whom it is about.

        Raises KeyringError `officer-unknown`, `no-key`; `StoreFailed`.
        """
        officers.prove(officer, self._listed)
        now = self._clock()
        name = "".join(secrets.choice(ALPHABET) for _ in range(_ID_LENGTH))
        proposal = Proposal(
            lineage=self._lineage,
            request=name,
            act=act,
            subject=subject,
            option=option,
            reason=reason,
            generation=generation,
            officer=officer.name,
            created=now,
            expires=now + min(valid_ms, VALID_MS),
        )
        record = RequestRecord(
            request=name,
            act=act,
            subject=subject,
            option=option,
            reason=keys.envelope.seal(reason.encode(), _bind(name)) if keys is not None and reason else b"",
            generation=generation,
            officer=officer.name,
            signature=officers.ask(officer, proposal),
            created=now,
            expires=proposal.expires,
        )
        await self._upkeep.submit(record, [_entry("act-requested", record, officer.name, now, named=named)])
        return record

    async def find(self, request: str) -> RequestRecord:
        """The request of that name. Raises KeyringError `request-unknown`."""
        for record in await self._upkeep.requests():
            if record.request == request:
                return record
        raise KeyringError("request-unknown")

    async def all(self) -> list[RequestRecord]:
        """Every request, the newest first."""
        return await self._upkeep.requests()

    async def waiting(self) -> list[RequestRecord]:
        """Every request for a key act that was not used up, the newest first."""
        return [record for record in await self.all() if not record.decided and record.act != DISCLOSE]

    def refusal(self, record: RequestRecord, generation: int, keys: KeyRoom | None) -> str:
        """Why a request cannot be approved now, as a code of `KeyringError`; "" if it can."""
        try:
            self._verify(record, generation, keys)
        except KeyringError as refused:
            return refused.code
        return ""

    async def approve(
        self, record: RequestRecord, officer: Officer, *, generation: int, keys: KeyRoom | None = None
    ) -> None:
        """Approve a request and use it up; whoever calls this does the act next.

        Raises KeyringError as `keys.officers.check_request` and `check_approval`, `request-used`; `StoreFailed`.
        """
        proposal = self._verify(record, generation, keys)
        approval = officers.approve(officer, proposal, record.signature)
        officers.check_approval(proposal, record.signature, self._listed, approver=officer.name, approval=approval)
        now = self._clock()
        entry = _entry("act-approved", record, officer.name, now)
        if not await self._upkeep.settle(record.request, officer.name, approval, now, [entry]):
            raise KeyringError("request-used")

    def check_other(self, record: RequestRecord, approver: str) -> None:
        """Whether somebody else than who asked would approve. Raises KeyringError `officer-same`."""
        officers.check_other(self._listed, record.officer, approver)

    def check(self, record: RequestRecord, *, generation: int, keys: KeyRoom | None = None) -> None:
        """Whether a request was approved by another officer and its time is not over.

        Raises KeyringError as `keys.officers.check_request` and `check_approval`; without an approval `request-forged`
        or `officer-unknown`.
        """
        proposal = self._signed(record, generation, keys)
        officers.check_approval(
            proposal, record.signature, self._listed, approver=record.approver, approval=record.approval
        )

    def _verify(self, record: RequestRecord, generation: int, keys: KeyRoom | None) -> Proposal:
        if record.decided:
            raise KeyringError("request-used")
        return self._signed(record, generation, keys)

    def _signed(self, record: RequestRecord, generation: int, keys: KeyRoom | None) -> Proposal:
        proposal = self._proposal(record, reason_of(record, keys))
        officers.check_request(proposal, record.signature, self._listed, generation=generation, now_ms=self._clock())
        return proposal

    def _proposal(self, record: RequestRecord, reason: str) -> Proposal:
        return Proposal(
            lineage=self._lineage,
            request=record.request,
            act=record.act,
            subject=record.subject,
            option=record.option,
            reason=reason,
            generation=record.generation,
            officer=record.officer,
            created=record.created,
            expires=record.expires,
        )


def reason_of(record: RequestRecord, keys: KeyRoom | None) -> str:
    """The reason in clear; "" if there is none or it cannot be opened, and then the signature does not fit either."""
    if keys is not None and record.reason:
        with suppress(KeyringError, UnicodeDecodeError):
            return keys.envelope.open(record.reason, _bind(record.request)).decode()
    return ""


def _bind(request: str) -> tuple[str, ...]:
    return ("request", request)


def _entry(event: str, record: RequestRecord, actor: str, now: int, *, named: bool = True) -> AuditRecord:
    of_key = record.act not in {"import", DISCLOSE}
    return AuditRecord(
        at=now,
        event=event,
        actor=actor,
        route=record.act,
        pseudonym=record.subject if record.act == DISCLOSE and named else "",
        key_id=record.subject if of_key else "",
        exchange=record.request,
        reason=record.subject[:_DIGEST_SHOWN] if record.act == "import" else "",
        count=1,
    )
