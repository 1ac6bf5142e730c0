"""The outward half of an exchange: from what the browser sent to what the cloud gets."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from proxy.errors import BodyTooLarge, SessionMissing
from proxy.fields import Body, Keys, Session, Shape
from proxy.message import Direction, Message, media_of
from proxy.passage import cookies, headers
from proxy.passage.addresses import check_addresses
from proxy.passage.attachments import check_document, check_statements
from proxy.passage.carry import Carrier, Walk
from proxy.passage.destinations import Destination as Destination
from proxy.passage.destinations import destination as destination
from proxy.passage.ports import Request
from proxy.passage.signatures import Signatures, Verified
from proxy.passage.signed_statements import check_signed
from proxy.rewrite import Mixed, decode_body, encode_body, open_mixed, texts_of_upload, turned, unpacked
from proxy.rewrite.signatures.parameters import form_text, parted, united


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """A request ready to be sent; every byte of it has been guarded."""

    origin: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Washed:
    """The same page with pseudonyms in its address, to be asked for by the browser."""

    target: str


Learn = Callable[[Request, Message, Verified, Destination, Walk], Awaitable[None]]
"""Learns whom a verified launch launches; see `SignedLaunches.learn`."""

_WITH_BODY = frozenset({Body.READ, Body.UPLOAD, Body.DOCUMENT})
_AS_IT_IS = frozenset({Body.UPLOAD, Body.DOCUMENT})


async def opened(request: Request, limit: int, direction: Direction, target: str) -> Message:
    """Read the request's body and open its content encoding; `BodyTooLarge`, `UnsupportedEncoding`."""
    raw = await request.read(limit)
    if len(raw) > limit:
        raise BodyTooLarge
    coding = ", ".join(request.headers.all("content-encoding"))  # several fields are one list (RFC 9110 section 5.3)
    body = decode_body(raw, coding, limit) if raw else b""
    media, charset = media_of(request.headers.get("content-type"))
    return Message(
        direction=direction,
        method=request.method,
        target=target,
        headers=request.headers,
        media=media if raw else "",
        charset=charset,
        body=body,
    )


async def with_form(request: Request, limit: int) -> tuple[Request, str]:
    """Read the body of a request that may be recognised by a form's fields, and return these as well ("" for others).

    The request can be read again. `BodyTooLarge`, `UnsupportedEncoding`, `UnreadableBody`.
    """
    raw = await request.read(limit)

    async def read(again: int) -> bytes:
        if len(raw) > again:
            raise BodyTooLarge
        return raw

    request = replace(request, read=read)
    return request, form_text(await opened(request, limit, Direction.OUTWARD, request.target))


def shape_of(walk: Walk) -> Shape:
    """The route's request shape; a registered package adds the query keys its launch address has."""
    shape = walk.match.route.request
    if not walk.match.extra_keys:
        return shape
    keys = Keys((*shape.keys.named, *walk.match.extra_keys), shape.keys.others)
    return replace(shape, keys=keys)


async def prepare(
    request: Request,
    to: Destination,
    walk: Walk,
    carrier: Carrier,
    signatures: Signatures,
    *,
    limit: int,
    user_agent: str,
    learn: Learn,
) -> "Outgoing | Washed":
    """Walk steps 2 to 5 with a request and return what may be sent, or where the browser must ask instead."""
    route, mount = walk.match.route, walk.mount
    if walk.session.unsound and route.session is not Session.OPENS:
        raise SessionMissing("unsound", route=route.name)
    if route.session is Session.NEEDS and not walk.session and mount.policy.refuse_without_session:
        raise SessionMissing(route=route.name)
    query = request.target.partition("?")[2]
    target = to.path + ("?" + query if query else "")
    shape = shape_of(walk)
    message = await opened(request, limit if shape.body in _WITH_BODY else 0, Direction.OUTWARD, target)
    message, mixed = _opened_parts(message, shape)
    shape = _variant(shape, message)
    verified = await signatures.verify(message, walk)
    if route.launches and verified is not None:
        await learn(request, message, verified, to, walk)
    if shape.one_set:
        clean = parted(await carrier.outward(united(message), shape, walk), message)
    else:
        clean = await carrier.outward(message, shape, walk)
    walk.seen = (*walk.seen, *walk.launched) if route.launches else walk.seen
    if shape.mixed:
        check_statements(clean.body, mixed, walk)
        signed = check_signed(message.body, mixed)
    elif shape.body is Body.DOCUMENT:
        check_document(clean.body, clean.media, clean.charset, walk)
    final = signatures.sign(_turned(clean, walk), verified, to, walk)
    if mixed is not None:
        statements, mixed = await carrier.settle(final.body, mixed, walk) if signed else (final.body, mixed)
        final = replace(final, body=mixed.joined(statements))
    outgoing = _assemble(request, final, to, walk, user_agent)
    pieces = _pieces(outgoing, final, shape)
    if route.wash:  # the query stays in the browser, but the page it is for reads it there
        pieces.append(("address", _unnamed(clean.query, shape.keys)))
    check_addresses(clean, outgoing.headers, shape, walk, mixed)
    await carrier.guard(pieces, walk)
    return Washed(clean.target) if route.wash and clean.target != target else outgoing


