"""`scormveil adapters NAME --summary`: every place of the inventory with its verdict, counted."""

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from proxy.fields import Adapter
from proxy.review import WORDS, inventory, verdict_of

_APIS = (("cloud_v2", "v2"), ("xapi", "lrs"), ("cloud_v1", "v1"), ("postback", "postback"))


def print_summary(chosen: Sequence[Adapter], console: Console) -> None:
    """Print how many places of each API are translated, dropped, kept and refused, and why the kept ones are."""
    rows = inventory()
    for name, api in _APIS:
        adapter = next((one for one in chosen if one.name == name), None)
        if adapter is not None:
            verdicts = [verdict_of(row, adapter) for row in rows if row.api == api]
            what = "the record store's" if api == "lrs" else api
            console.print(f"\n[bold]{name}[/] ({what}): {len(verdicts)} places of personal data in the inventory")
            console.print(_counts([one.word for one in verdicts]))
            console.print(_reasons([one.reason for one in verdicts if one.word == "kept"]))


def _counts(words: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("verdict")
    table.add_column("places", justify="right")
    count = Counter(words)
    for word in WORDS:
        table.add_row(word, str(count[word]))
    return table


def _reasons(reasons: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("kept", justify="right")
    table.add_column("because", style="dim")
    for reason, count in sorted(Counter(reasons).items(), key=lambda one: (-one[1], one[0])):
        table.add_row(str(count), reason)
    return table
