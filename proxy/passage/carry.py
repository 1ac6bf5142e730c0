"""Steps 2 to 6 of a message's way, the same for a request and an answer: find, translate, put, guard, record.

Nothing here knows a protocol: what to look for stands in the route's `Shape`. Every way out of a function that is not
the clean message is a refusal.
"""

from collections.abc import Sequence
from urllib.parse import urlsplit

from proxy.audit import AuditLog, Entry, Event
from proxy.budget import Naming, Showing
from proxy.errors import FieldInvalid, FieldMissing, LeakSuspected, NotPermitted, SessionMissing
from proxy.fields import Session as HasSession
from proxy.fields import Shape, Treat
from proxy.guard import inspect
from proxy.identity import IdentityService, Sighting
from proxy.message import Message
from proxy.passage.agents import Agents
from proxy.passage.bearers import Bearers
from proxy.passage.course_keys import CourseKeys
from proxy.passage.crowds import Crowds
from proxy.passage.extensions import Extensions
from proxy.passage.flights import Flights
from proxy.passage.inward import Inward
from proxy.passage.more import Mores
from proxy.passage.objects import WHOLE, Objects
from proxy.passage.returns import Returns, origin_of
from proxy.passage.session import Sessions
from proxy.passage.signed_statements import SignedStatements
from proxy.passage.texts import FreeTexts
from proxy.passage.things import KINDS, Things
from proxy.passage.walk import Walk as Walk
from proxy.passage.witness import Witness
from proxy.people import Cleartext, Finding, Kind, Person, Substitution
from proxy.rewrite import Found, Mixed, check_forms, check_request, contains_identity, find, put

_ADDRESSES = frozenset({Treat.SEAL, Treat.ORIGIN, Treat.ADDRESS, Treat.LMS})
_SEARCHED = frozenset({HasSession.NONE, HasSession.USES})
_TOLD = frozenset({Treat.TRANSLATE, Treat.OMIT})
_VEILED = _TOLD | {Treat.TEXT, Treat.OTHER, Treat.AGENT, Treat.DOCUMENT_KEY}


