"""Opens records where some may be lost: one of them must not keep all others from what is to be done."""

from collections.abc import Sequence

from proxy.errors import KeysUnavailable, ProxyError, SealFailed
from proxy.identity import Known, Records
from proxy.store.port import MappingRecord


def lost(trouble: ProxyError) -> bool:
    """Whether a record cannot be opened, now or later: altered, or its key is not in the newest keyring.

    That happens where an older keyring was accepted. One such record must not keep all others from being sealed anew.
    """
    return isinstance(trouble, SealFailed) or trouble.reason in {"no-key", "key-destroyed"}


async def open_each(records: Records, page: Sequence[MappingRecord]) -> tuple[list[Known], int]:
    """Open a page; one that cannot be opened must not keep the others from it. Returns the opened and how many failed.

    Raises `StoreFailed`, `KeysUnavailable`.
    """
    try:
        opened = await records.open(page)
        good = [known for known in opened.values() if known is not None]
    except (SealFailed, KeysUnavailable) as trouble:
        if not lost(trouble):
            raise
        if len(page) == 1:
            return [], 1
        middle = len(page) // 2
        first, failed = await open_each(records, page[:middle])
        second, failed_too = await open_each(records, page[middle:])
        return first + second, failed + failed_too
    return good, len(page) - len(good)


async def open_one(records: Records, record: MappingRecord) -> Known | None:
    """Open a record; None if it is lost. Raises `StoreFailed`, `KeysUnavailable`."""
    opened, _ = await open_each(records, (record,))
    return opened[0] if opened else None
