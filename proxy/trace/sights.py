"""What the corridor tells a witness, put into words: each declared place of a message and what it becomes."""

from collections.abc import Callable, Iterator, Sequence

from proxy.fields import Field, Shape, Treat
from proxy.message import Message
from proxy.passage.walk import Walk
from proxy.people import Cleartext, Finding, Kind, Person, Substitution
from proxy.rewrite import Found, Reading, read_agents
from proxy.trace.lines import Identity
from proxy.trace.uncovered import Uncovered, uncovered

_NAMES = frozenset({Kind.NAME, Kind.GIVEN, Kind.FAMILY})
_ADDRESSES = {
    Treat.SEAL: "a sealed address of ours",
    Treat.ORIGIN: "its origin only",
    Treat.ADDRESS: "the cloud's own address",
    Treat.LMS: "stays: an address of the LMS that the cloud calls",
}
_OURS = {
    Treat.LAUNCH: "a sealed launch link of ours",
    Treat.CONSUMER: "a key of ours",
    Treat.BEARER: "a token of ours",
    Treat.LEARNER_TOKEN: "a key of ours",
    Treat.FETCH: "a sealed address of ours",
    Treat.HACP: "our address for the course's results",
    Treat.ENDPOINT: "our address of the record store",
    Treat.MORE: "a sealed address of ours",
    Treat.DOCUMENT_KEY: "the same with a pseudonym in it",
}
_TEXTS = frozenset({Treat.TEXT, Treat.OTHER, Treat.OPAQUE})
_WHOLE = frozenset({Treat.POSTBACK, Treat.PART, Treat.SETTINGS})
_WITHHELD = "[withheld]"


class Sights:
    """A witness (`proxy.passage.Witness`) that keeps what one exchange shows. One request at a time."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self.people: dict[str, Person] = {}
        """Everybody of the recording, by row; each has a letter by the order of appearance."""
        self.alias_of: Callable[[Person], str] = lambda person: person.pseudonym.token
        """What the cloud is told as her family name."""
        self._letters: dict[str, str] = {}
        self.begin()

    def begin(self) -> None:
        """Forget the exchange before; its people stay known."""
        self.identities: list[Identity] = []
        self.answered: list[Identity] = []
        self.uncovered: list[Uncovered] = []
        self.walk: Walk | None = None
        self.reads = False
        self.origins: dict[str, str] = {}
        """place -> address, of those addresses that must be of the LMS."""

    def opens(self, message: Message, shape: Shape, walk: Walk) -> None:
        """See `Witness`."""
        if message.status:
            return
        self.walk = walk
        self.identities = []
        self.uncovered = uncovered(message, shape, dict(walk.match.roles), walk.mount.adapter.request_headers)

    def found(self, found: Found, walk: Walk) -> None:
        """See `Witness`."""
        self._note(found, (), walk)

    def put(self, found: Found, swaps: Sequence[Substitution], walk: Walk) -> None:
        """See `Witness`."""
        self._note(found, swaps, walk)

    def _note(self, found: Found, swaps: Sequence[Substitution], walk: Walk) -> None:
        inward = not found.target
        for person in walk.people():
            self.people[person.row or person.pseudonym.token] = person
        new = {swap.finding.spot: swap.text for swap in swaps}
        seen = [one for finding in found.findings for one in self._seen(finding, found, new, walk)]
        if inward:
            self.answered = seen
        else:
            self.identities = seen
            self.origins = {
                one.place: one.value.reveal() for one in found.findings if found.field_of(one).treat in _ADDRESSES
            }

    def _seen(self, one: Finding, found: Found, new: dict[int, str | None], walk: Walk) -> Iterator[Identity]:
        field = found.field_of(one)
        changed, text = one.spot in new, new.get(one.spot)
        if field.treat is Treat.AGENT:
            yield from self._agents(one, text, walk)
            return
        becomes = _becomes(field, one, text, changed=changed)
        if becomes == "stays":
            becomes = self._standing(one.kind, one.value.reveal(), walk)
        letter = self._letter(walk, one.value, text or one.value.reveal())
        yield Identity(one.kind.value, one.place, becomes, one.value, text or "", letter)

    def _agents(self, one: Finding, text: str | None, walk: Walk) -> Iterator[Identity]:
        """Everything that says who somebody is in an agent, each with what it becomes."""
        before = read_agents(one.value.reveal(), Reading.LENIENT).parts
        after = read_agents(text, Reading.LENIENT).parts if text else ()
        for number, part in enumerate(before):
            old = part.value.reveal()
            other = after[number].value.reveal() if len(after) == len(before) else old
            word = "alias" if part.kind in _NAMES else "pseudonym"
            if other == old:
                word = self._standing(part.kind, old, walk)
            yield Identity(part.kind.value, one.place, word, part.value, other, self._letter(walk, part.value, other))

    def _standing(self, kind: Kind, text: str, walk: Walk) -> str:
        """What to say of a text that is not changed: it may have come from behind a proxy."""
        for person in walk.people():
            if any(token in text for token in person.tokens):
                return "stays: a pseudonym already"
            if kind in _NAMES and self.alias_of(person) in text:
                return "stays: an alias already"
        return "stays"

    def _letter(self, walk: Walk, value: Cleartext, text: str) -> str:
        """The letter of the person that a value, or what stands for it, is of."""
        for person in walk.people():
            if value in person.cleartexts or any(token in text for token in person.tokens):
                row = person.row or person.pseudonym.token
                return self._letters.setdefault(row, _letter(len(self._letters)))
        return ""


def _letter(number: int) -> str:
    return chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")  # noqa: PLR2004  letters


def _becomes(field: Field, one: Finding, text: str | None, *, changed: bool) -> str:
    treat, old = field.treat, one.value.reveal()
    if changed and text is None:
        return "removed"
    if treat in {Treat.TRANSLATE, Treat.OMIT} and old in field.blanks:
        return "stays: a word for nobody"
    if treat in _ADDRESSES:
        return _ADDRESSES[treat] if not changed or text != old else "stays"
    if treat in _OURS and changed and text != old:
        return _OURS[treat]
    if treat in _WHOLE:
        return "an address of ours" if changed and text != old else "stays"
    if treat is Treat.REFUSE:
        return "refused"
    if not changed or text == old:
        return "stays: names nobody" if treat in _TEXTS else "stays"
    if treat in _TEXTS:
        return "withheld" if text == _WITHHELD else "the same text with a pseudonym in it"
    if treat is Treat.TRANSLATE:
        return "alias" if one.kind in _NAMES else "pseudonym"
    return "replaced"
