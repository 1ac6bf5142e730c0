"""Turns people into pseudonyms and back: the only place where keys and store meet.

A stored mapping wins over the scheme, so a person keeps her pseudonym when keys are rotated; only who is unknown under
every usable lookup key gets a new one. Store and keys being unavailable refuses, always.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from keys import BlindIndex, Envelope, Indexed, KeyringError, KeyringWatch, PseudonymScheme
from proxy.errors import FieldInvalid, KeysUnavailable, SealFailed, StoreFailed
from proxy.identity import record as sealed_record
from proxy.identity.aliases import outward_text
from proxy.identity.cache import Known, PersonCache
from proxy.identity.model import Context, Sighting
from proxy.identity.normalize import Identifier, identifier_in, identify, worth_keeping
from proxy.people import Cleartext, Kind, Person, Pseudonym
from proxy.store.port import AuditRecord, Clock, MappingRecord, Store

CACHE_TTL_MS = 60_000
"""How long a person may be answered from memory without a look at the store."""

_FRESH_MS = 24 * 60 * 60 * 1000
"""`last_seen` is exact to a day, so that a message about a known person needs no write."""

_ATTEMPTS = 8


@dataclass(frozen=True, slots=True, repr=False)
class _Wanted:
    """A person to be found or minted: her identifier, its index under the active key, and what was said of her."""

    identifier: Identifier
    index: Indexed
    texts: tuple[Cleartext, ...]


class IdentityService:
    """See the module. `clock` gives milliseconds since 1970; `cache_size` is a number of people."""

    def __init__(
        self,
        store: Store,
        scheme: PseudonymScheme,
        index: BlindIndex,
        envelope: Envelope,
        clock: Clock,
        *,
        cache_size: int,
        cache_ttl_ms: int = CACHE_TTL_MS,
        watch: KeyringWatch | None = None,
    ) -> None:
        """Wire; nothing is read or written yet. `watch` notices that the keyring file is gone or was replaced."""
        self._watch = watch
        self._store = store
        self._scheme = scheme
        self._index = index
        self._envelope = envelope
        self._clock = clock
        self._cache = PersonCache(cache_size, cache_ttl_ms, clock)

    async def pseudonymize(self, people: Sequence[Sighting], context: Context) -> list[Person]:
        """Return the person of each sighting, in order, with her pseudonym and every cleartext known of her.

        Who is new is minted and audited in one transaction, on disk when this returns. Raises `FieldMissing` and
        `FieldInvalid` (identifier), `StoreFailed`, `KeysUnavailable`, `SealFailed`.
        """
        wanted = [self._wanted(sighting, context.tenant) for sighting in people]
        await self._check()
        group = _unite(wanted)
        known = self._cached(context.tenant, group.values())
        missing = [one for one in group.values() if one.index.value not in known]
        if missing:
            known |= await self._stored(context.tenant, missing)
            new = [one for one in missing if one.index.value not in known]
            known |= await self._mint(context, new)
        for digest, one in group.items():
            known[digest] = await self._renewed(known[digest], one)
        return [known[one.index.value].person for one in wanted]

    async def recall(self, tenant: str, token: str) -> Person | None:
        """Return the person behind `token`, None if nobody is. Raises like `reidentify`."""
        return (await self.reidentify(tenant, (token,))).get(token)

    def is_pseudonym(self, text: str) -> bool:
        """Tell whether `text` has the form of a pseudonym, check characters included; whose it is, is not asked."""
        return self._scheme.valid(text)

    async def reidentify(self, tenant: str, tokens: Sequence[str]) -> dict[str, Person]:
        """Return the person behind each of `tokens` (any case); unknown ones and what is no pseudonym are absent.

        Whoever asks on somebody's behalf writes the audit entry. Raises `StoreFailed`, `KeysUnavailable`, `SealFailed`.
        """
        canonical = {token: token.lower() for token in tokens if self._scheme.valid(token)}
        await self._check()
        found: dict[str, Person] = {}
        missing: list[str] = []
        for text in dict.fromkeys(canonical.values()):
            known = self._cache.by_token(tenant, text)
            if known is None:
                missing.append(text)
            else:
                found[text] = known.person
        if missing:
            for record in await self._store.by_pseudonym(tenant, missing):
                found[record.pseudonym] = self._remember(self._open(record), record.lookup).person
        return {token: found[text] for token, text in canonical.items() if text in found}

    def texts_for(self, person: Person, kind: Kind, source: Cleartext | None = None) -> str:
        """Return what stands outward for `kind` of `person`; `source`, the value replaced, gives the form of a name."""
        with _keys():
            alias = self._scheme.alias(person.pseudonym.token)
        return outward_text(person, kind, alias, source)

    async def _check(self) -> None:
        """What is answered from memory must not outlive the store or the keyring."""
        await self._store.check()
        if self._watch is not None:
            with _keys():
                self._watch.check()

    def _wanted(self, sighting: Sighting, tenant: str) -> _Wanted:
        identifier = identify(sighting.subject)
        with _keys():
            index = self._index.of(tenant, identifier.kind, identifier.parts)
        others = [text for text in sighting.others if worth_keeping(text)]
        if any(text.kind is Kind.SUBJECT and identify(text) != identifier for text in others):
            # Whichever was written down first would be given back as hers.
            raise FieldInvalid("two-subjects", kind=Kind.SUBJECT)
        return _Wanted(identifier, index, (sighting.subject, *others))

    def _cached(self, tenant: str, group: Iterable[_Wanted]) -> dict[bytes, Known]:
        found = ((one.index.value, self._cache.by_digest(tenant, one.index.value)) for one in group)
        return {digest: known for digest, known in found if known is not None}

    async def _stored(self, tenant: str, missing: Sequence[_Wanted]) -> dict[bytes, Known]:
        """Look for people under every usable lookup key; of two mappings of one person the oldest counts."""
        found: dict[bytes, Known] = {}
        for kind in dict.fromkeys(one.identifier.kind for one in missing):
            digests: dict[bytes, _Wanted] = {}
            for one in missing:
                if one.identifier.kind == kind:
                    digests |= dict.fromkeys(self._every_digest(tenant, one.identifier), one)
            for record in await self._store.by_lookup(tenant, kind, tuple(digests)):
                one = digests[record.lookup]
                if one.index.value not in found:
                    found[one.index.value] = self._admit(record, one)
        return found

    async def _mint(self, context: Context, new: Sequence[_Wanted]) -> dict[bytes, Known]:
        if not new:
            return {}
        now = self._clock()
        fresh = [self._fresh(context.tenant, one, now) for one in new]
        entries = [(_minted_entry(known.record, context, now),) for known in fresh]
        winners = await self._store.insert_or_get([known.record for known in fresh], entries)
        minted: dict[bytes, Known] = {}
        for one, ours, winner in zip(new, fresh, winners, strict=True):
            won = winner == ours.record
            minted[one.index.value] = self._remember(ours, one.index.value) if won else self._admit(winner, one)
        return minted

    def _fresh(self, tenant: str, one: _Wanted, now: int) -> Known:
        """A person as she would be stored if nobody else is faster."""
        identifier = one.identifier
        with _keys():
            minted = self._scheme.mint(tenant, identifier.kind, identifier.parts)
        record = MappingRecord(
            tenant=tenant,
            kind=identifier.kind,
            pseudonym=minted.token,
            pseudonym_key=minted.key_id,
            lookup=one.index.value,
            lookup_key=one.index.key_id,
            sealed=b"",
            seal_key="",
            created=now,
            last_seen=now,
        )
        return self._seal(record, sealed_record.merge((), one.texts))

    async def _renewed(self, known: Known, one: _Wanted) -> Known:
        """Write down what is new about a person. Two nodes that do so at once must not lose either's news."""
        for _ in range(_ATTEMPTS):
            texts = sealed_record.merge(known.person.cleartexts, one.texts)
            now = self._clock()
            if texts is known.person.cleartexts and now - known.record.last_seen < _FRESH_MS:
                return known
            newer = self._seal(replace(known.record, last_seen=now), texts)
            if await self._store.reseal(newer.record, replacing=known.record.sealed):
                self._cache.put(newer, one.index.value)
                return newer
            current = await self._store.by_pseudonym(known.record.tenant, (known.record.pseudonym,))
            if not current:
                raise StoreFailed("no-such-mapping")
            known = self._admit(current[0], one, outdated=known)
        raise StoreFailed("contended")

    def _admit(self, record: MappingRecord, one: _Wanted, outdated: Known | None = None) -> Known:
        """Open a record that was found for `one` and make sure that it is hers.

        The envelope is bound to the pseudonym, not to the index: rows whose indexes were exchanged in the database
        would give one person the pseudonym of another.
        """
        known = self._open(record)
        if one.identifier not in [identifier_in(text, record.kind) for text in known.person.cleartexts]:
            raise SealFailed("mapping-mismatch")
        return self._remember(known, one.index.value, outdated)

    def _remember(self, known: Known, digest: bytes, outdated: Known | None = None) -> Known:
        """Keep who was read, unless she was renewed here while we read: then what we have is the older news."""
        newer = self._cache.by_token(known.record.tenant, known.record.pseudonym)
        if newer is not None and (outdated is None or newer.record.sealed != outdated.record.sealed):
            return newer
        self._cache.put(known, digest)
        return known

    def _open(self, record: MappingRecord) -> Known:
        with _keys():
            plain = self._envelope.open(record.sealed, (record.tenant, record.kind, record.pseudonym))
        return _known(record, sealed_record.decode(plain))

    def _seal(self, record: MappingRecord, texts: tuple[Cleartext, ...]) -> Known:
        with _keys():
            sealed = self._envelope.seal(sealed_record.encode(texts), (record.tenant, record.kind, record.pseudonym))
            seal_key = self._envelope.key_id_of(sealed)
        return _known(replace(record, sealed=sealed, seal_key=seal_key), texts)

    def _every_digest(self, tenant: str, identifier: Identifier) -> tuple[bytes, ...]:
        with _keys():
            return tuple(found.value for found in self._index.all_of(tenant, identifier.kind, identifier.parts))


