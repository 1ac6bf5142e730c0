"""The people seen lately, so that a message about them needs no database."""

from collections import OrderedDict
from dataclasses import dataclass

from proxy.people import Person
from proxy.store.port import Clock, MappingRecord


@dataclass(frozen=True, slots=True, repr=False)
class Known:
    """A person with the record she was read from."""

    person: Person
    record: MappingRecord


@dataclass(slots=True)
class _Slot:
    known: Known
    digest: bytes
    since: int


class PersonCache:
    """The least recently used leave first, and none stays longer than `ttl_ms`.

    Found by pseudonym or by blind index, never by a cleartext. The time limit bounds how long another node's news (a
    new name, a person forgotten) can remain unknown here.
    """

    def __init__(self, size: int, ttl_ms: int, clock: Clock) -> None:
        """Hold at most `size` people."""
        self._size = size
        self._ttl = ttl_ms
        self._clock = clock
        self._slots: OrderedDict[tuple[str, str], _Slot] = OrderedDict()
        self._tokens: dict[tuple[str, bytes], str] = {}

    def by_digest(self, tenant: str, digest: bytes) -> Known | None:
        """Return the person of a blind index value."""
        token = self._tokens.get((tenant, digest))
        return None if token is None else self.by_token(tenant, token)

    def by_token(self, tenant: str, token: str) -> Known | None:
        """Return the person of a pseudonym."""
        slot = self._slots.get((tenant, token))
        if slot is None:
            return None
        # A clock that was set back must not keep anyone for longer.
        if not 0 <= self._clock() - slot.since < self._ttl:
            self._forget((tenant, token))
            return None
        self._slots.move_to_end((tenant, token))
        return slot.known

    def put(self, known: Known, digest: bytes) -> None:
        """Remember a person under her pseudonym and one blind index value."""
        place = (known.record.tenant, known.record.pseudonym)
        self._forget(place)
        while self._slots and len(self._slots) >= self._size:
            self._forget(next(iter(self._slots)))
        if self._size > 0:
            self._slots[place] = _Slot(known, digest, self._clock())
            self._tokens[place[0], digest] = place[1]

    def _forget(self, place: tuple[str, str]) -> None:
        slot = self._slots.pop(place, None)
        if slot is not None:
            self._tokens.pop((place[0], slot.digest), None)

    def __len__(self) -> int:
        return len(self._slots)

    def __repr__(self) -> str:
        return f"<PersonCache {len(self._slots)} of {self._size}>"
