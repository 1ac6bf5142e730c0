"""The alternate request syntax of xAPI 1.0.x: another request, written into the form of a POST.

xAPI 1.0.3 part 3 section 1.3: `POST resource?method=PUT`, and in the form everything else: parameters, header fields,
and the body in `content`. Browsers of old sent it with any content type, so `method` alone decides. It is turned
into the request that it means before anything else is done with it, and goes on as that: 2.0 knows no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from proxy.errors import BodyTooLarge, FieldInvalid, UnreadableBody
from proxy.message import Headers
from proxy.passage.ports import Request
from proxy.rewrite import decode_pairs

_PLACE = "method"
_METHODS = frozenset({"GET", "PUT", "POST", "DELETE"})
_FIELDS = (
    "Authorization",
    "X-Experience-API-Version",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "Accept",
    "Accept-Language",
)
_IGNORED = frozenset({"content-length"})
_CONTENT = "content"


def is_alternate(request: Request) -> bool:
    """Whether a request is written in this way."""
    return request.method == "POST" and any(
        key.lower() == "method" for key, _ in decode_pairs(request.target.partition("?")[2])
    )


def check_once(request: Request, names: Sequence[str]) -> None:
    """Refuse a parameter, or one of the header fields `names`, that occurs twice. Raises FieldInvalid.

    Of two versions or two ids we might go by one, and the store by the other.
    """
    keys = [key.casefold() for key, _ in decode_pairs(request.target.partition("?")[2])]
    if len(set(keys)) < len(keys):
        raise FieldInvalid("parameter-twice", place="query()")
    if any(len(request.headers.all(name)) > 1 for name in names):
        raise FieldInvalid("header-twice", place="header()")


@dataclass(slots=True)
class _Meant:
    """The request that a form describes."""

    method: str
    parameters: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def plain(request: Request, limit: int) -> Request:
    """Return the request that is meant. Raises FieldInvalid, UnreadableBody, BodyTooLarge."""
    path, _, query = request.target.partition("?")
    asked = decode_pairs(query)
    if len(asked) != 1 or asked[0][0] != "method" or asked[0][1] not in _METHODS:
        raise FieldInvalid("alternate-method", place=_PLACE)
    if request.headers.get("content-encoding"):
        raise UnreadableBody("alternate-encoding", place=_PLACE)
    try:
        form = (await request.read(limit)).decode("ascii")
    except UnicodeDecodeError:
        raise UnreadableBody("alternate-form", place=_PLACE) from None
    meant = _meant(asked[0][1], form)
    query = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in meant.parameters)
    kept = request.headers.without("content-type", "content-length", *meant.headers)

    async def read(again: int) -> bytes:
        if len(meant.body) > again:
            raise BodyTooLarge
        return meant.body

    return replace(
        request,
        method=meant.method,
        target=f"{path}?{query}" if query else path,
        headers=Headers((*kept.pairs, *meant.headers.items())),
        read=read,
    )


def _meant(method: str, form: str) -> _Meant:
    headers = {name.lower(): name for name in _FIELDS}
    meant = _Meant(method)
    seen: set[str] = set()
    for key, value in decode_pairs(form):
        folded = key.casefold()
        if folded in seen or folded == "method":
            raise FieldInvalid("alternate-field-twice" if folded in seen else "alternate-method", place=_PLACE)
        seen.add(folded)
        if folded in headers:
            if not value.isprintable():
                raise FieldInvalid("alternate-header", place=_PLACE)
            meant.headers[headers[folded]] = value
        elif folded == _CONTENT:
            meant.body = value.encode()
        elif folded not in _IGNORED:
            meant.parameters.append((key, value))
    if meant.body and method in {"GET", "DELETE"}:
        raise FieldInvalid("alternate-content", place=_PLACE)
    if meant.body:
        meant.headers.setdefault("Content-Type", "application/json")
    return meant