def _variant(shape: Shape, message: Message) -> Shape:
    """Return the shape that fits what came: an old client's, a list's."""
    version = message.headers.get("x-experience-api-version")
    if shape.old is not None and (not version or version.startswith("0.")):
        shape = shape.old
    return shape.many if shape.many is not None and message.body.lstrip()[:1] == b"[" else shape


def _opened_parts(message: Message, shape: Shape) -> tuple[Message, Mixed | None]:
    """Of a multipart body the JSON goes through the house; it is joined with the other parts at the end."""
    if not shape.mixed or message.media != "multipart/mixed":
        return message, None
    mixed = open_mixed(message.body, message.headers.get("content-type"))
    media, charset = media_of(mixed.parts[0].fields.get("content-type", ""))
    return replace(message, media=media, charset=charset, body=mixed.json), mixed


def _turned(clean: Message, walk: Walk) -> Message:
    """The message with the proxy's addresses turned to the cloud's: what is sent, but for its header and encoding."""
    path, mark, query = clean.target.partition("?")
    if not walk.match.route.request.keys.forward:
        mark, query = "", ""
    query = walk.mount.book.turn_out(query.encode("ascii")).decode("ascii")
    shape = walk.match.route.request
    turns = clean.body and shape.body not in _AS_IT_IS
    body = turned(clean, shape, walk.mount.book.turn_out) if turns else clean.body
    return replace(clean, target=path + mark + query if query else path, body=body)


def _assemble(request: Request, clean: Message, to: Destination, walk: Walk, user_agent: str) -> Outgoing:
    mount = walk.mount
    path, body = clean.path, clean.body
    fields = headers.outward(request.headers, also=mount.adapter.request_headers, user_agent=user_agent, path=path)
    if walk.login or walk.actor == "caller" or walk.match.route.login == "none":
        # A key of ours opens this door and no other: whoever had it could read people here.
        fields = [pair for pair in fields if pair[0].lower() != "authorization"]
    if walk.login:
        fields.append(("Authorization", walk.login))
    if request.headers.get("origin").lower() == mount.public.origin:
        fields.append(("Origin", to.origin))
    jar = cookies.pairs_of(request.headers.all("cookie"))
    jar_value = cookies.outward(jar, alias=to.alias, host=cookies.host_of(to.origin)) if jar else ""
    if jar_value:
        fields.append(("Cookie", jar_value))
    if body:
        encoding = request.headers.get("content-encoding").strip().lower()
        if encoding and encoding != "identity":
            body = encode_body(body, encoding)
            fields.append(("Content-Encoding", encoding))
    else:
        fields = [pair for pair in fields if pair[0].lower() != "content-type"]
    # An API whose whole address is the mount's (V1: `/api?method=…`) has no slash behind it.
    bare = path == "/" and to.base != "" and request.target.partition("?")[0] == mount.public.path
    target = to.base + (clean.target[1:] if bare else clean.target)
    return Outgoing(to.origin, request.method, target, tuple(fields), body)


def _unnamed(query: str, keys: Keys) -> bytes:
    """The pairs that no declaration names; a named one (a small number against caches) may equal a learner's id."""
    pairs = (pair for pair in query.split("&") if pair.partition("=")[0] not in keys.named)
    return "&".join(pairs).encode("ascii", "backslashreplace")


def _pieces(outgoing: Outgoing, clean: Message, shape: Shape) -> list[tuple[str, bytes]]:
    """The final bytes for the guard; a re-encoded body is shown opened as well, of an upload all but the file."""
    pieces = [("request-line", f"{outgoing.method} {outgoing.target}".encode("ascii", "backslashreplace"))]
    pieces += [(f"header {name.lower()}", value.encode("utf-8", "surrogateescape")) for name, value in outgoing.headers]
    if clean.body and shape.body is Body.UPLOAD:
        content_type = clean.headers.get("content-type")
        pieces += [("body", text) for text in texts_of_upload(clean.body, content_type, shape.parts)]
    elif outgoing.body:
        pieces.append(("body", outgoing.body))
        if outgoing.body is not clean.body:
            pieces.append(("body opened", clean.body))
        if packed := unpacked(clean, shape):
            pieces.append(("body unpacked", packed))
    return pieces
