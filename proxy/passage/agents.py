"""xAPI agents: everybody whom a message names by one, translated in one batch, whatever the identifier and the place.

The identifier alone says who somebody is: neither Agent or Group, nor the name, nor the role goes into it (xAPI 1.0.3
part 2, 2.4.2). An account of the LMS's own is the learner whom launches and API calls name by that id; so is the right
part of `APPID|learner id`, which SCORM Cloud makes of it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from proxy.errors import FieldInvalid, LeakSuspected, NotPermitted
from proxy.fields import Session, Treat
from proxy.guard import looks_like_address
from proxy.identity import IdentityService, Sighting, identifiers_of, identify
from proxy.message import Message
from proxy.passage.agent_forms import Said, inward_texts, is_ours, outward_texts, said_of
from proxy.passage.flights import Flights
from proxy.passage.learner_tokens import ACTOR as COURSE
from proxy.passage.walk import Walk
from proxy.people import Cleartext, Finding, Kind, Person
from proxy.rewrite import AgentPart, Found, Raw, Reading, read_agents
from proxy.rewrite import Agents as Read

_OLD = "0.9"
_IDENTIFIERS = ("subject", "email", "openid", "account")
_VERSION = "x-experience-api-version"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told outward: a text for each spot, and the people it was said of whom the guard may look for."""

    texts: Mapping[int, str]
    people: tuple[Person, ...]


@dataclass(slots=True)
class _Who:
    """One human, or one nameless group, in one agent of the message."""

    parts: tuple[tuple[int, AgentPart], ...]
    said: Said | None
    """Her identifier; None for a group without one."""
    token: str = ""
    """Her pseudonym, if that is what the message has of her already."""
    person: Person | None = None
    asked: bool = False
    """Somebody is asked for: only her identifier counts then (1.0.3 part 3, 2.1.3), not what the caller calls her."""


@dataclass(slots=True)
class _Open:
    """One finding, read."""

    finding: Finding
    read: Read
    whos: list[_Who]


