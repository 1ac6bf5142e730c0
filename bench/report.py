"""Medians, ratios, a table for people and a file for machines."""

import json
import platform
import statistics
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.plan import Case


@dataclass(frozen=True)
class Sample:
    """One round of one case with one contestant. `cost` is microseconds a request, or seconds a gigabyte."""

    contestant: str
    case: str
    round: int
    cost: float
    rate: float
    p50_ms: float
    resident: int


def medians(samples: list[Sample]) -> dict[str, dict[str, dict[str, float]]]:
    """Return contestant -> case -> cost, rate, p50_ms, spread (largest deviation from the median, in per cent)."""
    groups: dict[tuple[str, str], list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.contestant, sample.case].append(sample)
    table: dict[str, dict[str, dict[str, float]]] = defaultdict(dict)
    for (contestant, case), group in groups.items():
        cost = statistics.median(sample.cost for sample in group)
        table[contestant][case] = {
            "cost": cost,
            "rate": statistics.median(sample.rate for sample in group),
            "p50_ms": statistics.median(sample.p50_ms for sample in group),
            "spread": max(abs(sample.cost - cost) for sample in group) / cost * 100 if cost else 0.0,
        }
    return dict(table)


def show(cases: tuple[Case, ...], titles: dict[str, str], samples: list[Sample]) -> None:
    """Print costs, ratios, rates and memory."""
    table = medians(samples)
    peak = {name: max(s.resident for s in samples if s.contestant == name) for name in table}
    units = {case.name: "s/GB" if case.unit == "s/GB" else "µs" for case in cases}

    def rows(pick) -> list[list[str]]:
        return [[titles[name], *(pick(name, case.name) for case in cases)] for name in table]

    def cost(name: str, case: str) -> str:
        found = table[name].get(case)
        return f"{found['cost']:.3g} ±{found['spread']:.0f}%" if found else "failed"

    def ratio(base: str):
        def pick(name: str, case: str) -> str:
            mine, theirs = table[name].get(case), table.get(base, {}).get(case)
            return f"{mine['cost'] / theirs['cost']:.2f}" if mine and theirs and theirs["cost"] else "–"

        return pick

    def rate(name: str, case: str) -> str:
        found = table[name].get(case)
        return f"{found['rate']:,.0f} · {found['p50_ms']:.2f}" if found else "–"

    heads = [f"{case.title} [{units[case.name]}]" for case in cases]
    _table("Processor time of the proxy (median of the rounds ± largest deviation)", heads, rows(cost))
    for base in ("nginx", "mitmproxy"):
        if base in table:
            _table(f"The same as a ratio to {base}", heads, rows(ratio(base)))
    _table("Requests a second · p50 in ms (load, upstream and proxy compete; secondary)", heads, rows(rate))
    _table("Memory, peak", ["MiB"], [[titles[name], f"{peak[name] / 2**20:.0f}"] for name in table])


def write(folder: Path, cases: tuple[Case, ...], samples: list[Sample], skipped: dict[str, str], load: str) -> Path:
    """Write everything measured to a dated file and to latest.json; return the dated one."""
    folder.mkdir(exist_ok=True)
    document = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "python": sys.version.split()[0],
        "aiohttp": version("aiohttp"),
        "load": load,
        "units": {case.name: case.unit for case in cases},
        "medians": medians(samples),
        "skipped": skipped,
        "samples": [asdict(sample) for sample in samples],
    }
    text = json.dumps(document, indent=1)
    path = folder / f"{document['at'].replace(':', '').removesuffix('+0000')}.json"
    path.write_text(text)
    (folder / "latest.json").write_text(text)
    return path


def _table(title: str, heads: list[str], rows: list[list[str]]) -> None:
    table = [["", *heads], *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    print(f"\n{title}")
    for row in table:
        print(
            "  "
            + row[0].ljust(widths[0])
            + "".join("  " + cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True))
        )


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return f"{platform.machine()} {model}".strip()
