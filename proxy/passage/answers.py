"""The inward half of an exchange: from what the cloud answered to what the browser gets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

import orjson

from proxy.errors import UpstreamRefused
from proxy.fields import NOTHING_KEPT, Body, Field, Kind, Shape, Treat, json, text
from proxy.message import Direction, Headers, Message, media_of
from proxy.passage import headers, listing, xml_lists
from proxy.passage.carry import Carrier, Walk
from proxy.passage.inward import allowed
from proxy.passage.launchlinks import LaunchLinks
from proxy.passage.packages import Packages
from proxy.passage.ports import Answer, Reply
from proxy.passage.reply_fields import is_text, location_for, own_cookies
from proxy.passage.requests import Destination
from proxy.passage.scripts import Scripts
from proxy.rewrite import BodyDecoder, carrier_of, decode_body, open_mixed

_OF_BYTES = frozenset({"etag", "last-modified"})
"""What an answer says of its bytes, which are not the same any more."""
_NO_BODY = frozenset({204, 304})
_CONFIGURES = "custom-config"
_ERROR = Shape(
    body=Body.READ,
    media=("application/json",),
    keep=("/message", "/error"),
    fields=(
        Field(json("/message"), Kind.FREE_TEXT, Treat.TEXT, why="quotes ids"),
        Field(json("/error"), Kind.FREE_TEXT, Treat.TEXT, why="the other shape of an error"),
    ),
)
"""The two shapes of an error in SCORM Cloud's API (docs/protocol/scorm-cloud-api.md section 1)."""

_ERROR_TEXTS = MappingProxyType(
    {
        "application/json": Shape(
            body=Body.READ,
            media=("application/json",),
            fields=(Field(json("/**"), Kind.FREE_TEXT, Treat.TEXT, why="made of the request, which had pseudonyms"),),
        ),
        "text/plain": Shape(
            body=Body.READ,
            media=("text/plain",),
            fields=(Field(text(), Kind.FREE_TEXT, Treat.TEXT, why="made of the request, which had pseudonyms"),),
        ),
    }
)
"""Errors of record stores, which no specification gives a form."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes that an answer may have where it is read whole."""

    body: int
    package: int
    report: int
    """Of an answer that is read in pieces, opened; what the allow-list leaves of it is bounded by `body`."""


