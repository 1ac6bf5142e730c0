"""An independent searcher: tells whether a planted identity got into recorded bytes, in whatever disguise.

It shares no code with the product. It works by brute force from two sides: every planted identity is encoded in
every way we know and looked for in the bytes as they are; and the bytes are decoded in every way we know, again and
again, and the planted texts are looked for in what comes out. Slow and thorough; made for tests.

    oracle = Oracle({"zoe": ["zoe.m", "Zoë Müller", "zoe@example.org"]}, whole_only={"zoe": ["Zoë", "4711"]})
    assert oracle.search(recorded) == []

`planted` are texts that may not occur anywhere, not even within longer words; texts with spaces are taken for names
and looked for in every order. `whole_only` are short or common ones that count only between non-alphanumeric signs;
so does whatever has fewer than `MIN_ANYWHERE` bytes: three letters stand in some sealed address by chance.
"""

import base64
import functools
import hashlib
import html
import itertools
import json
import quopri
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote, quote_plus, unquote_to_bytes

from ahocorasick_rs import BytesAhoCorasick

from tests.oracle_lz import lz_texts

DEPTH = 6
MAX_UNFOLDED = 400_000_000
MIN_ENCODED = 8
MIN_ANYWHERE = 4
MIN_WIDE = 5
JOINT = b"\n \n"
NOISE = " (noise)"
STROKES = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ß": "ss"})
NAME_SEPARATORS = ("", " ", ", ", ",", ".", "_", "-", "+", "  ", "/", "|", "\t", "^", ". ", "\n")
ENCODED_SEPARATORS = ("", " ", ", ", ",", ".", "_")


# Spellings: the texts an identity is written as.


def orders(text: str) -> list[list[str]]:
    parts = [part for part in re.split(r"[\s,]+", text) if part]
    if len(parts) <= 3:
        return [list(order) for order in itertools.permutations(parts)]
    return [parts, [parts[-1], *parts[:-1]], [*parts[1:], parts[0]], parts[::-1]]


def written(text: str, separators: Sequence[str]) -> set[str]:
    found = {text, re.sub(r"[/\\]", "_", text)}
    for order in orders(text):
        if len(order) > 1:
            found.update(separator.join(order) for separator in separators)
            found.add(f"{order[0]}, {' '.join(order[1:])}")
    return found


