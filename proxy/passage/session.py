"""The session a launch opens: an encrypted cookie that says whom this browser launched, by pseudonym only.

The requests that follow a launch do not name the person, yet her name can ride in them. Any worker on any node reads
the cookie, recalls her cleartexts from the mapping, and the guard knows what to look for. A browser shared by several
people (a classroom) keeps the last few, so that a tab left open by the one before is still guarded for her.
"""

import base64
import binascii
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import orjson

from keys import KeyringError, KeyRoom
from proxy.errors import KeysUnavailable
from proxy.guard import Watch, Watches
from proxy.identity import IdentityService, Renew
from proxy.people import Person

COOKIE = "__Host-scormveil"
_PEOPLE = 4
_COOKIES = 4
_RENEW_AFTER = 4
_CACHE = 512  # a prepared watch weighs some 200 kB


@dataclass(frozen=True, slots=True)
class Session:
    """The people this browser launched (latest first), and when the cookie was made (unix seconds).

    `unsound`: there was a cookie, but it is not one we can read (altered, foreign, of a key that is gone).
    """

    people: tuple[Person, ...]
    made: int = 0
    unsound: bool = False

    def __bool__(self) -> bool:
        return bool(self.people)


class Sessions:
    """Opens, reads and renews the cookie; keeps prepared watches of recent people."""

    def __init__(
        self, keys: KeyRoom, names: IdentityService, renew: Renew, clock: Callable[[], float] = time.time
    ) -> None:
        """Remember the means. `renew` looks for a newer keyring."""
        self._keys = keys
        self._names = names
        self._renew = renew
        self._clock = clock
        self._watches: OrderedDict[str, tuple[Person, Watch]] = OrderedDict()

    async def read(self, cookies: Sequence[tuple[str, str]], tenant: str, seconds: int) -> Session:
        """Return the session of a request; an empty one if there is no cookie, or an expired one.

        A browser may send several (one a partition has, one a page's script planted): all of them count, so that none
        can hide whom the others name.
        """
        people: dict[str, Person] = {}
        oldest = 0
        values = dict.fromkeys(value for name, value in cookies if name == COOKIE)
        if len(values) > _COOKIES:
            return Session((), unsound=True)
        for value in values:
            tokens, made = await self._open(value, tenant)
            if not tokens:
                return Session((), unsound=True)
            if made + seconds < self._clock():
                continue
            oldest = min(oldest or made, made)
            for token in tokens:
                person = await self._names.recall(tenant, token)
                if person is not None:
                    people[person.pseudonym.token] = person
        return Session(tuple(people.values()), oldest)

    async def _open(self, value: str, tenant: str) -> tuple[list[str], int]:
        try:
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            if not self._keys.knows(self._keys.envelope.key_id_of(sealed)):
                await self._renew()  # another node made it, under a newer keyring than ours
            plain = orjson.loads(self._keys.envelope.open(sealed, ("session", tenant)))
            return [str(token) for token in plain["p"]], int(plain["t"])
        except (KeyringError, ValueError, binascii.Error, KeyError, TypeError):
            return [], 0

    def with_person(self, session: Session, person: Person) -> Session:
        """Put `person` first; the oldest falls out."""
        others = [one for one in session.people if one.pseudonym.token != person.pseudonym.token]
        return Session((person, *others)[:_PEOPLE], int(self._clock()))

    def is_aging(self, session: Session, seconds: int) -> bool:
        """Tell whether the cookie should be renewed, so that a long course does not lose it."""
        return bool(session) and self._clock() - session.made > seconds / _RENEW_AFTER

    def cookie(self, session: Session, tenant: str, seconds: int) -> str:
        """Return the Set-Cookie value of `session` (RFC 6265bis: the __Host- prefix; CHIPS: Partitioned)."""
        tokens = [person.pseudonym.token for person in session.people]
        try:
            sealed = self._keys.envelope.seal(orjson.dumps({"p": tokens, "t": int(self._clock())}), ("session", tenant))
        except KeyringError:
            raise KeysUnavailable("session") from None
        value = base64.urlsafe_b64encode(sealed).decode().rstrip("=")
        return f"{COOKIE}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=None; Partitioned"

    def forget(self, tokens: Iterable[str]) -> None:
        """Drop what was prepared for people who were forgotten."""
        for token in tokens:
            self._watches.pop(token, None)

    def watch(self, person: Person) -> Watch:
        """Return what the guard must look for so that `person` stays unseen.

        One for each: in a watch of several, every given name would be combined with every family name.
        """
        key = person.pseudonym.token
        held = self._watches.get(key)
        if held is not None and held[0] is person:
            self._watches.move_to_end(key)
            return held[1]
        watch = Watch(person.cleartexts)
        self._watches[key] = (person, watch)
        if len(self._watches) > _CACHE:
            self._watches.popitem(last=False)
        return watch

    def watch_all(self, people: Iterable[Person]) -> Watches:
        """Return what the guard must look for so that all of `people` stay unseen."""
        return Watches(self.watch(person) for person in people)
