"""A second officer's word for a look-up: the two-person rule of key acts (`proxy.upkeep.approval`), within minutes."""

from keys import KeyringError, KeyRoom, Officer
from proxy.disclosure.model import Approved, Ask, Rules
from proxy.disclosure.policy import reason_problem
from proxy.errors import DisclosureRefused
from proxy.store.port import RequestRecord
from proxy.upkeep.approval import DISCLOSE, Approvals, reason_of

ACT = DISCLOSE
_MINUTE_MS = 60 * 1000
_ANY_RING = 0
"""Other acts depend on the keyring they were asked under; whether somebody may be looked up does not."""


class Requests:
    """See the module. Without `rules` there is nothing to ask for."""

    def __init__(self, approvals: Approvals, keys: KeyRoom, rules: Rules | None) -> None:
        """Remember the means; `keys` seal the case number."""
        self._approvals = approvals
        self._keys = keys
        self._rules = rules

    async def ask(self, officer: Officer, ask: Ask) -> RequestRecord:
        """Sign and keep a request. Raises `DisclosureRefused` as a look-up would, KeyringError `officer-unknown`."""
        if self._rules is None:
            raise DisclosureRefused("no-reason")
        problem = reason_problem(self._rules, ask) or ("" if ask.pseudonym else "nobody-named")
        if problem:
            raise DisclosureRefused(problem)
        return await self._approvals.ask(
            officer,
            ACT,
            ask.pseudonym,
            generation=_ANY_RING,
            keys=self._keys,
            option=f"{ask.reason}:{ask.tenant}",
            reason=ask.case,
            named=not ask.by_identifier,
            valid_ms=self._rules.reasons[ask.reason].valid_minutes * _MINUTE_MS,
        )

    async def all(self) -> list[tuple[RequestRecord, str]]:
        """Every request that was not used, the newest first, each with how it stands: `open`, `approved` or a code."""
        found = []
        for record in await self._approvals.all():
            if record.act == ACT:
                code = self._approvals.refusal(record, _ANY_RING, self._keys)
                if record.decided:
                    code = "approved" if self._good(record) else "request-expired"
                found.append((record, code or "open"))
        return found

    async def find(self, request: str) -> RequestRecord:
        """The request of that name. Raises KeyringError `request-unknown`, also for one of another act."""
        record = await self._approvals.find(request)
        if record.act != ACT:
            raise KeyringError("request-unknown")
        return record

    async def approve(self, record: RequestRecord, officer: Officer) -> None:
        """Approve what another officer asked for. Raises `DisclosureRefused` `no-role`, KeyringError as for keys."""
        self.check_approver(record, officer)
        await self._approvals.approve(record, officer, generation=_ANY_RING, keys=self._keys)

    def check_approver(self, record: RequestRecord, officer: Officer) -> None:
        """Whether she may approve it, and so may see whom it is about: not who asked.

        Raises `DisclosureRefused` `no-reason`, `no-role`; KeyringError `officer-same`.
        """
        reason = self._rules.reasons.get(self.said(record).reason) if self._rules is not None else None
        if self._rules is None or reason is None:
            raise DisclosureRefused("no-reason")
        if not self._rules.has(officer.name, reason.approvers):
            raise DisclosureRefused("no-role")
        self._approvals.check_other(record, officer.name)

    async def approved(self, request: str, now: int) -> Approved | None:
        """What was approved under that name, None if nothing was, or if its time is over, also by `now`."""
        try:
            record = await self.find(request)
        except KeyringError:
            return None
        return self.said(record) if now < record.expires and self._good(record) else None

    def said(self, record: RequestRecord) -> Approved:
        """What a request asks for."""
        reason, _, tenant = record.option.partition(":")
        return Approved(record.officer, reason, reason_of(record, self._keys), tenant, record.subject)

    def _good(self, record: RequestRecord) -> bool:
        """Whether both signatures hold, of officers who may still ask and approve, and its time is not over."""
        reason = self._rules.reasons.get(self.said(record).reason) if self._rules is not None else None
        if self._rules is None or reason is None or not self._rules.has(record.approver, reason.approvers):
            return False
        if record.expires - record.created > reason.valid_minutes * _MINUTE_MS:
            return False  # made under rules that allowed more
        try:
            self._approvals.check(record, generation=_ANY_RING, keys=self._keys)
        except KeyringError:
            return False
        return True
