r"""The cloud's own HTML, script and style files, read once and filled with its addresses.

Placeholders are `@NAME@`. The cloud's address appears in three spellings, because real players carry all three: plain,
JSON-escaped (`http:\/\/host`) and percent-encoded.
"""

import html
import json
from pathlib import Path
from urllib.parse import quote

STATIC = Path(__file__).parent / "static"
ENGINE = "/ScormEngineInterface"
BUILD = "20.1.21.607"


class Pages:
    """All static files as text."""

    def __init__(self, *, origin: str, media: str, app_id: str) -> None:
        """Read every file below `static/` (blocking: construct before the loop serves)."""
        self._fixed = {
            "ORIGIN": origin,
            "ORIGIN_JSON": origin.replace("/", "\\/"),
            "ORIGIN_PERCENT": quote(origin, safe=""),
            "MEDIA": media,
            "APP": app_id,
            "ENGINE": ENGINE,
            "BUILD": BUILD,
        }
        self._texts = {
            path.relative_to(STATIC).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(STATIC.rglob("*"))
            if path.is_file()
        }

    def names(self, folder: str) -> list[str]:
        """File names directly in a folder of `static/`."""
        return [name.removeprefix(f"{folder}/") for name in self._texts if name.startswith(f"{folder}/")]

    def text(self, name: str, **more: str) -> str:
        """The file with its placeholders filled; values are inserted as they are."""
        text = self._texts[name]
        for key, value in {**self._fixed, **more}.items():
            text = text.replace(f"@{key}@", value)
        return text


def as_script(data: object) -> str:
    """JSON that may stand in a script element, with slashes escaped as Java servers do it."""
    return json.dumps(data).replace("/", "\\/").replace("<", "\\u003c")


def as_html(text: str) -> str:
    """Text for HTML and XML."""
    return html.escape(text, quote=True)