def _unite(wanted: Iterable[_Wanted]) -> dict[bytes, _Wanted]:
    """One entry per person, with everything that was said of her, by her index value."""
    group: dict[bytes, _Wanted] = {}
    for one in wanted:
        earlier = group.get(one.index.value)
        group[one.index.value] = one if earlier is None else replace(earlier, texts=(*earlier.texts, *one.texts))
    return group


def _known(record: MappingRecord, texts: tuple[Cleartext, ...]) -> Known:
    return Known(Person(Pseudonym(record.pseudonym, record.pseudonym_key), texts), record)


def _minted_entry(record: MappingRecord, context: Context, now: int) -> AuditRecord:
    return AuditRecord(
        at=now,
        event="minted",
        actor=context.actor,
        tenant=context.tenant,
        mount=context.mount,
        route=context.route,
        kind=record.kind,
        pseudonym=record.pseudonym,
        key_id=record.pseudonym_key,
        exchange=context.exchange,
        count=1,
    )


@contextmanager
def _keys() -> Iterator[None]:
    """Say what went wrong with keys in the words of this house."""
    code = ""
    try:
        yield
    except KeyringError as failure:
        code = failure.code
    if code in {"sealed-altered", "not-a-pseudonym"}:
        raise SealFailed(code) from None
    if code:
        raise KeysUnavailable(code) from None
