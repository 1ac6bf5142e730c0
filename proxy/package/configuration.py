"""Reads the JavaScript globals in which a dispatch package keeps its addresses.

Engine packages since 2020 keep them in `configuration.js` (`DispatchRoot`, `DispatchVersion`, `ContentURL`,
`PreLaunchConfigurationURL`); older ones assign `ContentAPI` and `ContentURL` in pages or other scripts; a package that
was downloaded with a style sheet also assigns `DefaultCssUrl`. Any quoting and spacing is read, code is not executed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proxy.package.archive import Entry
from proxy.package.encoding import readable
from proxy.package.reasons import Reason

GLOBALS = ("DispatchRoot", "DispatchVersion", "ContentURL", "ContentAPI", "PreLaunchConfigurationURL", "DefaultCssUrl")
SCRIPTED = frozenset({"js", "html", "htm"})

_ASSIGNED = re.compile(
    r"(?<![\w$.\-])(?:(?:window|self|top|parent|this)\s*+(?:\.\s*+|\[\s*+))?"
    r"[\"']?(?P<name>" + "|".join(GLOBALS) + r")[\"']?\s*+\]?\s*+(?P<sign>[=:])\s*+"
    r"(?:(?P<quote>[\"'`])(?P<text>(?:\\.|(?!(?P=quote))[^\\\r\n])*)(?P=quote)|(?P<number>\d+(?:\.\d+)?))"
    r"(?P<more>[ \t]*(?:\+|\.\s*\w|\?\s))?"
)
_CUSTOM_CONFIG = re.compile(r"([\"'`])((?:(?!\1)[^\r\n])*?customConfig(?:(?!\1)[^\r\n])*)\1")
_COMMENT = re.compile(r"^[ \t]*+(?:<!--)?[ \t]*+(/\*|//)", re.MULTILINE)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


@dataclass(frozen=True, slots=True, repr=False)
class Assignment:
    """One global, where it is assigned, and its value with escapes undone. It may hold secrets: it never prints."""

    name: str
    value: str
    file: str
    line: int


def read_configuration(entries: Iterable[Entry]) -> dict[str, Assignment]:
    """Give the assignment of each global that has a value. Raises PackageRefused if two differ or code makes one.

    Empty values do not count: pages often declare a global before the configuration assigns it.
    """
    found: dict[str, Assignment] = {}
    for entry in entries:
        if entry.extension not in SCRIPTED:
            continue
        text = _without_comments(readable(entry.content).content.decode("utf-8", "surrogateescape"))
        for match in _ASSIGNED.finditer(text):
            if match["sign"] == ":" and text[max(match.start() - 999, 0) : match.start()].rstrip()[-1:] not in {
                "{",
                ",",
            }:
                continue  # a branch of `a ? b : c`, not a property
            if match["more"] or (match["quote"] == "`" and "${" in match["text"]):
                raise Reason.COMPUTED.refused()
            value = unescape(match["text"]) if match["quote"] else match["number"]
            if value and match["name"] in found and found[match["name"]].value != value:
                raise Reason.AMBIGUOUS.refused()
            if value and match["name"] not in found:
                line = text.count("\n", 0, match.start()) + 1
                found[match["name"]] = Assignment(match["name"], value, entry.name, line)
    return found


def read_custom_config(entries: Iterable[Entry]) -> Assignment | None:
    """Give the string in which a SCORM Cloud package names its customConfig call, or None.

    The name of the script that makes the call is not documented, so it is found by what it says.
    """
    for entry in entries:
        if entry.extension in SCRIPTED:
            text = _without_comments(readable(entry.content).content.decode("utf-8", "surrogateescape"))
            for match in _CUSTOM_CONFIG.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                return Assignment("customConfig", unescape(match[2]), entry.name, line)
    return None


def _without_comments(text: str) -> str:
    """Take out comments that begin a line, so that an assignment somebody switched off does not count."""
    kept, at = [], 0
    while match := _COMMENT.search(text, at):
        closing = "*/" if match[1] == "/*" else "\n"
        end = text.find(closing, match.end())
        if end < 0:
            break
        kept += [text[at : match.start()], "\n" * text.count("\n", match.start(), end)]
        at = end + len(closing.strip())
    return "".join([*kept, text[at:]])


def unescape(text: str) -> str:
    """Undo the escapes of a JavaScript string literal (ECMA-262 section 12.9.4)."""

    def one(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _SIMPLE.get(match[3], match[3])

    return _ESCAPE.sub(one, text)
