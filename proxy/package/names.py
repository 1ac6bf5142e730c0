"""Which file names of a zip are safe to unpack on every file system."""

import re
import unicodedata
from collections.abc import Iterable

from proxy.package.reasons import Reason

_DRIVE = re.compile(r"[A-Za-z]:")
_UTF8_FLAG = 0x800


def decode_name(raw: bytes, flags: int) -> str:
    """Read a name as APPNOTE appendix D says: UTF-8 if flag bit 11 is set, else code page 437."""
    try:
        return raw.decode("utf-8" if flags & _UTF8_FLAG else "cp437")
    except UnicodeDecodeError:
        raise Reason.NAME.refused() from None


def check_name(name: str) -> None:
    """Refuse a name that could leave the folder or be read differently by different unpackers."""
    if not name or any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in name):
        raise Reason.NAME.refused()
    segments = name.removesuffix("/").split("/")
    if "\\" in name or name.startswith("/") or _DRIVE.match(name) or ".." in segments:
        raise Reason.ESCAPE.refused()
    if any(segment in {"", "."} for segment in segments):
        raise Reason.NAME.refused()


def check_distinct(names: Iterable[str]) -> None:
    """Refuse names that fall together where case or Unicode form is ignored, and files that are also folders."""
    folded = [unicodedata.normalize("NFC", name.casefold()) for name in names]
    files = {name for name in folded if not name.endswith("/")}
    if len(set(folded)) != len(folded):
        raise Reason.DUPLICATE.refused()
    for name in folded:
        segments = name.removesuffix("/").split("/")
        inner = ["/".join(segments[: depth + 1]) for depth in range(len(segments) - 1)]
        if any(folder in files for folder in inner) or (name.endswith("/") and name[:-1] in files):
            raise Reason.DUPLICATE.refused()
