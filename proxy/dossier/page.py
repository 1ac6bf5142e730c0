"""The report as one page of HTML that needs nothing else, prints well, and lets every script run its own way."""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from proxy.dossier.blocks import Block


def page(title: str, blocks: Sequence[Block]) -> str:
    """Render blocks. Everything is escaped; values are isolated (`bdi`), so that none turns its neighbours around."""
    environment = Environment(
        loader=PackageLoader("proxy.dossier"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    named = [(type(one).__name__, one) for one in blocks]
    return environment.get_template("dossier.html").render(title=title, blocks=named)
