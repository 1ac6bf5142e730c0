"""Who is meant by a pseudonym, or by an identifier that is typed or piped in and never shown."""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer

from keys import KeyringError
from proxy.cli.desk import Desk
from proxy.cli.talk import at_terminal, refuse
from proxy.errors import FieldInvalid, FieldMissing
from proxy.identity import identify
from proxy.people import Cleartext, Kind
from proxy.store import MappingRecord

NOBODY = 1
"""Exit status: nobody is known by it."""


class By(StrEnum):
    """What an identifier is."""

    SUBJECT = "subject"
    EMAIL = "email"
    OPENID = "openid"
    ACCOUNT = "account"
    """An account of xAPI: its home page, a blank, its name. One of the LMS's own is a subject."""


PseudonymOption = Annotated[str, typer.Option("--pseudonym", help="Hers (sv1…). Else her identifier is asked for.")]
TenantOption = Annotated[str, typer.Option("--tenant", help="Her tenant; needed where there are several.")]
KindOption = Annotated[By, typer.Option("--kind", help="What the identifier is; an account: home page, blank, name.")]
CaseOption = Annotated[
    str, typer.Option("--case", help="A reference of yours: letters, digits, . _ : / - only; no name.")
]
ReasonOption = Annotated[
    str, typer.Option("--reason", help="With [disclosure] in the configuration: which of its reasons.")
]
ApprovalOption = Annotated[str, typer.Option("--approval", help="With [disclosure]: a request that somebody approved.")]
_REFERENCE = re.compile(r"[a-z0-9._:/-]{1,80}")


def check_case(case: str, reason: str = "") -> str:
    """The reference as the audit log has it, in lower case; refuses one that it could not hold, or such a reason."""
    text = case.lower()
    for option, one in (("--case", text), ("--reason", reason.lower() or text)):
        if not _REFERENCE.fullmatch(one):
            refuse(f"{option} takes a reference of yours, of letters, digits and . _ : / - only; no name.")
    return text


def check_pseudonym(desk: Desk, text: str) -> str:
    """The pseudonym as it is stored, "" for none. Raises KeyringError `not-a-pseudonym`."""
    token = text.strip().lower()
    if token and not desk.keys.scheme.valid(token):
        raise KeyringError("not-a-pseudonym")
    return token


async def found(desk: Desk, tenant: str, pseudonym: str, kind: Kind) -> Sequence[MappingRecord]:
    """Whoever is known by the pseudonym, or, without one, by what is typed or piped in."""
    return await _by_pseudonym(desk, tenant, pseudonym) if pseudonym else await _by_identifier(desk, tenant, kind)


def tenant_of(desk: Desk, tenant: str) -> str:
    """The tenant that is meant; refuses if that is not clear."""
    known = sorted({mount.tenant for mount in desk.config.mounts})
    if tenant in known:
        return tenant
    if not tenant and len(known) == 1:
        return known[0]
    return refuse(f"Say whose learner it is: --tenant, one of {', '.join(known)}.")


async def _by_pseudonym(desk: Desk, tenant: str, pseudonym: str) -> Sequence[MappingRecord]:
    return [record for _, record in await desk.stores.mapping.by_pseudonym(tenant, (pseudonym,))]


async def _by_identifier(desk: Desk, tenant: str, kind: Kind) -> Sequence[MappingRecord]:
    """Whoever is indexed by the identifier that is typed or piped in; under any LOOKUP key."""
    with named(kind):
        identifier = identify(Cleartext(kind, typed(kind)))
    values = desk.keys.index.all_of(tenant, identifier.kind, identifier.parts)
    found = await desk.stores.mapping.by_lookup(tenant, identifier.kind, [one.value for one in values])
    return list({record.person: record for _, record in found}.values())


@contextmanager
def named(kind: Kind) -> Iterator[None]:
    """Whatever nobody can be looked for by is refused in a sentence for whoever typed it, which does not repeat it."""
    try:
        yield
    except FieldMissing:
        refuse(f"Nobody was named. Type her {kind.value}, or give it through a pipe.")
    except FieldInvalid as trouble:
        refuse(f"What was given is not of the kind {kind.value} ({trouble.reason}). Say another --kind, or correct it.")
    except UnicodeDecodeError:
        refuse("What was given is no text in UTF-8. Type it, or pipe it in as UTF-8.")


def typed(kind: Kind) -> str:
    """A line from the terminal, unseen, or from a pipe: an argument would stand in the shell's history."""
    if at_terminal():
        typed: str = typer.prompt(f"Her {kind.value} (not shown)", hide_input=True)
        return typed.strip("\r\n")
    return sys.stdin.readline().strip("\r\n")
