"""Two officers for one act: who asks and who approves sign the same statement, each with a key of her own.

Ed25519 (RFC 8032) over an injective encoding of everything the act depends on: the installation, the act and its
arguments, the keyring's generation, who asked and until when. An approval signs the request's signature as well, so it
cannot be carried to another request. Pure; what was used before is for the store to know.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from keys.derive import encode
from keys.errors import KeyringError
from keys.officer_file import Officer, raw_public

VALID_MS: Final = 24 * 60 * 60 * 1000
"""How long a request may be approved."""

_SKEW_MS: Final = 5 * 60 * 1000
"""Two machines' clocks differ a little; a request from further in the future is none."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What an officer asks for. Every field is signed.

    `lineage` names the installation, `subject` is a key id or the SHA-256 of a file. Times are milliseconds since 1970.
    """

    lineage: str
    request: str
    act: str
    subject: str
    option: str
    reason: str
    generation: int
    officer: str
    created: int
    expires: int


def ask(officer: Officer, proposal: Proposal) -> bytes:
    """The signature of whoever asks."""
    return officer.sign(_asked(proposal))


def approve(officer: Officer, proposal: Proposal, signature: bytes) -> bytes:
    """The signature of whoever approves a request with this signature."""
    return officer.sign(_approved(proposal, signature, officer.name))


def prove(officer: Officer, officers: Mapping[str, str]) -> str:
    """The name of an officer who is listed with the key she holds. Raises KeyringError `officer-unknown`."""
    statement = encode(("officer", "1", "present", officer.name))
    _check(officers, officer.name, officer.sign(statement), statement, "officer-unknown")
    return officer.name


def check_request(
    proposal: Proposal, signature: bytes, officers: Mapping[str, str], *, generation: int, now_ms: int
) -> None:
    """Whether a request may be approved now.

    `generation` is that of the keyring in force. Raises KeyringError `officer-unknown` (gone since, or another key),
    `request-forged`, `request-expired`, `request-stale`, `clock-went-back`.
    """
    _check(officers, proposal.officer, signature, _asked(proposal), "request-forged")
    if proposal.created - now_ms > _SKEW_MS:
        raise KeyringError("clock-went-back")
    if not proposal.created <= proposal.expires <= proposal.created + VALID_MS or now_ms >= proposal.expires:
        raise KeyringError("request-expired")
    if proposal.generation != generation:
        raise KeyringError("request-stale")


def check_approval(
    proposal: Proposal, signature: bytes, officers: Mapping[str, str], *, approver: str, approval: bytes
) -> None:
    """Whether another officer has approved exactly this request.

    Raises KeyringError `officer-same` (also for two names with one key), `officer-unknown`, `request-forged`.
    """
    if approver not in officers:
        raise KeyringError("officer-unknown")
    check_other(officers, proposal.officer, approver)
    _check(officers, approver, approval, _approved(proposal, signature, approver), "request-forged")


def check_other(officers: Mapping[str, str], asked: str, approver: str) -> None:
    """Whether these are two officers with two keys. Raises KeyringError `officer-same`."""
    if approver == asked or raw_public(officers.get(approver, "")) == raw_public(officers.get(asked, "")):
        raise KeyringError("officer-same")


def _check(officers: Mapping[str, str], name: str, signature: bytes, statement: bytes, code: str) -> None:
    listed = raw_public(officers.get(name, ""))
    if listed is None:
        raise KeyringError("officer-unknown")
    try:
        Ed25519PublicKey.from_public_bytes(listed).verify(signature, statement)
    except (InvalidSignature, ValueError):
        raise KeyringError(code) from None


def _asked(proposal: Proposal) -> bytes:
    return encode(("officer", "1", "ask", *_fields(proposal)))


def _approved(proposal: Proposal, signature: bytes, approver: str) -> bytes:
    return encode(("officer", "1", "approve", *_fields(proposal), signature.hex(), approver))


def _fields(proposal: Proposal) -> tuple[str, ...]:
    """All of them: a field that is added is signed without anybody thinking of it."""
    return tuple(str(getattr(proposal, name)) for name in Proposal.__dataclass_fields__)
