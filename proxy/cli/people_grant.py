"""Whoever looks a person up by hand asks here first: what may be shown, recorded before. See docs/disclosure.md."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from proxy.cli.desk import Desk
from proxy.cli.people_found import By, check_pseudonym, found, tenant_of
from proxy.disclosure import Ask, Grant
from proxy.people import Kind
from proxy.store import MappingRecord


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a command that acts on people is to act on, as the options say; and why, with [disclosure]."""

    pseudonym: str
    tenant: str
    kind: By
    reason: str = ""
    case: str = ""
    approval: str = ""


async def granted(desk: Desk, ask: Ask, people: Sequence[MappingRecord]) -> list[Grant]:
    """What may be shown of each; the entries are on disk when this returns. Raises `DisclosureRefused`, `AuditFailed`.

    Who was looked for in vain is asked for and recorded as well: guessing is looking, too.
    """
    names = [one.pseudonym for one in people] or [""]
    return [await desk.disclosure().allow(replace(ask, pseudonym=one)) for one in names]


async def meant(desk: Desk, whom: Whom, actor: str) -> Sequence[MappingRecord]:
    """Whoever is meant by a command whose plan shows pseudonyms; by an identifier that is a look-up like any other.

    Raises KeyringError `not-a-pseudonym`, and as `granted`.
    """
    where, token = tenant_of(desk, whom.tenant), check_pseudonym(desk, whom.pseudonym)
    if token:
        return await found(desk, where, token, Kind.SUBJECT)
    ask = Ask(
        actor,
        whom.reason,
        whom.case,
        where,
        approval=whom.approval.strip().lower(),
        needs=frozenset({"pseudonyms"}),
        by_identifier=True,
    )
    await desk.disclosure().check(ask)
    people = await found(desk, where, "", Kind(whom.kind.value))
    await granted(desk, ask, people)
    return people


def shown(desk: Desk, whom: Whom, tokens: Sequence[str]) -> list[str]:
    """Which of somebody's pseudonyms a plan shows: with [disclosure] only the one that was said, if one was."""
    said = whom.pseudonym.strip().lower()
    return [said] if said and desk.config.disclosure is not None else list(tokens)
