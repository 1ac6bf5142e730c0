"""Attacks on what is held, taken in person by person: names, uniqueness, tenants, key versions."""

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import log2

from keys import from_hex_form
from proxy.attack.chance import beyond_chance
from proxy.attack.compact import Pairs, printed
from proxy.attack.report import Number, Result, Verdict, judged
from proxy.identity import outward_text
from proxy.identity.normalize import identifier_in
from proxy.people import Kind, Person, Pseudonym

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
KEY_ID = slice(3, 7)
DIGEST = slice(7, 33)
BITS = 130
_MORE = frozenset((Kind.EMAIL, Kind.ACCOUNT, Kind.OPENID, Kind.URL))
_CONTAINED = 6
"""Signs of an identifier from which on it is looked for within a pseudonym."""
_CLOSE = 20
"""Bits in which two digests of 130 may differ at least: chance comes so near once in 10**15."""
_ALIASES = 19 * 27**8
_BYTES = 17


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """One person. `parts`: her normalised identifiers; `spelled`: the identifiers as stored; `name`: "" if unknown.

    It does not print.
    """

    tenant: str
    kind: str
    pseudonym: str
    parts: tuple[tuple[str, ...], ...]
    spelled: tuple[str, ...]
    name: str
    more: tuple[str, ...] = ()
    """Addresses and accounts that are no identifier of hers."""
    others: tuple[str, ...] = ()
    """Further pseudonyms that lead to her."""


def held_of(tenant: str, kind: str, person: Person) -> Held:
    """What the attacks need of a person whose record is open."""
    known = [
        (text.reveal(), found.parts) for text in person.cleartexts if (found := identifier_in(text, kind)) is not None
    ]
    name = person.text(Kind.NAME)
    return Held(
        tenant,
        kind,
        person.pseudonym.token,
        tuple(dict.fromkeys(parts for _, parts in known)),
        tuple(spelled for spelled, _ in known),
        name.reveal() if name is not None else _joined(person),
        tuple(text.reveal() for text in person.cleartexts if text.kind in _MORE and identifier_in(text, kind) is None),
        person.others,
    )


def _joined(person: Person) -> str:
    """Given and family name, where a protocol has them apart."""
    found = [text.reveal() for kind in (Kind.GIVEN, Kind.FAMILY) if (text := person.text(kind)) is not None]
    return " ".join(found)


def leads_back(token: str, domain: str) -> bool:
    """Whether each form that is written for a person names her pseudonym, so that no two people can share one.

    An address, an address's SHA-1, an OpenID (`proxy.identity.aliases`); ids and accounts are the pseudonym itself.
    """
    bare = Person(Pseudonym(token, ""), ())
    address = outward_text(bare, Kind.EMAIL, "", domain=domain)
    openid = outward_text(bare, Kind.OPENID, "", domain=domain)
    digits = outward_text(bare, Kind.EMAIL_SHA1, "", domain=domain)
    return address == f"{token}@{domain}" and openid.endswith(f"/{token}") and from_hex_form(digits) == token


