"""The four verdicts, and what each treatment of a declared value comes to."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from proxy.fields import Field, Route, Treat

TRANSLATED, DROPPED, KEPT, REFUSED = WORDS = ("translated", "dropped", "kept", "refused")

_WORDS: Mapping[Treat, str] = MappingProxyType(
    {
        Treat.OMIT: DROPPED,
        Treat.DETAIL: DROPPED,
        Treat.DROP: DROPPED,
        Treat.BLANK: DROPPED,
        Treat.REFUSE: REFUSED,
        Treat.OPAQUE: REFUSED,
        Treat.TOKEN: KEPT,
        Treat.PLAIN: KEPT,
        Treat.KEEP: KEPT,
        Treat.LMS: KEPT,
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`word` is translated, dropped, kept or refused; `reason` says why, "" if no declaration does."""

    word: str
    reason: str
    route: str = ""


def of_field(field: Field, route: Route) -> Verdict:
    """Return the verdict that a declaration is."""
    return Verdict(_WORDS.get(field.treat, TRANSLATED), field.why or route.why, route.name)