class Carrier:
    """Carries messages of both directions."""

    def __init__(
        self,
        *,
        names: IdentityService,
        sessions: Sessions,
        returns: Returns,
        audit: AuditLog,
        flights: Flights,
        objects: Objects,
        bearers: Bearers,
        agents: Agents,
        mores: Mores,
        course_keys: CourseKeys,
        crowds: Crowds,
        witness: Witness,
        showing: Showing,
        naming: Naming,
    ) -> None:
        """Remember the rooms a message passes."""
        self._witness = witness
        self._naming = naming
        self._things = Things(names, sessions)
        self._agents = agents
        self._signed = SignedStatements(audit)
        self._course_keys = course_keys
        self._texts = FreeTexts(names, sessions)
        self._extensions = Extensions(self._texts, names)
        self._objects = objects
        self._inward = Inward(
            names,
            audit,
            objects=objects,
            bearers=bearers,
            agents=agents,
            mores=mores,
            course_keys=course_keys,
            witness=witness,
            showing=showing,
        )
        self._names = names
        self._sessions = sessions
        self._returns = returns
        self._audit = audit
        self._flights = flights
        self._crowds = crowds

    async def outward(self, message: Message, shape: Shape, walk: Walk) -> Message:
        """Replace every declared identity by its pseudonym; the caller guards the final bytes (`guard`)."""
        self._witness.opens(message, shape, walk)
        check_request(message, shape)
        if shape.forms and message.body:
            check_forms(message.body, shape.forms)
        found = find(message, shape, captures=walk.match.captures, roles=walk.match.roles)
        self._witness.found(found, walk)
        walk.exchange.found += len(found.findings)
        people = await self._pseudonymize(found, walk)
        if shape.whose and shape.whose not in people:
            raise FieldMissing("nobody-named", route=walk.match.route.name, kind=Kind.SUBJECT)
        told = await self._agents.outward(found, message, walk)
        walk.seen = (*people.values(), *told.people)
        for one in found.findings:
            if found.field_of(one).treat in _ADDRESSES:
                await self._returns.catch_up(one.value.reveal())
        texts = await self._things.outward(found, people, walk)
        running = [one.value.reveal() for one in found.findings if found.field_of(one).treat is Treat.TEXT]
        clean = self._texts.clean_all(running, walk)
        swaps = [swap for one in found.findings if (swap := self._outward(one, found, people, clean, walk)) is not None]
        swaps += [Substitution(one, texts[one.spot]) for one in found.findings if one.spot in texts]
        swaps += self._texts.others(found, walk)
        swaps += [Substitution(found.findings[spot], text) for spot, text in told.texts.items()]
        swaps += self._extensions.outward(found, walk) + self._course_keys.outward(found, walk)
        for one in found.findings:
            if found.field_of(one).treat in WHOLE:
                swaps.append(Substitution(one, await self._objects.outward(one, found, texts, walk)))
        self._witness.put(found, swaps, walk)
        walk.exchange.veiled += sum(_veils(swap, found) for swap in swaps)
        return await self._objects.parts.outward(put(message, found, swaps), shape, walk)

    async def _pseudonymize(self, found: Found, walk: Walk) -> dict[str, Person]:
        """Translate all humans of the message in one batch; keyed by the finding's person."""
        groups: dict[str, list[Finding]] = {}
        for one in found.findings:
            if found.field_of(one).treat in _TOLD and one.kind not in KINDS:
                groups.setdefault(one.person, []).append(one)
        people: dict[str, Person] = {}
        sightings: dict[str, Sighting] = {}
        for person, findings in groups.items():
            subject = next((one.value for one in findings if one.kind is Kind.SUBJECT), None)
            if len({one.value for one in findings if one.kind is Kind.SUBJECT}) > 1:
                # One of them would be lost, and with it which of two people is meant.
                raise FieldInvalid("two-subjects", place=findings[0].place, kind=Kind.SUBJECT)
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
            hers = {token for person in walk.session.people for token in person.tokens}
            tokens = [person.pseudonym.token for person in minted]
            await self._naming.named(walk.context(), [token for token in tokens if token not in hers])
            people |= dict(zip(sightings, minted, strict=True))
        return people

    async def _known(self, subject: Cleartext, walk: Walk) -> Person:
        """A washed address already has the pseudonym. Never mint for one: it would become a person of its own.

        The page that was washed opened a session. The cloud, which has every pseudonym and no session, must not launch:
        our guard would then tell it by trial whether a name is hers. Hers may have changed since the page was washed.
        """
        token = subject.reveal().lower()
        launched = any(token in one.tokens for one in walk.session.people)
        # A reader who sees pseudonyms asks by them, once she has shown a key of ours: the cloud has none.
        admitted = launched or (walk.mount.searches_everybody and walk.actor == "caller")
        if walk.mount.policy.refuse_without_session and not admitted:
            raise SessionMissing("pseudonym", route=walk.match.route.name, kind=Kind.SUBJECT)
        person = await self._names.for_telling(walk.mount.tenant, token)
        if person is None:
            raise FieldInvalid("unknown-pseudonym", route=walk.match.route.name, kind=Kind.SUBJECT)
        return person

    def _outward(
        self, one: Finding, found: Found, people: dict[str, Person], cleaned: dict[str, str], walk: Walk
    ) -> Substitution | None:
        """Say what shall stand at a finding's spot; None leaves it."""
        treat = found.field_of(one).treat
        if treat is Treat.TRANSLATE:
            if one.kind in KINDS:
                return None
            return Substitution(one, self._names.texts_for(people[one.person], one.kind, one.value))
        if treat is Treat.OMIT or (treat is Treat.DETAIL and not walk.mount.audience.details):
            return Substitution(one, None)
        if treat is Treat.REFUSE and found.field_of(one).unless not in walk.mount.policy.exceptions:
            raise NotPermitted(found.field_of(one).unless, route=walk.match.route.name, place=one.place)
        if treat in _ADDRESSES:
            word = one.value.reveal() in found.field_of(one).blanks
            return None if word else Substitution(one, self._address(one, treat, people, walk))
        if treat is Treat.TEXT:
            return self._free_text(one, cleaned[one.value.reveal()], walk)
        if treat is Treat.OPAQUE and walk.mount.policy.refuse_opaque and self._holds_identity(one, walk):
            raise LeakSuspected("opaque-value", route=walk.match.route.name, place=one.place, kind=one.kind)
        return None

    @staticmethod
    def _free_text(one: Finding, clean: str, walk: Walk) -> Substitution | None:
        if clean == one.value.reveal():
            return None
        if not walk.mount.policy.replace_free_text:
            raise LeakSuspected("free-text", route=walk.match.route.name, place=one.place, kind=one.kind)
        return Substitution(one, clean)

    @staticmethod
    def _holds_identity(one: Finding, walk: Walk) -> bool:
        known = [text for person in walk.people() for text in person.cleartexts]
        return bool(known) and contains_identity(one.value.reveal(), known)

    def _address(self, one: Finding, treat: Treat, people: dict[str, Person], walk: Walk) -> str:
        """Turn an address of ours to the cloud's; make an LMS address harmless; refuse a stranger's."""
        mount = walk.mount
        text = one.value.reveal()
        named = people.get(one.person) or next(iter((*walk.launched, *walk.seen)), None)
        owners = named.tokens if named is not None else ("",)
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
        return text if treat in {Treat.ADDRESS, Treat.LMS} else origin

    async def settle(self, statements: bytes, mixed: Mixed, walk: Walk) -> tuple[bytes, Mixed]:
        """Take off the signatures of statements that are about to leave, or put the operator's in their place."""
        return await self._signed.settled(statements, mixed, walk)

    async def inward(self, message: Message, shape: Shape, walk: Walk) -> Message:
        """Keep the allowed fields; where the audience may see people, put them in place of their pseudonyms."""
        return await self._inward.carry(message, shape, walk)

    async def guard(self, pieces: Sequence[tuple[str, bytes]], walk: Walk) -> None:
        """Step 5: look for every known identity in the bytes that are about to leave. A hit refuses and is recorded."""
        hits = list(inspect(pieces, self._sessions.watch_all(walk.people())))
        if walk.mount.searches_everybody and walk.match.route.session in _SEARCHED:
            hits += await self._crowds.search(walk.mount.tenant, pieces)
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


def _veils(swap: Substitution, found: Found) -> bool:
    """Tell whether a swap puts a pseudonym or alias where an identity stood."""
    return found.field_of(swap.finding).treat in _VEILED and swap.text != swap.finding.value.reveal()
