"""Whoever looks a person up by hand asks here first: what may be shown, recorded before. See docs/disclosure.md."""

from collections.abc import Sequence
from dataclasses import replace

from proxy.cli.desk import Desk
from proxy.disclosure import Ask, Grant
from proxy.store import MappingRecord


async def granted(desk: Desk, ask: Ask, people: Sequence[MappingRecord]) -> list[Grant]:
    """What may be shown of each; the entries are on disk when this returns. Raises `DisclosureRefused`, `AuditFailed`.

    Who was looked for in vain is asked for and recorded as well: guessing is looking, too.
    """
    names = [one.pseudonym for one in people] or [""]
    return [await desk.disclosure().allow(replace(ask, pseudonym=one)) for one in names]
