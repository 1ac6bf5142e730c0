"""Opens and seals the records of people: where data keys, SEAL keys and rows of the mapping meet."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from keys import (
    KeyringError,
    KeyRoom,
    Secret,
    new_person_key,
    open_record,
    seal_record,
    unwrap_person_key,
    wrap_person_key,
)
from proxy.errors import KeysUnavailable, SealFailed
from proxy.identity.record import Contents, decode, encode
from proxy.people import Cleartext, Person, Pseudonym
from proxy.store.port import KeyStore, MappingRecord, PersonKeyRecord

Renew = Callable[[], Awaitable[None]]
"""Looks for a newer keyring; returns when it is in force, or when there is none."""


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """A person with the record she was read from and her data key (None while her record is of the old form)."""

    person: Person
    record: MappingRecord
    key: Secret | None


class Records:
    """Opens and seals. `renew` is asked when something was made by a key that our keyring does not have yet."""

    def __init__(self, keys: KeyRoom, keystore: KeyStore, renew: Renew) -> None:
        """Remember the means."""
        self._keys = keys
        self._keystore = keystore
        self._renew = renew

    async def open(self, records: Sequence[MappingRecord]) -> dict[str, Known | None]:
        """Open records, by `person`; None for one whose data key is gone.

        Raises `SealFailed` for an altered record, `StoreFailed`, `KeysUnavailable`.
        """
        keys = await self.keys_of(one.person for one in records if not one.seal_key)
        await self.catch_up(one.seal_key for one in records if one.seal_key)
        return {one.person: self._open(one, keys.get(one.person)) for one in records}

    async def keys_of(self, people: Iterable[str]) -> dict[str, Secret]:
        """Return the data keys of `people`; who has none is absent."""
        names = tuple(dict.fromkeys(people))
        wrapped = await self._keystore.get(names) if names else {}
        await self.catch_up(one.seal_key for one in wrapped.values())
        return {name: self.unwrapped(one) for name, one in wrapped.items()}

    async def give_key(self, record: MappingRecord) -> Secret:
        """Give a person a data key, or find the one she was given meanwhile; it is on disk when this returns."""
        await self._keystore.put((self.wrapped(record, new_person_key()),))
        found = (await self.keys_of((record.person,))).get(record.person)
        if found is None:
            raise SealFailed("person-key-missing")
        return found

    def unwrapped(self, record: PersonKeyRecord) -> Secret:
        """The data key that its store keeps. Raises `SealFailed`, `KeysUnavailable`."""
        with key_errors():
            return unwrap_person_key(self._keys.envelope, record.person, record.wrapped)

    def wrapped(self, record: MappingRecord | PersonKeyRecord, key: Secret) -> PersonKeyRecord:
        """A data key as its store keeps it, under the active SEAL key."""
        with key_errors():
            sealed = wrap_person_key(self._keys.envelope, record.person, key)
            seal_key = self._keys.envelope.key_id_of(sealed)
        return PersonKeyRecord(record.person, sealed, seal_key, record.created)

    def seal(
        self, record: MappingRecord, key: Secret, texts: tuple[Cleartext, ...], others: tuple[str, ...] = ()
    ) -> Known:
        """Write down what is known of a person, with every pseudonym that leads to her."""
        with key_errors():
            sealed = seal_record(key, encode(texts, (record.pseudonym, *others)), _bind(record))
        return _known(replace(record, sealed=sealed, seal_key=""), Contents(texts, (record.pseudonym, *others)), key)

    async def catch_up(self, key_ids: Iterable[str]) -> None:
        """Another node may be ahead of us: a key we never heard of means that a newer keyring is on its way."""
        if not all(self._keys.knows(key_id) for key_id in key_ids):
            await self._renew()

    def _open(self, record: MappingRecord, key: Secret | None) -> Known | None:
        if record.seal_key:
            with key_errors():
                plain = self._keys.envelope.open(record.sealed, (record.tenant, record.kind, record.pseudonym))
            return _known(record, Contents(decode(plain).texts, (record.pseudonym,)), None)
        if key is None:
            return None
        with key_errors():
            plain = open_record(key, record.sealed, _bind(record))
        contents = decode(plain)
        if record.pseudonym not in contents.tokens:
            raise SealFailed("mapping-mismatch")
        return _known(record, contents, key)


def _bind(record: MappingRecord) -> tuple[str, ...]:
    return (record.tenant, record.kind, record.person)


def _known(record: MappingRecord, contents: Contents, key: Secret | None) -> Known:
    others = tuple(token for token in contents.tokens if token != record.pseudonym)
    person = Person(
        Pseudonym(record.pseudonym, record.pseudonym_key),
        contents.texts,
        others,
        record.person,
        bool(record.restricted),
    )
    return Known(person, record, key)


@contextmanager
def key_errors() -> Iterator[None]:
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
