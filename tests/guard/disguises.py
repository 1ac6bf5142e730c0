"""The disguises of the developers' guide as encoders, and invented people whose names hurt.

An encoder takes the text of an identity and gives bytes in which it hides. The guard and the oracle are both held to
this one table, which shares no code with either.
"""

import base64
import gzip
import hashlib
import html.entities
import json
import struct
import unicodedata
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

Encoder = Callable[[str], bytes]

PEOPLE = {
    "double surname": "Zoë Müller-Østergård",
    "apostrophe": "Seán O'Brien",
    "chinese": "李小龙",
    "one word": "Madonna",
    "200 letters": "Wolfeschlegelsteinhausenbergerdorff" * 5 + " Adolph Blaine Charles Da",
    "right to left": "محمد الأمين",
    "vietnamese": "Nguyễn Thị Ánh",
    "e-mail as id": "zoe.m@example.org",
    "slash in id": "emp/4711",
}


def percent_all(text: str) -> bytes:
    return "".join(f"%{byte:02x}" for byte in text.encode()).encode()


def percent_some(text: str) -> bytes:
    """Encode every second byte, needed or not, in changing case."""
    data = text.encode()
    return b"".join(
        (b"%%%02X" if place % 4 else b"%%%02x") % byte if place % 2 or byte > 127 else bytes((byte,))
        for place, byte in enumerate(data)
    )


def deflate(data: bytes) -> bytes:
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(data) + machine.flush()


def sprinkled(mark: str) -> Encoder:
    return lambda text: mark.join(text).encode()


def named_entities(text: str) -> bytes:
    names = html.entities.codepoint2name
    return "".join(f"&{names[ord(c)]};" if ord(c) in names else c for c in text).encode("ascii", "xmlcharrefreplace")


def bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def utf16_json(text: str) -> bytes:
    return json.dumps({"who": text}, ensure_ascii=False).encode("utf-16")


def shifted_base64(shift: int, encode: Callable[[bytes], bytes] = base64.b64encode) -> Encoder:
    return lambda text: encode(b"~" * shift + text.encode() + b" and more of it")


class Packer:
    """LZString, written once more the slow way: a dictionary of texts, a text of bits. No code of the product."""

    def __init__(self, text: str) -> None:
        self.bits = ""
        self.size = 2
        self.room = 2
        data = text.encode("utf-16-le")
        units = [chr(unit) for unit in struct.unpack(f"<{len(data) // 2}H", data)]
        known: dict[str, int] = {}
        new: set[str] = set()
        word = ""
        for unit in units:
            if unit not in known:
                known[unit] = len(known) + 3
                new.add(unit)
            if word + unit in known:
                word += unit
                continue
            self.say(word, known, new)
            known[word + unit] = len(known) + 3
            word = unit
        if word:
            self.say(word, known, new)
        self.write(2, self.size)

    def say(self, word: str, known: dict[str, int], new: set[str]) -> None:
        if word in new:
            new.discard(word)
            wide = ord(word) > 255
            self.write(int(wide), self.size)
            self.write(ord(word), 16 if wide else 8)
            self.grow()
        else:
            self.write(known[word], self.size)
        self.grow()

    def grow(self) -> None:
        self.room -= 1
        if not self.room:
            self.room = 2**self.size
            self.size += 1

    def write(self, number: int, width: int) -> None:
        self.bits += format(number, f"0{width}b")[::-1]

    def signs(self, width: int) -> list[int]:
        whole = self.bits + "0" * (width - len(self.bits) % width)
        return [int(whole[at : at + width], 2) for at in range(0, len(whole), width)]


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"


def lz_base64(text: str) -> bytes:
    signs = "".join((LETTERS + "/")[sign] for sign in Packer(text).signs(6))
    return (signs + "=" * (-len(signs) % 4)).encode()


def lz_uri(text: str) -> bytes:
    return "".join((LETTERS + "-")[sign] for sign in Packer(text).signs(6)).encode()


def lz_utf16(text: str) -> bytes:
    return ("".join(chr(sign + 32) for sign in Packer(text).signs(15)) + " ").encode()


def lz_bytes(text: str) -> bytes:
    return b"".join(struct.pack(">H", sign) for sign in Packer(text).signs(16))


def state_of(text: str) -> str:
    """What an authoring tool packs: a page, answers, and the learner it read from the run-time."""
    return json.dumps({"v": 2, "page": 7, "seen": [1, 2, 3, 5], "user": {"name": text}, "answers": {"q1": "a"}})


