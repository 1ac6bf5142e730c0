"""Where a value is in a message: carriers from the outside in. See `proxy.fields`, which gives these names out."""

from dataclasses import dataclass

from proxy.errors import AdapterInvalid


@dataclass(frozen=True, slots=True)
class Step:
    """One carrier and what to select in it. `role` is a placeholder of the dispatch package (see `Route.learned`)."""

    carrier: str
    selector: str = ""
    role: str = ""

    def __str__(self) -> str:
        inside = f'"{self.selector}"' if self.selector else ""
        return f"{self.carrier}({inside})"


@dataclass(frozen=True, slots=True)
class Place:
    """A path of carriers from the message down to a value."""

    steps: tuple[Step, ...]

    def __truediv__(self, inner: "Place") -> "Place":
        return Place(self.steps + inner.steps)

    def __str__(self) -> str:
        return " / ".join(str(step) for step in self.steps)


def query(key: str, role: str = "") -> Place:
    """Value of the query key `key` (percent-decoded as UTF-8); of the address opened before, or of the request."""
    return Place((Step("query", key, role),))


def form(key: str) -> Place:
    """Value of the field `key` of an application/x-www-form-urlencoded body."""
    return Place((Step("form", key),))


def path(name: str) -> Place:
    """The segment that the route template calls `{name}` (percent-decoded once)."""
    return Place((Step("path", name),))


def header(name: str) -> Place:
    """Value of the header field `name`."""
    return Place((Step("header", name),))


def json(pointer: str) -> Place:
    """A string in a JSON text: RFC 6901 pointer, where `*` is any member or element and `**` any depth (also none)."""
    if not pointer.startswith("/") and pointer:
        raise AdapterInvalid("json-pointer", place=pointer)
    return Place((Step("json", pointer),))


def xml(selector: str, role: str = "") -> Place:
    """Text in an XML document: `/a/b` from the root, `//b` at any depth, a last step `@c` for an attribute."""
    if not selector.startswith("/"):
        raise AdapterInvalid("xml-selector", place=selector)
    return Place((Step("xml", selector, role),))


def cmi(selector: str) -> Place:
    """An element of a run-time data model in any notation (`proxy.rewrite.carriers.cmi`): a pointer over its words.

    `*` is any word (a number, say), `**` any number of them. What is inside the element is named as well.
    """
    if not selector.startswith("/"):
        raise AdapterInvalid("cmi-selector", place=selector)
    return Place((Step("cmi", selector),))


def lz() -> Place:
    """Open the value (or the whole body) as a text that LZString packed in the browser."""
    return Place((Step("lz"),))


def url() -> Place:
    """Open the value as an address; `query` after it looks at the address's own query."""
    return Place((Step("url"),))


def text() -> Place:
    """Open the value (or the whole body) as running text."""
    return Place((Step("text"),))


def lines(name: str) -> Place:
    """Value of the line `name=…` of an answer of AICC HACP; `aicc_data` has everything to the end."""
    return Place((Step("lines", name),))


def ini(selector: str) -> Place:
    """A value in an AICC parameter text: `group/key`, `group/*` for every other key, `group` for a group of text."""
    return Place((Step("ini", selector),))


def table(column: str) -> Place:
    """Every cell of a column in an AICC table."""
    return Place((Step("table", column),))


def csv() -> Place:
    """Open the value as a list with commas between its elements, as API clients join tags in one query value."""
    return Place((Step("csv"),))
