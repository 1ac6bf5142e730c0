"""Attacks on what is held: names, uniqueness, balance of the digests, tenants, weak keys."""

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log2, sqrt

from keys import PseudonymScheme, Secret, hex_form
from keys.derive import encode, pseudonym_key
from proxy.attack.report import Number, Result, Verdict, judged
from proxy.identity.normalize import identifier_in
from proxy.people import Kind, Person

LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_DIGEST = slice(7, 33)
_BITS = 130
_MORE = frozenset((Kind.EMAIL, Kind.ACCOUNT, Kind.OPENID, Kind.URL))
_CONTAINED = 6
"""Signs of an identifier from which on it stands in a pseudonym by more than chance (35 places, 32**6 readings)."""
_ENOUGH = 100
"""Pseudonyms from which on statistics say anything."""
_SIGMA = 5.0
_CHI_SQUARE = 80.0
"""Of 31 degrees of freedom: by chance once in some 250,000 runs (Wilson-Hilferty)."""
_CLOSE = 20
"""Bits in which two digests of 130 may differ at least: chance comes so near once in 10**15."""


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
        name.reveal() if name is not None else "",
        tuple(text.reveal() for text in person.cleartexts if text.kind in _MORE and identifier_in(text, kind) is None),
    )


def names(people: Sequence[Held], scheme: PseudonymScheme) -> Result:
    """Frequency analysis: whether aliases show how often a name occurs."""
    named = [one for one in people if one.name]
    real = Counter((one.tenant, one.name) for one in named)
    aliases = Counter((one.tenant, scheme.alias(one.pseudonym)) for one in named)
    shared = sum(count for count in aliases.values() if count > 1)
    numbers: dict[str, Number] = {
        "people with a name": len(named),
        "people who share theirs": sum(count for count in real.values() if count > 1),
        "entropy of names, bits": round(_entropy(real), 2),
        "entropy of aliases, bits": round(_entropy(aliases), 2),
        "people who share an alias": shared,
    }
    good = "Each alias is one person's: how often a name occurs does not show."
    if not named:
        return Result("names", Verdict.NOT_RUN, "Nobody's name is known.", numbers)
    return judged("names", shared, good, "Two people have one alias.", numbers)


def _entropy(counts: Counter[tuple[str, str]]) -> float:
    total = counts.total()
    return -sum(count / total * log2(count / total) for count in counts.values()) + 0.0


