"""Outcomes of two runs side by side: what cannot be equal is masked, everything else must be."""

import json
import re
from dataclasses import dataclass
from typing import Any

_MASKS = (
    (re.compile(r"https?://(?:127\.0\.0\.1|[a-z.]*localhost)(?::\d+)?"), "<host>"),
    (re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?"), "<moment>"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+"), "<token>"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<hex>"),
)
_MADE_UP = {"credential", "more", "result", "access_token", "queryString"}
"""Members that are random as a whole."""


@dataclass(frozen=True)
class Comparable:
    """An outcome without what is random."""

    operation: str
    status: int
    body: Any
    total: str = ""


def comparable(outcome, names=()):
    """An outcome, masked. `names` are further texts to mask (ids that one side made up)."""
    raw = outcome.raw or outcome.error
    try:
        body = json.loads(raw)
    except ValueError:
        body = "<page>" if raw.startswith("<!DOCTYPE") else raw
    if isinstance(outcome.answer, bytes):
        body = "<download>"
    return Comparable(outcome.operation, outcome.status, masked(body, names), outcome.headers.get("X-Total-Count", ""))


def masked(data, names=()):
    """The same structure with masks in its texts."""
    if isinstance(data, dict):
        return {key: "<made up>" if _is_made_up(key, value) else masked(value, names) for key, value in data.items()}
    if isinstance(data, list):
        return [masked(one, names) for one in data]
    if not isinstance(data, str):
        return data
    for name in names:
        data = data.replace(name, "<name>")
    for pattern, instead in _MASKS:
        data = pattern.sub(instead, data)
    return data


def _is_made_up(key, value):
    return isinstance(value, str) and (key in _MADE_UP or (key == "id" and re.fullmatch(r"[0-9A-F]{10}", value)))
