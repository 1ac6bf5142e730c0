"""Turns people into pseudonyms and back: the only place where keys and stores meet.

A stored mapping wins over the scheme, so a person keeps her pseudonym when keys are rotated; only who is unknown under
every usable lookup key gets a new one. Stores and keys being unavailable refuses, always.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from keys import KeyRoom, from_hex_form
from proxy.errors import FieldInvalid, PersonMoving, Restricted, StoreFailed
from proxy.identity import record as contents
from proxy.identity.aliases import DOMAIN, candidate, outward_text
from proxy.identity.cache import PersonCache, Seen, nobody_asks
from proxy.identity.minting import Gate, Minting, Wanted, open_gate
from proxy.identity.model import Context, Sighting
from proxy.identity.normalize import identify, worth_keeping
from proxy.identity.reading import Reader
from proxy.identity.records import Known, Records, Renew, key_errors
from proxy.people import Cleartext, Kind, Person
from proxy.store.port import Clock, KeyStore, Store

CACHE_TTL_MS = 60_000
"""How long a person may be answered from memory without a look at the store."""

_FRESH_MS = 24 * 60 * 60 * 1000
"""`last_seen` is exact to a day, so that a message about a known person needs no write."""

_ATTEMPTS = 8
_THINGS = frozenset({Kind.REGISTRATION, Kind.TAG})
_SUM = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{40}(?![0-9A-Za-z])")

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
        seen: Seen = nobody_asks,
        mail_domain: str = DOMAIN,
        gate: Gate = open_gate,
    ) -> None:
        """Wire; nothing is read or written yet.

        `may_mint` raises `KeysUnavailable` while our keyring may not be the newest; `renew` looks for a newer one;
        `seen` hears of everybody who is read or minted; `gate` returns when so many new people may be.
        """
        self.mail_domain = mail_domain
        """Where addresses are that stand for people."""
        self._store = store
        self._gate = gate
        self._keystore = keystore
        self._keys = keys
        self._clock = clock
        self._records = Records(keys, keystore, renew)
        self._minting = Minting(store, keystore, keys=keys, records=self._records, clock=clock, may_mint=may_mint)
        self._cache = PersonCache(cache_size, cache_ttl_ms, clock, seen)
        self._reader = Reader(store, keys, self._records, self._cache)

    async def pseudonymize(self, people: Sequence[Sighting], context: Context) -> list[Person]:
        """Return the person of each sighting, in order, with her pseudonym and every cleartext known of her.

        Who is new is minted and audited in one transaction, on disk when this returns. Who is being renamed in the
        cloud is waited for. What this returns is true at the moment when it returns: whoever notes at once that she
        tells it on (`Flights`) tells the truth. Raises `FieldMissing` and `FieldInvalid` (identifier), `StoreFailed`,
        `KeysUnavailable`, `SealFailed`, `PersonMoving`, and `Restricted` (before anything is written) if what
        is held on somebody is kept and not used.
        """
        wanted = [self._wanted(sighting, context.tenant) for sighting in people]
        await self._check()
        group = _unite(wanted)

        async def look() -> dict[bytes, Known]:
            known = _usable(self._cached(context.tenant, group.values()))
            missing = [one for one in group.values() if one.index.value not in known]
            if missing:
                known |= _usable(await self._found_or_minted(missing, context))
            for digest, one in group.items():
                known[digest] = await self._renewed(known[digest], one, context)
            return known

        known = await self._at_rest(look)
        return [known[one.index.value].person for one in wanted]

    async def known(self, tenant: str, subjects: Sequence[Cleartext]) -> dict[Cleartext, Person]:
        """Return who of `subjects` has a pseudonym already; nobody is minted. Raises like `pseudonymize`."""
        wanted = {subject: self._wanted(Sighting(subject), tenant) for subject in subjects}
        await self._check()
        group = _unite(wanted.values())
        known = _usable(self._cached(tenant, group.values()))
        missing = [one for digest, one in group.items() if digest not in known]
        if missing:
            known |= _usable(await self._reader.stored(tenant, missing))
        return {subject: known[one.index.value].person for subject, one in wanted.items() if one.index.value in known}

    async def recall(self, tenant: str, token: str) -> Person | None:
        """Return the person behind `token`, None if nobody is, for the guard to look for. Raises like `reidentify`.

        Whose data are restricted is guarded like everybody; whoever tells or shows her asks `Person.restricted`.
        """
        text = token.lower()
        known = (await self._behind(tenant, (text,))).get(text)
        return known.person if known is not None else None

    async def for_telling(self, tenant: str, token: str) -> Person | None:
        """Return the person behind `token` as `pseudonymize` would: to be told outward at once. Raises like that."""
        text = token.lower()
        return (await self.all_for_telling(tenant, (text,))).get(text)

    async def all_for_telling(self, tenant: str, tokens: Sequence[str]) -> dict[str, Person]:
        """The same for several tokens in lower case; who is unknown is absent."""
        known = _usable(dict(await self._at_rest(lambda: self._behind(tenant, tokens))))
        return {text: one.person for text, one in known.items()}

    def is_pseudonym(self, text: str) -> bool:
        """Tell whether `text` has the form of a pseudonym, check characters included; whose it is, is not asked."""
        return self._keys.scheme.valid(text)

    async def token_behind(self, kind: Kind, text: str) -> str:
        """Return the token if `text` is what stands outward for `kind` of somebody; "" if it is not.

        Whether she is known is not asked. Raises like `reidentify`.
        """
        if kind is not Kind.EMAIL_SHA1:
            token = candidate(kind, text)
            return token if token and self._keys.scheme.valid(token) else ""
        token = from_hex_form(text)
        if not token:
            return ""
        # The digits have few check bits: only an existing key makes them a pseudonym, and it may be another node's.
        key_id = self._keys.scheme.key_id_of(token)
        await self._records.catch_up((key_id,))
        return token if self._keys.knows(key_id) else ""

    def pseudonyms_in(self, text: str) -> list[str]:
        """Return what has the form of a pseudonym in running text, as it is written there, each once."""
        found = self._keys.scheme.pattern.findall(text.encode("utf-8", "surrogatepass"))
        return list(dict.fromkeys(token for one in found if self._keys.scheme.valid(token := one.decode("ascii"))))

    async def sums_in(self, text: str) -> dict[str, str]:
        """Return the digits in running text that stand for the SHA-1 of somebody's address, as written -> token."""
        found = {digits: await self.token_behind(Kind.EMAIL_SHA1, digits) for digits in _SUM.findall(text)}
        return {digits: token for digits, token in found.items() if token}

    async def reidentify(self, tenant: str, tokens: Sequence[str], *, deliver: bool = False) -> dict[str, Person]:
        """Return the person behind each of `tokens` (any case); unknown ones and what is no pseudonym are absent.

        So is who is restricted; with `deliver`, where the message would be taken for done, she raises `Restricted`.
        Whoever asks on somebody's behalf writes the audit entry. Raises `StoreFailed`, `KeysUnavailable`, `SealFailed`.
        """
        canonical = {token: token.lower() for token in tokens}
        behind = await self._behind(tenant, canonical.values())
        found = _usable(behind) if deliver else {text: one for text, one in behind.items() if not one.person.restricted}
        return {token: found[text].person for token, text in canonical.items() if text in found}

    def texts_for(self, person: Person, kind: Kind, source: Cleartext | None = None) -> str:
        """Return what stands outward for `kind` of `person`; `source`, the value replaced, gives the form of a name."""
        with key_errors():
            alias = self._keys.scheme.alias(person.pseudonym.token)
        return outward_text(person, kind, alias, source, domain=self.mail_domain)

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
            found |= await self._reader.read(tenant, missing)
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
        return Wanted(identifier, index, (sighting.subject, *others), sighting.owner)

    def _cached(self, tenant: str, group: Iterable[Wanted]) -> dict[bytes, Known]:
        found = ((one.index.value, self._cache.by_digest(tenant, one.index.value)) for one in group)
        return {digest: known for digest, known in found if known is not None}

    async def _found_or_minted(self, missing: Sequence[Wanted], context: Context) -> dict[bytes, Known]:
        known = _usable(await self._reader.stored(context.tenant, missing))
        new = [one for one in missing if one.index.value not in known]
        strangers = sum(one.identifier.kind not in _THINGS for one in new)
        if strangers:
            await self._gate(context, strangers)
        for minted in await self._minting.mint(context, new):
            digest = minted.wanted.index.value
            if minted.known is not None:
                known[digest] = self._reader.remember(minted.known, digest)
            elif minted.earlier is not None:
                known[digest] = await self._reader.admit(minted.earlier, minted.wanted)
        return known

    async def _renewed(self, known: Known, one: Wanted, context: Context) -> Known:
        """Write down what is new about a person. Two nodes that do so at once must not lose either's news."""
        for _ in range(_ATTEMPTS):
            texts = contents.merge(known.person.cleartexts, one.texts)
            now = self._clock()
            if texts is known.person.cleartexts and now - known.record.last_seen < _FRESH_MS:
                return known
            key = known.key or await self._records.give_key(known.record)
            newer = self._records.seal(replace(known.record, last_seen=now), key, texts, known.person.others)
            if await self._reader.written(newer.record, known.record.sealed):
                self._cache.put(newer, one.index.value)
                return newer
            self._cache.drop(known.record.person)
            known = (await self._found_or_minted((one,), context))[one.index.value]
        raise StoreFailed("contended")


def _usable(known: dict[T, Known]) -> dict[T, Known]:
    """The same, if what is held on everybody in it may be used. Raises `Restricted`."""
    if any(one.person.restricted for one in known.values()):
        raise Restricted(kind=Kind.SUBJECT)
    return known


def _unite(wanted: Iterable[Wanted]) -> dict[bytes, Wanted]:
    """One entry per person, with everything that was said of her, by her index value."""
    group: dict[bytes, Wanted] = {}
    for one in wanted:
        earlier = group.get(one.index.value)
        group[one.index.value] = one if earlier is None else replace(earlier, texts=(*earlier.texts, *one.texts))
    return group
