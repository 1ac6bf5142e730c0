"""Registrations and tags: names of the LMS's own making, which may say who somebody is.

A registration's id is often made of the learner's id and the course's; a tag is often a department, a manager, an
employee number. What got a pseudonym keeps it for ever, whatever the policy says later. A registration that nobody gave
one passes as it is: the cloud has made it, or has known it since before we came.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from proxy.errors import FieldInvalid, LeakSuspected
from proxy.fields import Field, Treat
from proxy.guard import inspect, looks_like_address
from proxy.identity import IdentityService, Sighting
from proxy.passage.session import Sessions
from proxy.passage.walk import Walk
from proxy.people import Finding, Kind, Person
from proxy.rewrite import Found

KINDS = frozenset({Kind.REGISTRATION, Kind.TAG})
_IDENTIFIES = frozenset({Kind.SUBJECT, Kind.EMAIL})


class Things:
    """Translates them outward."""

    def __init__(self, names: IdentityService, sessions: Sessions) -> None:
        """Remember who gives pseudonyms, and who knows what a person looks like."""
        self._names = names
        self._sessions = sessions

    async def outward(self, found: Found, people: Mapping[str, Person], walk: Walk) -> dict[int, str]:
        """Return what shall stand at the spots of registrations and tags; a spot without an entry stays as it is.

        `people` are the humans of the message by their group. Raises `FieldInvalid` (a tag where tags are refused, an
        id nobody knows where it must be exact) and what `IdentityService` raises.
        """
        wanted = [
            one
            for one in found.findings
            if one.kind in KINDS
            and found.field_of(one).treat is Treat.TRANSLATE
            and not self._names.is_pseudonym(one.value.reveal())
        ]
        if not wanted:
            return {}
        known = await self._names.known(walk.mount.tenant, [one.value for one in wanted])
        texts = {one.spot: known[one.value].pseudonym.token for one in wanted if one.value in known}
        new = [
            one for one in wanted if one.spot not in texts and self._gets_one(one, found.field_of(one), people, walk)
        ]
        return texts | await self._minted(new, people, walk)

    async def _minted(self, new: Sequence[Finding], people: Mapping[str, Person], walk: Walk) -> dict[int, str]:
        if not new:
            return {}
        sightings = [Sighting(one.value, owner=_owner(one, people)) for one in new]
        minted = await self._names.pseudonymize(sightings, walk.context())
        return {one.spot: thing.pseudonym.token for one, thing in zip(new, minted, strict=True)}

    def _gets_one(self, one: Finding, field: Field, people: Mapping[str, Person], walk: Walk) -> bool:
        policy = walk.mount.policy
        if one.kind is Kind.TAG:
            if policy.tags == "refuse":
                raise FieldInvalid("tag", route=walk.match.route.name, place=one.place, kind=one.kind)
            return policy.tags == "pseudonymise"
        if policy.registration_ids == "keep":
            return False
        if field.exact:
            # Part of an id says as much as the whole, and a pseudonym can be searched for only whole.
            raise FieldInvalid("not-exact", route=walk.match.route.name, place=one.place, kind=one.kind)
        if not field.new and looks_like_address(one.value.reveal()):
            # Nobody gave it a pseudonym, and whoever asks for it tells whose it is.
            raise LeakSuspected("address-like", route=walk.match.route.name, place=one.place, kind=one.kind)
        return field.new and (policy.registration_ids == "always" or self._tells(one, people.get(one.person)))

    def _tells(self, one: Finding, owner: Person | None) -> bool:
        """Whether an id says whose it is: it looks like an address, or the guard would find her in it."""
        text = one.value.reveal()
        pieces = (("id", text.encode("utf-8", "surrogatepass")),)
        if looks_like_address(text) or (owner is not None and _names(text, owner)):
            return True
        return owner is not None and bool(inspect(pieces, self._sessions.watch(owner)))


def _names(ident: str, owner: Person) -> bool:
    """Whether an id has her id or the local part of her address in it, word by word.

    Too short for the guard, they would be found in many an innocent message; an id that is replaced harms nobody.
    """
    inside = f" {' '.join(_words(ident))} "
    told = [
        _words(one.reveal().rpartition("@")[0] if one.kind is Kind.EMAIL else one.reveal())
        for one in owner.cleartexts
        if one.kind in _IDENTIFIES
    ]
    return any(words and f" {' '.join(words)} " in inside for words in told)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())


def _owner(one: Finding, people: Mapping[str, Person]) -> str:
    owner = people.get(one.person) if one.kind is Kind.REGISTRATION else None
    return owner.row if owner is not None else ""