class Names:
    """Frequency analysis: whether aliases show how often a name occurs."""

    def __init__(self, alias: Callable[[str], str]) -> None:
        """`alias` gives that of a pseudonym."""
        self._alias = alias
        self._names, self.aliases = Pairs(), Pairs()
        self._named = 0
        self._people: Counter[str] = Counter()

    def add(self, one: Held, number: int) -> None:
        """Take a person, whose number is her own."""
        alias = self._alias(one.pseudonym)
        self.aliases.add(printed(alias), number)
        self._people[one.tenant] += 1
        if one.name:
            self._named += 1
            self._names.add(printed(f"{one.tenant}\0{one.name}"), number)

    def result(self) -> Result:
        """What they show."""
        real = Counter(len(group) for _, group in self._names.groups())
        aliases = Counter(len(group) for _, group in self.aliases.groups())
        pairs = sum(size * (size - 1) // 2 * count for size, count in aliases.items())
        total = self._people.total()
        expected = total * (total - 1) / 2 / _ALIASES
        numbers: dict[str, Number] = {
            "people with a name": self._named,
            "people who share theirs": sum(size * count for size, count in real.items() if size > 1),
            "entropy of names, bits": round(_entropy(real), 2),
            "entropy of aliases, bits": round(_entropy(aliases), 2),
            "people who share an alias": sum(size * count for size, count in aliases.items() if size > 1),
            "pairs of these that chance explains": round(expected, 3),
        }
        if not self._named:
            return Result("names", Verdict.NOT_RUN, "Nobody's name is known.", numbers)
        good = "Aliases do not show how often a name occurs: no more people share one than chance explains."
        worse = "More people share an alias than chance explains."
        return judged("names", int(beyond_chance(pairs, expected)), good, worse, numbers)


def _entropy(sizes: Counter[int]) -> float:
    """Bits of a distribution, given how many of its values occur so often."""
    total = sum(size * count for size, count in sizes.items())
    return -sum(count * size / total * log2(size / total) for size, count in sizes.items()) + 0.0


class Uniqueness:
    """Collisions and injectivity: whether each pseudonym, in each of its forms, leads to one person only.

    Over all tenants and key versions at once: whoever holds a pseudonym need not know of which tenant it is.
    """

    def __init__(self, valid: Callable[[str], bool], domain: str) -> None:
        """`valid` knows the grammar; `domain` is that of the addresses that stand for people's."""
        self._valid = valid
        self.key_ids: set[str] = set()
        """The ids of all keys that made a pseudonym."""
        self._domain = domain
        self.tokens, self._digests, self._ids = Pairs(), Pairs(), Pairs()
        self._people = self._merged = 0
        self._wrong: Counter[str] = Counter()
        self._contained = 0
        self._by_chance = 0.0

    def token(self, token: str, number: int) -> None:
        """Take a pseudonym of the person with this number."""
        self.tokens.add(printed(token), number)
        self._digests.add(printed(token[DIGEST]), number)
        if not self._valid(token):
            self._wrong["not of the grammar"] += 1
            return
        self.key_ids.add(token[KEY_ID])
        self._wrong["forms that do not lead back"] += not leads_back(token, self._domain)

    def add(self, one: Held, number: int) -> None:
        """Take a person."""
        self._people += 1
        for token in (one.pseudonym, *one.others):
            self.token(token, number)
        for parts in one.parts:
            self._ids.add(printed("\0".join((one.tenant, one.kind, *parts))), number)
        self._merged += len(set(one.spelled)) > 1 and len(one.parts) == 1
        shown = False
        for text in {text.lower() for text in one.spelled if len(text) >= _CONTAINED and text.isascii()}:
            shown |= text in one.pseudonym
            self._by_chance += max(40 - len(text) + 1, 0) / len(LETTERS) ** len(text)
        self._contained += shown

    def result(self) -> Result:
        """What is two people's that must be one's."""
        shared = sum(len(group) > 1 for _, group in self.tokens.groups())
        bad: dict[str, Number] = {
            "pseudonyms of two people": shared,
            "digests of two people, under whatever key": sum(len(group) > 1 for _, group in self._digests.groups()),
            "not of the grammar": self._wrong["not of the grammar"],
            "forms that do not lead back": self._wrong["forms that do not lead back"],
            "identifiers of two people": sum(len(group) > 1 for _, group in self._ids.groups()),
        }
        worse_than_chance = beyond_chance(self._contained, self._by_chance)
        numbers = {
            "pseudonyms": self.tokens.count(),
            "people": self._people,
            "of several spellings": self._merged,
            **bad,
            "pseudonyms that hold an identifier": self._contained,
            "of these chance explains": round(self._by_chance, 3),
        }
        good = "Every pseudonym is one person's, in each form, and none holds an identifier."
        worse = "Something that must be one person's alone is not, or shows an identifier."
        return judged("uniqueness", int(sum(bad.values())) + worse_than_chance, good, worse, numbers)


class Tenants:
    """Whether the pseudonyms of the same identifier in two tenants are unrelated."""

    def __init__(self) -> None:
        """Nobody was seen yet."""
        self._same = Pairs()
        self._digests = bytearray()
        self._tenants: dict[str, int] = {}
        self._tenant = array("H")

    def add(self, one: Held) -> None:
        """Take a person."""
        number = len(self._tenant)
        self._tenant.append(self._tenants.setdefault(one.tenant, len(self._tenants)))
        self._digests += bits_of(one.pseudonym).to_bytes(_BYTES)
        for parts in one.parts:
            self._same.add(printed("\0".join((one.kind, *parts))), number)

    def result(self) -> Result:
        """How near they come."""
        pairs, close, nearest = 0, 0, BITS
        for _, group in self._same.groups():
            for at, one in enumerate(group):
                for other in group[at + 1 :]:
                    if self._tenant[one] == self._tenant[other]:
                        continue
                    pairs += 1
                    apart = (self._digest(one) ^ self._digest(other)).bit_count()
                    nearest = min(nearest, apart)
                    close += apart < _CLOSE
        numbers: dict[str, Number] = {"people in two tenants": pairs, "linkable": close}
        if not pairs:
            return Result("tenants", Verdict.NOT_RUN, "No identifier is known in two tenants.", numbers)
        numbers["fewest bits that differ, of 130"] = nearest
        good = "The same person in two tenants has unrelated pseudonyms."
        return judged("tenants", close, good, "Pseudonyms of two tenants can be linked.", numbers)

    def _digest(self, number: int) -> int:
        return int.from_bytes(self._digests[number * _BYTES : (number + 1) * _BYTES])


class Versions:
    """Whether the pseudonyms that one person has under several keys are unrelated."""

    def __init__(self) -> None:
        """Nobody was seen yet."""
        self._people = self._pairs = self._close = 0
        self._nearest = BITS

    def add(self, one: Held) -> None:
        """Take a person."""
        tokens = (one.pseudonym, *one.others)
        self._people += len(tokens) > 1
        for at, first in enumerate(tokens):
            for other in tokens[at + 1 :]:
                self._pairs += 1
                apart = (bits_of(first) ^ bits_of(other)).bit_count()
                self._nearest = min(self._nearest, apart)
                self._close += apart < _CLOSE

    def result(self) -> Result:
        """How near they come."""
        numbers: dict[str, Number] = {"people with several pseudonyms": self._people, "linkable": self._close}
        if not self._pairs:
            return Result("versions", Verdict.NOT_RUN, "Nobody has two pseudonyms.", numbers)
        numbers["fewest bits that differ, of 130"] = self._nearest
        good = "The pseudonyms of a person under different keys are unrelated."
        return judged("versions", self._close, good, "Pseudonyms of two keys can be linked.", numbers)


def bits_of(token: str) -> int:
    """The 130 bits of a digest; a letter that is none counts as 0."""
    number = 0
    for letter in token[DIGEST]:
        number = number << 5 | max(LETTERS.find(letter), 0)
    return number