DISGUISES: dict[str, Encoder] = {
    "plain": str.encode,
    "percent": lambda t: quote(t, safe="").encode(),
    "percent lower": lambda t: quote(t, safe="").lower().encode(),
    "percent twice": lambda t: quote(quote(t, safe=""), safe="").encode(),
    "percent three times": lambda t: quote(quote(quote(t, safe=""), safe=""), safe="").encode(),
    "percent all": percent_all,
    "percent some": percent_some,
    "percent all of all": lambda t: percent_all(percent_all(t).decode()),
    "percent u": lambda t: "".join(f"%u{ord(c):04x}" for c in t).encode(),
    "form plus": lambda t: quote_plus(t).encode(),
    "json": lambda t: json.dumps(t).encode(),
    "json slash": lambda t: json.dumps(t).replace("/", "\\/").encode(),
    "json in json": lambda t: json.dumps(json.dumps({"n": t})).encode(),
    "json upper all": lambda t: "".join(f"\\u{ord(c):04X}" for c in t).encode(),
    "json percent": lambda t: quote(json.dumps({"n": t})).encode(),
    "js bytes": lambda t: "".join(f"\\x{b:02x}" for b in t.encode()).encode(),
    "js braces": lambda t: "".join(f"\\u{{{ord(c):x}}}" for c in t).encode(),
    "html decimal": lambda t: "".join(f"&#{ord(c)};" for c in t).encode(),
    "html hex": lambda t: "".join(f"&#x{ord(c):X};" for c in t).encode(),
    "html named": named_entities,
    "html twice": lambda t: "".join(f"&amp;#{ord(c)};" for c in t).encode(),
    "html percent": lambda t: quote("".join(f"&#{ord(c)};" for c in t)).encode(),
    "quoted-printable": lambda t: "".join(f"={b:02X}" for b in t.encode()).encode(),
    "base64": lambda t: base64.b64encode(t.encode()),
    "base64 bare": lambda t: base64.b64encode(t.encode()).rstrip(b"="),
    "base64url": lambda t: base64.urlsafe_b64encode(t.encode()),
    "base64 shift 1": shifted_base64(1),
    "base64 shift 2": shifted_base64(2),
    "base64 shift 3": shifted_base64(3),
    "base64url shift 1": shifted_base64(1, base64.urlsafe_b64encode),
    "base64 percent": lambda t: quote(base64.b64encode(t.encode()), safe="").encode(),
    "base64 utf-16": lambda t: base64.b64encode(t.encode("utf-16-le")),
    "base64 utf-16-be": lambda t: base64.b64encode(t.encode("utf-16-be")),
    "base64 json": lambda t: base64.b64encode(json.dumps({"actor": {"name": t}}).encode()),
    "base64 in path": lambda t: b"/some/path/x" + base64.b64encode(json.dumps({"actor": {"name": t}}).encode()),
    "base64 twice": lambda t: base64.b64encode(base64.b64encode(json.dumps([t]).encode())),
    "base64 lines": lambda t: base64.encodebytes(json.dumps({"x": "y" * 50, "n": t}).encode()),
    "base64 gzip": lambda t: base64.b64encode(gzip.compress(json.dumps({"n": t}).encode())),
    "base64 zlib": lambda t: base64.b64encode(zlib.compress(t.encode())),
    "base64 deflate": lambda t: base64.b64encode(deflate((t + " Lorem ipsum dolor sit amet consectetur").encode())),
    "hex": lambda t: t.encode().hex().encode(),
    "hex upper": lambda t: t.encode().hex().upper().encode(),
    "hex json": lambda t: json.dumps({"name": t}).encode().hex().encode(),
    "lz base64": lambda t: lz_base64(state_of(t)),
    "lz base64 alone": lambda t: lz_base64(f"{t}, page 7"),
    "lz uri": lambda t: lz_uri(state_of(t)),
    "lz uri percent": lambda t: quote(lz_uri(state_of(t)), safe="").encode(),
    "lz utf-16": lambda t: lz_utf16(state_of(t)),
    "lz utf-16 json": lambda t: json.dumps(lz_utf16(state_of(t)).decode()).encode(),
    "lz in base64": lambda t: base64.b64encode(lz_base64(state_of(t))),
    "base64 in lz": lambda t: lz_base64(json.dumps({"s": base64.b64encode(state_of(t).encode()).decode()})),
    "gzip": lambda t: gzip.compress(t.encode()),
    "gzip within": lambda t: b"--part\r\n\r\n" + gzip.compress(t.encode()) + b"\r\n--part--",
    "zlib": lambda t: zlib.compress(t.encode()),
    "deflate": lambda t: deflate((t + " Lorem ipsum dolor sit amet consectetur").encode()),
    "gzip gzip": lambda t: gzip.compress(gzip.compress(t.encode())),
    "utf-16-le": lambda t: t.encode("utf-16-le"),
    "utf-16-be": lambda t: t.encode("utf-16-be"),
    "utf-16 odd": lambda t: b"\x00" + t.encode("utf-16-le"),
    "utf-16 json": utf16_json,
    "utf-32": lambda t: t.encode("utf-32-le"),
    "utf-32-be": lambda t: t.encode("utf-32-be"),
    "upper": lambda t: t.upper().encode(),
    "lower": lambda t: t.lower().encode(),
    "swapped case": lambda t: t.swapcase().encode(),
    "nfc": lambda t: unicodedata.normalize("NFC", t).encode(),
    "nfd": lambda t: unicodedata.normalize("NFD", t).encode(),
    "nfd percent": lambda t: quote(unicodedata.normalize("NFD", t)).encode(),
    "nfkd": lambda t: unicodedata.normalize("NFKD", t).encode(),
    "full width": lambda t: full_width(t).encode(),
    "accents off": lambda t: bare(t).encode(),
    "upper bare percent": lambda t: quote(bare(t).upper()).encode(),
    "strokes off": lambda t: bare(t).replace("Ø", "O").replace("ø", "o").encode(),
    "zero width": sprinkled("\u200b"),
    "joiners": sprinkled("\u2060"),
    "soft hyphens": sprinkled("\u00ad"),
    "zero width percent": lambda t: quote("\u200b".join(t)).encode(),
    "soft hyphen entity": lambda t: "&shy;".join(t).encode(),
    "no-break spaces": lambda t: t.replace(" ", "\u00a0").encode(),
    "thin spaces": lambda t: t.replace(" ", "\u2009").encode(),
    "md5": lambda t: hashlib.md5(t.encode(), usedforsecurity=False).hexdigest().encode(),
    "sha1 upper": lambda t: hashlib.sha1(t.encode(), usedforsecurity=False).hexdigest().upper().encode(),
    "sha256 of lower": lambda t: hashlib.sha256(t.lower().encode()).hexdigest().encode(),
    "sha512": lambda t: hashlib.sha512(t.encode()).hexdigest().encode(),
    "sha1 base64": lambda t: base64.b64encode(hashlib.sha1(t.encode(), usedforsecurity=False).digest()),
    "sha256 base64url": lambda t: base64.urlsafe_b64encode(hashlib.sha256(t.encode()).digest()).rstrip(b"="),
    "sha256 raw": lambda t: hashlib.sha256(t.encode()).digest(),
}

