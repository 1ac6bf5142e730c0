"""Find what is declared in a message, and put other texts into its place. Both are pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from proxy.errors import FieldMissing, InternalFault, UnreadableBody, UnsupportedMedia
from proxy.fields import Body, Field, Shape
from proxy.message import Headers, Message
from proxy.people import Direction, Finding, Substitution
from proxy.rewrite.carriers.line import OpenedHeaders, open_headers, open_path
from proxy.rewrite.carriers.lz import OpenedLz
from proxy.rewrite.carriers.pairs import KeyPolicy, open_pairs
from proxy.rewrite.plan import Leaf, Plan, bare_opening, known_keys, plan_of
from proxy.rewrite.tree import Branch, Grower

_NOTHING: Mapping[str, str] = MappingProxyType({})
_UTF8 = frozenset({"", "utf-8", "utf8"})
_CHARSETS = _UTF8 | {"us-ascii", "ascii"}
_LATIN = frozenset({"iso-8859-1", "latin1", "windows-1252"})
_BODY_CARRIERS = ("form", "json", "xml", "cmi", "lz", "text", "lines")


@dataclass(frozen=True, slots=True)
class Found:
    """What `find` saw in a message. Only `findings` and `field_of` are for others; the rest is for `put`."""

    findings: tuple[Finding, ...]
    leaves: tuple[Leaf, ...]
    target: str
    body: bytes
    query: Branch | None
    path: Branch | None
    headers: Branch | None
    text: Branch | None

    def field_of(self, finding: Finding) -> Field:
        """Return the declaration that a finding comes from."""
        return self.leaves[finding.spot].field

    def __repr__(self) -> str:
        return f"<Found {len(self.findings)}>"


def find(
    message: Message, shape: Shape, *, captures: Mapping[str, str] = _NOTHING, roles: Mapping[str, str] = _NOTHING
) -> Found:
    """Read `message` the way `shape` says and return what it holds.

    `captures` are the raw texts of the path template's variables, in the template's order; `roles` says which query
    keys of a registered package carry which placeholder. Values that are empty or null count as absent.

    Every treatment but KEEP, DROP and BLANK yields findings, in this order: query, path, headers, body, each in the
    order of the message. Raises UnreadableBody, UnsupportedMedia, UnknownField, FieldMissing, FieldInvalid.
    """
    plan = plan_of(shape.fields)
    policy = KeyPolicy(known_keys(shape.keys), shape.keys.others) if not message.status else None
    grower = Grower(message.direction, roles, policy)
    query = _query(message, plan, grower)
    path = _path(message, plan, grower, captures)
    headers = _headers(message, plan, grower)
    carrier = _body_carrier(message, shape, plan)
    text = _body(message, plan, grower, carrier)
    for leaf in plan.required:
        if leaf.number not in grower.present and not _elsewhere(leaf, carrier, plan):
            raise FieldMissing(place=leaf.place, kind=leaf.field.kind)
    findings, leaves = tuple(grower.findings), tuple(grower.leaves)
    return Found(findings, leaves, message.target, message.body, query, path, headers, text)


def _query(message: Message, plan: Plan, grower: Grower) -> Branch | None:
    raw = message.query
    if not raw:
        return None
    if not raw.isascii() or "#" in raw:
        raise UnreadableBody("target-characters", place="query()")
    opening = plan.openings.get("query")
    if opening is None:
        return Branch(open_pairs(raw, {}, lines=False, policy=grower.policy, place="query()"))
    return grower.grow(grower.open(opening, raw, strict=True), opening, strict=True)


def _path(message: Message, plan: Plan, grower: Grower, captures: Mapping[str, str]) -> Branch | None:
    opening = plan.openings.get("path")
    if opening is None:
        return None
    names = [step.selector for step in opening.steps]
    return grower.grow(open_path(message.path, captures, names, opening.place), opening)


def _headers(message: Message, plan: Plan, grower: Grower) -> Branch | None:
    opening = plan.openings.get("header")
    if opening is None:
        return None
    names = {step.selector.lower(): number for number, step in enumerate(opening.steps)}
    return grower.grow(open_headers(message.headers, names, opening.place), opening)


def carrier_of(media: str) -> str:
    """Return the body carrier of a media type: form, json, xml or text (which any other body is)."""
    if media == "application/x-www-form-urlencoded":
        return "form"
    if media in {"application/json", "text/json"} or media.endswith("+json"):
        return "json"
    if media in {"application/xml", "text/xml"} or media.endswith("+xml"):
        return "xml"
    return "text"


def _body_carrier(message: Message, shape: Shape, plan: Plan) -> str:
    """Return the carrier to open the body with; "" if it is not read. Raises UnsupportedMedia, UnreadableBody."""
    if not message.body:
        return ""
    if shape.body is Body.NONE:
        raise UnsupportedMedia("body-not-declared")
    if shape.body not in {Body.READ, Body.UPLOAD}:
        return ""
    if message.media not in shape.media:
        raise UnsupportedMedia("media-not-declared" if message.media else "media-absent")
    if message.charset not in _CHARSETS and not _is_ascii_answer(message):
        raise UnreadableBody("charset")
    if shape.body is Body.UPLOAD:
        return ""
    carrier = carrier_of(message.media)
    if "lz" in plan.openings or "cmi" in plan.openings:
        return _by_looks(message.body, plan)
    if "lines" in plan.openings and message.status:
        return "lines"  # whatever an LMS calls it
    if carrier in plan.openings:
        return carrier
    if "text" in plan.openings:
        return "text"
    declared = [name for name in ("json", "xml", "form") if name in plan.openings]
    if carrier == "text" and len(declared) == 1:
        return declared[0]  # servers call JSON text/plain; then it must be JSON all the same
    return carrier


def is_packed(body: bytes, shape: Shape) -> bool:
    """Whether `find` opens `body` with LZString."""
    plan = plan_of(shape.fields)
    return bool(body) and "lz" in plan.openings and _by_looks(body, plan) == "lz"


def _by_looks(body: bytes, plan: Plan) -> str:
    """Commits of run-times come in several forms under any media type, so that what they look like decides."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1]
    looks_like: tuple[str, ...] = (
        ("xml",) if start == b"<" else ("json", "cmi") if start in {b"{", b"[", b'"'} else ("lz", "cmi")
    )
    return next(name for name in (*looks_like, *_BODY_CARRIERS) if name in plan.openings)


