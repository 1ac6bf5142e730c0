"""What an identifier of an xAPI agent says of whom, and what stands in its place, outward and back."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from proxy.identity import DOMAIN, HOME_PAGE, mbox_sha1
from proxy.passage.mounts import XapiPolicy
from proxy.people import Cleartext, Kind, Person, account_parts
from proxy.rewrite import AgentPart

TextsFor = Callable[[Person, Kind, Cleartext | None], str]

_MAILTO = "mailto:"
_NAMES = frozenset({Kind.NAME, Kind.GIVEN, Kind.FAMILY})
_OURS = re.compile(rf"(?:@|//){re.escape(DOMAIN)}(?::[0-9]+)?(?:[/?#]|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """Who is meant. `left` is what stands before the bar in an account of the cloud's."""

    kind: Kind
    value: Cleartext
    left: str = ""


def said_of(part: AgentPart, policy: XapiPolicy | None) -> Said | None:
    """Return whom an identifier means; None for a name. Without a policy every account may be a pseudonym's."""
    if part.kind in _NAMES:
        return None
    if part.kind is Kind.EMAIL and policy is not None and policy.learner_ids_are_addresses:
        return Said(Kind.SUBJECT, Cleartext(Kind.SUBJECT, part.value.reveal()[len(_MAILTO) :]))
    if part.kind is not Kind.ACCOUNT:
        return Said(part.kind, part.value)
    home, name = account_parts(part.value.reveal())
    left, bar, right = name.partition("|")
    page = home.rstrip("/")
    if page == HOME_PAGE:
        return Said(Kind.SUBJECT, Cleartext(Kind.SUBJECT, name))
    if policy is None:
        return Said(Kind.SUBJECT, Cleartext(Kind.SUBJECT, right if bar else name), left)
    if page in policy.cloud_home_pages and bar and right:
        return Said(Kind.SUBJECT, Cleartext(Kind.SUBJECT, right), left)
    if page in policy.learner_home_pages:
        return Said(Kind.SUBJECT, Cleartext(Kind.SUBJECT, name))
    return Said(Kind.ACCOUNT, part.value)


def is_ours(part: AgentPart, mail_domain: str) -> bool:
    """Tell whether an identifier lies where only pseudonyms do: what is none there is nobody's."""
    text = part.value.reveal()
    if part.kind is Kind.EMAIL and re.search(rf"@{re.escape(mail_domain)}(?:[?#]|\Z)", text, re.IGNORECASE):
        return True
    return _OURS.search(account_parts(text)[0] if part.kind is Kind.ACCOUNT else text) is not None


def sum_of(person: Person) -> str | None:
    """Return the SHA-1 of her address (xAPI 1.0.3 part 2, 2.4.2.3) as it was seen, or as it must be."""
    known, address = person.text(Kind.EMAIL_SHA1), person.text(Kind.EMAIL)
    if known is not None:
        return known.reveal()
    return None if address is None else mbox_sha1(address.reveal())


def outward_texts(part: AgentPart, person: Person, texts_for: TextsFor, policy: XapiPolicy) -> Sequence[str]:
    """Return what stands outward at each span of a part of hers; a nameless group's `person` is a tag."""
    if person.text(Kind.TAG) is not None:
        return (person.pseudonym.token,)
    if part.kind is not Kind.ACCOUNT:
        return (texts_for(person, part.kind, part.value),)
    home, name = account_parts(part.value.reveal())
    left, bar, right = name.partition("|")
    token = texts_for(person, Kind.SUBJECT, None)
    if bar and right and home.rstrip("/") in policy.cloud_home_pages:
        return home, f"{left}|{token}"
    return HOME_PAGE, token


def inward_texts(part: AgentPart, person: Person, texts_for: TextsFor, policy: XapiPolicy) -> Sequence[str] | None:
    """Return what stood at each span before it left; None if that is not known, or was never hers."""
    text = part.value.reveal()
    if part.kind is Kind.ACCOUNT:
        return _account(text, person, policy)
    if part.kind in _NAMES:
        return _name(part, person, texts_for)
    known = person.text(part.kind)
    if part.kind is Kind.EMAIL and known is not None:
        address = known.reveal()
        return (address if address[: len(_MAILTO)].lower() == _MAILTO else _MAILTO + address,)
    if part.kind is Kind.EMAIL_SHA1:
        digits = sum_of(person)
        return None if digits is None else (digits,)
    return None if known is None else (known.reveal(),)


def _account(text: str, person: Person, policy: XapiPolicy) -> Sequence[str] | None:
    home, name = account_parts(text)
    left, bar, _ = name.partition("|")
    subject = person.text(Kind.SUBJECT)
    if home.rstrip("/") != HOME_PAGE:
        return None if subject is None or not bar else (home, f"{left}|{subject.reveal()}")
    known = person.text(Kind.ACCOUNT)
    if known is not None:
        return account_parts(known.reveal())
    if subject is not None and policy.learner_home_pages:
        return policy.learner_home_pages[0], subject.reveal()
    return None


def _name(part: AgentPart, person: Person, texts_for: TextsFor) -> Sequence[str] | None:
    """A name is given back where our alias of her stands; of a nameless group what it was called."""
    thing = person.text(Kind.TAG)
    if thing is not None:
        return (thing.reveal(),)
    if part.value.reveal() != texts_for(person, part.kind, part.value):
        return None
    known = person.text(part.kind)
    if known is not None:
        return (known.reveal(),)
    given, family = person.text(Kind.GIVEN), person.text(Kind.FAMILY)
    if part.kind is not Kind.NAME or given is None or family is None:
        return None
    comma = "," in part.value.reveal()
    whole = f"{family.reveal()}, {given.reveal()}" if comma else f"{given.reveal()} {family.reveal()}"
    return (whole,)
