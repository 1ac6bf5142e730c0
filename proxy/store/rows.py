"""Rows as tuples of four kinds of values, the same from every database, and how a row is written down.

A row is one line of canonical JSON, so that two rows are equal exactly if their lines are, types included; a table is
the SHA-256 of its lines in the order of its key. That order is by code points and bytes, never by a server's language.
"""

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import JSON, Integer, LargeBinary, Table

from proxy.errors import StoreFailed

Value = str | int | bytes | list[Any] | dict[str, Any]
Row = tuple[Value, ...]
Key = tuple[Any, ...]
"""Values of a key's columns: texts, numbers, bytes."""


class Form(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    BYTES = "bytes"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as its rows are written: columns with their forms, and where among them its key stands."""

    table: str
    columns: tuple[str, ...]
    forms: tuple[Form, ...]
    key: tuple[int, ...]

    def key_of(self, row: Row) -> Key:
        """The key of a row; keys compare as both databases order them."""
        return tuple(row[at] for at in self.key)


def layout_of(table: Table) -> Layout:
    """The layout of a table."""
    columns = tuple(table.c)
    names = tuple(str(column.name) for column in columns)
    key = tuple(names.index(column.name) for column in table.primary_key.columns)
    return Layout(str(table.name), names, tuple(_form_of(column.type) for column in columns), key)


def _form_of(kind: object) -> Form:
    if isinstance(kind, Integer):
        return Form.NUMBER
    if isinstance(kind, LargeBinary):
        return Form.BYTES
    return Form.JSON if isinstance(kind, JSON) else Form.TEXT


def row_from(layout: Layout, values: Sequence[Any]) -> Row:
    """A row as a driver gave it. `StoreFailed`: `row-type`, for SQLite lets a column hold anything."""
    return tuple(_value_from(form, value) for form, value in zip(layout.forms, values, strict=True))


def _value_from(form: Form, value: Any) -> Value:
    if form is Form.BYTES and isinstance(value, (bytes, memoryview)):
        return bytes(value)
    if form is Form.NUMBER and type(value) is int:
        return value
    if (form is Form.TEXT and type(value) is str) or (form is Form.JSON and isinstance(value, (list, dict))):
        return cast("Value", value)
    raise StoreFailed("row-type")


def line_of(layout: Layout, row: Row) -> bytes:
    """A row written down, without a line end; ASCII."""
    written = [
        b64encode(value).decode("ascii") if isinstance(value, bytes) else value
        for value, _ in zip(row, layout.forms, strict=True)
    ]
    return json.dumps(written, separators=(",", ":"), sort_keys=True).encode("ascii")


def row_of(layout: Layout, line: bytes) -> Row:
    """Undo `line_of`. Raises `ValueError` for anything that it would not have written."""
    values = json.loads(line)
    if not isinstance(values, list) or len(values) != len(layout.forms):
        raise ValueError("not a row of this table")
    row = tuple(_read(form, value) for form, value in zip(layout.forms, values, strict=True))
    if line_of(layout, row) != line:
        raise ValueError("not canonical")
    return row


def _read(form: Form, value: Any) -> Value:
    try:
        return _value_from(form, b64decode(value, validate=True) if form is Form.BYTES else value)
    except (StoreFailed, TypeError, binascii.Error):
        raise ValueError("another type") from None
