"""Steps 2 to 6 of a message's way, the same for a request and an answer: find, translate, put, guard, record.

Nothing here knows a protocol: what to look for stands in the route's `Shape`. Every way out of a function that is not
the clean message is a refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from proxy.audit import AuditLog, Entry, Event
from proxy.errors import FieldInvalid, FieldMissing, LeakSuspected, SessionMissing
from proxy.fields import Shape, Treat
from proxy.guard import inspect
from proxy.identity import Context, IdentityService, Sighting
from proxy.message import Message
from proxy.passage.flights import Flights
from proxy.passage.mounts import Mount
from proxy.passage.ports import Exchange
from proxy.passage.returns import Returns, origin_of
from proxy.passage.router import Match
from proxy.passage.session import Session, Sessions
from proxy.people import Cleartext, Finding, Kind, Person, Substitution
from proxy.rewrite import Found, contains_identity, find, keep_only, put, replace_identities

WITHHELD = "[withheld]"
"""What stands for a free text that cannot be freed of the learner's identity word by word."""


_ADDRESSES = frozenset({Treat.SEAL, Treat.ORIGIN, Treat.ADDRESS})


@dataclass(slots=True)
class Walk:
    """One exchange on its way: where, which route, whose session, what may be told of it."""

    mount: Mount
    match: Match
    exchange: Exchange
    session: Session = field(default_factory=lambda: Session(()))
    seen: tuple[Person, ...] = ()
    """People named by this very message."""
    actor: str = "browser"
    flight: int = 0
    """Its number among the messages under way that name a person; 0 if it names nobody."""

    def context(self) -> Context:
        """Who asks, for the identity service's own audit entries."""
        return Context(self.mount.tenant, self.mount.name, self.match.route.name, self.exchange.id, self.actor)

    def people(self) -> tuple[Person, ...]:
        """Everyone whose identity must not leave with this exchange: those it names and those of the session."""
        named = {person.pseudonym.token for person in self.seen}
        return (*self.seen, *(person for person in self.session.people if person.pseudonym.token not in named))