def _is_ascii_answer(message: Message) -> bool:
    """Java servers call their answers ISO-8859-1; as long as they hold nothing but ASCII that is the same text."""
    return message.direction is Direction.INWARD and message.charset in _LATIN and message.body.isascii()


def _body(message: Message, plan: Plan, grower: Grower, carrier: str) -> Branch | None:
    """Open the body. One that nothing is declared in is still read, so that a malformed one does not pass."""
    opening = plan.openings.get(carrier)
    if not carrier or (opening is None and carrier == "text"):
        return None
    try:
        # What was packed may be bytes.
        text = message.body.decode("utf-8", "surrogateescape" if carrier == "lz" else "strict")
    except UnicodeDecodeError:
        raise UnreadableBody("not-utf-8") from None
    if opening is None:
        opening = bare_opening(carrier)
    return grower.grow(grower.open(opening, text, strict=False), opening)


def _elsewhere(leaf: Leaf, carrier: str, plan: Plan) -> bool:
    """Whether the field belongs to another form of body than the one that came, which has fields of its own."""
    wanted = leaf.field.place.steps[0].carrier
    return bool(carrier) and wanted in _BODY_CARRIERS and wanted != carrier and carrier in plan.openings


def put(message: Message, found: Found, swaps: Sequence[Substitution]) -> Message:
    """Return `message` with the texts of `swaps`, and with DROP, BLANK and the key policy carried out.

    `found` must come from the same target and body; headers may have been added or removed since. A finding without a
    swap stays. What is not changed keeps its bytes. Raises FieldInvalid for a text that cannot stand at its place,
    InternalFault if the parts do not belong together.
    """
    if message.target != found.target or message.body != found.body:
        raise InternalFault("put-into-other-message")
    texts: dict[int, str | None] = {}
    for swap in swaps:
        finding = swap.finding
        mine = found.findings[finding.spot] if 0 <= finding.spot < len(found.findings) else None
        if mine is not finding and mine != finding:
            raise InternalFault("foreign-finding")
        if swap.text != finding.value.reveal():
            texts[finding.spot] = swap.text
    target, headers, body = _target(found, texts), _changed_headers(message.headers, found, texts), found.body
    text = found.text.closed(texts) if found.text is not None else None
    if text is not None:
        packed = found.text is not None and isinstance(found.text.opened, OpenedLz)
        body = text.encode("utf-8", "surrogateescape" if packed else "strict")
        if message.charset not in _UTF8 and not body.isascii():
            raise UnreadableBody("charset")
    if target == message.target and body is message.body and headers is message.headers:
        return message
    return replace(message, target=target, headers=headers, body=body)


def _target(found: Found, texts: Mapping[int, str | None]) -> str:
    path, mark, query = found.target.partition("?")
    new_path = found.path.closed(texts) if found.path is not None else None
    new_query = found.query.closed(texts) if found.query is not None else None
    if new_path is None and new_query is None:
        return found.target
    path = path if new_path is None else new_path
    if new_query is None:
        return path + mark + query
    return f"{path}?{new_query}" if new_query else path


def _changed_headers(headers: Headers, found: Found, texts: Mapping[int, str | None]) -> Headers:
    if found.headers is None:
        return headers
    changes = found.headers.changes(texts)
    if not changes or not isinstance(found.headers.opened, OpenedHeaders):
        return headers
    return found.headers.opened.apply(headers, changes)
