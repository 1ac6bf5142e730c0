"""Steps 2 to 4 and 6 of what enters the trusted side: keep what may be seen, put people back, record it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from proxy.audit import AuditLog, Entry, Event
from proxy.budget import Showing
from proxy.fields import Shape, Treat
from proxy.identity import HOME_PAGE, IdentityService, address_parts
from proxy.message import Message
from proxy.passage.agent_forms import sum_of
from proxy.passage.agents import Agents
from proxy.passage.bearers import Bearers
from proxy.passage.course_keys import CourseKeys
from proxy.passage.more import Mores
from proxy.passage.mounts import Audience
from proxy.passage.objects import WHOLE, Objects
from proxy.passage.things import KINDS
from proxy.passage.walk import Walk
from proxy.passage.witness import Witness
from proxy.people import Finding, Kind, Person, Substitution, account_parts
from proxy.rewrite import Found, carrier_of, find, keep_only, keep_only_xml, put

_RESTORED = frozenset({Treat.TRANSLATE, Treat.OMIT})
_RUNNING = frozenset({Treat.TEXT, Treat.OTHER, Treat.DOCUMENT_KEY})
_HOST = r"(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{1,62}"
"""Pseudonyms are told at the domain of today, and have been at others."""
_NAMED_BY = (Kind.SUBJECT, Kind.REGISTRATION, Kind.TAG, Kind.EMAIL)
"""What stands for a pseudonym in running text: the identifier that it was made of."""


class Inward:
    """See the module."""

    def __init__(
        self,
        names: IdentityService,
        audit: AuditLog,
        *,
        objects: Objects,
        bearers: Bearers,
        agents: Agents,
        mores: Mores,
        course_keys: CourseKeys,
        witness: Witness,
        showing: Showing,
    ) -> None:
        """Remember who knows people, and where that they were shown is written down."""
        self._agents = agents
        self._mores = mores
        self._course_keys = course_keys
        self._witness = witness
        self._showing = showing
        self._names = names
        self._audit = audit
        self._objects = objects
        self._bearers = bearers

    async def carry(self, message: Message, shape: Shape, walk: Walk) -> Message:
        """Keep the allowed fields; where the audience may see people, put them in place of their pseudonyms."""
        audience = walk.mount.audience
        self._witness.opens(message, shape, walk)
        if shape.keep:
            message = replace(message, body=_kept(message, allowed(shape, audience)))
        found = find(message, shape)
        self._witness.found(found, walk)
        swaps = await self._own(found, walk)
        if walk.reveals:
            swaps += await self._people(found, walk)
        self._witness.put(found, swaps, walk)
        return await self._objects.parts.inward(put(message, found, swaps), shape, walk)

    async def _own(self, found: Found, walk: Walk) -> list[Substitution]:
        """What the cloud was told of us, as the LMS knows it."""
        swaps = self._course_keys.inward(found, walk)
        for one in found.findings:
            treat = found.field_of(one).treat
            if treat in WHOLE:
                swaps.append(Substitution(one, await self._objects.inward(one, found, walk)))
            elif treat is Treat.MORE:
                swaps.append(Substitution(one, self._mores.seal(one.value.reveal(), walk)))
            elif treat is Treat.BEARER and walk.mount.credential is not None:
                swaps.append(Substitution(one, self._bearers.seal(walk.mount, one.value.reveal())))
        return swaps

    async def _people(self, found: Found, walk: Walk) -> list[Substitution]:
        texts = {
            one.spot: {token: token for token in self._names.pseudonyms_in(one.value.reveal())}
            | await self._names.sums_in(one.value.reveal())
            for one in found.findings
            if found.field_of(one).treat in _RUNNING
        }
        tokens = {one.value.reveal() for one in found.findings if _is_identifier(one, found)}
        tokens.update(token for inside in texts.values() for token in inside.values())
        of_agents = await self._agents.tokens(found)
        tokens.update(of_agents.values())
        if not tokens:
            return []
        people = await self._names.reidentify(walk.mount.tenant, tuple(tokens), deliver=walk.delivers)
        if not people:
            return []
        shown = [one.pseudonym.token for one in people.values()]
        await self._showing.admit(walk.context(), shown, results=walk.actor == "cloud")
        await self._record(tuple(people.values()), walk)
        restored = _restore(found, people)
        restored += [
            Substitution(one, _put_into(one.value.reveal(), texts[one.spot], people))
            for one in found.findings
            if texts.get(one.spot)
        ]
        agents = self._agents.restored(found, of_agents, people, walk)
        return restored + [Substitution(found.findings[spot], text) for spot, text in agents.items()]

    async def _record(self, people: Sequence[Person], walk: Walk) -> None:
        walk.exchange.reidentified += len(people)
        await self._audit.append(
            *(
                Entry(
                    Event.REIDENTIFIED,
                    actor=walk.actor,
                    tenant=walk.mount.tenant,
                    mount=walk.mount.name,
                    route=walk.match.route.name,
                    kind=Kind.SUBJECT,
                    pseudonym=person.pseudonym.token,
                    key_id=person.pseudonym.key_id,
                    exchange=walk.exchange.id,
                    count=1,
                )
                for person in people
            )
        )


def _kept(message: Message, selectors: Sequence[str]) -> bytes:
    """Cut an answer down to what may be seen, by JSON pointers or XML selectors as its media type wants."""
    if carrier_of(message.media) == "xml":
        return keep_only_xml(message.body, selectors)
    return keep_only(message.body, selectors)


def allowed(shape: Shape, audience: Audience) -> list[str]:
    """Return the JSON pointers of an answer that an audience may see."""
    keep = [*shape.keep, *(shape.details if audience.details else ())]
    if shape.results is None or not audience.fields:
        return keep
    fields = [shape.results + one for one in audience.fields]
    inside = [one for one in keep if not _below(one, shape.results) or any(_below(one, field) for field in fields)]
    return inside + [field for field in fields if any(_below(field, one) and field != one for one in keep)]


def _below(pointer: str, above: str) -> bool:
    return pointer == above or pointer.startswith(above + "/")


def _is_identifier(one: Finding, found: Found) -> bool:
    return found.field_of(one).treat is Treat.TRANSLATE and (one.kind is Kind.SUBJECT or one.kind in KINDS)


def _restore(found: Found, people: Mapping[str, Person]) -> list[Substitution]:
    """Put people back. The names of a group follow its subject; what is unknown to us stays as it is."""
    by_group = {
        one.person: people[one.value.reveal()]
        for one in found.findings
        if one.kind is Kind.SUBJECT and one.value.reveal() in people
    }
    swaps = []
    for one in found.findings:
        person = people.get(one.value.reveal()) if one.kind in KINDS else by_group.get(one.person)
        real = person.text(one.kind) if person is not None and found.field_of(one).treat in _RESTORED else None
        if real is not None:
            swaps.append(Substitution(one, real.reveal()))
    return swaps


def _put_into(text: str, tokens: Mapping[str, str], people: Mapping[str, Person]) -> str:
    """Put people back into running text, such as an error that quotes an id; `tokens` by how they are written there."""
    for written, token in tokens.items():
        person = people.get(token)
        if person is None:
            continue
        if written != token:
            text = text.replace(written, sum_of(person) or written)
            continue
        address, openid, account = (person.text(kind) for kind in (Kind.EMAIL, Kind.OPENID, Kind.ACCOUNT))
        if address is not None:
            real_address = "@".join(address_parts(address.reveal()))
            text = re.sub(rf"{re.escape(token)}@{_HOST}", real_address.replace("\\", r"\\"), text)
        if openid is not None:
            text = text.replace(f"{HOME_PAGE}/{token}", openid.reveal())
        real = next((found.reveal() for kind in _NAMED_BY if (found := person.text(kind)) is not None), None)
        if real is None and account is not None:
            real = account_parts(account.reveal())[1]
        if real is not None:
            text = text.replace(token, real)
    return text
