"""Statistics of the digests, what they tell of names and identifiers, and keys that anybody would try first."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import product
from math import sqrt

from keys import Secret
from keys.derive import encode, pseudonym_key
from proxy.attack.chance import dependence
from proxy.attack.held import DIGEST, LETTERS, Held
from proxy.attack.report import Number, Result, Verdict, judged

_ENOUGH = 100
"""Pseudonyms from which on statistics say anything."""
_SIGMA = 5.0
_CHI_SQUARE = 80.0
"""Of 31 degrees of freedom: by chance once in some 250,000 runs (Wilson-Hilferty)."""
_FAR = 6.0
_FEW = 5 * len(LETTERS)
"""People whom a feature must have to count by itself: fewer say nothing of 32 letters."""
_MOST = 500


class Balance:
    """Monobit and chi-square over the letters of the digests: a sanity test, no proof of randomness."""

    def __init__(self) -> None:
        """Nothing was seen yet."""
        self._letters: Counter[str] = Counter()
        self._tokens = 0

    def token(self, token: str) -> None:
        """Take a pseudonym."""
        self._tokens += 1
        self._letters.update(token[DIGEST])

    def result(self) -> Result:
        """Whether they are evenly spread."""
        if self._tokens < _ENOUGH:
            says = f"Fewer than {_ENOUGH} pseudonyms say nothing."
            return Result("balance", Verdict.NOT_RUN, says, {"pseudonyms": self._tokens})
        letters = self._letters
        total = letters.total()
        ones = sum(max(LETTERS.find(letter), 0).bit_count() * count for letter, count in letters.items())
        bits = 5 * total
        sigma = abs(2 * ones - bits) / sqrt(bits)
        expected = total / len(LETTERS)
        chi = sum((letters[letter] - expected) ** 2 / expected for letter in LETTERS)
        numbers: dict[str, Number] = {
            "bits": bits,
            "deviation of ones, sigma": round(sigma, 2),
            "chi-square of letters": round(chi, 1),
        }
        bad = int(sigma > _SIGMA or chi > _CHI_SQUARE)
        return judged("balance", bad, "The digests look like chance.", "The digests are not evenly spread.", numbers)


_FEATURES: Mapping[str, Callable[[Held], str]] = {
    "initial of the name": lambda one: one.name[:1].casefold(),
    "length of the name": lambda one: str(len(one.name)) if one.name else "",
    "given name": lambda one: one.name.replace(",", " ").split(" ")[0].casefold() if one.name else "",
    "end of the name": lambda one: one.name[-1:].casefold(),
    "first sign of the id": lambda one: one.spelled[0][:1] if one.spelled else "",
    "last sign of the id": lambda one: one.spelled[0][-1:] if one.spelled else "",
    "length of the id": lambda one: str(len(one.spelled[0])) if one.spelled else "",
}


class Shapes:
    """Whether a pseudonym or an alias tells anything of a name or an identifier: initials, lengths, given names.

    A scheme that keeps order, cuts identifiers off or hashes names by themselves would show here.
    """

    def __init__(self, alias: Callable[[str], str]) -> None:
        """`alias` gives that of a pseudonym."""
        self._alias = alias
        self._seen: dict[str, Mapping[str, Counter[tuple[str, str]]]] = {
            feature: {"pseudonym": Counter(), "alias": Counter()} for feature in _FEATURES
        }
        self._values: dict[str, set[str]] = {feature: set() for feature in _FEATURES}
        self._lengths: set[tuple[int, int]] = set()
        self._people = 0

    def add(self, one: Held) -> None:
        """Take a person."""
        self._people += 1
        alias = self._alias(one.pseudonym)
        self._lengths.add((len(one.pseudonym), len(alias)))
        for name, feature in _FEATURES.items():
            if not (value := feature(one)):
                continue
            if value not in (known := self._values[name]):
                # A table has an end, whatever people are called; what is common is among the first.
                if len(known) < _MOST:
                    known.add(value)
                else:
                    value = ""
            self._seen[name]["pseudonym"][value, one.pseudonym[DIGEST.start]] += 1
            self._seen[name]["alias"][value, alias[0]] += 1

    def result(self) -> Result:
        """How much of it shows."""
        if self._people < _ENOUGH:
            says = f"Fewer than {_ENOUGH} people say nothing."
            return Result("shapes", Verdict.NOT_RUN, says, {"people": self._people})
        numbers: dict[str, Number] = {"people": self._people, "different lengths": len(self._lengths)}
        bad = len(self._lengths) - 1
        for feature, what in product(self._seen, ("pseudonym", "alias")):
            _, sigma = dependence(_common(self._seen[feature][what]))
            numbers[f"{feature} and {what}, sigma"] = round(sigma, 2)
            bad += sigma > _FAR
        good = "Neither pseudonyms nor aliases tell anything of initials, lengths, given names or parts of identifiers."
        return judged("shapes", bad, good, "Pseudonyms or aliases tell something of names or identifiers.", numbers)


def _common(table: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """With everything that is rare as one."""
    often: Counter[str] = Counter()
    for (value, _), count in table.items():
        often[value] += count
    found: Counter[tuple[str, str]] = Counter()
    for (value, sign), count in table.items():
        found[(value if often[value] >= _FEW else "", sign)] += count
    return found


def guessed_keys() -> dict[str, Secret]:
    """Keys that anybody would try first, and the one of the published vectors' form: 0 to 31."""
    words = ("password", "secret", "scormveil", "changeme", "example", "")
    plain = {"zeros": bytes(32), "ones": b"\xff" * 32, "counting": bytes(range(32)), "from-one": bytes(range(1, 33))}
    padded = {f"padded-{number}": word.encode().ljust(32, b"\0") for number, word in enumerate(words) if word}
    hashed = {f"hash-{number}": hashlib.sha256(word.encode()).digest() for number, word in enumerate(words)}
    return {name: Secret(raw) for name, raw in (plain | padded | hashed).items()}


class WeakKeys:
    """Whether one of the secrets (32 bytes each, what anybody would try first) makes a pseudonym that is held.

    Computed by docs/pseudonyms.md, not by a keyring, which would refuse most of these keys.
    """

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        """The keys to try, by a short word each."""
        self._secrets = secrets
        self._tried = self._made = 0
        self._letters = bytes(ord(LETTERS[byte % 32]) for byte in range(256))

        @lru_cache(maxsize=1024)
        def keyed(name: str, tenant: str, kind: str) -> hmac.HMAC:
            return hmac.new(pseudonym_key(secrets[name], tenant, kind).reveal(), digestmod="sha256")

        self._keyed = keyed

    def add(self, one: Held) -> None:
        """Take a person."""
        digests = [token[DIGEST].encode() for token in (one.pseudonym, *one.others)]
        for parts in one.parts:
            text = encode(parts)
            for name in self._secrets:
                self._tried += 1
                mac = self._keyed(name, one.tenant, one.kind).copy()
                mac.update(text)
                self._made += mac.digest()[: len(digests[0])].translate(self._letters) in digests

    def result(self) -> Result:
        """How many pseudonyms they made."""
        numbers = {"keys": len(self._secrets), "tried": self._tried, "pseudonyms made": self._made}
        if not self._tried:
            return Result("weak-keys", Verdict.NOT_RUN, "Nobody is in the mapping.", numbers)
        good = "No key that anybody would guess makes a pseudonym."
        return judged("weak-keys", self._made, good, "A key that anybody would guess makes pseudonyms.", numbers)