class Agents:
    """Translates them, both ways."""

    def __init__(self, names: IdentityService, flights: Flights) -> None:
        """Remember who gives pseudonyms, and who must know of messages that name people."""
        self._names = names
        self._flights = flights

    async def outward(self, found: Found, message: Message, walk: Walk) -> Told:
        """Return what shall stand at the spots of agents and document keys.

        Raises FieldInvalid and UnknownField for what is no agent, and what `IdentityService` raises.
        """
        opened = [self._open(one, found, message, walk) for one in _of(found, Treat.AGENT)]
        whos = [who for one in opened for who in one.whos]
        if not whos:
            return Told(self._keys(found, (), walk), ())
        for who in whos:
            probe = said_of(who.parts[0][1], None) if who.said is not None else None
            if probe is not None:
                who.token = await self._names.token_behind(probe.kind, probe.value.reveal())
            domain = self._names.mail_domain
            if not who.token and any(is_ours(part, domain) for _, part in who.parts if part.kind not in _NAMES):
                raise FieldInvalid("unknown-pseudonym", route=walk.match.route.name, kind=who.parts[0][1].kind)
        shown = await self._recognise(whos, walk)
        if walk.actor == COURSE and walk.mount.xapi.named_by_courses == "refuse":
            _check_strangers(whos, walk)
        named = await self._named([who for who in whos if who.person is None], walk)
        texts = {one.finding.spot: Raw(self._written(one, walk)) for one in opened}
        texts = {spot: text for spot, text in texts.items() if text != found.findings[spot].value.reveal()}
        told = {person.pseudonym.token for person in (*shown, *named)}
        people = {who.person.pseudonym.token: who.person for who in whos if who.person is not None}
        people = {token: person for token, person in people.items() if token in told}
        return Told(texts | self._keys(found, whos, walk), tuple(people.values()))

    def _open(self, one: Finding, found: Found, message: Message, walk: Walk) -> _Open:
        words = found.field_of(one).reading.split()
        is_old = "old" in words or message.headers.get(_VERSION).startswith(_OLD)
        reading = Reading.OLD if is_old else Reading.STRICT
        read = read_agents(one.value.reveal(), reading, may_be_other="object" in words)
        route = walk.match.route
        # Whatever comes with a body is searched for her names, so what it calls her has to be told.
        asked = one.place.startswith("query(") and route.methods == ("GET",) and route.session is not Session.OPENS
        return _Open(one, read, [replace(who, asked=asked) for who in _whos(read, walk)])

    async def _recognise(self, whos: Sequence[_Who], walk: Walk) -> list[Person]:
        """Find whom pseudonyms in the message stand for; return those of whom the guard may speak.

        The cloud has every pseudonym. Were its messages searched for whom they name, a refusal would tell whose name it
        is.
        """
        tokens = [who.token for who in whos if who.token]
        if not tokens:
            return []
        people = await self._names.all_for_telling(walk.mount.tenant, list(dict.fromkeys(tokens)))
        walk.flight = walk.flight or self._flights.begin()
        session = {token for person in (*walk.session.people, *walk.vouched) for token in person.tokens}
        for who in whos:
            if who.token:
                who.person = people.get(who.token)
                if who.person is None:
                    raise FieldInvalid("unknown-pseudonym", route=walk.match.route.name, kind=Kind.SUBJECT)
        return [person for token, person in people.items() if walk.actor == "caller" or token in session]

    async def _named(self, whos: Sequence[_Who], walk: Walk) -> list[Person]:
        """Give everybody else a pseudonym; a nameless group gets one for what it is called."""
        sightings = [_sighting(who) for who in whos if not self._is_told(who)]
        if not sightings:
            return []
        minted = await self._names.pseudonymize(sightings, walk.context())
        walk.flight = walk.flight or self._flights.begin()
        for who, person in zip((who for who in whos if not self._is_told(who)), minted, strict=True):
            who.person = person
        return [who.person for who in whos if who.person is not None and who.said is not None]

    def _is_told(self, who: _Who) -> bool:
        """Whether nothing is to be told of it: a group that has neither identifier nor name, or a pseudonym as name."""
        return who.said is None and (not who.parts or self._names.is_pseudonym(who.parts[0][1].value.reveal()))

    def _written(self, one: _Open, walk: Walk) -> str:
        texts: dict[int, Sequence[str]] = {}
        for who in one.whos:
            if who.person is not None:
                for number, part in who.parts:
                    texts[number] = outward_texts(part, who.person, self._names.texts_for, walk.mount.xapi)
        return one.read.written(texts)

    def _keys(self, found: Found, whos: Sequence[_Who], walk: Walk) -> dict[int, str]:
        """Identifiers of the request's own agent inside document keys become what stands for them."""
        keys = _of(found, Treat.DOCUMENT_KEY)
        if not keys:
            return {}
        pairs = _needles(whos, self._names)
        texts: dict[int, str] = {}
        for one in keys:
            text = one.value.reveal()
            clean = _replaced(text, pairs)
            if looks_like_address(clean):
                raise LeakSuspected("address-like", route=walk.match.route.name, place=one.place, kind=Kind.EMAIL)
            if clean != text:
                texts[one.spot] = clean
        return texts

    async def tokens(self, found: Found) -> dict[str, str]:
        """Return the pseudonyms that agents of an answer hold: the identifier's text -> token."""
        tokens: dict[str, str] = {}
        for one in _of(found, Treat.AGENT):
            for part in read_agents(one.value.reveal(), Reading.LENIENT).parts:
                said = said_of(part, None)
                text = said.value.reveal() if said is not None else part.value.reveal()
                token = await self._names.token_behind(said.kind if said is not None else Kind.TAG, text)
                if token:
                    tokens[text] = token
        return tokens

    def restored(
        self, found: Found, tokens: Mapping[str, str], people: Mapping[str, Person], walk: Walk
    ) -> dict[int, str]:
        """Return agents with people in place of pseudonyms; `people` by token. Who is unknown stays as it is."""
        texts: dict[int, str] = {}
        for one in _of(found, Treat.AGENT):
            read = read_agents(one.value.reveal(), Reading.LENIENT)
            new: dict[int, Sequence[str]] = {}
            for who in _whos(read, walk, restoring=True):
                person = people.get(tokens.get(_text_of(who.said), ""))
                for number, part in who.parts:
                    # A store that merges identifiers may put those of several people into one Person.
                    said = said_of(part, None)
                    thing = people.get(tokens.get(_text_of(said) or part.value.reveal(), ""))
                    thing = thing if said is not None else person or thing
                    back = inward_texts(part, thing, self._names.texts_for, walk.mount.xapi) if thing else None
                    if back is not None:
                        new[number] = back
            if new:
                texts[one.spot] = Raw(read.written(new))
        return texts


