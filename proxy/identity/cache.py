"""The people seen lately, so that a message about them needs no database."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from proxy.identity.records import Known
from proxy.people import Person
from proxy.store.port import Clock

Seen = Callable[[str, str, Person], None]
"""Who wants to hear of everybody who is read or minted: tenant, name of the row, person."""

_FORGOTTEN = 10_000
"""So many are remembered as forgotten or changed, for a reading that began before may end after it."""


def nobody_asks(_tenant: str, _name: str, _person: Person) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class _Slot:
    known: Known
    digest: bytes
    since: int


class PersonCache:
    """The least recently used leave first, and none stays longer than `ttl_ms`.

    Found by any of her pseudonyms or by blind index, never by a cleartext. The time limit bounds how long another
    node's news (a new name) can remain unknown here; who is forgotten is dropped as soon as that is heard, and so is
    whose pseudonyms have changed. `changes` counts the latter: an answer begun at another count may be out of date.
    """

    def __init__(self, size: int, ttl_ms: int, clock: Clock, seen: Seen = nobody_asks) -> None:
        """Hold at most `size` people; tell `seen` of each, whether she is held or not."""
        self._seen = seen
        self._size = size
        self._ttl = ttl_ms
        self._clock = clock
        self._slots: OrderedDict[str, _Slot] = OrderedDict()
        self._by_digest: dict[tuple[str, bytes], str] = {}
        self._by_token: dict[tuple[str, str], str] = {}
        self._forgotten: OrderedDict[str, None] = OrderedDict()
        self._changed: OrderedDict[str, int] = OrderedDict()
        self.changes = 0

    def by_digest(self, tenant: str, digest: bytes) -> Known | None:
        """Return the person of a blind index value."""
        return self._fresh(self._by_digest.get((tenant, digest)))

    def by_token(self, tenant: str, token: str) -> Known | None:
        """Return the person of a pseudonym."""
        return self._fresh(self._by_token.get((tenant, token)))

    def put(self, known: Known, digest: bytes) -> None:
        """Remember a person under her pseudonyms and one blind index value; not while these are about to change."""
        name, tenant = known.record.person, known.record.tenant
        self.drop(name)
        if name not in self._forgotten:
            self._seen(tenant, name, known.person)
        if known.record.moving or self._just_changed(name):
            return
        while self._slots and len(self._slots) >= self._size:
            self.drop(next(iter(self._slots)))
        if self._size > 0 and name not in self._forgotten:
            self._slots[name] = _Slot(known, digest, self._clock())
            self._by_digest[tenant, digest] = name
            for token in known.person.tokens:
                self._by_token[tenant, token] = name

    def forget(self, people: Iterable[str]) -> None:
        """Drop people who were forgotten, by the names of their rows, and whoever reads one of them just now."""
        for name in people:
            self.drop(name)
            self._forgotten[name] = None
            if len(self._forgotten) > _FORGOTTEN:
                self._forgotten.popitem(last=False)

    def change(self, people: Iterable[str]) -> None:
        """Drop people whose pseudonyms have changed. Who reads one of them just now may have read what she had before.

        So for as long as anybody stays at all she is read anew each time.
        """
        self.changes += 1
        now = self._clock()
        for name in people:
            self.drop(name)
            self._changed.pop(name, None)
            self._changed[name] = now
            if len(self._changed) > _FORGOTTEN:
                self._changed.popitem(last=False)

    def _just_changed(self, name: str) -> bool:
        since = self._changed.get(name)
        return since is not None and 0 <= self._clock() - since < self._ttl

    def drop(self, name: str) -> None:
        """Drop a person, to be read anew."""
        slot = self._slots.pop(name, None)
        if slot is not None:
            tenant = slot.known.record.tenant
            self._by_digest.pop((tenant, slot.digest), None)
            for token in slot.known.person.tokens:
                self._by_token.pop((tenant, token), None)

    def clear(self) -> None:
        """Drop everybody, to be read anew."""
        for name in tuple(self._slots):
            self.drop(name)

    def _fresh(self, name: str | None) -> Known | None:
        slot = self._slots.get(name) if name is not None else None
        if slot is None or name is None:
            return None
        # A clock that was set back must not keep anyone for longer.
        if not 0 <= self._clock() - slot.since < self._ttl:
            self.drop(name)
            return None
        self._slots.move_to_end(name)
        return slot.known

    def __len__(self) -> int:
        return len(self._slots)

    def __repr__(self) -> str:
        return f"<PersonCache {len(self._slots)} of {self._size}>"
