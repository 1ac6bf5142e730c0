"""`scormveil trace`: what a recorded launch would meet with this configuration. Offline; see docs/trace.md.

Exit status: 0 ready; 1 something is refused or goes around; 2 the file or the configuration cannot be read; 3 the file
does not show enough to tell.
"""

import asyncio
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import orjson
import typer

from proxy.cli.common import DEFAULT_CONFIG, ConfigOption
from proxy.cli.new_files import new_file, put
from proxy.cli.talk import console, refuse
from proxy.cli.trace_table import print_report
from proxy.config import load
from proxy.trace import entries
from proxy.trace.page import page
from proxy.trace.report import CODES
from proxy.tracing import Wish, trace

WARNING = "VALUES: learners' ids, names and addresses follow in clear. Treat this output like the recording itself."


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trace")(command)


def command(
    file: Annotated[Path, typer.Argument(help="A HAR file: what a browser recorded of a launch.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report, an HTML page, to a new file.")] = None,
    json: Annotated[Path | None, typer.Option("--json", help="Write the report to a new file as JSON.")] = None,
    values: Annotated[
        bool, typer.Option("--values", help="Show what was found: LEARNERS' IDS AND NAMES, in clear.")
    ] = False,
    only_problems: Annotated[bool, typer.Option("--only-problems", help="Only requests that need attention.")] = False,
    mount: Annotated[str, typer.Option(help="The mount that is meant, where several stand for one cloud.")] = "",
    package: Annotated[
        list[Path] | None, typer.Option(help="A dispatch package (zip) that counts as registered; may be repeated.")
    ] = None,
) -> None:
    """Say what a recorded launch would meet here: what is found, refused, or goes around. Nothing is sent anywhere."""
    settings = load(config)
    if mount and mount not in {one.name for one in settings.mounts}:
        refuse(f"There is no mount {mount}. There are: {', '.join(one.name for one in settings.mounts)}.")
    for one in package or ():
        if not one.is_file():
            refuse(f"The package {one} is not there.")
    with ExitStack() as files:
        as_json, as_page = (files.enter_context(new_file(one)) if one else None for one in (json, html))
        report = asyncio.run(trace(settings, entries(file), Wish(mount, tuple(package or ()))))
        told = report.told(values=values, problems=only_problems)
        if values:
            console(stderr=True).print(WARNING, style="bold red")
        print_report(told, console())
        if as_json:
            put((as_json, orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n"))
        if as_page:
            put((as_page, page(told).encode()))
    raise typer.Exit(CODES[report.state])