WHOLE_DISGUISES: dict[str, Encoder] = {"lz bytes": lambda t: lz_bytes(state_of(t))}
"""What is seen only where it is the whole of a piece: nothing marks where it begins."""

SINGLE_BYTE: dict[str, Encoder] = {
    "latin-1": lambda t: t.encode("cp1252"),
    "latin-1 percent": lambda t: quote(t.encode("cp1252")).encode(),
    "latin-1 js": lambda t: "".join(f"\\x{b:02x}" for b in t.encode("cp1252")).encode(),
    "latin-1 upper": lambda t: t.upper().encode("cp1252"),
    "latin-1 base64": lambda t: base64.b64encode(t.encode("cp1252")),
    "quoted-printable latin-1": lambda t: "".join(f"={b:02X}" for b in t.encode("cp1252")).encode(),
}

NAME_SHAPES: dict[str, Callable[[str, str], str]] = {
    "first last": lambda first, last: f"{first} {last}",
    "last, first": lambda first, last: f"{last}, {first}",
    "last,first": lambda first, last: f"{last},{first}",
    "last first": lambda first, last: f"{last} {first}",
    "first.last": lambda first, last: f"{first}.{last}".lower(),
    "first_last": lambda first, last: f"{first}_{last}",
    "first+last": lambda first, last: f"{first}+{last}",
    "first-last": lambda first, last: f"{first}-{last}",
    "firstlast": lambda first, last: f"{first}{last}",
    "lastfirst": lambda first, last: f"{last}{first}".upper(),
    "two lines": lambda first, last: f"{first}\n   {last}",
}
