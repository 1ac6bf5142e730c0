"""Tables of the documentation that are rendered from the code: `python -m tests.docs.tables` writes them anew."""

import ast
import inspect
import re
from collections.abc import Callable
from itertools import pairwise

from keys import errors as key_errors
from proxy import errors
from proxy.audit import Event, events
from proxy.backup.reasons import REASONS as BACKUP_REASONS
from proxy.cli.findings import FINDINGS
from proxy.doctor import WORDS as DOCTOR
from proxy.edge.outlet import status_of
from proxy.errors import ProxyError
from proxy.store.reasons import REASONS
from tests.docs.pages import ROOT, text_of

OPERATIONS = ROOT / "docs" / "operations.md"
COMMANDS = frozenset({errors.BackupFailed, errors.HarInvalid, errors.WitnessFailed, errors.DisclosureRefused})
"""What only a command ends with."""
BESIDE = frozenset({errors.PostFailed})
"""What happens beside the traffic, and is told in the log and the metrics."""
NO_STATUS = frozenset({errors.ConfigInvalid, errors.AdapterInvalid, errors.ListenFailed, *COMMANDS, *BESIDE})
"""What stops the program before anybody can be answered, or a command."""
_TABLE = re.compile(r"<!-- table: ([\w-]+) -->\n(.*?)<!-- end -->\n", re.DOTALL)


def error_classes() -> list[type[ProxyError]]:
    """Every error the program can name, in the order of proxy/errors.py."""
    found = vars(errors).values()
    return [one for one in found if isinstance(one, type) and issubclass(one, ProxyError) and one is not ProxyError]


def error_codes() -> list[str]:
    rows = ["| code | HTTP | meaning | what to do |", "|---|---|---|---|"]
    for one in error_classes():
        error = one(()) if one is errors.ConfigInvalid else one()
        meaning = (inspect.getdoc(one) or "").split("\n\n")[0].replace("\n", " ")
        without = {**dict.fromkeys(COMMANDS, "none: a command"), **dict.fromkeys(BESIDE, "none: beside the traffic")}
        status = str(status_of(error)) if one not in NO_STATUS else without.get(one, "at the start")
        rows.append(f"| `{one.code}` | {status} | {meaning} | {one.hint} |")
    return rows


def keyring_codes() -> list[str]:
    rows = ["| code | what to do |", "|---|---|"]
    hints = {**key_errors.HINTS, **key_errors.LIFE_HINTS, **key_errors.OFFICER_HINTS}
    return rows + [f"| `{code}` | {hint} |" for code, hint in hints.items()]


def store_reasons() -> list[str]:
    return ["| reason | what to do |", "|---|---|", *(f"| `{one}` | {hint} |" for one, hint in REASONS.items())]


def backup_reasons() -> list[str]:
    return ["| reason | what to do |", "|---|---|", *(f"| `{one}` | {hint} |" for one, hint in BACKUP_REASONS.items())]


def store_findings() -> list[str]:
    return ["| finding | what to do |", "|---|---|", *(f"| `{one}` | {advice} |" for one, advice in FINDINGS.items())]


def doctor_findings() -> list[str]:
    rows = ["| finding | weight | why it matters | what to do |", "|---|---|---|---|"]
    return rows + [f"| `{code}` | {one.weight.value} | {one.why} | {one.repair} |" for code, one in DOCTOR.items()]


def audit_events() -> list[str]:
    """The members of `Event`, each with the text that stands below it."""
    body = next(node for node in ast.parse(inspect.getsource(events)).body if isinstance(node, ast.ClassDef)).body
    texts = [
        after.value.value
        for node, after in pairwise(body)
        if isinstance(node, ast.Assign) and isinstance(after, ast.Expr)
    ]
    rows = ["| event | meaning |", "|---|---|"]
    return rows + [f"| `{event.value}` | {text} |" for event, text in zip(Event, texts, strict=True)]


TABLES: dict[str, Callable[[], list[str]]] = {
    "doctor-findings": doctor_findings,
    "audit-events": audit_events,
    "error-codes": error_codes,
    "keyring-codes": keyring_codes,
    "backup-reasons": backup_reasons,
    "store-reasons": store_reasons,
    "store-findings": store_findings,
}


def renewed(text: str) -> str:
    """The page with every table as the code has it now."""
    return _TABLE.sub(
        lambda hit: f"<!-- table: {hit[1]} -->\n" + "\n".join(TABLES[hit[1]]()) + "\n<!-- end -->\n", text
    )


def named(text: str) -> set[str]:
    """The tables that a page has."""
    return {hit[1] for hit in _TABLE.finditer(text)}


if __name__ == "__main__":
    OPERATIONS.write_text(renewed(text_of(OPERATIONS)), "utf-8")
