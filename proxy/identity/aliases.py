"""What stands outward for each kind of identity.

Names are never hashed by themselves: equal first names would share a pseudonym, and counting them would undo it.
Everything here follows from the subject's pseudonym alone, except the order of a name, which follows its source.
`pseudonym.invalid` can belong to nobody (RFC 2606 section 2). Where a store takes no such address, the operator names
another domain; what has been told is recognised at any, for a pseudonym is known by itself.
"""

import re

from keys import hex_form
from proxy.people import Cleartext, Kind, Person

GIVEN = "Learner"
DOMAIN = "pseudonym.invalid"

HOME_PAGE = f"https://{DOMAIN}"
"""The home page of every account that is a pseudonym."""

_MAILTO = "mailto:"
_FORMS = re.compile(
    r"(?P<address>(?:mailto:)?(?P<local>[A-Za-z0-9]{40})@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{1,62})"
    rf"|(?P<openid>{re.escape(HOME_PAGE)}/(?P<segment>[A-Za-z0-9]{{40}}))"
    r"|(?P<bare>[A-Za-z0-9]{40})",
    re.IGNORECASE,
)


def outward_text(
    person: Person, kind: Kind, alias: str, source: Cleartext | None = None, *, domain: str = DOMAIN
) -> str:
    """Return what stands for `kind` of `person`; `alias` is her family name, `domain` where her address is.

    `source` is the value that is replaced and gives the form: "Last, First" or "First Last", `mailto:` or bare. Without
    it the person's newest text of that kind does, and without any the SCORM form "Last, First".
    """
    token = person.pseudonym.token
    pattern = source or person.text(kind)
    if kind in {Kind.SUBJECT, Kind.ACCOUNT, Kind.FREE_TEXT, Kind.REGISTRATION, Kind.TAG}:
        return token
    if kind is Kind.GIVEN:
        return GIVEN
    if kind is Kind.FAMILY:
        return alias
    if kind is Kind.NAME:
        comma = pattern is None or "," in pattern.reveal()
        return f"{alias}, {GIVEN}" if comma else f"{GIVEN} {alias}"
    if kind is Kind.EMAIL:
        mailto = pattern is not None and pattern.reveal()[: len(_MAILTO)].lower() == _MAILTO
        return f"{_MAILTO if mailto else ''}{token}@{domain}"
    if kind is Kind.EMAIL_SHA1:
        return hex_form(token)
    return f"{HOME_PAGE}/{token}"


def candidate(kind: Kind, text: str) -> str:
    """Return what would be the token if `text` were `outward_text` of that kind; "" if its form is another.

    Digits that stand for a SHA-1 are `keys.from_hex_form`'s.
    """
    found = _FORMS.fullmatch(text)
    if found is None or (kind is Kind.EMAIL and found["address"] is None):
        return ""
    if kind is Kind.EMAIL:
        return found["local"].lower()
    if kind is Kind.OPENID:
        return (found["segment"] or "").lower()
    return (found["bare"] or "").lower()
