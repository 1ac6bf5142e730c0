"""Templates and static files of a package, read once when the page is built, so that no handler touches the disk."""

from collections.abc import Mapping
from importlib.resources import files

import jinja2
from aiohttp import web

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Shelf:
    """The assets of one package: `.html` files are templates (escaped, strict), the others are served as they are."""

    def __init__(self, package: str) -> None:
        """Read everything; `package` is the import name of the folder."""
        templates: dict[str, str] = {}
        self._static: dict[str, tuple[bytes, str]] = {}
        for entry in files(package).iterdir():
            suffix = "." + entry.name.rpartition(".")[2]
            if suffix == ".html":
                templates[entry.name] = entry.read_text(encoding="utf-8")
            elif suffix in _TYPES:
                self._static[entry.name] = (entry.read_bytes(), _TYPES[suffix])
        self._environment = jinja2.Environment(
            loader=jinja2.DictLoader(templates),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, template: str, values: Mapping[str, object], headers: Mapping[str, str]) -> web.Response:
        """Render a template as an HTML answer."""
        text = self._environment.get_template(template).render(values)
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=dict(headers))

    async def static(self, request: web.Request) -> web.Response:
        """Answer a request for `{name}` with the file of that name, or 404."""
        found = self._static.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        body, media = found
        return web.Response(
            body=body,
            content_type=media,
            charset="utf-8",
            headers={"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"},
        )