def _check_strangers(whos: Sequence[_Who], walk: Walk) -> None:
    """Refuse people in clear in a course's message, but for its learner.

    A course is told pseudonyms, and may speak of others by theirs. Whom it names in clear would leave under her
    pseudonym, and it could read that back: so it would learn, name by name, who is behind which.
    """
    own = {
        (one.kind, one.parts)
        for person in walk.vouched
        for kind in _IDENTIFIERS
        for one in identifiers_of(person.cleartexts, kind)
    }
    for who in whos:
        if who.person is None and who.said is not None and who.said.kind is not Kind.TAG:
            meant = identify(who.said.value)
            if (meant.kind, meant.parts) not in own:
                raise NotPermitted("clear-identity", route=walk.match.route.name, kind=who.said.kind)


def _text_of(said: Said | None) -> str:
    return said.value.reveal() if said is not None else ""


def _of(found: Found, treat: Treat) -> list[Finding]:
    return [one for one in found.findings if found.field_of(one).treat is treat]


def _whos(read: Read, walk: Walk, *, restoring: bool = False) -> list[_Who]:
    numbers = {id(part): number for number, part in enumerate(read.parts)}
    whos: list[_Who] = []
    for _, parts in read.people():
        said = said_of(parts[0], None if restoring else walk.mount.xapi)
        whos.append(_Who(tuple((numbers[id(part)], part) for part in parts), said))
    return whos


def _sighting(who: _Who) -> Sighting:
    if who.said is None:
        return Sighting(Cleartext(Kind.TAG, who.parts[0][1].value.reveal()))
    parts = (part for _, part in who.parts if not (who.asked and part.kind in _NAMES))
    return Sighting(who.said.value, tuple(_others(who.said, parts)))


_NAMES = frozenset({Kind.NAME, Kind.GIVEN, Kind.FAMILY})
_ADDRESSES = frozenset({Kind.EMAIL, Kind.EMAIL_SHA1})


def _others(said: Said, parts: Iterable[AgentPart]) -> Iterable[Cleartext]:
    """What else is said of her: never another identifier of the kind by which she is known."""
    for part in parts:
        is_same = part.kind is said.kind or {part.kind, said.kind} <= _ADDRESSES
        if part.kind in _NAMES or (not is_same and not said.left and part.kind is not Kind.SUBJECT):
            yield part.value


def _needles(whos: Iterable[_Who], names: IdentityService) -> list[tuple[str, str]]:
    pairs: dict[str, str] = {}
    for who in whos:
        if who.person is None or who.said is None or who.token:
            continue
        kind, text = who.said.kind, who.said.value.reveal()
        form = names.texts_for(who.person, kind, who.said.value)
        if kind is Kind.ACCOUNT:
            text = text.partition(" ")[2]
        if kind is Kind.EMAIL:
            pairs[text.partition(":")[2]] = form.partition(":")[2]
        pairs[text] = form
    return sorted(pairs.items(), key=lambda pair: -len(pair[0]))


def _replaced(text: str, pairs: Sequence[tuple[str, str]]) -> str:
    if not pairs:
        return text
    forms = dict(pairs)
    pattern = "|".join(re.escape(one) for one in forms)
    return re.sub(rf"(?<![^\W_])(?:{pattern})(?![^\W_])", lambda found: forms[found[0]], text)