class Carrier:
    """Carries messages of both directions."""

    def __init__(
        self, *, names: IdentityService, sessions: Sessions, returns: Returns, audit: AuditLog, flights: Flights
    ) -> None:
        """Remember the rooms a message passes."""
        self._names = names
        self._sessions = sessions
        self._returns = returns
        self._audit = audit
        self._flights = flights

    async def outward(self, message: Message, shape: Shape, walk: Walk) -> Message:
        """Replace every declared identity by its pseudonym; the caller guards the final bytes (`guard`)."""
        found = find(message, shape, captures=walk.match.captures, roles=walk.match.roles)
        walk.exchange.found += len(found.findings)
        people = await self._pseudonymize(found, walk)
        walk.seen = tuple(people.values())
        for one in found.findings:
            if found.field_of(one).treat in _ADDRESSES:
                await self._returns.catch_up(one.value.reveal())
        swaps = [swap for one in found.findings if (swap := self._outward(one, found, people, walk)) is not None]
        walk.exchange.veiled += sum(_veils(swap, found) for swap in swaps)
        return put(message, found, swaps)

    async def _pseudonymize(self, found: Found, walk: Walk) -> dict[str, Person]:
        """Translate all humans of the message in one batch; keyed by the finding's person."""
        groups: dict[str, list[Finding]] = {}
        for one in found.findings:
            if found.field_of(one).treat is Treat.TRANSLATE:
                groups.setdefault(one.person, []).append(one)
        people: dict[str, Person] = {}
        sightings: dict[str, Sighting] = {}
        for person, findings in groups.items():
            subject = next((one.value for one in findings if one.kind is Kind.SUBJECT), None)
            if subject is None:
                raise FieldMissing(place=findings[0].place, kind=Kind.SUBJECT)
            if self._names.is_pseudonym(subject.reveal()):
                people[person] = await self._known(subject, walk)
                walk.flight = walk.flight or self._flights.begin()
                continue
            others = [one for one in findings if one.kind is not Kind.SUBJECT]
            told = tuple(one.value for one in others if one.value.reveal() not in found.field_of(one).blanks)
            sightings[person] = Sighting(subject, told)
        if sightings:
            minted = await self._names.pseudonymize(tuple(sightings.values()), walk.context())
            walk.flight = walk.flight or self._flights.begin()
            people |= dict(zip(sightings, minted, strict=True))
        return people

    async def _known(self, subject: Cleartext, walk: Walk) -> Person:
        """A washed address already has the pseudonym. Never mint for one: it would become a person of its own.

        The page that was washed opened a session. The cloud, which has every pseudonym and no session, must not launch:
        our guard would then tell it by trial whether a name is hers. Hers may have changed since the page was washed.
        """
        token = subject.reveal().lower()
        launched = any(token in one.tokens for one in walk.session.people)
        if walk.mount.policy.refuse_without_session and not launched:
            raise SessionMissing("pseudonym", route=walk.match.route.name, kind=Kind.SUBJECT)
        person = await self._names.for_telling(walk.mount.tenant, token)
        if person is None:
            raise FieldInvalid("unknown-pseudonym", route=walk.match.route.name, kind=Kind.SUBJECT)
        return person

    def _outward(self, one: Finding, found: Found, people: dict[str, Person], walk: Walk) -> Substitution | None:
        """Say what shall stand at a finding's spot; None leaves it."""
        treat = found.field_of(one).treat
        if treat is Treat.TRANSLATE:
            return Substitution(one, self._names.texts_for(people[one.person], one.kind, one.value))
        if treat in _ADDRESSES:
            return Substitution(one, self._address(one, treat, people, walk))
        if treat is Treat.TEXT:
            return self._free_text(one, walk)
        if treat is Treat.OPAQUE and walk.mount.policy.refuse_opaque and self._holds_identity(one, walk):
            raise LeakSuspected("opaque-value", route=walk.match.route.name, place=one.place, kind=one.kind)
        return None

    def _free_text(self, one: Finding, walk: Walk) -> Substitution | None:
        text = one.value.reveal()
        pairs = [
            (known, self._names.texts_for(person, known.kind, known))
            for person in walk.people()
            for known in person.cleartexts
        ]
        clean = replace_identities(text, pairs)
        if self._is_seen(clean, walk):
            clean = WITHHELD
        if clean == text:
            return None
        if not walk.mount.policy.replace_free_text:
            raise LeakSuspected("free-text", route=walk.match.route.name, place=one.place, kind=one.kind)
        return Substitution(one, clean)

    def _is_seen(self, text: str, walk: Walk) -> bool:
        """Tell whether the guard would still find somebody: in another spelling or disguise, where one can but guess.

        Only this text is given up then; to refuse the message would cost the learner everything else in it.
        """
        pieces = (("text", text.encode("utf-8", "surrogatepass")),)
        return any(inspect(pieces, self._sessions.watch(person)) for person in walk.people())

    @staticmethod
    def _holds_identity(one: Finding, walk: Walk) -> bool:
        known = [text for person in walk.people() for text in person.cleartexts]
        return bool(known) and contains_identity(one.value.reveal(), known)

    def _address(self, one: Finding, treat: Treat, people: dict[str, Person], walk: Walk) -> str:
        """Turn an address of ours to the cloud's; make an LMS address harmless; refuse a stranger's."""
        mount = walk.mount
        text = one.value.reveal()
        owners = people[one.person].tokens if one.person in people else ("",)
        origin = origin_of(text, place=one.place)
        ours = self._returns.made(mount, text, owners, place=one.place)
        if ours or (origin == mount.public.origin and walk.match.route.wash):
            return text  # a washed address stays in the browser, which must come back to us
        if origin == mount.public.origin:
            turned: bytes = mount.book.turn_out(text.encode())
            return turned.decode()
        if origin not in mount.lms_origins:
            raise FieldInvalid("foreign-address", place=one.place)
        if treat is Treat.SEAL:
            return self._returns.seal(mount, text, owners[0])
        if treat is Treat.ADDRESS and (urlsplit(text).query or urlsplit(text).fragment):
            raise FieldInvalid("address-with-query", place=one.place)
        return text if treat is Treat.ADDRESS else origin

    async def inward(self, message: Message, shape: Shape, walk: Walk) -> Message:
        """Keep the allowed fields; where the audience may see people, put them in place of their pseudonyms."""
        audience = walk.mount.audience
        if shape.keep:
            message = replace(message, body=keep_only(message.body, narrowed(shape.keep, audience.fields)))
        found = find(message, shape)
        if not audience.reveal:
            return put(message, found, ())
        tokens = tuple(
            {
                one.value.reveal()
                for one in found.findings
                if one.kind is Kind.SUBJECT and found.field_of(one).treat is Treat.TRANSLATE
            }
        )
        people = await self._names.reidentify(walk.mount.tenant, tokens) if tokens else {}
        if not people:
            return put(message, found, ())
        await self._record_reidentified(tuple(people.values()), walk)
        return put(message, found, _restore(found, people))

    async def _record_reidentified(self, people: Sequence[Person], walk: Walk) -> None:
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

    async def guard(self, pieces: Sequence[tuple[str, bytes]], walk: Walk) -> None:
        """Step 5: look for every known identity in the bytes that are about to leave. A hit refuses and is recorded."""
        hits = [hit for person in walk.people() for hit in inspect(pieces, self._sessions.watch(person))]
        if not hits:
            return
        refuses = walk.mount.policy.guard_refuses
        await self._audit.append(
            Entry(
                Event.LEAK_SUSPECTED if refuses else Event.LEAK_REPORTED,
                actor=walk.actor,
                tenant=walk.mount.tenant,
                mount=walk.mount.name,
                route=walk.match.route.name,
                kind=hits[0].kind,
                exchange=walk.exchange.id,
                reason=f"{hits[0].piece.split()[0]}:{hits[0].disguise.replace('>', '/')}"[:80],
                count=len(hits),
            )
        )
        if refuses:
            raise LeakSuspected(hits[0].disguise, route=walk.match.route.name, place=hits[0].piece, kind=hits[0].kind)
        walk.exchange.verdict = "reported"


