r"""Which spellings of an identifier are one and the same person.

The result is the input of the blind index and of the pseudonym scheme, so every rule here is a promise for ever.

* Subject (the id that the LMS hands over): Unicode NFC, because one and the same id arrives composed or decomposed
  according to the platform it was typed on; nothing is stripped or case-folded, because an LMS may tell `a` from `A`;
  blanks alone are no id. The dispatch client of SCORM Cloud turns every `/` and `\` into `_` before it sends an id,
  other paths do not; so all three are one here. The price: learners `a/b`, `a\b` and `a_b` of one tenant share a
  pseudonym. They could not be told apart after a dispatch launch anyway, and the spelling seen last is given back.
* Registration and tag (what the LMS chose to call them): Unicode NFC, nothing else.
* OpenID and account (xAPI 1.0.3 part 2, 2.4.2.3 and 2.4.2.4): Unicode NFC, nothing else; an account is its home page
  and its name, so that equal names on two systems stay apart. An account of the LMS's own is a subject instead.
* Address: the SHA-1 of its mailto IRI with the domain in lower case (RFC 5321 section 2.4: the local part may be
  case-sensitive, the domain is not), which is what xAPI calls `mbox_sha1sum` (xAPI 1.0.3 part 2, 2.4.2.3), so
  that `mbox` and `mbox_sha1sum` of one address are one person.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from proxy.errors import FieldInvalid, FieldMissing
from proxy.people import Cleartext, Kind, account_parts

MAX_IDENTIFIER = 255
"""Characters of a normalised identifier: SCORM 2004 guarantees 4000, LMSs store 255 at most."""

MAX_IRI = 1000
"""Characters of a normalised identifier that is or has an IRI."""

MAX_TEXT = 1000
"""Characters of anything else said of a person."""

_SLASHES = str.maketrans({"/": "_", "\\": "_"})
_UNWRITABLE = frozenset({"Cc", "Cs"})
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_MAILTO = "mailto:"
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
"""An absolute IRI, as far as it matters: a scheme, and no sign that ends one in running text (RFC 3987 section 2.2)."""
_HAS_IRI = frozenset({Kind.OPENID, Kind.ACCOUNT})


@dataclass(frozen=True, slots=True, repr=False)
class Identifier:
    """A normalised identifier: the mapping's kind and the parts to derive from. It does not print."""

    kind: str
    parts: tuple[str, ...]


def identify(text: Cleartext) -> Identifier:
    """Normalise the identifier of a person.

    Raises `FieldMissing` if it is empty, `FieldInvalid` if it is too long, unprintable or of a kind that identifies
    nobody by itself.
    """
    value = unicodedata.normalize("NFC", text.reveal())
    if not value or value.isspace():
        raise FieldMissing("empty", kind=text.kind)
    if len(value) > (MAX_IRI if text.kind in _HAS_IRI else MAX_IDENTIFIER):
        raise FieldInvalid("too-long", kind=text.kind)
    if not writable(value):
        raise FieldInvalid("control-character", kind=text.kind)
    if text.kind is Kind.SUBJECT:
        return Identifier("subject", (value.translate(_SLASHES),))
    if text.kind is Kind.EMAIL:
        return Identifier("email", (mbox_sha1(value),))
    if text.kind is Kind.EMAIL_SHA1:
        if not _SHA1.fullmatch(value):
            raise FieldInvalid("not-a-sha1", kind=text.kind)
        return Identifier("email", (value.lower(),))
    if text.kind in _HAS_IRI:
        return _iri_identifier(text.kind, value)
    if text.kind in {Kind.REGISTRATION, Kind.TAG}:
        return Identifier(text.kind.value, (value,))
    raise FieldInvalid("not-an-identifier", kind=text.kind)


def is_iri(value: str) -> bool:
    """Whether `value` has the form of an absolute IRI."""
    return _IRI.fullmatch(value) is not None


def _iri_identifier(kind: Kind, value: str) -> Identifier:
    iri, name = account_parts(value) if kind is Kind.ACCOUNT else (value, "")
    if not is_iri(iri):
        raise FieldInvalid("not-an-iri", kind=kind)
    if kind is Kind.OPENID:
        return Identifier("openid", (iri,))
    if not name.strip():
        raise FieldMissing("empty", kind=kind)
    return Identifier("account", (iri, name))


def identifier_in(text: Cleartext, kind: str) -> Identifier | None:
    """The identifier that `text` is in a mapping of `kind`, None if it is something else said of her."""
    identifier: Identifier | None = None
    with suppress(FieldInvalid, FieldMissing):
        identifier = identify(text)
    return identifier if identifier is not None and identifier.kind == kind else None


def identifiers_of(texts: Iterable[Cleartext], kind: str) -> tuple[Identifier, ...]:
    """Every identifier of a mapping of `kind` among `texts`, each once; one, unless normalisation changed."""
    found = (identifier_in(text, kind) for text in texts)
    return tuple({(one.kind, one.parts): one for one in found if one is not None}.values())


def worth_keeping(text: Cleartext) -> bool:
    """Whether something said of a person says anything. Raises `FieldInvalid` for what could not be written down."""
    value = text.reveal()
    if len(value) > MAX_TEXT:
        raise FieldInvalid("too-long", kind=text.kind)
    if not value.isprintable() and any(unicodedata.category(char) == "Cs" for char in value):
        raise FieldInvalid("unpaired-surrogate", kind=text.kind)
    return bool(value.strip())


def writable(value: str) -> bool:
    """Whether `value` holds neither control characters nor unpaired surrogates."""
    return value.isprintable() or not any(unicodedata.category(char) in _UNWRITABLE for char in value)


def address_parts(value: str) -> tuple[str, str]:
    """Return local part and domain of an e-mail address, with or without `mailto:`; `FieldInvalid`."""
    address = value[len(_MAILTO) :] if value[: len(_MAILTO)].lower() == _MAILTO else value
    local, at, domain = address.rpartition("@")
    if not (local and at and domain):
        raise FieldInvalid("not-an-address", kind=Kind.EMAIL)
    return local, domain


def mbox_sha1(value: str) -> str:
    """Return the SHA-1 of an address's mailto IRI, its domain in lower case; `FieldInvalid`."""
    local, domain = address_parts(value)
    iri = f"{_MAILTO}{local}@{domain.lower()}"
    return hashlib.sha1(iri.encode(), usedforsecurity=False).hexdigest()
