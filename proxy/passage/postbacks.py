"""Addresses of postbacks: what the cloud is told in place of the LMS's, and back again.

Wherever a message tells the cloud where results are to be posted, the cloud gets `PUBLIC/.scormveil/postback/TOKEN`, a
user and a password of ours; the LMS's own stay here, sealed. The token is 192 random bits; the store knows it by its
SHA-256. `relay` delivers what arrives there.
"""

import uuid
from dataclasses import replace
from urllib.parse import urlsplit

from keys import KeyRoom
from proxy.errors import FieldInvalid, StoreFailed
from proxy.identity import Renew
from proxy.passage.mounts import Mount
from proxy.passage.postback_seal import Given, Vault, digest_of, logins_of, new_given, target_of
from proxy.passage.postback_spec import PLACE
from proxy.passage.postback_spec import Level as Level
from proxy.passage.postback_spec import PostbackSpec as PostbackSpec
from proxy.passage.returns import origin_of
from proxy.passage.walk import Walk
from proxy.store.port import Clock, Store
from proxy.store.postbacks_port import PostbackRecord
from proxy.store.postbacks_port import Postbacks as PostbackStore

PATH = "/.scormveil/postback/"
V1 = "cloud_v1"
"""The adapter whose mounts have the defaults of API V1."""

_LONGEST = 2048
_PRINTABLE = range(0x21, 0x7F)
_OF_ONE_LEARNER = frozenset({"registration", "registration-instance"})
_TRIES = 8


class Postbacks:
    """Gives addresses out and reads them back."""

    def __init__(self, store: Store, postbacks: PostbackStore, keys: KeyRoom, renew: Renew, clock: Clock) -> None:
        """Remember the means. `renew` looks for a newer keyring."""
        self._people = store
        self._store = postbacks
        self._keys = keys
        self._vault = Vault(keys, renew)
        self._clock = clock

    async def outward(self, walk: Walk, level: Level, spec: PostbackSpec, *, partial: bool = False) -> PostbackSpec:
        """Return what the cloud is told in place of `spec`; where it leads is stored before this returns.

        Everything in the answer is explicit, and user and password are ours, also where the LMS uses none. `partial`:
        `spec` is a part of the setting (one of several cloud settings), the rest is what was said before; the url in
        the answer is "" as long as none was said. Otherwise `spec` is the whole setting, and one without a url takes
        back what was set. The same again gives the same address.

        Raises FieldInvalid (`address`, `foreign-address` outside of the mount's LMS origins, `postback-address` for one
        of ours that leads nowhere, `auth-type`), StoreFailed, KeysUnavailable, SealFailed.
        """
        level = _what_it_replaces(level)
        mount, target = walk.mount, target_of(level)
        for _ in range(_TRIES):
            record = await self._store.current(mount.name, target)
            before = await self._vault.open(record) if record is not None else None
            lms = await self._meant(mount, spec, before)
            if partial and before is not None:
                lms = lms.over(before.lms)
            told = lms.settled(v1=mount.adapter.name == V1, details=mount.audience.details)
            if not lms.url and not partial:
                await self._store.withdraw(mount.name, target, self._clock())
                return replace(told, user="", password="")
            given = await self._registered(walk, level, lms, record, before, partial=partial)
            if given is not None:
                address = _base(mount) + given.token if lms.url else ""
                return replace(told, url=address, user=given.user, password=given.password)
        raise StoreFailed("contended")

    async def inward(self, walk: Walk, spec: PostbackSpec) -> PostbackSpec:
        """Return what the LMS had said where the cloud repeats an address of ours; anything else stays as it is."""
        found = await self._behind(walk.mount, spec.url)
        if found is None:
            return spec
        record, given = found
        given = replace(given, lms=await self.completed(record, given))
        return PostbackSpec(
            url=given.lms.url,
            auth_type=(given.lms.auth_type or spec.auth_type) if spec.auth_type else "",
            user=given.lms.user if spec.user == given.user else spec.user,
            password=given.lms.password if spec.password == given.password else spec.password,
            results_format=(given.lms.results_format or spec.results_format) if spec.results_format else "",
            legacy=spec.legacy,
        )

    async def withdraw(self, walk: Walk, level: Level) -> None:
        """Take back what was set for a level; its address leads on for two days, as the cloud may still repeat."""
        await self._store.withdraw(walk.mount.name, target_of(level), self._clock())

    async def find(self, mount: Mount, token: str) -> tuple[PostbackRecord, Given] | None:
        """Return where an address leads; None for one that we did not give out on this mount.

        Nothing is compared in a time that depends on the token: the store is asked for its digest.
        """
        record = await self._store.find(digest_of(token))
        if record is None or record.mount != mount.name or record.tenant != mount.tenant:
            return None
        return record, await self._vault.open(record)

    def admits(self, mount: Mount, given: Given, user: str, password: str) -> bool:
        """Tell whether a login is one the cloud was given for this address or for any other of the mount."""
        return bool(sum((given.admits(user, password), logins_of(self._keys, mount).admit(user, password))))

    async def completed(self, record: PostbackRecord, given: Given) -> PostbackSpec:
        """Return what the LMS wants there, its login from a higher level where this one names none.

        The cloud's settings fall back one by one: an address of a registration goes with the application's password.
        """
        lms = given.lms
        for level in _above(record, given):
            if lms.user and lms.password:
                break
            higher = await self._store.current(record.mount, target_of(level))
            if higher is not None:
                known = (await self._vault.open(higher)).lms
                lms = replace(lms, user=lms.user or known.user, password=lms.password or known.password)
        return lms

    async def successor(self, record: PostbackRecord) -> Given | None:
        """Return what is set now for the level of a replaced address; None if nothing is."""
        newer = await self._store.current(record.mount, record.target)
        return await self._vault.open(newer) if newer is not None else None

    async def _meant(self, mount: Mount, spec: PostbackSpec, before: Given | None) -> PostbackSpec:
        """Undo what an LMS copied out of an answer of the cloud: our address, our user, our password."""
        known = [before] if before is not None else []
        if spec.url.startswith(_base(mount)):
            found = await self._behind(mount, spec.url)
            if found is None or not found[1].lms.url:
                raise FieldInvalid("postback-address", place=PLACE)
            known.append(found[1])
            spec = replace(spec, url=found[1].lms.url)
        for one in known:
            if spec.user == one.user:
                spec = replace(spec, user=one.lms.user)
            if spec.password == one.password:
                spec = replace(spec, password=one.lms.password)
        check_texts(spec)
        if spec.url:
            check_address(mount, spec.url)
        return spec

    async def _behind(self, mount: Mount, url: str) -> tuple[PostbackRecord, Given] | None:
        base = _base(mount)
        return await self.find(mount, url.removeprefix(base)) if url.startswith(base) else None

    async def _registered(
        self,
        walk: Walk,
        level: Level,
        lms: PostbackSpec,
        record: PostbackRecord | None,
        before: Given | None,
        *,
        partial: bool,
    ) -> Given | None:
        """Store where the address leads; None if somebody was faster.

        The same again changes nothing. A part that leaves the url alone is written into the address that the cloud has
        already; what is sent in parts keeps its user and password, because the cloud may have them from another part.
        """
        person = await self._owner(walk, level)
        if record is not None and before is not None:
            if before.lms == lms:
                return before
            if partial and (not before.lms.url or before.lms.url == lms.url):
                given = replace(before, lms=lms)
                newer = self._vault.sealed(replace(record, person=record.person or person), given)
                return given if await self._store.reseal(newer, replacing=record.sealed) else None
        mount = walk.mount
        given = new_given(level, lms, logins_of(self._keys, mount).current, keeping=before if partial else None)
        fresh = PostbackRecord(
            digest=digest_of(given.token),
            tenant=mount.tenant,
            mount=mount.name,
            level=level.name,
            target=target_of(level),
            person=person or (record.person if record is not None else ""),
            sealed=b"",
            seal_key="",
            created=self._clock(),
        )
        replacing = record.digest if record is not None else b""
        done = await self._store.register(self._vault.sealed(fresh, given), replacing)
        return given if done else None

    async def _owner(self, walk: Walk, level: Level) -> str:
        """The row of the learner whose registration it is, or of the registration itself; "" if neither is known."""
        if level.name not in _OF_ONE_LEARNER:
            return ""
        row = next((person.row for person in walk.seen if person.row), "")
        ident = level.ident.partition("/")[0]
        if row or not self._keys.scheme.valid(ident):
            return row
        found = await self._people.by_pseudonym(walk.mount.tenant, [ident])
        return next((one.owner or one.person for _, one in found), "")