def narrowed(keep: Sequence[str], fields: Sequence[str]) -> list[str]:
    """Return what both lists of JSON pointers allow; an empty `fields` allows all of `keep`."""
    if not fields:
        return list(keep)
    inside = [pointer for pointer in keep if any(pointer == one or pointer.startswith(one + "/") for one in fields)]
    return inside + [one for one in fields if any(one.startswith(pointer + "/") for pointer in keep)]


def _veils(swap: Substitution, found: Found) -> bool:
    """Tell whether a swap puts a pseudonym or alias where an identity stood."""
    treat = found.field_of(swap.finding).treat
    return treat in {Treat.TRANSLATE, Treat.TEXT} and swap.text != swap.finding.value.reveal()


def _restore(found: Found, people: dict[str, Person]) -> list[Substitution]:
    """Put people back. The names of a group follow its subject; what is unknown to us stays as it is."""
    by_group = {
        one.person: people[one.value.reveal()]
        for one in found.findings
        if one.kind is Kind.SUBJECT and one.value.reveal() in people
    }
    swaps = []
    for one in found.findings:
        person = by_group.get(one.person)
        if person is None or found.field_of(one).treat is not Treat.TRANSLATE:
            continue
        real = person.text(one.kind)
        if real is not None:
            swaps.append(Substitution(one, real.reveal()))
    return swaps
