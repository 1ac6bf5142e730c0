"""Golden reports as text: `python -m tests.trace.golden` writes them anew from the recordings that are there."""

import tempfile
from pathlib import Path
from typing import Any

from tests.trace.kit import Desk, Traced
from tests.trace.record import FOLDER, LAUNCHES

CONFIG_FILE = FOLDER / "scormveil.toml"


def printed(told: Traced) -> str:
    """What the command prints, without the blanks that pad its table."""
    return "\n".join(line.rstrip() for line in told.text.splitlines()) + "\n"


def essence(told: Traced) -> list[tuple[Any, ...]]:
    """What is the same whenever a course is taken in the same way: not how often it saves, nor in which order."""
    rows = {
        (
            one["method"],
            one["side"],
            one["route"],
            one["path"],
            one["verdict"],
            one["code"],
            one["reason"],
            tuple(sorted({(each["kind"], each["place"], each["becomes"]) for each in one["found"]})),
            tuple(one["names_people"]),
        )
        for one in told.json["requests"]
    }
    return sorted(rows)


def renew() -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder), CONFIG_FILE.read_text("utf-8"))
        for launch in LAUNCHES:
            told = desk.trace(launch.har, "--package", str(launch.package))
            launch.report.write_text(printed(told), "utf-8")
            print(f"{launch.name}: {told.state}")


if __name__ == "__main__":
    renew()