def respelled(text: str) -> set[str]:
    normal = {unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", text) if unicodedata.category(sign)[0] != "M")
    return {text, *normal, bare, bare.translate(STROKES)}


@functools.lru_cache(maxsize=50_000)
def bare_sign(sign: str) -> str:
    plain = unicodedata.normalize("NFKD", sign.casefold()).translate(STROKES).casefold()
    return "".join(" " if part.isspace() else part for part in plain if unicodedata.category(part)[0] not in "MC")


def skeleton(text: str) -> str:
    """What is left when case, marks, invisible signs and compatibility forms are ignored."""
    return re.sub(r"[^\x00-\x7f]", lambda match: bare_sign(match[0]), text.lower())


# Encodings: the bytes a text hides in. Everything is compared in lower case.


def base64_cores(data: bytes) -> Iterator[bytes]:
    """The signs of base64 that depend on `data` alone, for each of the three places it can begin at."""
    for shift in range(3):
        signs = base64.b64encode(b"\0" * shift + data + b"\0" * (-(shift + len(data)) % 3))
        first = (shift * 8 + 5) // 6
        yield signs[first : (shift + len(data)) * 8 // 6]


def escapes_of(text: str) -> Iterator[tuple[str, bytes]]:
    data = text.encode()
    for escaped in (quote(text), quote(text, safe=""), quote_plus(text)):
        yield "percent", escaped.encode()
    yield "percent every", b"".join(b"%%%02x" % byte for byte in data)
    twice = quote(quote(text, safe=""), safe="")
    yield "percent twice", twice.encode()
    yield "percent three times", quote(twice, safe="").encode()
    for escaped in (json.dumps(text)[1:-1], json.dumps(text)[1:-1].replace("/", "\\/")):
        yield "json", escaped.encode()
    yield "json every", b"".join(b"\\u%04x" % ord(sign) for sign in text if ord(sign) < 0x10000)
    yield "js bytes", b"".join(b"\\x%02x" % byte for byte in data)
    yield "html decimal", "".join(f"&#{ord(sign)};" for sign in text).encode()
    yield "html hex", "".join(f"&#x{ord(sign):x};" for sign in text).encode()
    yield "html some", html.escape(text).encode("ascii", "xmlcharrefreplace")
    yield "quoted-printable", b"".join(b"=%02x" % byte for byte in data)


def encodings(text: str) -> Iterator[tuple[str, bytes]]:
    yield from escapes_of(text)
    for codec in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1252"):
        try:
            data = text.encode(codec)
        except UnicodeEncodeError:
            continue
        yield codec, data
        yield f"hex {codec}", data.hex().encode()
        yield f"percent {codec}", quote(data, safe="").encode()
        for core in base64_cores(data):
            yield f"base64 {codec}", core
            yield f"base64 {codec}", core.replace(b"+", b"-").replace(b"/", b"_")


def hashes(text: str) -> Iterator[tuple[str, bytes]]:
    forms = {text, text.strip(), text.lower(), text.strip().lower(), text.upper()}
    forms |= {f"mailto:{form}" for form in forms if "@" in form}
    for form, name in itertools.product(forms, ("md5", "sha1", "sha256", "sha512")):
        digest = hashlib.new(name, form.encode(), usedforsecurity=False).digest()
        yield name, digest
        yield f"{name} hex", digest.hex().encode()
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield f"{name} base64", encode(digest).rstrip(b"=")


# Decodings: what the bytes may say. Each yields (name, decoded bytes).

JSON_ESCAPE = re.compile(rb"((?:\\u[0-9A-Fa-f]{4})+)|\\x([0-9A-Fa-f]{2})|\\u\{([0-9A-Fa-f]{1,6})\}|\\(.)", re.DOTALL)
PERCENT_U = re.compile(rb"%u([0-9A-Fa-f]{4})")
BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
HEX_RUN = re.compile(rb"[0-9A-Fa-f]{8,}")
READABLE = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]{8,}")
COMPRESSED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")


def json_escape(match: re.Match[bytes]) -> bytes:
    units, byte, braces, single = match.groups()
    if units:
        return bytes.fromhex(units.replace(b"\\u", b"").decode()).decode("utf-16-be", "replace").encode()
    if byte:
        return bytes.fromhex(byte.decode())
    if braces:
        return chr(min(int(braces, 16), 0x10FFFF)).encode("utf-8", "replace")
    return {b"n": b"\n", b"t": b"\t", b"r": b"\r"}.get(single, single)


def inflated(data: bytes, wbits: int) -> bytes:
    machine = zlib.decompressobj(wbits)
    out = b""
    try:
        for place in range(0, len(data), 64):
            out += machine.decompress(data[place : place + 64], 50_000_000)
    except zlib.error:
        pass
    return out


def runs(data: bytes, known: set[bytes]) -> Iterator[tuple[str, bytes]]:
    """Everything the base64 and hexadecimal runs that are not `known` say at every alignment, parted by line ends."""
    flat = re.sub(rb"[\r\n]+", b"", data)
    said: list[bytes] = []
    new = {*BASE64_RUN.findall(data), *(BASE64_RUN.findall(flat) if flat != data else [])} - known
    known |= new
    for run in new:
        plain = run.replace(b"-", b"+").replace(b"_", b"/")
        for shift in range(4):
            cut = plain[shift:]
            cut = cut[: len(cut) - 1] if len(cut) % 4 == 1 else cut
            said.append(base64.b64decode(cut + b"=" * (-len(cut) % 4)))
    yield "base64", JOINT.join(said)
    digits = itertools.chain.from_iterable(map(HEX_RUN.findall, new))
    said = [bytes.fromhex(run[s : s + (len(run) - s) // 2 * 2].decode()) for run in digits for s in (0, 1)]
    yield "hex", JOINT.join(said)


def compressed(data: bytes) -> Iterator[tuple[str, bytes]]:
    for match in COMPRESSED.finditer(data):
        yield "compressed", inflated(data[match.start() :], 47)
    for piece in (data, *data.split(JOINT)):
        if 16 <= len(piece) <= 100_000 and len(content := inflated(piece, -15)) > 4:
            yield "deflate", content


def texts(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "percent", unquote_to_bytes(PERCENT_U.sub(lambda m: chr(int(m[1], 16)).encode("utf-8", "replace"), data))
    yield "json", JSON_ESCAPE.sub(json_escape, data)
    yield "html", html.unescape(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    yield "quoted-printable", quopri.decodestring(data)


def wide(data: bytes) -> Iterator[tuple[str, bytes]]:
    if b"\0" in data:
        for codec, width in (("utf-16-le", 2), ("utf-16-be", 2), ("utf-32-le", 4), ("utf-32-be", 4)):
            for shift in range(width):
                yield codec, data[shift:].decode(codec, "ignore").encode("utf-8", "ignore")


def readable(data: bytes) -> bytes:
    """The stretches of `data` that can be text; what is decoded further on."""
    kept = []
    for stretch in itertools.chain.from_iterable(map(READABLE.findall, data.split(JOINT))):
        high = len(stretch.translate(None, bytes(range(128))))
        if high * 10 <= len(stretch) * 3 or len(stretch.decode("utf-8", "ignore").encode()) >= len(stretch) - 4:
            kept.append(stretch)
    return JOINT.join(kept)


def unfold(blob: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (how, bytes) of everything `blob` can be decoded to, itself first. Raises when it is too much."""
    seen: set[bytes] = set()
    known: set[bytes] = set()
    tried: set[bytes] = set()
    queue = [("", blob, 0)]
    spent = 0
    while queue:
        how, data, depth = queue.pop(0)
        if not data or data in seen:
            continue
        seen.add(data)
        spent += len(data)
        if spent > MAX_UNFOLDED:
            raise ValueError(f"unfolds to more than {MAX_UNFOLDED} bytes")
        yield how, data
        if depth >= DEPTH:
            continue
        text = data if depth == 0 else readable(data)
        children = [(name, child, child) for name, child in (*compressed(data), *wide(data), *texts(text))]
        # Of runs decoded at the wrong place most is noise: it is looked at whole, but only its texts are followed.
        children += [(name, child, readable(child)) for name, child in (*runs(text, known), *lz_texts(data, tried))]
        for name, child, further in children:
            chain = f"{how}>{name}" if how else name
            if further is not child and child not in seen:
                yield f"{chain}{NOISE}", child
                wides = JOINT.join(piece for piece in child.split(JOINT) if piece.count(0) * 4 > len(piece))
                queue.extend((f"{chain}>{how}", got, depth + 2) for how, got in (*compressed(child), *wide(wides)))
            queue.append((chain, further, depth + 1))


class Oracle:
    """Knows what was planted; `search` tells what of it can be found in recorded bytes."""

    def __init__(
        self, planted: Mapping[str, Sequence[str]], *, whole_only: Mapping[str, Iterable[str]] | None = None
    ) -> None:
        self._encoded: dict[bytes, str] = {}
        self._texts: dict[bytes, str] = {}
        self._whole: list[tuple[str, re.Pattern[str]]] = []
        for label, values in planted.items():
            for value in values:
                plant = self._plant if len(skeleton(value).encode()) >= MIN_ANYWHERE else self._plant_word
                plant(label, value)
        for label, words in (whole_only or {}).items():
            for word in words:
                self._plant_word(label, word)
        self._names, self._text_names = list(self._encoded.values()), list(self._texts.values())
        self._in_bytes = BytesAhoCorasick(list(self._encoded))
        self._in_texts = BytesAhoCorasick(list(self._texts))

    def _plant(self, label: str, value: str) -> None:
        for text in written(value, ENCODED_SEPARATORS):
            self._add(hashes(text), label, self._encoded)
            for form in respelled(text):
                for cased in {form, form.lower(), form.upper()}:
                    self._add(encodings(cased), label, self._encoded)
        for text in written(value, NAME_SEPARATORS):
            self._texts.setdefault(skeleton(text).encode(), f"{label}: text")

    def _plant_word(self, label: str, word: str) -> None:
        self._add(hashes(word), label, self._encoded)
        pattern = rf"(?<![^\W_]){re.escape(skeleton(word))}(?![^\W_])"
        self._whole.append((f"{label}: word", re.compile(pattern)))

    @staticmethod
    def _add(pairs: Iterable[tuple[str, bytes]], label: str, into: dict[bytes, str]) -> None:
        for name, data in pairs:
            if len(data) >= MIN_ENCODED or name == "utf-8" or (name.startswith("utf-16") and len(data) > MIN_WIDE):
                into.setdefault(data.lower(), f"{label}: {name}")

    def search(self, blob: bytes) -> list[str]:
        """Describe every find as `label: disguise, after how it was decoded, at offset`; empty if there is none."""
        finds: dict[str, None] = {}
        for how, data in unfold(blob):
            where = f" in {how}" if how else ""
            searches = [self._search_bytes(data)] + ([] if how.endswith(NOISE) else [self._search_texts(data)])
            for what, offset in itertools.chain.from_iterable(searches):
                finds.setdefault(f"{what}{where} at {offset}")
        return list(finds)

    def _search_bytes(self, data: bytes) -> Iterator[tuple[str, int]]:
        for number, start, _ in self._in_bytes.find_matches_as_indexes(data.lower()):
            yield self._names[number], start

    def _search_texts(self, data: bytes) -> Iterator[tuple[str, int]]:
        for codec in ("utf-8",) if data.isascii() else ("utf-8", "cp1252"):
            text = skeleton(data.decode(codec, "replace"))
            for number, start, _ in self._in_texts.find_matches_as_indexes(text.encode("utf-8", "replace")):
                yield self._text_names[number], start
            for what, pattern in self._whole:
                yield from ((what, match.start()) for match in pattern.finditer(text))
