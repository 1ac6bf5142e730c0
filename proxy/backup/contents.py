"""What stands in a backup, line by line, the same for every database; `keys.bundle` seals it.

    {"backup": 1, "created": …, "generation": …, "instance": …, "kind": "mapping", "lineage": …, "revision": "0002"}
    {"keyring": "<base64 of the keyring file, which its key-encryption key sealed>"}         (only with a mapping)
    {"columns": ["person", …], "forms": ["text", …], "key": [0], "table": "people"}
    ["0b1f…", …]                                                                            (a row; see store.rows)
    {"end": "people", "rows": 1, "sha256": "…"}
    …
    {"end": "backup", "tables": {"people": 1, …}}

Tables stand in the order of their names, rows in the order of their keys. `sha256` is over the rows, each with its line
end. Nothing is kept in memory but the row at hand.
"""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Final

from keys import BundleReader, BundleWriter, KekProvider, Title
from proxy.errors import BackupFailed
from proxy.store.rows import Form, Layout, Row, line_of, row_of

VERSION: Final = 1
MAPPING_KIND: Final = "mapping"
KEYS_KIND: Final = "keys"


@dataclass(frozen=True, slots=True)
class Head:
    """Whose backup it is. `generation` is that of the keyring announced in the mapping, 0 with a key store."""

    kind: str
    created: int
    lineage: str
    instance: str
    revision: str
    generation: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A table of a backup: how many rows, and the SHA-256 of them all."""

    table: str
    rows: int
    digest: str


class Writing:
    """Writes a backup into a bundle."""

    def __init__(self, bundle: BundleWriter, head: Head) -> None:
        """Write the head."""
        self._bundle = bundle
        self._tables: dict[str, int] = {}
        self._line({"backup": VERSION, **asdict(head)})

    def keyring(self, content: bytes) -> None:
        """Write the keyring file as it is."""
        self._line({"keyring": b64encode(content).decode("ascii")})

    def table(self, layout: Layout, rows: Iterable[Row]) -> Summary:
        """Write a table."""
        forms = [form.value for form in layout.forms]
        self._line({"table": layout.table, "columns": layout.columns, "forms": forms, "key": layout.key})
        digest, count = hashlib.sha256(), 0
        for row in rows:
            line = line_of(layout, row) + b"\n"
            digest.update(line)
            count += 1
            self._bundle.write(line)
        self._line({"end": layout.table, "rows": count, "sha256": digest.hexdigest()})
        self._tables[layout.table] = count
        return Summary(layout.table, count, digest.hexdigest())

    def finish(self) -> None:
        """Write the end, and the last chunk of the bundle."""
        self._line({"end": "backup", "tables": self._tables})
        self._bundle.finish()

    def _line(self, fields: dict[str, Any]) -> None:
        self._bundle.write(json.dumps(fields, sort_keys=True).encode("ascii") + b"\n")


class Reading:
    """Reads a backup. Its tables are to be read to their ends, in their order; only then it is known to be whole.

    Raises KeyringError as `BundleReader`, and `BackupFailed`: `contents`, `newer`.
    """

    def __init__(self, source: BinaryIO, keks: Sequence[KekProvider]) -> None:
        """Read the head, and the keyring if there is one."""
        bundle = BundleReader(source, keks)
        self.title: Title = bundle.title
        self._lines = _lines(bundle.chunks())
        self.head = _head(self._fields(next(self._lines, b"")), bundle.title)
        self.keyring = b""
        self.summaries: list[Summary] = []
        self._next = next(self._lines, b"")
        if self._next.startswith(b'{"keyring"'):
            self.keyring = _decoded(self._fields(self._next).get("keyring"))
            self._next = next(self._lines, b"")

    def tables(self) -> Iterator[tuple[Layout, Iterator[Row]]]:
        """Each table with its rows, which must be read before the next one is asked for."""
        while "table" in (fields := self._fields(self._next)):
            layout = _layout(fields)
            yield layout, self._rows(layout)
            if not self.summaries or self.summaries[-1].table != layout.table:
                raise BackupFailed("contents")
            self._next = next(self._lines, b"")
        counts = {one.table: one.rows for one in self.summaries}
        if fields != {"end": "backup", "tables": counts} or next(self._lines, None) is not None:
            raise BackupFailed("contents")

    def _rows(self, layout: Layout) -> Iterator[Row]:
        digest = hashlib.sha256()
        for count, line in enumerate(self._lines):
            if line.startswith(b"{"):
                summary = Summary(layout.table, count, digest.hexdigest())
                if self._fields(line) != {"end": layout.table, "rows": count, "sha256": summary.digest}:
                    break
                self.summaries.append(summary)
                return
            digest.update(line + b"\n")
            try:
                row = row_of(layout, line)
            except ValueError:
                break
            yield row
        raise BackupFailed("contents")

    @staticmethod
    def _fields(line: bytes) -> dict[str, Any]:
        try:
            fields = json.loads(line)
        except ValueError:
            raise BackupFailed("contents") from None
        if not isinstance(fields, dict):
            raise BackupFailed("contents")
        return fields


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a text that comes in pieces; what follows the last line end is no line."""
    waiting = b""
    for chunk in chunks:
        *whole, waiting = (waiting + chunk).split(b"\n")
        yield from whole
    if waiting:
        raise BackupFailed("contents")


def _head(fields: dict[str, Any], title: Title) -> Head:
    if fields.pop("backup", None) != VERSION:
        raise BackupFailed("newer")
    try:
        head = Head(**fields)
    except TypeError:
        raise BackupFailed("newer") from None
    if (head.kind, head.created) != (title.kind, title.created):
        raise BackupFailed("contents")
    if head.kind not in {MAPPING_KIND, KEYS_KIND}:
        raise BackupFailed("kind")
    return head


def _layout(fields: dict[str, Any]) -> Layout:
    try:
        forms = tuple(Form(one) for one in fields["forms"])
        layout = Layout(str(fields["table"]), tuple(map(str, fields["columns"])), forms, tuple(map(int, fields["key"])))
    except (ValueError, TypeError, LookupError):
        raise BackupFailed("contents") from None
    if len(layout.columns) != len(layout.forms):
        raise BackupFailed("contents")
    return layout


def _decoded(text: object) -> bytes:
    try:
        return b64decode(str(text), validate=True)
    except ValueError:
        raise BackupFailed("contents") from None