def _what_it_replaces(level: Level) -> Level:
    """The level whose address an earlier one is replaced by; a new one where nobody can say what it is set for.

    What is about to be made has no id yet, and a call for many dispatches means others every time: an address that was
    given out for some must not end because others get one. Tests are over when they are answered.
    """
    if level.name == "test":
        return Level("test")
    if level.name == "dispatches" or (not level.ident and level.name != "application"):
        return Level(level.name, uuid.uuid4().hex)
    return level


def _above(record: PostbackRecord, given: Given) -> tuple[Level, ...]:
    """The levels whose settings hold where this one says nothing, as far as they can be told from its id."""
    application = Level("application")
    if record.level == "registration-instance":
        return (Level("registration", given.ident.partition("/")[0]), application)
    if record.level == "course-version":
        return (Level("course", given.ident.partition("/")[0]), application)
    return () if record.level in {"application", "test"} else (application,)


def check_address(mount: Mount, url: str) -> None:
    """Raise `FieldInvalid` unless results may be sent there: an http(s) address of the mount's LMS origins."""
    if len(url) > _LONGEST or any(ord(sign) not in _PRINTABLE for sign in url) or "#" in url or "\\" in url:
        raise FieldInvalid("address", place=PLACE)
    if origin_of(url, place=PLACE) not in mount.lms_origins:
        raise FieldInvalid("foreign-address", place=PLACE)


def check_texts(spec: PostbackSpec) -> None:
    """Raise `FieldInvalid` for a login that cannot be sent: half of a surrogate pair, a control character."""
    for text in (spec.user, spec.password):
        if not text.isprintable() or any("\ud800" <= sign <= "\udfff" for sign in text):
            raise FieldInvalid("login", place=PLACE)


def way_to(url: str) -> tuple[str, str]:
    """Split an address into its origin and the target to ask for there."""
    parts = urlsplit(url)
    return origin_of(url, place=PLACE), (parts.path or "/") + ("?" + parts.query if parts.query else "")


def _base(mount: Mount) -> str:
    return f"{mount.public.origin}{mount.public.path}{PATH}"
