"""What the settings of one level of the cascade say. Pure.

Values cascade default < application < learning standard < course < dispatch < registration
(docs/protocol/scorm-cloud-api.md, section 3), so each level is asked for what it says itself: `explicitValue`. The
effective value counts only at the top, where nothing above it is looked at.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from proxy.doctor.addresses import Ours, Whose, host_of, is_address
from proxy.doctor.findings import Finding
from proxy.errors import UpstreamRefused

URL = "ApiRollupRegistrationPostBackUrl"
FORMAT = "ApiRollupRegistrationFormat"
_PREFIX = "ApiRollupRegistration"
_EMAIL = re.compile(r"[^\s@/:]+@[^\s@/]+\.[^\s@/]+")
_DEEP = frozenset({"activity", "full"})


def settings_of(page: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The items of an answer. Raises `UpstreamRefused` (`unreadable`)."""
    items = page.get("settingItems")
    if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
        raise UpstreamRefused("unreadable")
    return items


def of_level(
    items: list[Mapping[str, Any]], ours: Ours, application: str, where: str, *, top: bool, details: bool
) -> Iterator[Finding]:
    """Findings among the settings of one level; `details`: the readers of this mount may see more than results."""
    url = _said(items, URL, top=top)
    yield from of_address(url, ours, application, f"{where}: {URL}" if where else URL)
    deep = _said(items, FORMAT, top=top).lower()
    if ours.whose(url) is Whose.OURS and deep in _DEEP and not details:
        yield Finding("deeper-than-seen", application, f"{where}: {FORMAT}", detail=deep)
    for item in items:
        name, value = str(item.get("id", "")), _text(item.get("explicitValue"))
        if name.startswith(_PREFIX) or not value:
            continue
        place = f"{where}: {name}"
        if is_address(value) and ours.whose(value) is Whose.FOREIGN:
            yield Finding("address-elsewhere", application, place, host_of(value), values=(value,))
        elif _EMAIL.search(value):
            yield Finding("setting-names-somebody", application, place, values=(value,))


def of_address(url: str, ours: Ours, application: str, where: str) -> Iterator[Finding]:
    """What is to be said of an address to which results are posted."""
    match ours.whose(url):
        case Whose.FOREIGN:
            yield Finding("goes-around", application, where, host_of(url), values=(url,))
        case Whose.LOST:
            yield Finding("address-lost", application, where, host_of(url), values=(url,))
        case Whose.OURS:
            yield Finding("comes-here", application, where, host_of(url), values=(url,))
        case Whose.NOWHERE:
            return


def _said(items: list[Mapping[str, Any]], name: str, *, top: bool) -> str:
    for item in items:
        if item.get("id") == name:
            return _text(item.get("explicitValue")) or (_text(item.get("effectiveValue")) if top else "")
    return ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
