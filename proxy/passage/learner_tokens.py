"""Keys to a record store that courses hold: each gets one of ours, in which upstream's own is sealed.

A course runs in the learner's browser and shows its key with every statement; it has no cookie of ours where its pages
are elsewhere. Ours says, sealed, whose course it is: so its messages are searched for her, and a pseudonym of hers is
taken for what it is. It opens at one mount for as long as a session lasts, and never shows people: a course sees
pseudonyms. Upstream's key (cmi5 8.2: often a login in base64) stays in here.
"""

import base64
import binascii
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson

from keys import KeyringError, KeyRoom
from proxy.errors import KeysUnavailable, NotPermitted, Restricted, UnknownRoute
from proxy.identity import IdentityService, Renew
from proxy.passage.mounts import OWN, Mount
from proxy.passage.walk import Walk
from proxy.people import Kind

FETCH = OWN + "fetch/"
ACTOR = "learner"
_PREFIX = "svl1."
_BASIC = "basic "


@dataclass(frozen=True, slots=True, repr=False)
class Fetch:
    """Where a course's key is to be had, which mount it will be good at, and whose it is (pseudonyms)."""

    address: str
    store: str
    people: tuple[str, ...]


class LearnerTokens:
    """Seals and opens them."""

    def __init__(
        self, keys: KeyRoom, names: IdentityService, renew: Renew, clock: Callable[[], float] = time.time
    ) -> None:
        """Remember the means. `renew` looks for a newer keyring."""
        self._keys = keys
        self._names = names
        self._renew = renew
        self._clock = clock

    def seal(self, token: str, store: str, people: Sequence[str], walk: Walk) -> str:
        """Return the key of ours that stands for upstream's `token` (what follows `Basic`).

        It is good at the mounts `store` (names with blanks between them).
        """
        if token.startswith(_PREFIX):
            return token
        ends = int(self._clock()) + walk.mount.policy.session_seconds
        content = {"t": token, "m": store, "p": list(people), "e": ends}
        return _PREFIX + self._sealed(content, ("learner-token", walk.mount.tenant))

    async def admit(self, given: str, walk: Walk) -> bool:
        """Let a course in: say which key leaves, and whose course it is. False if `given` is no key of this sort.

        Raises `NotPermitted` for one that we did not give out, for another mount, or that has ended.
        """
        value = given[len(_BASIC) :].strip()
        if given[: len(_BASIC)].lower() != _BASIC or not value.startswith(_PREFIX):
            return False
        content = await self._opened(value.removeprefix(_PREFIX), ("learner-token", walk.mount.tenant))
        if content is None or walk.mount.name not in content["m"].split() or content["e"] < self._clock():
            raise NotPermitted("learner-token", route=walk.match.route.name)
        walk.login = f"Basic {content['t']}"
        walk.actor = ACTOR
        await self.recall(content["p"], walk)
        return True

    async def recall(self, tokens: Sequence[str], walk: Walk) -> None:
        """Note whose course it is; who was forgotten meanwhile is nobody. Raises `Restricted`."""
        people = [await self._names.recall(walk.mount.tenant, token) for token in tokens]
        walk.vouched = tuple(person for person in people if person is not None)
        if any(person.restricted for person in walk.vouched):
            raise Restricted("learner-token", route=walk.match.route.name, kind=Kind.SUBJECT)

    def seal_fetch(self, fetch: Fetch, mount: Mount) -> str:
        """Return the address of ours at which a course asks for its key."""
        content = {"u": fetch.address, "m": fetch.store, "p": list(fetch.people)}
        return f"{mount.public.origin}{mount.public.path}{FETCH}{self._sealed(content, _at(mount))}"

    async def open_fetch(self, mount: Mount, value: str) -> Fetch:
        """Return what was sealed; `UnknownRoute` for anything that we did not."""
        content = await self._opened(value, _at(mount))
        if content is None:
            raise UnknownRoute("fetch")
        return Fetch(content["u"], content["m"], tuple(content["p"]))

    def _sealed(self, content: dict[str, Any], bound: tuple[str, ...]) -> str:
        try:
            sealed = self._keys.envelope.seal(orjson.dumps(content), bound)
        except KeyringError:
            raise KeysUnavailable("learner-token") from None
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    async def _opened(self, value: str, bound: tuple[str, ...]) -> dict[str, Any] | None:
        with suppress(ValueError, binascii.Error, KeyringError):
            sealed = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
            if not self._keys.knows(self._keys.envelope.key_id_of(sealed)):
                await self._renew()
            content: dict[str, Any] = orjson.loads(self._keys.envelope.open(sealed, bound))
            return content
        return None


def _at(mount: Mount) -> tuple[str, ...]:
    return ("fetch", mount.tenant, mount.name)
