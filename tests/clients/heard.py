"""What a cloud heard, read back from its record; and where in it the inventory's places are.

Only for requests as the official client sends them: a length or no body, one after another on a connection.
"""

import json
import re
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl, unquote, urlsplit

_LINE = re.compile(rb"(GET|POST|PUT|DELETE|HEAD) (\S+) HTTP/1\.1\r\n")


@dataclass(frozen=True)
class Heard:
    """One request."""

    method: str
    path: tuple[str, ...]
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        """The body, if it is JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def form(self):
        """Names and values of a form, multipart or not."""
        kind = self.headers.get("content-type", "")
        if kind.startswith("multipart/"):
            whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + self.body)
            return {
                one.get_param("name", header="content-disposition"): one.get_content() for one in whole.iter_parts()
            }
        return dict(parse_qsl(self.body.decode("utf-8", "replace")))


def heard(record, base="/api/v2"):
    """All requests below `base` in a record, as bytes."""
    found, at = [], 0
    while line := _LINE.search(record, at):
        end = record.index(b"\r\n\r\n", line.start()) + 4
        headers = {
            name.decode().lower(): value.decode("latin-1")
            for name, _, value in (one.partition(b": ") for one in record[line.end() : end].split(b"\r\n") if one)
        }
        size = int(headers.get("content-length", "0"))
        target = urlsplit(line[2].decode())
        if target.path.startswith(base):
            parts = target.path.removeprefix(base).lstrip("/").split("/")
            query = dict(parse_qsl(target.query, keep_blank_values=True))
            path = tuple(unquote(one) for one in parts)
            found.append(Heard(line[1].decode(), path, query, headers, record[end : end + size]))
        at = end + size
    return found


def matches(one, row):
    """Whether a request is of the operation that a row of the inventory is about."""
    template = row["path"].strip("/").split("/")
    same = one.method == row["method"] and len(template) == len(one.path)
    return same and all(a == b or (a.startswith("{") and b) for a, b in zip(template, one.path, strict=True))


def at_pointer(data, pointer):
    """All values at a pointer of the inventory: `*` is any element or key, `**` any number of `/children/*`."""
    return list(_walk(data, pointer.strip("/").split("/")))


def _walk(data, parts):
    if data is None or not parts:
        if data not in (None, ""):
            yield data
        return
    head, rest = parts[0], parts[1:]
    if head == "**":
        yield from _walk(data, rest)
        for child in (data.get("children") or []) if isinstance(data, dict) else []:
            yield from _walk(child, parts)
    elif head == "*":
        inner = data if isinstance(data, list) else data.values() if isinstance(data, dict) else []
        for one in inner:
            yield from _walk(one, rest)
    elif isinstance(data, dict) and head in data:
        yield from _walk(data[head], rest)


def in_request(one, row):
    """What a request has at the place of a row of the inventory."""
    pointer = row["pointer"]
    if row["location"] == "path":
        names = [part.strip("{}") for part in row["path"].strip("/").split("/")]
        return [one.path[names.index(pointer.strip("{}"))]] if pointer.strip("{}") in names else []
    if row["location"] == "query":
        name = pointer.partition("#")[0]
        return [one.query[name]] if one.query.get(name) else []
    if row["location"] == "header":
        value = one.headers.get(pointer.lower())
        return [value] if value else []
    if row["location"] == "body-form":
        return [one.form[pointer]] if one.form.get(pointer) else []
    return at_pointer(one.json, pointer)
