"""The pages of the documentation, taken apart: links, headings, code blocks."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced code blocks of one language."""
    return [body for found, body in _FENCE.findall(text_of(page)) if found == language]


def links(page: Path) -> list[str]:
    """Targets of links and pictures outside code."""
    return _LINK.findall(re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text_of(page))))


def anchors(page: Path) -> set[str]:
    """The anchors a forge makes of the headings: lower case, blanks to hyphens, other signs dropped."""
    plain = [re.sub(r"[`*]", "", heading) for heading in _HEADING.findall(_FENCE.sub("", text_of(page)))]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


def commands(page: Path) -> list[str]:
    """The lines behind `$ ` in console blocks, comments cut off, joined where a line ends with a backslash."""
    lines = "\n".join(blocks(page, "console")).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ").partition("  #")[0].strip() for line in lines if line.startswith("$ ")]
