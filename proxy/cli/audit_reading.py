"""Entries page by page: however long the log is, only one page is held."""

from collections.abc import AsyncIterator

from proxy.store import AuditQuery, AuditRow, Ledger, Span

PAGE = 2000
NEWEST = "`scormveil audit list --last 1` shows the newest."


async def pages(
    ledger: Ledger, query: AuditQuery, span: Span, most: int, *, newest_first: bool = False
) -> AsyncIterator[list[AuditRow]]:
    """The first `most` entries within `span`, or the last ones from the newest on. Raises `StoreFailed`."""
    while most > 0:
        limit = min(PAGE, most)
        found = await ledger.page(query, span, limit, newest_first=newest_first)
        if found:
            yield found
        if len(found) < limit:
            return  # to ask once more would read the rest of the log for nothing
        most -= limit
        span = Span(span.after, found[-1].number - 1) if newest_first else Span(found[-1].number, span.to)
