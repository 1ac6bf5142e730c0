"""Who is in clear in a sample of registrations. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from proxy.doctor.findings import Finding

_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_ALIAS = re.compile(r"[0-9a-zA-Z]{3}(-[0-9a-zA-Z]{3}){2}")
"""The family name of an alias (docs/pseudonyms.md)."""
_GIVEN = "Learner"
_OURS = (".invalid",)
"""The domain under which addresses are made up (RFC 2606)."""

Row = Mapping[str, Any]


def of_registrations(rows: Sequence[Row], application: str, is_pseudonym: Callable[[str], bool]) -> Iterator[Finding]:
    """Findings among registrations as `GET /registrations` lists them."""
    clear = [row for row in rows if (learner := _of(row, "id")) and not is_pseudonym(learner)]
    named = [row for row in rows if is_pseudonym(_of(row, "id")) and _is_named(row)]
    mailed = [row for row in rows if _is_real(_of(row, "email"))]
    telling = [row for row in rows if _is_real(str(row.get("id", "")))]
    for code, which, value in (
        ("learner-in-clear", clear, _id),
        ("name-in-clear", named, _name),
        ("email-at-cloud", mailed, _email),
        ("registration-names-somebody", telling, _registration),
    ):
        if which:
            values = tuple(dict.fromkeys(value(row) for row in which))
            people = len({_id(row) for row in which})
            detail = f"of {len(rows)} looked at; {people} learner{'s' if people > 1 else ''}"
            yield Finding(code, application, "registrations", count=len(which), detail=detail, values=values)


def _id(row: Row) -> str:
    return _of(row, "id")


def _name(row: Row) -> str:
    return f"{_of(row, 'firstName')} {_of(row, 'lastName')}".strip()


def _email(row: Row) -> str:
    return _of(row, "email")


def _registration(row: Row) -> str:
    return str(row.get("id", ""))


def pseudonyms_in(rows: Sequence[Row], is_pseudonym: Callable[[str], bool]) -> list[str]:
    """The pseudonyms among the learner ids of registrations, each once."""
    return list(dict.fromkeys(learner.lower() for row in rows if is_pseudonym(learner := _of(row, "id"))))


def _of(row: Row, name: str) -> str:
    learner = row.get("learner")
    value = learner.get(name) if isinstance(learner, dict) else None
    return value if isinstance(value, str) else ""


def _is_named(row: Row) -> bool:
    given, family = _of(row, "firstName"), _of(row, "lastName")
    return bool((given and given != _GIVEN) or (family and not _ALIAS.fullmatch(family)))


def _is_real(text: str) -> bool:
    return bool(_ADDRESS.fullmatch(text)) and not text.lower().endswith(_OURS)
