"""The page about packages says what the code says."""

from pathlib import Path

from proxy.package import DEFAULT_LIMITS, Reason
from proxy.package.placeholders import PLACEHOLDERS

PAGE = (Path(__file__).parents[2] / "docs" / "packages.md").read_text("utf-8")


def test_every_reason_is_explained_in_the_same_words():
    table = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert table == [f"| `{reason.value}` | {reason.text} |" for reason in Reason]


def test_placeholders_and_limits_are_named():
    assert not [name for name in PLACEHOLDERS if f"`{name}`" not in PAGE]
    assert f"At most {DEFAULT_LIMITS.entries} files, {DEFAULT_LIMITS.total_bytes // 2**20} MiB" in PAGE
    assert f"{DEFAULT_LIMITS.ratio} bytes out of each byte in" in PAGE
