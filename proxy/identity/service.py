"""Turns people into pseudonyms and back: the only place where keys and stores meet.

A stored mapping wins over the scheme, so a person keeps her pseudonym when keys are rotated; only who is unknown under
every usable lookup key gets a new one. Stores and keys being unavailable refuses, always.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from keys import KeyRoom
from proxy.errors import FieldInvalid, PersonMoving, SealFailed, StoreFailed
from proxy.identity import record as contents
from proxy.identity.aliases import outward_text
from proxy.identity.cache import PersonCache
from proxy.identity.minting import Minting, Wanted
from proxy.identity.model import Context, Sighting
from proxy.identity.normalize import identifiers_of, identify, worth_keeping
from proxy.identity.records import Known, Records, Renew, key_errors
from proxy.people import Cleartext, Kind, Person
from proxy.store.port import Clock, KeyStore, MappingRecord, Store

CACHE_TTL_MS = 60_000
"""How long a person may be answered from memory without a look at the store."""

_FRESH_MS = 24 * 60 * 60 * 1000
"""`last_seen` is exact to a day, so that a message about a known person needs no write."""

_ATTEMPTS = 8

_HOLD_PAUSE_SECONDS = 0.25
_HOLD_TRIES = 60
"""Some fifteen seconds: how long a launch waits for a person whom the cloud is about to know by another pseudonym."""

T = TypeVar("T")


class IdentityService:
    """See the module. `clock` gives milliseconds since 1970; `cache_size` is a number of people."""

    def __init__(
        self,
        store: Store,
        keystore: KeyStore,
        keys: KeyRoom,
        clock: Clock,
        *,
        cache_size: int,
        cache_ttl_ms: int = CACHE_TTL_MS,
        may_mint: Callable[[], None],
        renew: Renew,
    ) -> None:
        """Wire; nothing is read or written yet.

        `may_mint` raises `KeysUnavailable` while our keyring may not be the newest; `renew` looks for a newer one.
        """
        self._store = store
        self._keystore = keystore
        self._keys = keys
        self._clock = clock
        self._records = Records(keys, keystore, renew)
        self._minting = Minting(store, keystore, keys=keys, records=self._records, clock=clock, may_mint=may_mint)
        self._cache = PersonCache(cache_size, cache_ttl_ms, clock)

    async def pseudonymize(self, people: Sequence[Sighting], context: Context) -> list[Person]:
        """Return the person of each sighting, in order, with her pseudonym and every cleartext known of her.

        Who is new is minted and audited in one transaction, on disk when this returns. Who is being renamed in the
        cloud is waited for. What this returns is true at the moment when it returns: whoever notes at once that she
        tells it on (`Flights`) tells the truth. Raises `FieldMissing` and `FieldInvalid` (identifier), `StoreFailed`,
        `KeysUnavailable`, `SealFailed`, `PersonMoving`.
        """
        wanted = [self._wanted(sighting, context.tenant) for sighting in people]
        await self._check()
        group = _unite(wanted)

        async def look() -> dict[bytes, Known]:
            known = self._cached(context.tenant, group.values())
            missing = [one for one in group.values() if one.index.value not in known]
            if missing:
                known |= await self._found_or_minted(missing, context)
            for digest, one in group.items():
                known[digest] = await self._renewed(known[digest], one, context)
            return known

        known = await self._at_rest(look)
        return [known[one.index.value].person for one in wanted]

    async def recall(self, tenant: str, token: str) -> Person | None:
        """Return the person behind `token`, None if nobody is. Raises like `reidentify`."""
        return (await self.reidentify(tenant, (token,))).get(token)

    async def for_telling(self, tenant: str, token: str) -> Person | None:
        """Return the person behind `token` as `pseudonymize` would: to be told outward at once. Raises like that."""
        text = token.lower()
        known = await self._at_rest(lambda: self._behind(tenant, (text,)))
        return known[text].person if text in known else None

    def is_pseudonym(self, text: str) -> bool:
        """Tell whether `text` has the form of a pseudonym, check characters included; whose it is, is not asked."""
        return self._keys.scheme.valid(text)

    async def reidentify(self, tenant: str, tokens: Sequence[str]) -> dict[str, Person]:
        """Return the person behind each of `tokens` (any case); unknown ones and what is no pseudonym are absent.

        Whoever asks on somebody's behalf writes the audit entry. Raises `StoreFailed`, `KeysUnavailable`, `SealFailed`.
        """
        canonical = {token: token.lower() for token in tokens}
        found = await self._behind(tenant, canonical.values())
        return {token: found[text].person for token, text in canonical.items() if text in found}

    def texts_for(self, person: Person, kind: Kind, source: Cleartext | None = None) -> str:
        """Return what stands outward for `kind` of `person`; `source`, the value replaced, gives the form of a name."""
        with key_errors():
            alias = self._keys.scheme.alias(person.pseudonym.token)
        return outward_text(person, kind, alias, source)

    def forget(self, people: Iterable[str]) -> None:
        """Drop people who were forgotten (by the names of their rows) from memory."""
        self._cache.forget(people)

    def look_again(self) -> None:
        """Answer nobody from memory any more until she was read anew: the keyring has changed."""
        self._cache.clear()

    def look_again_at(self, people: Iterable[str]) -> None:
        """Answer people (by the names of their rows) not from memory: their pseudonyms have changed or are about to."""
        self._cache.change(people)

    async def _at_rest(self, look: Callable[[], Awaitable[Mapping[T, Known]]]) -> Mapping[T, Known]:
        """What `look` finds, once it was true from its beginning to its end and nobody in it is held."""
        for _ in range(_HOLD_TRIES):
            changes = self._cache.changes
            known = await look()
            held = any(one.record.moving > self._clock() for one in known.values())
            if not held and self._cache.changes == changes:
                return known
            if held:
                await asyncio.sleep(_HOLD_PAUSE_SECONDS)
        raise PersonMoving

    async def _behind(self, tenant: str, tokens: Iterable[str]) -> dict[str, Known]:
        """The people behind tokens in lower case; what is no pseudonym, or nobody's, is absent."""
        await self._check()
        found: dict[str, Known] = {}
        missing: list[str] = []
        for text in dict.fromkeys(text for text in tokens if self._keys.scheme.valid(text)):
            known = self._cache.by_token(tenant, text)
            if known is None:
                missing.append(text)
            else:
                found[text] = known
        if missing:
            found |= await self._read(tenant, missing)
        return found

    async def _check(self) -> None:
        """What is answered from memory must not outlive the stores."""
        await self._store.check()
        await self._keystore.check()

    def _wanted(self, sighting: Sighting, tenant: str) -> Wanted:
        identifier = identify(sighting.subject)
        with key_errors():
            index = self._keys.index.all_of(tenant, identifier.kind, identifier.parts)[0]
        others = [text for text in sighting.others if worth_keeping(text)]
        if any(text.kind is Kind.SUBJECT and identify(text) != identifier for text in others):
            # Whichever was written down first would be given back as hers.
            raise FieldInvalid("two-subjects", kind=Kind.SUBJECT)
        return Wanted(identifier, index, (sighting.subject, *others))

    def _cached(self, tenant: str, group: Iterable[Wanted]) -> dict[bytes, Known]:
        found = ((one.index.value, self._cache.by_digest(tenant, one.index.value)) for one in group)
        return {digest: known for digest, known in found if known is not None}

    async def _found_or_minted(self, missing: Sequence[Wanted], context: Context) -> dict[bytes, Known]:
        known = await self._stored(context.tenant, missing)
        new = [one for one in missing if one.index.value not in known]
        for minted in await self._minting.mint(context, new):
            digest = minted.wanted.index.value
            if minted.known is not None:
                known[digest] = self._remember(minted.known, digest)
            elif minted.earlier is not None:
                known[digest] = await self._admit(minted.earlier, minted.wanted)
        return known

    async def _stored(self, tenant: str, missing: Sequence[Wanted]) -> dict[bytes, Known]:
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
                    found[one.index.value] = await self._admit(record, one)
        return found

    async def _read(self, tenant: str, tokens: Sequence[str]) -> dict[str, Known]:
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
            people[token] = self._remember(known, self._digest_of(known))
        return people

    def _digest_of(self, known: Known) -> bytes:
        """The index value she is looked for by first, so that a launch finds whom a session has read."""
        identifiers = identifiers_of(known.person.cleartexts, known.record.kind)
        if not identifiers:
            raise SealFailed("mapping-mismatch")
        with key_errors():
            return self._keys.index.all_of(known.record.tenant, known.record.kind, identifiers[0].parts)[0].value

    async def _renewed(self, known: Known, one: Wanted, context: Context) -> Known:
        """Write down what is new about a person. Two nodes that do so at once must not lose either's news."""
        for _ in range(_ATTEMPTS):
            texts = contents.merge(known.person.cleartexts, one.texts)
            now = self._clock()
            if texts is known.person.cleartexts and now - known.record.last_seen < _FRESH_MS:
                return known
            key = known.key or await self._records.give_key(known.record)
            newer = self._records.seal(replace(known.record, last_seen=now), key, texts, known.person.others)
            if await self._written(newer.record, known.record.sealed):
                self._cache.put(newer, one.index.value)
                return newer
            self._cache.drop(known.record.person)
            known = (await self._found_or_minted((one,), context))[one.index.value]
        raise StoreFailed("contended")

    async def _written(self, record: MappingRecord, replacing: bytes) -> bool:
        """Write a record; False if someone was faster, or forgot her meanwhile."""
        try:
            return await self._store.reseal(record, replacing=replacing)
        except StoreFailed as failure:
            if failure.reason != "no-such-mapping":
                raise
            return False

    async def _admit(self, record: MappingRecord, one: Wanted) -> Known:
        """Open a record that was found for `one` and make sure that it is hers.

        Rows whose indexes were exchanged in the database would give one person the pseudonym of another.
        """
        known = (await self._records.open((record,)))[record.person]
        if known is None:
            known = await self._healed(record, one)
        if one.identifier not in identifiers_of(known.person.cleartexts, record.kind):
            raise SealFailed("mapping-mismatch")
        return self._remember(known, one.index.value)

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
        if not await self._written(known.record, record.sealed):
            raise StoreFailed("contended")
        return known

    def _remember(self, known: Known, digest: bytes) -> Known:
        """Keep who was read, unless she was renewed here while we read: then what we have is the older news."""
        newer = self._cache.by_token(known.record.tenant, known.record.pseudonym)
        if newer is not None and newer.record.pseudonym == known.record.pseudonym:
            return newer
        self._cache.put(known, digest)
        return known


def _unite(wanted: Iterable[Wanted]) -> dict[bytes, Wanted]:
    """One entry per person, with everything that was said of her, by her index value."""
    group: dict[bytes, Wanted] = {}
    for one in wanted:
        earlier = group.get(one.index.value)
        group[one.index.value] = one if earlier is None else replace(earlier, texts=(*earlier.texts, *one.texts))
    return group
