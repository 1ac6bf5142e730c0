"""Postbacks (see ISSUE4): types only until H3's work is merged."""

from dataclasses import dataclass

from proxy.errors import NotPermitted
from proxy.passage.walk import Walk


@dataclass(frozen=True, slots=True, repr=False)
class PostbackSpec:
    """Stub."""

    url: str = ""
    auth_type: str = ""
    user: str = ""
    password: str = ""
    results_format: str = ""
    legacy: bool | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """Stub."""

    name: str
    ident: str


class Postbacks:
    """Stub."""

    async def outward(self, walk: Walk, level: Level, spec: PostbackSpec) -> PostbackSpec:
        """Stub."""
        raise NotPermitted("postback")

    async def inward(self, walk: Walk, spec: PostbackSpec) -> PostbackSpec:
        """Stub."""
        return spec
