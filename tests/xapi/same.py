"""Whether two answers say the same, but for what no two runs have in common: clocks, ids that a store makes, pages."""

import re
from contextlib import suppress

from keys.pseudonym import PseudonymScheme
from proxy.identity.normalize import identify
from proxy.people import Cleartext, Kind
from proxy.people import account as account_of
from tests.xapi.people import EVERYBODY, Human
from tests.xapi.scene import CLOUD_HOME, LMS_HOME

OURS = "00000000-0000-4000-8000-"
"""How ids begin that the tests give; all others were made by a store or a client."""
WHEN = "2026-05-04T"
"""How times begin that the tests give."""

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)")
_PERIOD = re.compile(r"P(?:\d+D)?T(?:\d+H)?(?:\d+M)?[\d.]+S")
_TAG = re.compile(r'"[0-9a-f]{40}"')
_ALIAS = re.compile(r"Learner [0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}")


def token_of(scheme: PseudonymScheme, human: Human, tenant: str = "uni") -> str:
    """Her pseudonym: that of the learner where an account is the LMS's or the cloud's."""
    value = human.value
    if isinstance(value, dict):
        own = value["homePage"] in {LMS_HOME, CLOUD_HOME}
        right = value["name"].rpartition("|")[2]
        said = Cleartext(Kind.SUBJECT, right) if own else account_of(value["homePage"], value["name"])
    else:
        kinds = {"mbox": Kind.EMAIL, "mbox_sha1sum": Kind.EMAIL_SHA1, "openid": Kind.OPENID}
        said = Cleartext(kinds[human.key], value)
    identifier = identify(said)
    return scheme.mint(tenant, identifier.kind, identifier.parts).token


def aliases(scheme: PseudonymScheme, people=EVERYBODY) -> dict[str, str]:
    """Who is behind an alias."""
    return {f"Learner {scheme.alias(token_of(scheme, one))}": one.name for one in people}


def plain(value, named=None, *, tags=True):
    """`value` without what differs from run to run; aliases become the names in `named`.

    A name within running text is not given back to anybody (docs/xapi.md), so it is read as whose it is.
    """
    if isinstance(value, dict):
        kept = {key: plain(one, named, tags=tags) for key, one in value.items()}
        if value.get("more"):
            kept["more"] = "<more>"
        return kept
    if isinstance(value, list | tuple):
        every = [plain(one, named, tags=tags) for one in value]
        return sorted(every, key=_id) if every and all(_id(one) for one in every) else every
    return _text(value, named or {}, tags=tags) if isinstance(value, str) else value


def _id(value) -> str:
    return str(value.get("id", "")) if isinstance(value, dict) and "actor" in value else ""


def _text(text: str, named: dict[str, str], *, tags: bool) -> str:
    with suppress(UnicodeError):  # clients read UTF-8 in a multipart answer as if it were Latin-1
        text = text.encode("latin-1").decode()
    text = _UUID.sub(lambda found: found[0] if found[0].startswith(OURS) else "<uuid>", text)
    text = _TIME.sub(lambda found: found[0] if found[0].startswith(WHEN) else "<time>", text)
    text = _TAG.sub("<etag>", _PERIOD.sub("<period>", text)) if tags else text
    return _ALIAS.sub(lambda found: named.get(found[0], found[0]), text)


def differences(one, other, where="") -> list[str]:
    """Where two JSON values differ, and how; numbers are different if their types are."""
    if isinstance(one, dict) and isinstance(other, dict):
        missing = [f"{where}/{key}: {'gone' if key in one else 'new'}" for key in one.keys() ^ other.keys()]
        for key in one.keys() & other.keys():
            missing += differences(one[key], other[key], f"{where}/{key}")
        return missing
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for at, (a, b) in pairs for found in differences(a, b, f"{where}/{at}")]
    same = one == other and type(one) is type(other)
    return [] if same else [f"{where}: {one!r} is {other!r}"]
