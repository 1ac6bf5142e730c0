"""Looks at every file as bytes in which addresses are ASCII, whatever its encoding is."""

import codecs
import re
from dataclasses import dataclass

from proxy.package.reasons import Reason

_SPACED = re.compile(rb"h\x00+t\x00+t\x00+p", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True, repr=False)
class Readable:
    """A file's content in an ASCII-compatible encoding, and how to turn such bytes into the file's own encoding."""

    content: bytes
    codec: str = ""

    def restore(self, content: bytes) -> bytes:
        """Encode `content` the way the file was encoded."""
        return content.decode("utf-8").encode(self.codec) if self.codec else content


def readable(content: bytes) -> Readable:
    """Open UTF-16 with a byte order mark; refuse wide text that would hide its addresses. Raises PackageRefused."""
    result = Readable(content)
    for mark, codec in _MARKS:
        if content.startswith(mark):
            try:
                result = Readable(content.decode(codec).encode("utf-8"), codec)
            except UnicodeError:
                raise Reason.ENCODING.refused() from None
    if _SPACED.search(result.content):
        raise Reason.ENCODING.refused()
    return result
