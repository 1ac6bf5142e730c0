"""People as they stand in the stores: found by index or pseudonym, opened, and checked to be who they seem to be."""

from collections.abc import Sequence

from keys import KeyRoom
from proxy.errors import SealFailed, StoreFailed
from proxy.identity import record as contents
from proxy.identity.cache import PersonCache
from proxy.identity.minting import Wanted
from proxy.identity.normalize import identifiers_of
from proxy.identity.records import Known, Records, key_errors
from proxy.store.port import MappingRecord, Store


class Reader:
    """Reads, and remembers what was read. Raises `StoreFailed`, `KeysUnavailable`, `SealFailed`."""

    def __init__(self, store: Store, keys: KeyRoom, records: Records, cache: PersonCache) -> None:
        """Remember the means."""
        self._store = store
        self._keys = keys
        self._records = records
        self._cache = cache

    async def stored(self, tenant: str, missing: Sequence[Wanted]) -> dict[bytes, Known]:
        """Look for people under every usable lookup key; of two mappings of one person the oldest counts."""
        found: dict[bytes, Known] = {}
        for kind in dict.fromkeys(one.identifier.kind for one in missing):
            digests: dict[bytes, Wanted] = {}
            for one in missing:
                if one.identifier.kind == kind:
                    with key_errors():
                        values = self._keys.index.all_of(tenant, kind, one.identifier.parts)
                    digests |= dict.fromkeys((value.value for value in values), one)
            for value, record in await self._store.by_lookup(tenant, kind, tuple(digests)):
                one = digests[value]
                if one.index.value not in found:
                    found[one.index.value] = await self.admit(record, one)
        return found

    async def read(self, tenant: str, tokens: Sequence[str]) -> dict[str, Known]:
        """Read people by pseudonym, and make sure that each pseudonym is hers."""
        rows = await self._store.by_pseudonym(tenant, tokens)
        opened = await self._records.open([record for _, record in rows])
        people: dict[str, Known] = {}
        for token, record in rows:
            known = opened[record.person]
            if known is None:
                raise SealFailed("person-key-missing")
            if token not in known.person.tokens:
                raise SealFailed("mapping-mismatch")
            people[token] = self.remember(known, self._digest_of(known))
        return people

    def _digest_of(self, known: Known) -> bytes:
        """The index value she is looked for by first, so that a launch finds whom a session has read."""
        identifiers = identifiers_of(known.person.cleartexts, known.record.kind)
        if not identifiers:
            raise SealFailed("mapping-mismatch")
        with key_errors():
            return self._keys.index.all_of(known.record.tenant, known.record.kind, identifiers[0].parts)[0].value

    async def admit(self, record: MappingRecord, one: Wanted) -> Known:
        """Open a record that was found for `one` and make sure that it is hers.

        Rows whose indexes were exchanged in the database would give one person the pseudonym of another.
        """
        known = (await self._records.open((record,)))[record.person]
        if known is None:
            known = await self._healed(record, one)
        if one.identifier not in identifiers_of(known.person.cleartexts, record.kind):
            raise SealFailed("mapping-mismatch")
        return self.remember(known, one.index.value)

    async def _healed(self, record: MappingRecord, one: Wanted) -> Known:
        """Her data key was lost with the key store's newest days, but her pseudonym stands in the row.

        If it is what the scheme gives for the identifier she came with, it is hers: she keeps it and her progress, and
        is written down anew from what was just said of her. So are her other pseudonyms.
        """
        rows = await self._store.pseudonyms(record.person)
        tokens = dict.fromkeys((record.pseudonym, *(row.pseudonym for row in rows)))
        with key_errors():
            mints, parts = self._keys.scheme.mints, one.identifier.parts
            hers = [token for token in tokens if mints(token, record.tenant, record.kind, parts)]
        if record.pseudonym not in hers:
            raise SealFailed("person-key-missing")
        key = await self._records.give_key(record)
        known = self._records.seal(record, key, contents.merge((), one.texts), tuple(hers[1:]))
        if not await self.written(known.record, record.sealed):
            raise StoreFailed("contended")
        return known

    async def written(self, record: MappingRecord, replacing: bytes) -> bool:
        """Write a record; False if someone was faster, or forgot her meanwhile."""
        try:
            return await self._store.reseal(record, replacing=replacing)
        except StoreFailed as failure:
            if failure.reason != "no-such-mapping":
                raise
            return False

    def remember(self, known: Known, digest: bytes) -> Known:
        """Keep who was read, unless she was renewed here while we read: then what we have is the older news."""
        newer = self._cache.by_token(known.record.tenant, known.record.pseudonym)
        if newer is not None and newer.record.pseudonym == known.record.pseudonym:
            return newer
        self._cache.put(known, digest)
        return known