def uniqueness(people: Sequence[Held], tokens: Iterable[tuple[str, str]], scheme: PseudonymScheme) -> Result:
    """Whether each of `tokens` (every pseudonym, with the name of her row) leads to one person only."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for token, person in tokens:
        owners[token].add(person)
    valid = [token for token in owners if scheme.valid(token)]
    ids: Counter[tuple[object, ...]] = Counter()
    for one in people:
        ids.update({(one.tenant, one.kind, parts) for parts in one.parts})
    contained = sum(
        any(len(text) >= _CONTAINED and text.lower() in one.pseudonym for text in one.spelled) for one in people
    )
    bad: dict[str, Number] = {
        "pseudonyms of two people": sum(len(one) > 1 for one in owners.values()),
        "not of the grammar": len(owners) - len(valid),
        "hexadecimal forms of two": len(valid) - len({hex_form(token) for token in valid}),
        "identifiers of two people": sum(count > 1 for count in ids.values()),
        "pseudonyms that hold an identifier": contained,
    }
    merged = sum(len(set(one.spelled)) > 1 and len(one.parts) == 1 for one in people)
    numbers = {"pseudonyms": len(owners), "people": len(people), "of several spellings": merged} | bad
    good = "Every pseudonym is one person's, and none holds an identifier."
    worse = "Something that must be one person's alone is not, or shows an identifier."
    return judged("uniqueness", int(sum(bad.values())), good, worse, numbers)


def balance(tokens: Sequence[str]) -> Result:
    """Monobit and chi-square over the letters of the digests: a sanity test, no proof of randomness."""
    letters: Counter[str] = Counter()
    for token in set(tokens):
        letters.update(token[_DIGEST])
    total = letters.total()
    if len(set(tokens)) < _ENOUGH:
        says = f"Fewer than {_ENOUGH} pseudonyms say nothing."
        return Result("balance", Verdict.NOT_RUN, says, {"pseudonyms": len(set(tokens))})
    ones = sum(LETTERS.index(letter).bit_count() * count for letter, count in letters.items())
    bits = 5 * total
    sigma = abs(2 * ones - bits) / sqrt(bits)
    expected = total / len(LETTERS)
    chi = sum((letters[letter] - expected) ** 2 / expected for letter in LETTERS)
    numbers = {"bits": bits, "deviation of ones, sigma": round(sigma, 2), "chi-square of letters": round(chi, 1)}
    bad = int(sigma > _SIGMA or chi > _CHI_SQUARE)
    return judged("balance", bad, "The digests look like chance.", "The digests are not evenly spread.", numbers)


def tenants(people: Sequence[Held], scheme: PseudonymScheme) -> Result:
    """Whether the pseudonyms of the same identifier in two tenants are unrelated."""
    same: defaultdict[tuple[object, ...], dict[str, Held]] = defaultdict(dict)
    for one in people:
        for parts in one.parts:
            same[(one.kind, parts)][one.tenant] = one
    pairs, close, nearest = 0, 0, _BITS
    for group in same.values():
        members = list(group.values())
        for at, one in enumerate(members):
            for other in members[at + 1 :]:
                pairs += 1
                apart = _apart(one.pseudonym, other.pseudonym)
                nearest = min(nearest, apart)
                close += apart < _CLOSE or scheme.alias(one.pseudonym) == scheme.alias(other.pseudonym)
    numbers: dict[str, Number] = {"people in two tenants": pairs, "linkable": close}
    if not pairs:
        return Result("tenants", Verdict.NOT_RUN, "No identifier is known in two tenants.", numbers)
    numbers["fewest bits that differ, of 130"] = nearest
    good = "The same person in two tenants has unrelated pseudonyms."
    return judged("tenants", close, good, "Pseudonyms of two tenants can be linked.", numbers)


def _apart(one: str, other: str) -> int:
    pairs = zip(one[_DIGEST], other[_DIGEST], strict=True)
    return sum((LETTERS.index(first) ^ LETTERS.index(second)).bit_count() for first, second in pairs)


def guessed_keys() -> dict[str, Secret]:
    """Keys that anybody would try first, and the one of the published vectors' form: 0 to 31."""
    words = ("password", "secret", "scormveil", "changeme", "example", "")
    plain = {"zeros": bytes(32), "ones": b"\xff" * 32, "counting": bytes(range(32)), "from-one": bytes(range(1, 33))}
    padded = {f"padded-{number}": word.encode().ljust(32, b"\0") for number, word in enumerate(words) if word}
    hashed = {f"hash-{number}": hashlib.sha256(word.encode()).digest() for number, word in enumerate(words)}
    return {name: Secret(raw) for name, raw in (plain | padded | hashed).items()}


def weak_keys(people: Iterable[Held], secrets: Mapping[str, Secret]) -> Result:
    """Whether one of `secrets` (32 bytes each, what anybody would try first) makes a pseudonym that is held.

    Computed by docs/pseudonyms.md, not by a keyring, which would refuse most of these keys.
    """

    @lru_cache(maxsize=1024)
    def keyed(name: str, tenant: str, kind: str) -> hmac.HMAC:
        return hmac.new(pseudonym_key(secrets[name], tenant, kind).reveal(), digestmod="sha256")

    letters = bytes(ord(LETTERS[byte % 32]) for byte in range(256))
    tried, made = 0, 0
    for one in people:
        digest = one.pseudonym[_DIGEST].encode()
        for parts in one.parts:
            text = encode(parts)
            for name in secrets:
                tried += 1
                mac = keyed(name, one.tenant, one.kind).copy()
                mac.update(text)
                made += mac.digest()[: len(digest)].translate(letters) == digest
    numbers = {"keys": len(secrets), "tried": tried, "pseudonyms made": made}
    if not tried:
        return Result("weak-keys", Verdict.NOT_RUN, "Nobody is in the mapping.", numbers)
    good = "No key that anybody would guess makes a pseudonym."
    return judged("weak-keys", made, good, "A key that anybody would guess makes pseudonyms.", numbers)
