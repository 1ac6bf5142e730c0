"""What LZString packed, for the oracle: a plain decoder, tried wherever such a text may begin."""

import re
import unicodedata
from collections.abc import Iterator

LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+"
PLACES = {sign: at for at, sign in enumerate(LETTERS)} | {ord("/"): 63, ord("-"): 63}
TURNED = {width: [int(f"{number:0{width}b}"[::-1], 2) for number in range(2**width)] for width in (6, 8, 15)}
RUN = re.compile(rb"[A-Za-z0-9+/-]{8,}")
STARTS = re.compile(rb"\A|\r\n\r\n")
WIDE_STARTS = re.compile("\\A|[\"'=>:,;\\s\\x00](?=.?.?[\u0250-\u801f]{2})", re.DOTALL)
MOST = 5_000_000


class Ended(Exception):
    pass


class Bits:
    """Each value says its bits from the highest on; a number is told from its lowest."""

    def __init__(self, values: Iterator[int], width: int) -> None:
        self.values = values
        self.width = width
        self.turned = TURNED[width]
        self.held = self.have = 0

    def number(self, width: int) -> int:
        while self.have < width:
            value = next(self.values, None)
            if value is None:
                raise Ended
            self.held |= self.turned[value] << self.have
            self.have += self.width
        found = self.held % (1 << width)
        self.held >>= width
        self.have -= width
        return found


def opened(values: Iterator[int], width: int) -> str:
    """As much of a text as can be read; nothing if a code has no meaning."""
    bits = Bits(values, width)
    out: list[str] = []
    try:
        first = bits.number(2)
        if first > 1:
            return ""
        word = chr(bits.number(16 if first else 8))
        known: list[str] = ["", "", "", word]
        out.append(word)
        size, room, spent = 3, 4, 0
        while spent < MOST:
            code = bits.number(size)
            if code == 2:
                break
            if code < 2:
                known.append(chr(bits.number(16 if code else 8)))
                code = len(known) - 1
                room -= 1
                if not room:
                    room, size = 2**size, size + 1
            if code > len(known):
                return ""
            entry = known[code] if code < len(known) else word + word[0]
            out.append(entry)
            spent += len(entry)
            known.append(word + entry[0])
            word = entry
            room -= 1
            if not room:
                room, size = 2**size, size + 1
    except Ended:
        pass
    return "".join(out)


def of_base64(text: str) -> str:
    return opened((PLACES[sign] for sign in text.rstrip("=").encode()), 6)


def as_bytes(text: str) -> bytes:
    """What was never packed comes out as control characters, or as signs of every script at once."""
    start = text[:200]
    noise = sum(unicodedata.category(sign)[0] == "C" and sign not in "\t\r\n" for sign in start)
    plain = sum(sign.isascii() for sign in start)
    if len(text) < 4 or noise * 10 > len(start) or plain * 4 < len(start):
        return b""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8", "replace")


def lz_texts(data: bytes, known: set[bytes]) -> Iterator[tuple[str, bytes]]:
    """Everything that may have been packed in `data`; runs that are `known` were tried before."""
    said: list[bytes] = []
    new = set(RUN.findall(data)) - known
    known |= new
    said += [as_bytes(opened((PLACES[sign] for sign in run), 6)) for run in new if not PLACES[run[0]] >> 4 & 1]
    said += [
        as_bytes(opened(iter(data[at : at + MOST]), 8))
        for at in (start.end() for start in STARTS.finditer(data))
        if data[at : at + 1] and not data[at] >> 6 & 1
    ]
    if not data.isascii():
        text = data.decode("utf-8", "replace")
        for start in WIDE_STARTS.finditer(text):
            values = (ord(text[at]) - 32 if 32 <= ord(text[at]) < 32800 else 0 for at in range(start.end(), len(text)))
            said.append(as_bytes(opened(values, 15)))
    joined = b"\n \n".join(filter(None, said))
    if joined:
        yield "lz", joined
