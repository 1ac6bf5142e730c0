"""Where whoever wants to see a person asks first. What was not recorded is not granted."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from proxy.disclosure.model import FIELDS, OPERATOR, Ask, Grant, Rules, Verdict
from proxy.disclosure.policy import ALARM, DISCLOSED, REFUSED, judge, looks_back, reason_problem, reference
from proxy.disclosure.requests import Requests
from proxy.errors import AuditFailed, DisclosureRefused, StoreFailed
from proxy.store.disclosure_port import ROUTE, Disclosures
from proxy.store.port import AuditRecord, Clock

Sound = Callable[[str, int], None]
"""Tells whoever watches of an alarm: its word and its count."""


class Disclosure:
    """See the module. Without `rules` whoever runs the command may see everything, and it is recorded all the same."""

    def __init__(
        self,
        rules: Rules | None,
        ledger: Disclosures,
        requests: Requests,
        clock: Clock,
        sound: Sound,
        *,
        digest: str = "none",
    ) -> None:
        """Remember the rules, their digest (a short word) and the means."""
        self._rules = rules
        self._digest = digest
        self._ledger = ledger
        self._requests = requests
        self._clock = clock
        self._sound = sound

    async def check(self, ask: Ask) -> None:
        """Refuse, and record, what cannot be granted whoever is meant: before anybody is looked for.

        Raises as `allow`.
        """
        if self._rules is not None and reason_problem(self._rules, ask):
            await self.allow(ask)

    async def seek(self, ask: Ask) -> None:
        """Count and record that somebody is looked for by her identifier, to ask for approval. Raises as `allow`.

        Whether she is known is told by that, and guessing is looking, too.
        """
        await self.allow(replace(ask, pseudonym="", approval=""), asking=True)

    async def allow(self, ask: Ask, *, asking: bool = False) -> Grant:
        """Decide and record; the entry is on disk when this returns what may be shown.

        Raises `DisclosureRefused` (`no-role`, `no-reason`, `no-case`, `no-field`, `needs-approval`, `over-budget`),
        which is recorded too, and `AuditFailed`.
        """
        ask = replace(ask, actor=ask.actor or OPERATOR)
        try:
            now = await self._ledger.now(self._clock())
        except StoreFailed as failure:
            raise AuditFailed(failure.reason) from None
        use = bool(ask.approval) and self._rules is not None
        approved = await self._requests.approved(ask.approval, now) if use else None
        exchange = ask.approval if approved is not None else secrets.token_hex(6)
        since = now - looks_back(self._rules) if self._rules is not None else now

        def decide(past: Sequence[AuditRecord], there: bool) -> list[AuditRecord]:
            if self._rules is None:
                return _entries(ask, exchange, now, Verdict(""))
            usable = approved if there else None
            return _entries(ask, exchange, now, judge(self._rules, ask, usable, past, now, asking=asking))

        request = ask.approval if approved is not None else ""
        rules = AuditRecord(
            now, ALARM, ask.actor, ask.tenant, route=ROUTE, exchange=self._digest, reason="other-rules", count=1
        )
        try:
            entries = await self._ledger.decide(ask.actor, since, decide, request, rules)
        except StoreFailed as failure:
            raise AuditFailed(failure.reason) from None
        for one in entries:
            if one.event == ALARM:
                self._sound(one.reason, one.count)
        if entries[0].event == REFUSED:
            raise DisclosureRefused(entries[0].reason.removeprefix(_PREFIX))
        return Grant(FIELDS if self._rules is None else self._rules.reasons[ask.reason].fields, exchange)


_PREFIX = DisclosureRefused.code + ":"


def _entries(ask: Ask, exchange: str, now: int, verdict: Verdict) -> list[AuditRecord]:
    """The decision first, then its alarms."""
    hidden = bool(verdict.refused) and ask.by_identifier
    entry = partial(
        AuditRecord,
        at=now,
        actor=ask.actor,
        tenant=ask.tenant,
        route=ROUTE,
        pseudonym="" if hidden else ask.pseudonym,
        exchange=exchange,
    )
    decided = (
        entry(event=REFUSED, reason=_PREFIX + verdict.refused, count=1)
        if verdict.refused
        else entry(event=DISCLOSED, reason=reference(ask), count=1)
    )
    return [decided, *(entry(event=ALARM, reason=word, count=count) for word, count in verdict.alarms.items())]
