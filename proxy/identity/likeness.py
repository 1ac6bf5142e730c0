"""Whether somebody is called so: for an officer who has a name, or an address that is not what she is known by."""

import re
import unicodedata

from proxy.errors import FieldInvalid, FieldMissing
from proxy.identity.normalize import address_parts, identify, mbox_sha1
from proxy.people import Cleartext, Kind, Person

_WORDS = re.compile(r"[^\W_]+")
_NAMES = frozenset({Kind.NAME, Kind.GIVEN, Kind.FAMILY})


def check_sought(text: Cleartext) -> None:
    """Raise `FieldMissing` or `FieldInvalid` for what nobody can be sought by."""
    if text.kind is Kind.NAME:
        if not _words(text):
            raise FieldMissing("empty", kind=text.kind)
    elif text.kind is Kind.EMAIL:
        identify(text)
    else:
        raise FieldInvalid("not-sought", kind=text.kind)


def bears(person: Person, text: Cleartext) -> bool:
    """Tell whether `text` is a name or an address of `person`, of whatever order, case and form its letters are.

    A name is hers if its words are those of one that was seen, or of a first and a family name that were.
    """
    if text.kind is Kind.EMAIL:
        sought, digits = _address(text), mbox_sha1(text.reveal())
        return any(
            (one.kind is Kind.EMAIL and _address(one) == sought)
            or (one.kind is Kind.EMAIL_SHA1 and one.reveal().lower() == digits)
            for one in person.cleartexts
        )
    words = _words(text)
    known = [one for one in person.cleartexts if one.kind in _NAMES]
    if any(_words(one) == words for one in known):
        return True
    given = [_words(one) for one in known if one.kind is Kind.GIVEN]
    family = [_words(one) for one in known if one.kind is Kind.FAMILY]
    return any(sorted(first + last) == words for first in given for last in family)


def _address(text: Cleartext) -> str:
    """Of an address in any case: local parts that differ in it are hardly ever two people's. What is none stays."""
    value = unicodedata.normalize("NFC", text.reveal()).casefold()
    try:
        return "@".join(address_parts(value))
    except FieldInvalid:
        return value


def _words(text: Cleartext) -> list[str]:
    return sorted(_WORDS.findall(unicodedata.normalize("NFKC", text.reveal()).casefold()))
