"""The parameters of a request where query and form body are one set, as signature schemes see them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from proxy.errors import UnreadableBody
from proxy.message import Message
from proxy.rewrite.carriers.percent import check_percent, decode_pair_text, encode_percent

FORM = "application/x-www-form-urlencoded"
_CHARSETS = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})


def is_form(message: Message) -> bool:
    """Whether the body is a form, whose fields are parameters like those of the query."""
    return bool(message.body) and message.media == FORM


def parameters_of(message: Message) -> tuple[tuple[str, str], ...]:
    """Return (name, value) of every parameter, decoded: the query's, then the form's, each in its order.

    Raises UnreadableBody: malformed, in another charset than UTF-8, or a name occurs twice (in whatever case, in
    whichever of both): which of the two the other side would take is anybody's guess.
    """
    pairs: list[tuple[str, str]] = []
    for raw in (message.query, form_text(message)):
        check_percent(raw, lines=True, place="parameters")
        pieces = (piece.partition("=") for piece in raw.split("&") if piece)
        pairs += [(decode_pair_text(name), decode_pair_text(value)) for name, _, value in pieces]
    if len({name.casefold() for name, _ in pairs}) < len(pairs):
        raise UnreadableBody("duplicate-key", place="parameters")
    return tuple(pairs)


def with_changes(message: Message, changes: Mapping[str, str | None], *, beside: str = "") -> Message:
    """Return `message` with other values for parameters, wherever each stands; None removes one.

    All else keeps its bytes. Names count without regard to case. A parameter that is not there yet is put behind the
    one called `beside`, if that is there.
    """
    wanted = {name.casefold(): (name, value) for name, value in changes.items()}
    present = {name.casefold() for name, _ in parameters_of(message)}
    new = [f"{name}={encode_percent(value)}" for key, (name, value) in wanted.items() if key not in present and value]
    query, form = message.query, form_text(message)
    new_query, new_form = (_changed(raw, wanted, beside.casefold(), new) for raw in (query, form))
    if new_query != query:
        message = replace(message, target=f"{message.path}?{new_query}" if new_query else message.path)
    if new_form != form:
        message = replace(message, body=new_form.encode("ascii"))
    return message


def united(message: Message) -> Message:
    """Return `message` with its form's fields at the end of the query, behind one empty pair; other bodies stay.

    Declarations then find a parameter by `query(…)` wherever it was sent, and undeclared ones are refused in both.
    """
    if not is_form(message):
        return message
    pieces = [piece for piece in message.query.split("&") if piece]
    fields = [piece for piece in form_text(message).split("&") if piece]
    return replace(message, target=f"{message.path}?{'&'.join((*pieces, '', *fields))}", media="", body=b"")


def parted(message: Message, origin: Message) -> Message:
    """Undo `united`: `origin` is the message before it."""
    if not is_form(origin):
        return message
    pieces = message.query.split("&")
    middle = pieces.index("")
    query, body = "&".join(pieces[:middle]), "&".join(pieces[middle + 1 :])
    target = f"{message.path}?{query}" if query else message.path
    return replace(message, target=target, media=origin.media, body=body.encode("ascii"))


def form_text(message: Message) -> str:
    """The fields of a form body as they are written; "" for any other body. Raises UnreadableBody."""
    if not is_form(message):
        return ""
    if message.charset not in _CHARSETS:
        raise UnreadableBody("charset", place="parameters")
    try:
        return message.body.decode("ascii")
    except UnicodeDecodeError:
        raise UnreadableBody("form-characters", place="parameters") from None


def _changed(raw: str, wanted: Mapping[str, tuple[str, str | None]], beside: str, new: Sequence[str]) -> str:
    pieces: list[str] = []
    for piece in raw.split("&") if raw else ():
        name = piece.partition("=")[0]
        key = decode_pair_text(name).casefold()
        if not piece or key not in wanted:
            pieces.append(piece)
        elif (value := wanted[key][1]) is not None:
            pieces.append(f"{name}={encode_percent(value)}")
        if piece and key == beside:
            pieces += new
    return "&".join(pieces)
