"""The report of a trace on a terminal: the requests as a table, then what each holds, what lacks, and what to add."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from proxy.trace.lines import Verdict

Tree = Mapping[str, Any]
_STYLES = {
    Verdict.REFUSED.value: "bold red",
    Verdict.AROUND.value: "bold red",
    Verdict.UNPROVEN.value: "bold yellow",
    Verdict.PASSES.value: "green",
}
_STATES = {"ready": "bold green", "not ready": "bold red", "cannot tell": "bold yellow"}
_OTHERS = frozenset({Verdict.LMS.value, Verdict.LOCAL.value})


def print_report(told: Tree, out: Console) -> None:
    """Print everything that `Report.told` says."""
    _requests(told["requests"], out)
    for title, lines in (
        ("What stands in the way", _problems(told["requests"])),
        ("Found, and what it becomes", _found(told["requests"])),
        ("Answers", _answers(told["requests"])),
        ("Places that no rule covers", _uncovered(told["uncovered"])),
        ("Hosts that no mount covers", _hosts(told["hosts"])),
        ("What to add to the configuration, each line only if its reason is true", _suggestions(told)),
    ):
        section = list(lines)
        if section:
            out.print(Text(f"\n{title}", style="bold"))
            for line in section:
                out.print(line)
    out.print(f"\n{told['not_in_the_file']}")
    out.print(", ".join(f"{count} {verdict}" for verdict, count in told["counts"].items()))
    if told["missing"]:
        out.print(told["missing"])
    out.print(Text(told["state"], style=_STATES[told["state"]]))


def _requests(requests: Iterable[Tree], out: Console) -> None:
    """The requests that concern the proxy; those of the LMS's own are counted only."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=True)
    for head in ("no.", "method", "to", "route", "address", "verdict"):
        table.add_column(head, overflow="fold")
    shown = [one for one in requests if one["verdict"] not in _OTHERS]
    for one in shown:
        verdict = " ".join(part for part in (one["verdict"], one["code"], one["reason"]) if part)
        row = (str(one["number"]), one["method"], one["host"] or one["side"], one["route"], one["path"], verdict)
        table.add_row(*map(Text, row), style=_STYLES.get(one["verdict"], "dim"))
    if shown:
        out.print(table)


def _problems(requests: Iterable[Tree]) -> Iterator[str]:
    """Each kind of problem once, with the numbers of the requests."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for one in requests:
        if one["advice"]:
            head = " ".join(part for part in (one["verdict"], one["code"], one["reason"], one["place"]) if part)
            where = " at the answer" if one["at"] == "answer" else ""
            kinds.setdefault((head + where, one["advice"]), []).append(str(one["number"]))
    for (head, advice), numbers in kinds.items():
        yield f"{_joined(numbers)}: {head}"
        yield f"  → {advice}"


def _found(requests: Iterable[Tree]) -> Iterator[str]:
    for one in requests:
        for found in one["found"]:
            yield f"{one['number']}: {_identity(found)}"
        yield from (f"{one['number']}: {note}" for note in one["notes"] if one["verdict"] not in _OTHERS)


def _identity(found: Tree) -> str:
    person = f" of {found['person']}" if found["person"] else ""
    times = f" ×{found['count']}" if found["count"] > 1 else ""
    value = f"  [{found['value']}] → [{found['text']}]" if "value" in found else ""
    return f"{found['kind']}{person} at {found['place']} → {found['becomes']}{times}{value}"


def _answers(requests: Iterable[Tree]) -> Iterator[str]:
    for one in requests:
        for found in one["answered"]:
            yield f"{one['number']}: {_identity(found)}"
        if one["names_people"]:
            yield f"{one['number']}: names somebody in clear, as it was recorded: {', '.join(one['names_people'])}"
        for host in one["loads_from"]:
            yield f"{one['number']}: loads from {host['host']}, which no mount covers"


def _uncovered(places: Iterable[Tree]) -> Iterator[str]:
    for one in places:
        times = f" ×{one['count']}" if one["count"] > 1 else ""
        yield f"{one['route']}: {one['place']}: {one['fate']}{times}"


def _hosts(hosts: Iterable[Tree]) -> Iterator[str]:
    for one in hosts:
        yield f"{one['host']}: {one['how']}" + (f" ×{one['count']}" if one["count"] > 1 else "")


def _suggestions(told: Tree) -> Iterator[str]:
    for one in told["suggestions"]:
        key = f".{one['key']}" if one["key"] else ""
        yield f"{one['mount']}: {one['setting']}{key} {one['value']}: {one['why']}"
    if told["toml"]:
        yield ""
        yield told["toml"].rstrip("\n")


def _joined(numbers: list[str]) -> str:
    shown = ", ".join(numbers[:8])
    return shown if len(numbers) <= 8 else f"{shown} and {len(numbers) - 8} more"  # noqa: PLR2004  fits a line
