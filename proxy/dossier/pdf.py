"""The report in print. Libraries and fonts come with the extra `pdf`; without it the HTML page prints as well.

Latin, Greek, Cyrillic, Arabic, Hebrew, Chinese, Japanese and Korean have glyphs (Noto, SIL Open Font License). Any
other sign stands there as its code point, `[U+0B95]`, and the end of the print says so: nothing is left out silently.
"""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from proxy.dossier.blocks import Block, Facts, Grid, Heading, Lines, Paragraph

_FONTS = (
    ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    ("justmytype_intl_rtl", "fonts/ofl/notosansarabic/NotoSansArabic[wdth,wght].ttf"),
    ("justmytype_intl_rtl", "fonts/ofl/notosanshebrew/NotoSansHebrew[wdth,wght].ttf"),
    ("noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf"),
)
_NEEDED = ("fpdf", "uharfbuzz", *dict.fromkeys(package for package, _ in _FONTS))
_INVISIBLE = frozenset("\n\u200b\u200c\u200d\u200e\u200f\u2066\u2067\u2068\u2069\ufeff")
_SMALL = 8
_TEXT = 10


def available() -> bool:
    """Whether the libraries and fonts of the extra `pdf` are here."""
    return all(find_spec(name) is not None for name in _NEEDED)


def printed(title: str, blocks: Sequence[Block]) -> bytes:
    """Render blocks as a PDF, A4. Raises `ModuleNotFoundError` where the extra is not installed."""
    sheet = _Sheet()
    sheet.write(title, 16)
    for one in blocks:
        sheet.put(one)
    if sheet.missing:
        sheet.put(Heading("What this print cannot show"))
        signs = ", ".join(f"U+{ord(sign):04X}" for sign in sorted(sheet.missing))
        sheet.put(
            Paragraph(
                "These signs have no glyph in the fonts of this program and stand as their code points: "
                f"{signs}. The HTML page and the JSON file of the same report have them as they are."
            )
        )
    return sheet.bytes()


class _Sheet:
    """Pages that are written from top to bottom. A font is embedded once a sign of it is needed."""

    def __init__(self) -> None:
        self._pdf: Any = import_module("fpdf").FPDF(format="A4")
        self._pdf.set_auto_page_break(auto=True, margin=18)
        self._pdf.set_margins(16, 18, 16)
        self._signs: dict[int, frozenset[int]] = {}
        self._embedded: list[str] = []
        self.missing: set[str] = set()
        self._embed(0)
        self._pdf.set_text_shaping(True)
        self._pdf.add_page()

    def put(self, block: Block) -> None:
        """Write one block."""
        if isinstance(block, Heading):
            self._pdf.ln(3)
            self.write(block.text, 14 if block.level == 1 else 12)
        elif isinstance(block, Paragraph):
            self.write(block.text, _TEXT)
        elif isinstance(block, Facts):
            self._table(tuple((name, "\n".join(values)) for name, values in block.pairs), (1, 3))
        elif isinstance(block, Grid):
            self._table((block.head, *block.rows), block.widths, head=True)
        elif isinstance(block, Lines):
            for line in block.lines:
                self.write(line, _SMALL)
        self._pdf.ln(1.5)

    def write(self, text: str, size: int) -> None:
        """Write a paragraph from margin to margin."""
        shown = self._shown(text)
        self._pdf.set_font(self._embedded[0], size=size)
        self._pdf.multi_cell(0, size * 0.55, shown, new_x="LMARGIN", new_y="NEXT", align="L")

    def bytes(self) -> bytes:
        """The finished file."""
        return bytes(self._pdf.output())

    def _table(self, rows: Sequence[Sequence[str]], widths: Sequence[int], *, head: bool = False) -> None:
        if not rows:
            return
        shown = [[self._shown(cell) for cell in row] for row in rows]
        self._pdf.set_font(self._embedded[0], size=_SMALL)
        style = import_module("fpdf.fonts").FontFace(emphasis="")
        with self._pdf.table(
            first_row_as_headings=head,
            headings_style=style,
            col_widths=tuple(widths) or None,
            line_height=4.2,
            padding=1,
            text_align="LEFT",
            borders_layout="HORIZONTAL_LINES",
        ) as table:
            for row in shown:
                line = table.row()
                for cell in row:
                    line.cell(cell)

    def _shown(self, text: str) -> str:
        """The same with code points for what has no glyph; fonts that are needed are embedded."""
        return "".join(sign if self._has(sign) else f"[U+{ord(sign):04X}]" for sign in _printable(text))

    def _has(self, sign: str) -> bool:
        if sign in _INVISIBLE:
            return True
        for number, font in enumerate(_FONTS):
            if number not in self._signs:  # a font of all of China's signs is read only where it is needed
                self._signs[number] = _signs(*font)
            if ord(sign) in self._signs[number]:
                self._embed(number)
                return True
        self.missing.add(sign)
        return False

    def _embed(self, number: int) -> None:
        name = f"noto{number}"
        if name not in self._embedded:
            package, file = _FONTS[number]
            # The thinnest is what the file of this one has by default.
            weight = {"wght": 400, "wdth": 100} if "Hebrew" in file else None
            self._pdf.add_font(name, fname=str(_place(package) / file), variations=weight)
            self._embedded.append(name)
            self._pdf.set_fallback_fonts(self._embedded[1:], exact_match=False)


def _printable(text: str) -> str:
    """Without what would end a line or break a page; lone surrogates have no code point that a file could hold."""
    return "".join(sign if sign.isprintable() or sign in _INVISIBLE else " " for sign in text.replace("\r\n", "\n"))


def _place(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(package)
    return Path(found.origin).parent


def _signs(package: str, file: str) -> frozenset[int]:
    """The code points of a font."""
    with import_module("fontTools.ttLib").TTFont(_place(package) / file, lazy=True) as font:
        return frozenset(font.getBestCmap())
