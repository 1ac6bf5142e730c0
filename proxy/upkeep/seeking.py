"""Finds people by what no index has: a name, or an address besides the one they are known by. Opens every record."""

from collections.abc import Callable

from proxy.identity import Records, bears
from proxy.people import Cleartext
from proxy.store.port import MappingRecord
from proxy.store.upkeep_port import Upkeep
from proxy.upkeep.opening import open_each

_PAGE = 500


class Seeking:
    """See the module."""

    def __init__(self, records: Records, upkeep: Upkeep) -> None:
        """Remember the means."""
        self._records = records
        self._upkeep = upkeep
        self.unread = 0
        """Records that could not be opened: whoever they are of may have been meant."""

    async def called(self, tenant: str, text: Cleartext, told: Callable[[int], None]) -> list[MappingRecord]:
        """Everybody of a tenant who bears a name or an address; `told` hears how many were looked at.

        Raises `StoreFailed`, `KeysUnavailable`.
        """
        found: list[MappingRecord] = []
        after = ""
        while page := await self._upkeep.people(after, _PAGE):
            after = page[-1].person
            opened, failed = await open_each(self._records, [one for one in page if one.tenant == tenant])
            self.unread += failed
            found += [known.record for known in opened if not known.record.owner and bears(known.person, text)]
            told(len(page))
        return found
