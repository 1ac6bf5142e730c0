"""Signed statements: what is signed is the whole statement, in clear, and cannot be rewritten without breaking it.

So by default they are refused. A mount may instead have the signature taken off, or have the statement signed anew, as
it leaves, with a key of the operator's; then the proof is the operator's word. Either way the signature that came must
have been right, as a record store would demand (xAPI 1.0.3 part 2 section 2.6), and that it stayed here is recorded.
"""

import hashlib
import json
from dataclasses import replace
from typing import Any

import orjson

from proxy.audit import AuditLog, Entry, Event
from proxy.errors import FieldInvalid, InternalFault
from proxy.passage.walk import Walk
from proxy.rewrite import Mixed, Node, remove_elements, remove_members, splice, tree_of
from proxy.rewrite.signatures.jws import USAGE, check_signature

_PLACE = "attachments"
_HASH = "x-experience-api-hash"


def check_signed(body: bytes, mixed: Mixed | None) -> int:
    """Compare every signature with its statement, as they came; return how many there are. Raises FieldInvalid."""
    count = 0
    parts = {part.fields.get(_HASH, "").lower(): part.body for part in (mixed.parts[1:] if mixed else ())}
    tree = orjson.loads(body)
    for statement in tree if isinstance(tree, list) else [tree]:
        inner = statement.get("object") if isinstance(statement, dict) else None
        if any(one.get("usageType") == USAGE for one in _attached(inner)):
            # A SubStatement is no statement (part 2, 2.4.4.3): nobody would look at what such a signature holds.
            raise FieldInvalid("signature-elsewhere", place=_PLACE)
        for one in _attached(statement):
            if one.get("usageType") == USAGE:
                signature = parts.get(str(one.get("sha2", "")).lower())
                if signature is None:
                    raise FieldInvalid("signature-elsewhere", place=_PLACE)
                check_signature(statement, signature)
                count += 1
    return count


def _attached(holder: Any) -> list[dict[str, Any]]:
    listed = holder.get("attachments") if isinstance(holder, dict) else None
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


class SignedStatements:
    """Carries out what a mount has decided about them."""

    def __init__(self, audit: AuditLog) -> None:
        """Remember where it is written down."""
        self._audit = audit

    async def settled(self, body: bytes, mixed: Mixed, walk: Walk) -> tuple[bytes, Mixed]:
        """Return statements as they leave, and their attachments, without the signatures that came."""
        text = body.decode()
        tree = tree_of(text)
        statements = [tree] if tree.elements is None else tree.elements
        edits: list[tuple[int, int, str]] = []
        gone: set[str] = set()
        made: dict[str, tuple[str, bytes]] = {}
        for statement in statements:
            for old, new in _signatures(text, statement, walk, edits):
                gone.add(old)
                if new is not None:
                    made[old] = (hashlib.sha256(new).hexdigest(), new)
        parts = [mixed.parts[0]]
        for part in mixed.parts[1:]:
            digest = part.fields.get(_HASH, "").lower()
            if digest in made:
                fresh, signature = made[digest]
                head = part.head.lower().replace(digest.encode(), fresh.encode())
                parts.append(replace(part, head=head, body=signature, fields={**part.fields, _HASH: fresh}))
            elif digest not in gone:
                parts.append(part)
        await self._record(len(gone), walk)
        return splice(text, edits).encode(), replace(mixed, parts=parts)

    async def _record(self, count: int, walk: Walk) -> None:
        await self._audit.append(
            Entry(
                Event.SIGNATURE_REMOVED,
                actor=walk.actor,
                tenant=walk.mount.tenant,
                mount=walk.mount.name,
                route=walk.match.route.name,
                exchange=walk.exchange.id,
                reason=walk.mount.xapi.signatures,
                count=count,
            )
        )


def _signatures(
    text: str, statement: Node, walk: Walk, edits: list[tuple[int, int, str]]
) -> list[tuple[str, bytes | None]]:
    """Note the edits of one statement; return the digest of each signature that came and the one that leaves."""
    listed = (statement.members or {}).get("attachments")
    found = [one for one in (listed.elements or ()) if _says(one, "usageType") == USAGE] if listed else []
    if listed is None or not found:
        return []
    without = (
        remove_members(statement, ["attachments"])
        if len(found) == len(listed.elements or ())
        else remove_elements(listed, found)
    )
    if walk.mount.xapi.signatures != "sign":
        edits += without
        return [(_says(one, "sha2").lower(), None) for one in found]
    if walk.mount.xapi.signer is None:
        raise InternalFault("no-signing-key")
    start, end = statement.start, statement.end
    bare = splice(text[start:end], [(first - start, last - start, new) for first, last, new in without])
    signed = walk.mount.xapi.signer.sign(bare.encode())
    for one in found:
        members = one.members or {}
        edits.append((members["sha2"].start, members["sha2"].end, json.dumps(hashlib.sha256(signed).hexdigest())))
        edits.append((members["length"].start, members["length"].end, str(len(signed))))
    return [(_says(one, "sha2").lower(), signed) for one in found]


def _says(node: Node, key: str) -> str:
    member: Any = (node.members or {}).get(key)
    return member.value or "" if member is not None else ""
