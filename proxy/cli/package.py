"""`scormveil package`: look into a dispatch zip, and point it at the proxy."""

import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from proxy.cli.common import DEFAULT_CONFIG
from proxy.errors import PackageRefused, ProxyError
from proxy.package import Learned, PackageReport, Reason, Rewritten, Verdict, inspect_package, rewrite_package


@dataclass(frozen=True, slots=True)
class Where:
    """Which mount of which installation a package is for; "" is the only dispatch mount there is."""

    config: Path
    mount: str = ""


MappingFor = Callable[[Where], Sequence[tuple[str, str]]]
Register = Callable[[Where, Learned], None]

_REFUSED = 2
_Zip = Annotated[Path, typer.Argument(metavar="FILE.zip", help="A dispatch package as the cloud made it.")]
_Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="The configuration file.", envvar="SCORMVEIL_CONFIG")
]
_Mount = Annotated[str, typer.Option("--mount", help="The dispatch mount it is for, if there are several.")]
_Out = Annotated[Path, typer.Option("--out", "-o", metavar="OUT.zip", help="Where the new package is written.")]
_Allow = Annotated[list[str] | None, typer.Option("--allow", metavar="HOST", help="A foreign host that may stay.")]


def build(mapping_for: MappingFor, register: Register) -> typer.Typer:
    """Make the sub-command.

    `mapping_for` gives the pairs (upstream origin, public base) of a mount; `register` makes what was learned known
    to the proxy that its configuration describes. Both may raise ProxyError.
    """
    app = typer.Typer(help="Look into dispatch packages and point them at the proxy.", no_args_is_help=True)

    @app.command()
    def inspect(file: _Zip, config: _Config = None, mount: _Mount = "", allow: _Allow = None) -> None:
        """Show every cloud address, token location and placeholder in FILE.zip; change nothing."""
        _guarded(lambda: _inspect(file, mapping_for(Where(config, mount)) if config else (), allow or ()))

    @app.command()
    def rewrite(file: _Zip, out: _Out, config: _Config = None, mount: _Mount = "", allow: _Allow = None) -> None:
        """Write FILE.zip to OUT.zip with all cloud addresses pointed at the proxy, and register it."""
        where = Where(config or DEFAULT_CONFIG, mount)
        _guarded(lambda: _rewrite(file, out, mapping_for(where), allow or (), lambda facts: register(where, facts)))

    return app


def _guarded(command: Callable[[], None]) -> None:
    """Turn a refusal into code, hint and reason on standard error, and exit status 2."""
    try:
        command()
    except ProxyError as refused:
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        console.print(Text(f"{refused.code}: {refused.hint}", style="bold red"))
        if refused.reason:
            sentence = Reason.explain(refused.reason) or _FILE_REASONS.get(refused.reason, "")
            console.print(Text(f"reason: {refused.reason}. {sentence}".rstrip()))
        raise typer.Exit(_REFUSED) from None


_FILE_REASONS = {
    "file-unreadable": "The package cannot be opened.",
    "file-unwritable": "The new package cannot be written there.",
    "same-file": "The new package must not replace the original.",
}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise PackageRefused("file-unreadable") from None


def _inspect(file: Path, mapping: Sequence[tuple[str, str]], allow: Sequence[str]) -> None:
    report = inspect_package(_read(file), mapping, allow)
    show(report, Console(highlight=False), mapped=bool(mapping))


def _rewrite(
    file: Path, out: Path, mapping: Sequence[tuple[str, str]], allow: Sequence[str], register: Callable[[Learned], None]
) -> None:
    if out.exists() and file.exists() and out.samefile(file):
        raise PackageRefused("same-file")
    data = _read(file)
    try:
        rewritten = rewrite_package(data, mapping, allow)
    except PackageRefused as refused:
        if refused.reason == Reason.FOREIGN:
            show(inspect_package(data, mapping, allow), Console(stderr=True, highlight=False), mapped=True)
        raise
    register(rewritten.learned)  # first: a package in the field that the proxy does not know would be refused
    _write(out, rewritten)
    changed = sum(spot.verdict is Verdict.MAPPED for spot in rewritten.report.addresses)
    Console(highlight=False, soft_wrap=True).print(Text(f"{changed} addresses changed, package registered: {out}"))


def _write(out: Path, rewritten: Rewritten) -> None:
    """Write the whole file or none."""
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=".scormveil-", suffix=".zip")
    except OSError:
        raise PackageRefused("file-unwritable") from None
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(rewritten.data)
        Path(name).replace(out)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise PackageRefused("file-unwritable") from None


def show(report: PackageReport, console: Console, *, mapped: bool) -> None:
    """Print `report` as tables; texts from the package are printed as they are, never as markup."""
    console.print(Text(f"{report.generation} package for {report.standard}, {report.files} files"))
    console.print(Text(f"sha256 {report.digest}", style="dim"), soft_wrap=True)
    addresses = [
        (spot.file, str(spot.line), spot.origin, str(spot.spelling), str(spot.verdict) if mapped else "-")
        for spot in report.addresses
    ]
    _table(console, "Addresses", ("file", "line", "origin", "spelling", "points to"), addresses)
    console.print(Text(f"and {report.harmless} in namespaces and documentation, which stay", style="dim"))
    configured = [*report.globals, *((report.custom_config,) if report.custom_config else ())]
    rows = [(spot.name, spot.file, str(spot.line), spot.origin) for spot in configured]
    _table(console, "Configuration", ("name", "file", "line", "origin"), rows)
    rows = [(spot.placeholder, spot.key, spot.file, str(spot.line)) for spot in report.placeholders]
    _table(console, "Placeholders", ("placeholder", "query key", "file", "line"), rows)
    rows = [(spot.name, spot.file, f"{spot.line}:{spot.column}", str(spot.length)) for spot in report.tokens]
    _table(console, "Tokens and ids (kept, not shown)", ("name", "file", "line:column", "characters"), rows)
    for origin in report.unmapped if mapped else ():
        console.print(Text(f"not mapped: {origin}", style="bold red"))
    for problem in report.problems:
        console.print(Text(f"cannot be rewritten: {problem}. {Reason.explain(problem)}", style="bold red"))


def _table(console: Console, title: str, columns: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if table.row_count:
        console.print(table)