class Answers:
    """Makes replies of answers."""

    def __init__(
        self, carrier: Carrier, links: LaunchLinks, scripts: Scripts, packages: Packages, limits: Limits
    ) -> None:
        """Remember the rooms an answer passes."""
        self._links = links
        self._carrier = carrier
        self._scripts = scripts
        self._packages = packages
        self._limits = limits

    async def receive(self, answer: Answer, to: Destination, walk: Walk, *, head: bool) -> Reply:
        """Make the reply; on any refusal the upstream connection is given up."""
        try:
            return await self._receive(answer, to, walk, head=head)
        except listing.CLOUDS_FAULT as trouble:
            answer.close()
            raise UpstreamRefused(trouble.code, route=walk.match.route.name, place=trouble.place) from None
        except BaseException:
            answer.close()
            raise

    async def _receive(self, answer: Answer, to: Destination, walk: Walk, *, head: bool) -> Reply:
        fields = Headers(answer.headers)
        reply = Reply(answer.status, self._fields(fields, to, walk))
        if head or answer.status in _NO_BODY:
            answer.close()
            return reply
        if 300 <= answer.status < 400:  # noqa: PLR2004  redirection, RFC 9110 section 15.4
            if walk.match.route.answer.body is not Body.STREAM:
                # A pinned script or a filtered answer would be fetched from where nobody pins and filters.
                raise UpstreamRefused("redirect", route=walk.match.route.name)
            answer.close()
            reply.headers = [pair for pair in reply.headers if pair[0].lower() != "content-type"]
            return reply
        shape = walk.match.route.answer
        if shape.body is Body.STREAM:
            return self._stream(answer, fields, reply, walk)
        gone = _OF_BYTES - set(walk.mount.adapter.answer_headers)
        reply.headers = [pair for pair in reply.headers if pair[0].lower() not in gone]
        if answer.status == 404 and walk.match.route.learned == _CONFIGURES:  # noqa: PLR2004  "there is none"
            await self._pin_configuration(b"", to, walk)
        if answer.status // 100 != 2:  # noqa: PLR2004  not a success, RFC 9110 section 15.3
            return await self._error(answer, fields, reply, walk)
        if shape.body is Body.NONE:
            answer.close()
            return reply
        if shape.body in {Body.FILE, Body.DOCUMENT}:
            return self._file(answer, fields, reply, walk)
        return await self._read(answer, fields, reply, walk, to)

    def _fields(self, fields: Headers, to: Destination, walk: Walk) -> list[tuple[str, str]]:
        """Allowed fields, a turned Location, re-scoped cookies, and the proxy's own."""
        mount = walk.mount
        kept = headers.inward(fields, also=mount.adapter.answer_headers)
        location = fields.get("location")
        if location:
            kept.append(("Location", location_for(location, to, walk)))
        kept += own_cookies(fields.all("set-cookie"), to, mount)
        kept.append(("Referrer-Policy", "no-referrer"))
        # What is no pinned script must not run in another origin's page, whatever loads it there (Fetch, section 3.7).
        script = walk.match.route.answer.body is Body.SCRIPT
        kept.append(("Cross-Origin-Resource-Policy", "cross-origin" if script else "same-origin"))
        if mount.policy.security_policy:
            # Whatever its type: a worker obeys the policy of its own script, and browsers guess pages in odd types.
            kept.append(("Content-Security-Policy", mount.policy.security_policy))
        return kept

    def _stream(self, answer: Answer, fields: Headers, reply: Reply, walk: Walk) -> Reply:
        media, charset = media_of(fields.get("content-type"))
        encoding = fields.get("content-encoding").strip().lower()
        if not is_text(media):
            if encoding:
                reply.headers.append(("Content-Encoding", encoding))
            if fields.get("content-length"):
                reply.headers.append(("Content-Length", fields.get("content-length")))
            reply.stream = answer.chunks()
            return reply
        if answer.status == 206:  # noqa: PLR2004  Partial Content, RFC 9110 section 15.3.7
            raise UpstreamRefused("partial-text", route=walk.match.route.name)
        if charset.startswith(("utf-16", "utf-32")):
            raise UpstreamRefused("charset", route=walk.match.route.name)
        reply.headers = [pair for pair in reply.headers if pair[0].lower() != "accept-ranges"]
        reply.stream = self._turned(answer, BodyDecoder(encoding, None) if encoding else None, walk)
        return reply

    @staticmethod
    async def _turned(answer: Answer, decoder: BodyDecoder | None, walk: Walk) -> AsyncIterator[bytes]:
        turning = walk.mount.book.stream_in()
        try:
            async for chunk in answer.chunks():
                for piece in decoder.pieces(chunk) if decoder else (chunk,):
                    turned = turning.feed(piece)
                    if turned:
                        yield turned
            rest = turning.feed(decoder.close()) if decoder else b""
            yield rest + turning.close()
        finally:
            answer.close()

    @staticmethod
    def _file(answer: Answer, fields: Headers, reply: Reply, walk: Walk) -> Reply:
        media, _ = media_of(fields.get("content-type"))
        allowed = walk.match.route.answer.media
        if allowed and media not in allowed:
            raise UpstreamRefused("media", route=walk.match.route.name)
        for name in ("Content-Encoding", "Content-Length"):
            if fields.get(name):
                reply.headers.append((name, fields.get(name)))
        reply.stream = answer.chunks()
        return reply

    async def _error(self, answer: Answer, fields: Headers, reply: Reply, walk: Walk) -> Reply:
        """Pass a status on; of its text only what the API's error shapes hold (`message`, `error`)."""
        body = await answer.read(self._limits.body)
        media, _ = media_of(fields.get("content-type"))
        reply.headers = [pair for pair in reply.headers if pair[0].lower() != "content-type"]
        shape = _ERROR_TEXTS.get(media) if walk.mount.adapter.error_texts else _ERROR
        if shape is not None and media in shape.media and body:
            try:
                opened = decode_body(body, fields.get("content-encoding"), self._limits.body)
                reply.body = await self._json(opened, media, "", shape, walk)
                reply.headers.append(("Content-Type", media))
            except listing.CLOUDS_FAULT:
                reply.body = b""
        return reply

    async def _read(self, answer: Answer, fields: Headers, reply: Reply, walk: Walk, to: Destination) -> Reply:
        shape = walk.match.route.answer
        media, charset = media_of(fields.get("content-type"))
        if shape.body is Body.READ and media in shape.media and shape.keep and carrier_of(media) == "json":
            return await self._read_json(answer, fields, reply, walk, to)
        listed = shape.body is Body.READ and bool(shape.results) and carrier_of(media) == "xml"
        limit = self._limits.package if shape.body is Body.PACKAGE else self._limits.body
        limit = self._limits.report if listed else limit
        body = decode_body(await answer.read(limit), fields.get("content-encoding"), limit)
        if not body and shape.keep == NOTHING_KEPT:
            return reply
        if shape.mixed and media == "multipart/mixed":
            return await self._mixed(body, fields, reply, walk)
        if media not in shape.media:
            raise UpstreamRefused("media", route=walk.match.route.name)
        if shape.body is Body.SCRIPT:
            await self._scripts.admit(body, to.path, walk)
            reply.body = walk.mount.book.turn_in(body)
        elif shape.body is Body.PACKAGE:
            mount = walk.mount
            reply.body = await self._packages.rewrite(
                body, (mount,), mount.tenant, exchange=walk.exchange.id, actor=walk.actor
            )
        elif listed and len(body) > xml_lists.WHOLE:
            clean = partial(self._json, media=media, charset=charset, shape=shape, walk=walk)
            reply.body = await xml_lists.cleaned(body, shape.results or "", clean)
            return own_fields(reply, ("Content-Type", f"{media}; charset=utf-8"))
        else:
            reply.body = await self._json(body, media, charset, shape, walk)
            if walk.match.route.learned == _CONFIGURES:
                await self._pin_configuration(reply.body, to, walk)
            plain = carrier_of(media) == "text" and not shape.keep and not shape.fields
            written = media if plain or carrier_of(media) == "xml" else "application/json"
            return own_fields(reply, ("Content-Type", f"{written}; charset=utf-8"))
        return reply

    async def _mixed(self, body: bytes, fields: Headers, reply: Reply, walk: Walk) -> Reply:
        """Statements with their attachments: the JSON walks, the rest is as its author made it."""
        content_type = fields.get("content-type")
        mixed = open_mixed(body, content_type, lenient=True)
        media, charset = media_of(mixed.parts[0].fields.get("content-type", ""))
        clean = await self._json(mixed.json, media, charset, walk.match.route.answer, walk)
        reply.body = mixed.joined(clean)
        return own_fields(reply, ("Content-Type", content_type))

    async def _read_json(self, answer: Answer, fields: Headers, reply: Reply, walk: Walk, to: Destination) -> Reply:
        """Read what has an allow-list, however long it is."""
        shape = walk.match.route.answer
        media, charset = media_of(fields.get("content-type"))

        async def clean(body: bytes) -> bytes:
            empty = not body and shape.keep == NOTHING_KEPT
            return b"" if empty else await self._json(body, media, charset, shape, walk)

        reply.body, reply.stream = await listing.read(
            answer,
            walk.match.route.name,
            fields.get("content-encoding"),
            clean,
            pointers=allowed(shape, walk.mount.audience),
            member=shape.stream_list.removeprefix("/"),
            held=self._limits.body,
            whole=self._limits.report,
            turning=walk.mount.book.stream_in() if listing.stays_as_it_is(shape, walk) else None,
        )
        reply.filtered = reply.stream is not None
        if not reply.filtered and not reply.body:
            return reply
        if walk.match.route.learned == _CONFIGURES:
            await self._pin_configuration(reply.body, to, walk)
        return own_fields(reply, ("Content-Type", "application/json; charset=utf-8"))

    async def _pin_configuration(self, clean: bytes, to: Destination, walk: Walk) -> None:
        """What names the loader is pinned like the loader: a new name would be a script never seen, trusted at once."""
        if walk.mount.policy.pin_first_sight:
            await self._scripts.admit(clean, to.path, walk)

    async def _json(self, body: bytes, media: str, charset: str, shape: Shape, walk: Walk) -> bytes:
        turned = walk.mount.book.turn_in(body)
        message = Message(Direction.INWARD, status=200, media=media, charset=charset, body=turned)
        clean = await self._links.turn(await self._carrier.inward(message, shape, walk), shape, walk)
        if not shape.adds:
            return clean.body
        try:
            tree = orjson.loads(clean.body)
        except orjson.JSONDecodeError:
            tree = None
        if not isinstance(tree, dict):
            raise UpstreamRefused("unreadable-body", route=walk.match.route.name)
        for one in shape.adds:
            if not one.policy or getattr(walk.mount.policy, one.policy):
                tree[one.key] = one.value
        return orjson.dumps(tree)


def own_fields(reply: Reply, *pairs: tuple[str, str]) -> Reply:
    """Return `reply` with fields of the proxy's own in place of others of the same name (Set-Cookie is added)."""
    names = {name.lower() for name, _ in pairs} - {"set-cookie"}
    kept = [pair for pair in reply.headers if pair[0].lower() not in names]
    return replace(reply, headers=[*kept, *pairs])
