"""Learns from a ContentURL which query key carries which placeholder.

The client in the LMS page fills in each placeholder once, at its first occurrence, in the order below. The last one is
special: it follows another value without `&` and is replaced by nothing or by `&regid=...`, so that
`redirecturl=REDIRECT_URL_REGISTRATION_ARGUMENT` are two placeholders.
"""

from collections import Counter
from dataclasses import dataclass

from proxy.package.reasons import Reason

LEARNER_ID = "LEARNER_ID"
REGISTRATION = "_REGISTRATION_ARGUMENT"
PLACEHOLDERS = (
    LEARNER_ID, "LEARNER_LNAME", "LEARNER_FNAME", "REFERRING_URL", "PIPE_URL", "REDIRECT_URL", "CSS_URL", REGISTRATION,
)  # fmt: skip
REGISTRATION_KEY = "regid"  # the client's own word, not the package's


@dataclass(frozen=True, slots=True)
class Roles:
    """Placeholder to query key, and the other query keys, both in the order of the address."""

    keys: dict[str, str]
    fixed: tuple[str, ...]


def read_roles(url: str) -> Roles:
    """Read the roles of the ContentURL `url`. Raises PackageRefused where filling it in would be ambiguous."""
    address, hash_mark, fragment = url.partition("#")
    path, _, query = address.partition("?")
    for name in PLACEHOLDERS:
        if name in path or (hash_mark and name in fragment):
            raise Reason.IN_PATH.refused()
        if url.count(name) > 1:
            raise Reason.REPEATED.refused()
    if LEARNER_ID not in query:
        raise Reason.NO_LEARNER.refused()
    before, registration, after = query.partition(REGISTRATION)
    if after and not after.startswith("&"):
        raise Reason.EMBEDDED.refused()
    return _roles(before + after, has_registration=bool(registration))


def _roles(query: str, *, has_registration: bool) -> Roles:
    keys: dict[str, str] = {}
    fixed: list[str] = []
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        if value in PLACEHOLDERS and key:
            keys[value] = key
        elif any(name in pair for name in PLACEHOLDERS):
            raise Reason.EMBEDDED.refused()
        elif key:
            fixed.append(key)
    if has_registration:
        keys[REGISTRATION] = REGISTRATION_KEY
    seen = Counter([*keys.values(), *fixed])
    if any(seen[key] > 1 for key in keys.values()):
        raise Reason.KEY_REPEATED.refused()
    return Roles(keys, tuple(dict.fromkeys(fixed)))


def query_keys(url: str) -> tuple[str, ...]:
    """Give the names of the query keys of `url`, each once, in order."""
    query = url.partition("#")[0].partition("?")[2]
    return tuple(dict.fromkeys(key for pair in query.split("&") if (key := pair.partition("=")[0])))
